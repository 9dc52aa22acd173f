"""The web process cannot even name the record's keys: nothing that it imports leads to them."""

import pytest

from tests.house import checks

MODULES = {name.removesuffix(".__init__"): text for name, text in checks.modules()}
KEYS = {"skykeep.station.keys", "skykeep.station.officekeys"}


def reached(start):
    """All modules of ours that some modules import, directly or through others, nested imports too."""
    found, waiting = {}, [(name, "") for name in start]
    while waiting:
        name, by = waiting.pop()
        if name in found:
            continue
        found[name] = by
        for _, imported in checks.imports(name, MODULES[name]):
            module = imported
            while module and module not in MODULES:
                module = module.rpartition(".")[0]
            if module.startswith("skykeep."):
                waiting.append((module, name))
    return found


@pytest.mark.requirement("ASVS-8")
def test_nothing_of_the_web_leads_to_a_key_of_the_record():
    found = reached([name for name in MODULES if name.startswith("skykeep.web")])
    assert len(found) > 50
    assert {name: found[name] for name in KEYS & set(found)} == {}


def test_the_station_does_so_the_check_can_fail():
    assert "skykeep.station.keys" in reached(["skykeep.station.run"])
