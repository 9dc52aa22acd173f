"""What others need for the zone engine's question: shapely, PostGIS and DuckDB on the world of `zone_world`.

    python -m benchmarks.zone_peers [--zones 100 10000 100000] [--positions 100000] [--rounds 5]

prints one JSON object a world. Everybody answers the same: which zones hold each position in four dimensions (border
included, height within both limits in the limit's own datum, time within one of two intervals). One core each, warm,
the median of several rounds over the same positions, once in random order and once sorted by cells of a hundredth of
a degree. Positions are in each peer's own form before the clock starts, answers may stay there; building is apart.

    shapely   2 + GEOS. Three forms are timed and the fastest counts:
              "points"    STRtree of the zones asked with all points at once, boxes alone; height and time in NumPy;
                          then `intersects_xy` of the prepared zones, pairs sorted by zone
              "predicate" the same tree asked with predicate="intersects", then height and time
              "zones"     STRtree of the points (built within the time) asked with the zones, which GEOS prepares
    PostGIS   one SQL join of a table of points and a table of zones with a GiST index, both clustered and analysed,
              max_parallel_workers_per_gather = 0, JIT off, all in memory; the pairs are counted and hashed in it
    DuckDB    the spatial extension's join operator (SPATIAL_JOIN; its R-tree index serves no joins), threads = 1;
              height and time filter the pairs it finds: as conditions of the join they make it 100 times slower

Each is checked against pairs found here: candidates by box, `skykeep.geo.volumes` for the side, integers for the rest.
`disagreements` counts pairs in one set of answers and not in the other.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import json
import statistics
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import duckdb
import numpy as np
import numpy.typing as npt
import psycopg
import shapely

from benchmarks import zone_world
from benchmarks.zone_world import Positions, World
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import ring_side
from tests.oracles import postgis

Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]

POSITIONS, ROUNDS = 100_000, 5
CELL_E7 = 100_000
_LIMITS = ("floor_agl", "floor_amsl", "ceiling_agl", "ceiling_amsl", "a1", "b1", "a2", "b2")
_JOIN = "FROM p JOIN zone z ON ST_Intersects(z.geom, p.geom)"
_PAIR = "(p.id * 1048576 + z.id)"
_HOLDS = """(p.agl BETWEEN z.floor_agl AND z.ceiling_agl AND p.amsl BETWEEN z.floor_amsl AND z.ceiling_amsl
    AND ((p.t >= z.a1 AND p.t < z.b1) OR (p.t >= z.a2 AND p.t < z.b2)))"""


def measure(world: World, positions: int = POSITIONS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return for each peer positions a second (random, sorted), seconds to build, and disagreements with ours."""
    asked = {"random": zone_world.positions(world, positions)}
    asked["sorted"] = by_cell(asked["random"])
    wanted = {order: holding(world, places) for order, places in asked.items()}
    found: dict[str, Any] = {"zones": len(world), "positions": positions, "pairs": len(wanted["random"])}
    found["shapely"] = _shapely(world, asked, wanted, rounds)
    found["duckdb"] = _duckdb(world, asked, wanted, rounds)
    missing = postgis.why_not()
    found["postgis"] = {"missing": missing} if missing else _postgis(world, asked, wanted, rounds)
    return found


