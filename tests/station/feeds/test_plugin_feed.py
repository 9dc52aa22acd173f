"""Kinds of feed that another package adds."""

import pathlib
import tomllib

import pytest

from skykeep.errors import Refused
from skykeep.facts.acted import Health
from skykeep.station.feeds import kinds

EXAMPLE = pathlib.Path(__file__).parents[2] / "example_plugin"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Put the example package where packages are found, as an installer does."""

    def install(**more):
        points = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"][kinds.GROUP]
        info = tmp_path / "acme_skykeep-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-skykeep\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in {**points, **more}.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{kinds.GROUP}]", *lines, ""]))
        monkeypatch.syspath_prepend(str(EXAMPLE))
        monkeypatch.syspath_prepend(str(tmp_path))
        kinds._others.cache_clear()

    yield install
    kinds._others.cache_clear()


@pytest.mark.requirement("STATION-FEEDS-8")
def test_a_kind_of_another_package_is_a_feed_like_ours(installed, station, home):
    installed()
    one = station(kind="acme_tail", format="tracks", address="radar.txt", period_s=0.01)
    one.until(lambda: one.health(Health.FEED))
    file = home.path / "radar.txt"
    with file.open("wb") as radar:
        radar.write(b'{"number": 1}\n{"num')
        radar.flush()
        one.until_frames(1)
        radar.write(b'ber": 2}\n')
        radar.flush()
        assert one.until_frames(2) == [b'{"number": 1}', b'{"number": 2}']
    one.until(lambda: one.health(Health.FEED)[-1].well)


@pytest.mark.requirement("STATION-FEEDS-8")
def test_one_that_cannot_be_loaded_or_does_not_know_what_to_do_is_refused_in_words(installed, station):
    installed(acme_gone="not_there:Feed")
    with pytest.raises(Refused, match="acme_gone of not_there:Feed cannot be loaded"):
        station(kind="acme_gone", format="tracks")
    with pytest.raises(Refused, match="name the file"):
        station(kind="acme_tail", format="tracks")
    with pytest.raises(Refused, match="push, acme_gone, acme_tail"):
        station(kind="acme_other", format="tracks")


@pytest.mark.requirement("STATION-FEEDS-8")
def test_one_that_fails_is_told_of_and_the_others_go_on(installed, station, home, monkeypatch):
    installed()
    import acme_feed

    async def failing(self):
        raise RuntimeError("no licence")

    monkeypatch.setattr(acme_feed.Tail, "run", failing)
    from skykeep.station.feeds.config import FeedConfig

    ours = FeedConfig(name="ours", kind="simulator")
    one = station(ours, kind="acme_tail", format="tracks", address="radar.txt")
    one.until(lambda: one.health(Health.FEED))
    assert "RuntimeError: no licence" in one.counts().trouble
    one.until_frames(5)


def test_where_all_feeds_end_by_a_fault_of_ours_that_is_told(station, monkeypatch):
    from skykeep.station.feeds.wellbeing import Losses

    def failing(self, feeds, now_s):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Losses, "look", failing)
    one = station(kind="push")
    one.until(lambda: one.health(Health.FEED))
    assert "restart the station: RuntimeError" in one.health(Health.FEED)[-1].unseen
