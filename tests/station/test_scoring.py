"""The reference scenario through the watch, and its figures: of a watch that knows the truth, and of the real one."""

import dataclasses
import io

import msgspec
import numpy as np
import pytest
from PIL import Image

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts.concluded import TrackIdentified, Trust
from skykeep.sim.oracle import oracle
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import EPOCH_NS, heard, ns_to_seconds
from skykeep.sim.score import score
from skykeep.sim.shots import matched
from skykeep.station import scoreplot, scoring
from skykeep.station.scoreoracle import Own
from skykeep.station.scoretext import lines
from skykeep.station.scoretruth import read_truth
from skykeep.station.settings import Settings
from skykeep.watch import table
from skykeep.watch.settings import WatchSettings
from tests.sim.estimates import ESTABLISHED, TENTATIVE, columns

FAR_NS = 2**62


@dataclasses.dataclass
class Nothing:
    """A state that holds nothing."""

    settings: object
    tracks: table.Tracks = dataclasses.field(default_factory=table.no_tracks)


class Knowing:
    """A watch that is told the truth: it establishes each drone at its second report, exactly where it is."""

    def __init__(self, city, *, off_m=0.0, false=0, names=True):
        self.city, self.ticks = city, list(heard(city))
        self.off_m, self.false, self.names = off_m, false, names
        self.reports = {}

    def step(self, state, tick):
        told = {}  # by drone: the last plot
        for index, plots in enumerate(self.ticks[tick.tick - 1].plots):
            for item, row in enumerate(plots.tolist()):
                det = self.city.det[row]
                if det["truth"] >= 0 and self.city.is_target[det["truth"]]:
                    told[int(det["truth"])] = (index, item)
                    self.reports[int(det["truth"])] = self.reports.get(int(det["truth"]), 0) + 1
        return state, self._tell(tick.now_ns, told)

    def _tell(self, now_ns, told):
        t_s = ns_to_seconds(now_ns)
        rows, evidence, names = [], [], []
        for number, place in sorted(told.items()):
            where = self._where(number, t_s)
            phase = ESTABLISHED if self.reports[number] >= 2 else TENTATIVE
            rows.append((number + 1, phase, np.add(where, [self.off_m, 0, 0]), self._velocity(number, t_s)))
            evidence.append(place)
            if self.names and self.city.rid[number] >= 0:
                names.append(self._named(number))
        rows += [(10_000 + k, ESTABLISHED, [100.0, 300.0 * k, 900.0], [0, 0, 0]) for k in range(self.false)]
        evidence += [(0, 10_000)] * self.false
        return [*([columns(t_s, rows, evidence)] if rows else []), *names]

    def _where(self, number, t_s):
        k = min(int(t_s * 10 + 1e-6), len(self.city.truth.t_s) - 1)
        return self.city.truth.pos_enu_m[k, number]

    def _velocity(self, number, t_s):
        k = min(int(t_s * 10 + 1e-6), len(self.city.truth.t_s) - 1)
        return self.city.truth.vel_enu_mps[k, number]

    def _named(self, number):
        return TrackIdentified(
            track_id=number + 1, t_ns=0, transmitter="tx", uas_id=f"uas:{self.city.rid[number]}", id_kind="serial",
            operator_id=None, session_id=None, trust=Trust.SELF_DECLARED, manned=False, flags=(), evidence=(),
        )  # fmt: skip


@pytest.fixture
def knowing(monkeypatch):
    """Let a knowing watch take the place of the real one, and return the score of a scenario."""

    def scored(city, **how):
        watch = Knowing(city, **how)
        monkeypatch.setattr(scoring, "State", Nothing)
        monkeypatch.setattr(scoring, "step", watch.step)
        monkeypatch.setattr(scoring, "next_due_ns", lambda _state: FAR_NS)
        return scoring.score_scenario(city, Settings())

    return scored


