"""A story through foresight, guard, groups and alarms, and the digest of all that it tells; run as a script too."""

import hashlib
import pathlib
import sys

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from skykeep.facts import codec
from skykeep.facts.enacted import SiteProtected
from skykeep.geo.altitude import Datum
from skykeep.watch.alarming import alarming
from skykeep.watch.alarmmemory import Alarms
from skykeep.watch.foresee import Foresight, foresee
from skykeep.watch.group import Groups, group
from skykeep.watch.guard import Guard, guard
from tests.rules import examples as ex
from tests.watch import tabled


def law():
    """Return squares, circles and a floor, spread about the middle."""
    zones = [ex.zone("A", ex.volume(ex.square(300.0, 500.0, 100.0, holes=(ex.square(80.0, 500.0, 100.0),))))]
    zones += [ex.zone(f"C{k}", ex.volume(ex.circle(70.0 + 30.0 * k, 400.0 * k, -350.0))) for k in range(-3, 4)]
    return ex.law(*zones, ex.zone("F", ex.volume(ex.square(400.0, -600.0), floor=ex.metres(80.0, Datum.HAE))))


def flights(second):
    """Return twelve flights on courses that bend and bob, a few of them in pairs."""
    found = []
    for k in range(12):
        lead, side = k // 2, k % 2
        east, north = 250.0 * lead - 700.0, 900.0 - 260.0 * lead
        ve, vn = 9.0 - 3.1 * lead, -11.0 + 4.3 * lead
        late = max(0.0, second - 45.0) if lead % 2 else 0.0  # some stop after a while
        at_s = second - late
        bend = 0.02 * (lead - 2) * at_s * at_s
        going = (0.0, 0.0, 0.0) if late else (ve + 0.04 * (lead - 2) * at_s, vn, 0.7 * lead)
        at = (east + ve * at_s + bend + 35.0 * side, north + vn * at_s - 20.0 * side, 40.0 + 0.7 * lead * at_s)
        heights = {"said_datum": 0, "said_mm": round(at[2] * 1e3), "said_sigma_mm": 3_000, "height_ns": 0}
        found.append({**tabled.flown(k + 1), "at": at, "going": going, "r": 0.85 + 0.01 * k, **heights})
    return found


def told():
    """Return all that the stages tell of it."""
    memories = Foresight(), Guard(), Groups(), Alarms()
    lat_e7, lon_e7 = ex.place(150.0, 120.0)
    site = SiteProtected(site_id="H", version=1, name="", lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=160_000,
                         from_ns=0, until_ns=None)  # fmt: skip
    zones, facts = law(), []
    for second in range(90):
        t_ns = ex.T0 + second * ex.S
        tracks = tabled.table(*flights(float(second)), t_ns=t_ns)
        tracks.height_ns[:] = t_ns
        rows = tabled.rows(tracks)
        now = foresee(memories[0], tracks, rows, zones, t_ns, 60.0)
        now += guard(memories[1], tracks, rows, [site], t_ns)
        now += group(memories[2], tracks, rows, t_ns)
        facts += [*now, *alarming(memories[3], tracks, now, t_ns)]
    return facts


def digest():
    """Return the hash of what is told, as it stands in the record."""
    return hashlib.sha256(b"".join(codec.encode(fact) for fact in told())).hexdigest()


if __name__ == "__main__":
    sys.stdout.write(digest() + "\n")