def by_cell(places: Positions) -> Positions:
    """Return the positions sorted by cell, rows of cells from south to north."""
    order = np.lexsort((places.lon_e7 // CELL_E7, places.lat_e7 // CELL_E7))
    return Positions(*(getattr(places, field.name)[order] for field in dataclasses.fields(places)))


# ---- the answers themselves --------------------------------------------------------------------


def holding(world: World, places: Positions) -> Ints:
    """Return all pairs of a position and a zone that holds it as position * 2**20 + zone, sorted."""
    south, north = world.lat_e7.min(axis=1), world.lat_e7.max(axis=1)
    tree = shapely.STRtree(shapely.box(world.lon_e7.min(axis=1), south, world.lon_e7.max(axis=1), north))
    position, zone = tree.query(shapely.points(places.lon_e7, places.lat_e7))
    position, zone = _within(world, places, position, zone)
    sides = np.zeros(len(zone), np.int64)
    _sides(world.lat_e7, world.lon_e7, zone, places.lat_e7[position], places.lon_e7[position], sides)
    return _pairs(position[sides >= 0], zone[sides >= 0])


@kernel
def _sides(lats_e7: Ints, lons_e7: Ints, zone: Ints, lat_e7: Ints, lon_e7: Ints, sides: Ints) -> None:
    for i in range(zone.shape[0]):
        ring = zone[i]
        sides[i] = ring_side(lats_e7[ring], lons_e7[ring], 0, lats_e7.shape[1], lat_e7[i], lon_e7[i])


def _within(world: World, places: Positions, position: Ints, zone: Ints) -> tuple[Ints, Ints]:
    """Return the pairs whose height and time are within the zone's."""
    time_ns = places.t_ns[position]
    kept = np.zeros(len(zone), np.bool_)
    for column in range(2):
        kept |= (world.from_ns[zone, column] <= time_ns) & (time_ns < world.until_ns[zone, column])
    position, zone = position[kept], zone[kept]
    agl_mm, amsl_mm = places.agl_mm[position], places.amsl_mm[position]
    over = np.where(world.floor_datum[zone] == zone_world.AGL, agl_mm, amsl_mm) >= world.floor_mm[zone]
    under = np.where(world.ceiling_datum[zone] == zone_world.AGL, agl_mm, amsl_mm) <= world.ceiling_mm[zone]
    return position[over & under], zone[over & under]


def _pairs(position: Ints, zone: Ints) -> Ints:
    return np.sort(position.astype(np.int64) * (1 << 20) + zone)


def _seconds(run: Callable[[], Any], rounds: int) -> float:
    """Return the median of so many rounds after one that is not counted."""
    run()
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def _apart(found: Ints, wanted: Ints) -> int:
    return len(np.setxor1d(found, wanted))


# ---- shapely -----------------------------------------------------------------------------------


def _shapely(world: World, asked: dict[str, Positions], wanted: dict[str, Ints], rounds: int) -> dict[str, Any]:
    begin = time.perf_counter()
    zones = _polygons(world)
    shapely.prepare(zones)
    tree = shapely.STRtree(zones)
    tree.query(zones[0])  # the tree is built at the first question
    found: dict[str, Any] = {"version": shapely.__version__, "build_s": round(time.perf_counter() - begin, 3)}
    for order, places in asked.items():
        runs = _forms(world, places, zones, tree)
        forms = {form: round(len(places.lat_e7) / _seconds(run, rounds)) for form, run in runs.items()}
        disagreements = {form: _apart(run(), wanted[order]) for form, run in runs.items()}
        best = max(forms, key=lambda form: forms[form])
        found[order] = {"per_s": forms[best], "form": best, "disagreements": disagreements[best], "forms_per_s": forms}
    return found


def _forms(world: World, places: Positions, zones: Objects, tree: shapely.STRtree) -> dict[str, Callable[[], Ints]]:
    points = shapely.points(places.lon_e7 / 1e7, places.lat_e7 / 1e7)
    return {
        "points": lambda: _by_points(world, places, points, zones, tree),
        "predicate": lambda: _by_predicate(world, places, points, tree),
        "zones": lambda: _by_zones(world, places, points, zones),
    }


def shapely_forms(world: World, places: Positions) -> dict[str, Callable[[], Ints]]:
    """Return shapely's forms of the question, each ready to be timed: tree built, zones prepared, points made."""
    zones = _polygons(world)
    shapely.prepare(zones)
    tree = shapely.STRtree(zones)
    tree.query(zones[0])
    return _forms(world, places, zones, tree)


def _polygons(world: World) -> Objects:
    places = np.stack([world.lon_e7 / 1e7, world.lat_e7 / 1e7], axis=-1)
    return np.asarray(shapely.polygons(np.concatenate([places, places[:, :1]], axis=1)))


def _by_points(world: World, places: Positions, points: Objects, zones: Objects, tree: shapely.STRtree) -> Ints:
    position, zone = _within(world, places, *tree.query(points))
    order = np.argsort(zone, kind="stable")  # the same prepared zone again and again is kinder to the cache
    position, zone = position[order], zone[order]
    inside = shapely.intersects_xy(zones[zone], places.lon_e7[position] / 1e7, places.lat_e7[position] / 1e7)
    return _pairs(position[inside], zone[inside])


def _by_predicate(world: World, places: Positions, points: Objects, tree: shapely.STRtree) -> Ints:
    return _pairs(*_within(world, places, *tree.query(points, predicate="intersects")))


def _by_zones(world: World, places: Positions, points: Objects, zones: Objects) -> Ints:
    zone, position = shapely.STRtree(points).query(zones, predicate="intersects")
    return _pairs(*_within(world, places, position, zone))


# ---- PostGIS and DuckDB --------------------------------------------------------------------------


def _zone_rows(world: World) -> Iterator[tuple[Any, ...]]:
    shapes = shapely.to_wkb(_polygons(world), hex=True)
    return zip(range(len(world)), *(column.tolist() for column in _limits(world)), shapes.tolist(), strict=True)


def _limits(world: World) -> list[Ints]:
    floors, ceilings = _bands(world.floor_mm, world.floor_datum, -1), _bands(world.ceiling_mm, world.ceiling_datum, 1)
    times = (world.from_ns[:, 0], world.until_ns[:, 0], world.from_ns[:, 1], world.until_ns[:, 1])
    return [*floors, *ceilings, *times]


def _bands(limit_mm: Ints, datum: Ints, sign: int) -> tuple[Ints, Ints]:
    """Return a limit as one above the ground and one above the sea, of which one limits nothing."""
    none = sign * zone_world.NONE_MM
    agl = datum == zone_world.AGL
    return np.where(agl, limit_mm, none), np.where(agl, none, limit_mm)


def _point_rows(places: Positions) -> Iterator[tuple[Any, ...]]:
    columns = (np.arange(len(places.t_ns)), places.agl_mm, places.amsl_mm, places.t_ns)
    lonlat = (places.lon_e7 / 1e7, places.lat_e7 / 1e7)
    return zip(*(column.tolist() for column in (*columns, *lonlat)), strict=True)


def _postgis(world: World, asked: dict[str, Positions], wanted: dict[str, Ints], rounds: int) -> dict[str, Any]:
    with postgis.server(shared_buffers="512MB", work_mem="128MB") as base:
        found: dict[str, Any] = {"version": _one(base, "SELECT postgis_lib_version() || ', PostgreSQL ' || version()")}
        begin = time.perf_counter()
        base.execute(f"CREATE TABLE zone (id bigint, {', '.join(f'{name} bigint' for name in _LIMITS)}, geom geometry)")
        _copy(base, "zone", _zone_rows(world))
        base.execute("CREATE INDEX zone_geom ON zone USING gist (geom)")
        base.execute("CLUSTER zone USING zone_geom")
        base.execute("VACUUM ANALYZE zone")
        found["build_s"] = round(time.perf_counter() - begin, 3)
        for order, places in asked.items():
            base.execute("CREATE TABLE place (id bigint, agl bigint, amsl bigint, t bigint, x float8, y float8)")
            _copy(base, "place", _point_rows(places))
            base.execute("CREATE TABLE p AS SELECT id, agl, amsl, t, ST_Point(x, y) AS geom FROM place ORDER BY id")
            base.execute("VACUUM ANALYZE p")
            total = f"SELECT count(*), sum({_PAIR}) {_JOIN} WHERE {_HOLDS}"
            each = f"SELECT {_PAIR} {_JOIN} WHERE {_HOLDS}"
            found[order] = _asked(lambda sql: base.execute(sql).fetchall(), total, each, rounds, wanted[order])
            found[order]["per_s"] = round(len(places.t_ns) / found[order].pop("s"))
            base.execute("DROP TABLE place, p")
    return found


def _copy(base: psycopg.Connection, table: LiteralString, rows: Iterator[tuple[Any, ...]]) -> None:
    with base.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _one(base: psycopg.Connection, sql: LiteralString) -> str:
    row = base.execute(sql).fetchone()
    assert row is not None
    return str(row[0]).split(" on ")[0]


def _asked(ask: Callable[[str], list[Any]], total: str, each: str, rounds: int, wanted: Ints) -> dict[str, Any]:
    """Time the join, its pairs counted and added up where they are; then fetch them once and compare."""
    pairs = np.array([row[0] for row in ask(each)], np.int64)
    return {"s": _seconds(lambda: ask(total), rounds), "disagreements": _apart(pairs, wanted)}


def _duckdb(world: World, asked: dict[str, Positions], wanted: dict[str, Ints], rounds: int) -> dict[str, Any]:
    """Height and time are a filter of the aggregates: as a condition, they turn the join into a merge by height."""
    total = f"SELECT count(*) FILTER (WHERE {_HOLDS}), sum({_PAIR}) FILTER (WHERE {_HOLDS}) {_JOIN}"
    each = f"SELECT unnest(list({_PAIR}) FILTER (WHERE {_HOLDS})) {_JOIN}"
    with _spatial() as base:
        begin = time.perf_counter()
        limits = dict(zip(_LIMITS, _limits(world), strict=True))
        wkb = np.asarray(shapely.to_wkb(_polygons(world)), dtype=object)
        base.register("zone_rows", {"id": np.arange(len(world)), **limits, "wkb": wkb})
        base.execute("CREATE TABLE zone AS SELECT * EXCLUDE wkb, ST_GeomFromWKB(wkb::BLOB) AS geom FROM zone_rows")
        found: dict[str, Any] = {"version": duckdb.__version__, "build_s": round(time.perf_counter() - begin, 3)}
        for order, places in asked.items():
            columns = {"agl": places.agl_mm, "amsl": places.amsl_mm, "t": places.t_ns}
            lonlat = {"x": places.lon_e7 / 1e7, "y": places.lat_e7 / 1e7}
            base.register("place_rows", {"id": np.arange(len(places.t_ns)), **columns, **lonlat})
            base.execute("CREATE OR REPLACE TABLE p AS SELECT id, agl, amsl, t, ST_Point(x, y) AS geom FROM place_rows")
            plan = str(base.execute(f"EXPLAIN {total}").fetchall())
            assert "SPATIAL_JOIN" in plan, plan
            found[order] = _asked(lambda sql: base.execute(sql).fetchall(), total, each, rounds, wanted[order])
            found[order]["per_s"] = round(len(places.t_ns) / found[order].pop("s"))
    return found


@contextmanager
def _spatial() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB with the spatial extension that its package brought, on one thread."""
    folder = Path(sysconfig.get_paths()["purelib"]) / "duckdb_extension_spatial" / "extensions"
    found = sorted(folder.glob("*/spatial.duckdb_extension"))
    assert found, f"no spatial extension in {folder}; version {importlib.metadata.version('duckdb-extension-spatial')}"
    with duckdb.connect(config={"threads": 1}) as base:
        base.execute(f"LOAD '{found[-1]}'")
        yield base


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the zone engine's peers; prints JSON.")
    parser.add_argument("--zones", type=int, nargs="+", default=list(zone_world.SIDE_M))
    parser.add_argument("--positions", type=int, default=POSITIONS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    for zones in options.zones:
        print(json.dumps(measure(zone_world.made(zones), options.positions, options.rounds)))


if __name__ == "__main__":
    main()