@pytest.mark.parametrize("level", ["L0", "L2"])
def test_a_watch_that_knows_the_truth_gets_the_best_of_every_figure(knowing, level):
    city = make(n=20, level=level, seed=1, duration_s=30.0)
    found = knowing(city).scores
    assert found.told.space.rmse_m < 1.0  # carried on for up to some seconds
    assert found.told.space.n_missed < 0.5
    assert found.told.space.switches == 0
    assert found.siap.ambiguity == 1.0
    assert found.purity.purity == 1.0
    assert found.detection.probability == 1.0
    assert (found.false_tracks.tracks, found.false_tracks.per_hour) == (0, 0.0)
    assert found.first_told.p50_s == pytest.approx(0.1)
    assert found.first_told.never == found.established.never == 0
    assert found.established.p50_s == pytest.approx(1.1 if level == "L0" else 0.4, abs=0.35)
    if level == "L2":
        assert (found.identity.wrong, found.identity.accuracy, found.identity.abstention) == (0, 1.0, 0.0)


def test_a_watch_that_is_off_and_sees_ghosts_is_found_out(knowing):
    city = make(n=20, level="L0", seed=1, duration_s=30.0, mean_life_s=None)
    found = knowing(city, off_m=12.0, false=3).scores
    assert found.told.space.rmse_m == pytest.approx(12.0, abs=0.5)
    assert found.told.space.n_false == pytest.approx(3.0, abs=0.5)
    assert found.false_tracks.tracks == 3
    assert found.false_tracks.hours == pytest.approx(20 / 3600)
    assert found.siap.spuriousness > 0.1
    assert found.purity.purity < 1.0


def test_a_watch_that_says_no_names_abstains(knowing):
    found = knowing(make(n=20, level="L2", seed=1, duration_s=20.0), names=False).scores
    assert (found.identity.accuracy, found.identity.abstention) == (None, 1.0)
    assert found.identity.rightly_none > 0


def test_the_picture_at_a_moment_uses_nothing_that_arrived_later(knowing):
    """At L3 the plots of a moment arrive after it: who is told is then who was heard before."""
    city = make(n=20, level="L3", seed=1, duration_s=12.0)
    scored = knowing(city)
    for each in scored.run[:4]:
        before = city.det[(city.det["t_arr_s"] <= each.shot.t_s) & (city.det["truth"] >= 0)]
        heard_twice = {number for number in before["truth"].tolist() if (before["truth"] == number).sum() >= 2}
        assert {track - 1 for track in each.shot.track.tolist()} <= heard_twice
    assert len(scored.run[0].shot.track) == 0
    assert len(scored.run[3].shot.track) > 10


@pytest.mark.parametrize("level", ["L0", "L1", "L2", "L3"])
def test_every_figure_of_the_real_watch_is_there(level):
    city = make(n=6, level=level, seed=1, duration_s=12.0, clutter=5.0)
    passed = []
    scored = scoring.score_scenario(city, Settings(), passed.append)
    found = msgspec.json.decode(msgspec.json.encode(scored.scores))
    assert found["of"]["digest"] == city.digest()
    assert found["told"]["space"]["moments"] == found["held"]["level"]["moments"] == 7
    assert found["cost"]["scans"] >= 6
    assert found["cost"]["scan_p50_ms"] <= found["cost"]["scan_p99_ms"]
    assert found["oracle"]["space"]["n_missed"] < 1.0
    assert found["plain_oracle"]["space"]["n_missed"] < 1.0
    assert 11_000 <= sum(passed) <= 15_000
    text = "\n".join(lines(scored.scores))
    assert "GOSPA in space" in text
    assert "times real time" in text


def test_two_runs_of_one_scenario_give_the_same_figures():
    def scores():
        found = scoring.score_scenario(make(n=8, level="L2", seed=2, duration_s=12.0), Settings()).scores
        return msgspec.structs.replace(found, cost=None)

    assert scores() == scores()


def test_figures_that_are_not_there_are_dashes(knowing):
    scores = knowing(make(n=5, level="L0", seed=1, duration_s=6.0)).scores
    bare = msgspec.structs.replace(scores, held=None, oracle=None, plain_oracle=None, identity=None, purity=None, first_told=None,
                                   established=None, detection=None, ranges=None, cost=None)  # fmt: skip
    text = list(lines(bare))
    assert not any("oracle" in line or "Processor" in line for line in text)
    assert len(text) < len(list(lines(scores)))


