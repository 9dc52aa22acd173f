"""The page about keeping a record safe is run as it is printed."""

import shutil

import pytest

from tests.cli.calling import ROOT
from tests.docs import forking
from tests.docs.test_tutorial import MARK, as_pattern, commands, played


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash, in which the page is written")
@pytest.mark.capability("Keep a record safe: keys apart, checkpoints given away, a witness that cosigns, a copy")
def test_what_the_page_shows_is_what_comes_out(tmp_path):
    told = commands((ROOT / "docs" / "how-to" / "keep-a-record-safe.md").read_text(encoding="utf-8"))
    with forking.programs() as programs:
        came = played("\n".join(f"{command}\necho '{MARK}' $?" for command, _ in told), tmp_path, programs)
    for (command, shown), printed, code in zip(told, came[::2], came[1::2], strict=False):
        assert code == "0", f"{command}\nends with {code}:\n{printed}"
        assert not shown or as_pattern(shown).fullmatch(printed), f"{command}\nprints:\n{printed}"
    assert len(came) == 2 * len(told) + 1
