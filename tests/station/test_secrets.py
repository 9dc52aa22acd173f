"""Secrets of the configuration are files of their owner."""

import pytest

from skykeep.errors import Refused
from skykeep.station.config import Home


@pytest.mark.requirement("ASVS-13")
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o602, 0o610])
def test_a_secret_that_others_may_read_is_refused(tmp_path, mode):
    path = tmp_path / "secret"
    path.write_text("hush\n")
    path.chmod(0o600)
    assert Home(tmp_path).secret("secret") == "hush"
    path.chmod(mode)
    with pytest.raises(Refused, match="chmod 600"):
        Home(tmp_path).secret("secret")


def test_a_secret_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        Home(tmp_path).secret("none")