def test_the_pictures_are_drawn(knowing, tmp_path):
    scored = knowing(make(n=20, level="L2", seed=1, duration_s=12.0), false=2)
    made = scoreplot.draw(scored, tmp_path / "new" / "plots", "a title")
    assert [path.name for path in made] == ["map.png", "gospa.png", "latency.png"]
    for path in made:
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            colours = {colour for _, colour in picture.convert("RGB").getcolors(2**24)}
            assert picture.width > 1000
            assert (0, 114, 178) in colours  # what was told


@pytest.mark.parametrize("level", ["L0", "L1", "L2", "L3"])
def test_the_watchs_own_models_are_nearer_than_plain_ones(level):
    city = make(n=60, level=level, seed=5, duration_s=30.0)
    own, plain = (score(list(matched(oracle(city, each)))) for each in (Own(len(city.rid), WatchSettings()), None))
    assert own.gospa_m < plain.gospa_m
    assert own.n_missed < 0.05 * 60
    assert own.switches == 0


def test_the_own_filter_is_the_watch_itself_where_one_drone_flies_alone():
    """One drone, one sensor, no false report: there is nothing to associate, so the watch holds what the filter holds."""
    city = make(n=1, level="L0", seed=3, duration_s=20.0, clutter=0.0, mean_life_s=None)
    settings = Settings()
    held = scoring.Runner(city, settings).run().held
    alone = list(oracle(city, Own(1, settings.watch)))
    for ours, theirs in zip(held[10:], alone[10:], strict=True):
        assert len(ours.track) == 1
        assert np.allclose(ours.told_m, theirs.told_m, atol=0.5)


# ---- truth files -------------------------------------------------------------------------------------

LINE = '{"time": "2026-05-01T10:00:00Z", "id": "a", "lat": 50.0, "lon": 30.0, "alt_hae_m": 100}\n'


def test_a_truth_is_read_between_its_fixes(tmp_path):
    file = tmp_path / "truth.jsonl"
    file.write_text(
        LINE + '{"time": 1777629602.0, "id": "a", "lat": 50.0, "lon": 30.001, "alt_hae_m": 110, "uas_id": "X1"}\n\n'
        '{"time": "2026-05-01T12:00:01+02:00", "id": "b", "lat": 50.0, "lon": 30.0}\n'
        '{"time": 1777629609.0, "id": "b", "lat": 50.0, "lon": 30.0}\n'
    )
    truth = read_truth(file)
    assert (truth.first_ns, truth.last_ns) == (EPOCH_NS, EPOCH_NS + 9_000_000_000)
    number, place, velocity = truth.at(EPOCH_NS + 500_000_000)
    assert number.tolist() == [0]
    assert np.allclose(place, [[71.7 / 4, 0.0, 2.5]], atol=0.1)
    assert np.allclose(velocity, [[71.7 / 2, 0.0, 5.0]], atol=0.1)
    assert truth.at(EPOCH_NS + 2_000_000_000)[0].tolist() == [0]
    assert truth.at(EPOCH_NS + 5_000_000_000)[0].tolist() == []  # b: its fixes are too far apart
    assert truth.at(EPOCH_NS - 1)[0].tolist() == []
    assert truth.paths[0].uas_id == "X1"
    assert np.isnan(truth.paths[1].pos_m[:, 2]).all()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", Refused, "says nothing"),
        (LINE + "{", Malformed, "line 2"),
        (LINE.replace("lat", "latitude"), Malformed, "line 1"),
        (LINE.replace("Z", ""), Malformed, "no offset"),
        (LINE.replace("2026-05-01T10:00:00Z", "yesterday"), Malformed, "line 1"),
    ],
)
def test_a_truth_that_cannot_be_read_names_the_line(tmp_path, text, error, words):
    file = tmp_path / "truth.jsonl"
    file.write_text(text)
    with pytest.raises(error, match=words):
        read_truth(file)


def test_a_truth_that_is_not_there(tmp_path):
    with pytest.raises(Unavailable, match="No such file"):
        read_truth(tmp_path / "none.jsonl")
