import io
import itertools
import re

import pytest
from rich.console import Console

from skykeep.errors import Corrupt, Refused
from skykeep.sim.cast import parts
from skykeep.station import demo
from skykeep.station.goverifier import WANTED


def played(output, width=110):
    said = io.StringIO()
    demo.play(output, do_open=False, console=Console(file=said, width=width, highlight=False))
    return said.getvalue()


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def text(output):
    return played(output)


def one_after_another(answers):
    """The answers without those that only repeat the one before: out of a zone and under no rule is told once."""
    return [answer for answer, _ in itertools.groupby(answers)]


def between(text, begin, end):
    return text.partition(begin)[2].partition(end)[0]


@pytest.mark.slow
@pytest.mark.capability("Play the demo: two real recordings and an invented town, told in sentences, then the proof")
def test_the_demo_tells_refuses_and_leaves_its_pages(text, output):
    real = between(text, "ACT 1 · REAL", "ACT 2 · SIMULATED")
    assert "SIMULATED" not in real
    assert (
        "◆ NOT PERMITTED  track 1 · multirotor (99\N{NO-BREAK SPACE}%) · suspected by Remote ID  serial 1588…18" in real
    )
    assert "missing: ground height at take-off" in real
    assert "✚ EXEMPT (at the end: no rule)  track 1 · manned" in real
    assert text.count(": identical sha256:") == 3
    assert text.count("and signed by this key") == 3
    assert text.count("Skykeep refuses: ") == 2
    assert "Go's verifier (golang.org/x/mod/sumdb) refuses: " in text or WANTED in text
    assert "It never fires, jams or takes control." in text
    for page in ("drone", "helicopter", "town"):
        assert "<svg" in (output / f"{page}.html").read_text("utf-8")


@pytest.mark.slow
def test_each_line_of_the_story_says_that_it_is_simulated(text):
    act = between(text, "ACT 2 · SIMULATED", "PROOF")
    told = act[act.index("SIMULATED 0:") :].splitlines()
    assert [line for line in told if line.strip() and not line.startswith("SIMULATED ")] == []


@pytest.mark.slow
def test_the_clock_of_the_story_never_goes_back(text):
    seconds = [int(m[1]) * 60 + int(m[2]) for m in re.finditer(r"^SIMULATED (\d):(\d\d) ", text, re.MULTILINE)]
    assert len(seconds) > 30
    assert seconds == sorted(seconds)


@pytest.mark.slow
def test_each_flight_of_the_story_is_named_and_gets_the_answers_that_it_must(text):
    story = " ".join(line.removeprefix("SIMULATED ").strip() for line in text.splitlines())
    for part in parts(demo.STORY_SEED):
        answers = re.findall(rf"-> track \d+ \({part.role.name}\): ([A-Z ]+)\.", story)
        wanted = [one.verdict.value.replace("_", " ").upper() for one in part.role.expected]
        assert one_after_another(answers) == one_after_another(wanted), part.role.name
    assert "nobody of ours" not in text


@pytest.mark.slow
def test_it_plays_again_where_it_played_and_nowhere_else(text, output, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="not made by the demo"):
        played(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert played(output, width=80).count(": identical sha256:") == 3


@pytest.mark.slow
def test_a_flipped_byte_that_nobody_notices_fails_the_demo(text, output):
    with pytest.raises(Corrupt, match="nobody noticed"):
        demo._must_refuse(output / "town", None, Console(file=io.StringIO()))
