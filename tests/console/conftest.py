"""One browser and one station for the tests of a module of the console; each test has a context of its own."""

import contextlib
import os
import pathlib

import pytest

from tests.browsers import GPU, chromium
from tests.console import scripted
from tests.web.standing import ready, web


@pytest.fixture(scope="module")
def browser():
    with chromium(*GPU) as made:
        yield made


@contextlib.contextmanager
def _standing(path):
    scripted.people(path)
    station = scripted.Station(path / "run" / "station.sock")
    try:
        scripted.begin(station)
        with web(path) as (url, process):
            ready(url)
            scripted.fly(station)
            station.url, station.process = url, process
            yield station
    finally:
        station.close()


@pytest.fixture(scope="module")
def standing(tmp_path_factory, browser):
    with _standing(tmp_path_factory.mktemp("console")) as station:
        station.state = {name: scripted.cookies(browser, station.url, name) for name in ("everybody", "auditor", "guard")}
        yield station


@pytest.fixture
def station(standing):
    standing.late_s, standing.silent, standing.problem = 0.0, False, ""
    del standing.asks[:]
    scripted.fly(standing)
    return standing


@pytest.fixture
def another(tmp_path, browser):
    """A station that a test may break."""
    with _standing(tmp_path) as station:
        station.state = {"everybody": scripted.cookies(browser, station.url, "everybody")}
        yield station


@pytest.fixture
def look(browser):
    """Give a page of a station: `look(station)`; terms of the browser's context besides."""
    opened = []

    def make(station, who="everybody", **terms):
        given = {
            "viewport": {"width": 1440, "height": 880},
            "color_scheme": "dark",
            "storage_state": station.state.get(who),
        }
        context = browser.new_context(**given | terms)
        opened.append(context)
        return scripted.Looking(context, station.url)

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def shot(request):
    """Keep a picture in the folder that SHOTS names, in the environment or else in the module of the test."""
    folder = os.environ.get("SHOTS") or getattr(request.module, "SHOTS", None)

    def keep(page, name):
        if folder:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=pathlib.Path(folder) / f"{name}.png")

    return keep
