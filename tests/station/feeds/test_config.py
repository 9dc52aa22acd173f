import re
import tomllib

import msgspec
import pytest

from skykeep.station.feeds import kinds
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.formats import FORMATS
from tests.house.checks import ROOT

REFERENCE = (ROOT / "docs" / "reference" / "feeds.md").read_text("utf-8")
HOW_TO = (ROOT / "docs" / "how-to" / "connect-a-receiver.md").read_text("utf-8")


def _first_cells(text):
    return {
        name for cell in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }


def test_every_key_and_every_kind_of_a_feed_is_told_of():
    kinds_part, keys_part = REFERENCE.split("## Keys")
    assert _first_cells(kinds_part) - {"kind"} == set(kinds.OURS)
    keys_part = keys_part.split("## Whose")[0]
    assert _first_cells(keys_part) | {"name", "kind"} == set(FeedConfig.__struct_fields__)


def test_the_feeds_of_the_how_to_page_can_be_read_and_name_what_there_is():
    blocks = re.findall(r"```toml\n(.*?)```", HOW_TO, re.DOTALL)
    feeds = [msgspec.convert(one, FeedConfig) for block in blocks for one in tomllib.loads(block)["feed"]]
    assert len(feeds) >= 6
    for feed in feeds:
        assert feed.kind in kinds.OURS
        assert feed.format in FORMATS or feed.kind == "simulator"


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"idle_s": -1}, {"buffer_frames": 0}, {"name": ""}, {"adress": "x"}])
def test_what_no_feed_can_be_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "f", "kind": "udp", **wrong}, FeedConfig)
