"""What every test may rely on: bounded chance, the shared material, one honest skip."""

import os
import pathlib

import hypothesis
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# No deadline: the tests never assert how long something took. `make soak` looks for longer.
hypothesis.settings.register_profile("dev", deadline=None, max_examples=100)
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, database=None, print_blob=True
)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile(
    os.environ.get("SKYKEEP_HYPOTHESIS") or ("ci" if os.environ.get("CI") == "true" else "dev")
)


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    """The top of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder of material that does not live in this repository; a test that needs it skips without it."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, which is not beside this clone")
    return SHARED


def _wants_shared(report) -> bool:
    return report.skipped and isinstance(report.longrepr, tuple) and "shared" in report.longrepr[2]


def _refuse_skip(report) -> None:
    if os.environ.get("SKYKEEP_SHARED_REQUIRED") == "1" and SHARED.is_dir() and _wants_shared(report):
        report.outcome = "failed"
        report.longrepr = f"../shared is here, yet this was skipped: {report.longrepr[2]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _refuse_skip(report)
    return report


LIVE = ("tests/console/", "tests/web/", "tests/station/")
"""Where tests wait for processes of their own: browsers, servers, stations, which share the machine with other tests."""


def pytest_collection_modifyitems(config, items):
    """Ask what waits for other processes once more when it fails; each such test is named RERUN at the end of the run.

    What is wrong fails twice. What fails once is a race, of the test or of the product, and still wants to be mended.
    """
    if not config.pluginmanager.hasplugin("rerunfailures"):
        return
    for item in items:
        if item.nodeid.startswith(LIVE):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody asks
def pytest_xdist_make_scheduler(config, log):
    if config.getvalue("dist") != "loadgroup":
        return None
    from tests import spreading

    return spreading.Spreading(config, log)
