"""A real browser, whose pages wait as long as `waiting` does: a slow machine is no fault of what is looked at."""

import contextlib
import pathlib

import pytest

from tests.waiting import PATIENCE_S

CHROMIUM = pathlib.Path("/usr/bin/chromium")
GPU = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
MS = PATIENCE_S * 1000


@contextlib.contextmanager
def chromium(*arguments):
    """Give a browser; a test that asks for it skips where there is none."""
    from playwright import sync_api

    if not CHROMIUM.exists():
        pytest.skip("chromium is not here")
    with sync_api.sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage", *arguments]
        )
        begin = made.new_context

        def patient(**terms):
            context = begin(**terms)
            context.set_default_timeout(MS)
            return context

        made.new_context = patient
        yield made
        made.close()
