"""Feeds of lines that a mapping file describes."""

import pathlib
import time

import pytest

from skykeep.errors import Refused
from skykeep.station.config import Home
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.feeds.inbox import Inbox
from skykeep.station.feeds.running import Feeds

EXAMPLE = pathlib.Path(__file__).parents[2] / "vectors/mapped/acme.toml"


def made(home, **settings):
    config = FeedConfig(name="radar", kind="push", **settings)
    return Feeds([config], Home(home), Inbox(), time.time_ns, print)


def test_a_feed_has_the_format_of_its_mapping(tmp_path):
    (tmp_path / "radar.toml").write_text(EXAMPLE.read_text().replace('"acme"', '"of-a-feed"'))
    [feed] = made(tmp_path, format="mapped", mapping="radar.toml").status().feeds
    assert feed.format == "mapped-of-a-feed"


@pytest.mark.parametrize(("settings", "reason"), [
    ({"format": "mapped"}, "go together"), ({"format": "tracks", "mapping": "x"}, "go together"),
    ({"format": "mapped", "mapping": "none.toml"}, "feed radar: mapping .*none.toml: there is no such file"),
])  # fmt: skip
def test_a_feed_without_a_sound_mapping_is_refused(tmp_path, settings, reason):
    with pytest.raises(Refused, match=reason):
        made(tmp_path, **settings)
