"""No script writes a property whose name somebody else chose: `__proto__` would be every object's (ASVS 15.3.6)."""

import re

import pytest

from tests.house import checks

STATIC = checks.ROOT / "skykeep" / "web" / "static"
SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
WRITES = re.compile(r"""([\w.)\]]+\[(?!["'`])[^\[\]]*(?:\[[^\[\]]*\])?[^\[\]]*\])\s*(?:[-+*/|&?]{0,2}=(?![=>])|\+\+|--)""")
OURS = {
    "made[names[i]]",  # columns of the stream, which the script itself names
    "counted[track.kind]",  # kinds of the legend
    "this.tailT[at]", "this.tailX[at]", "this.tailY[at]",  # arrays, by number
    "this.taken[this.length++]", "this.taken[this.length]", "this.taken[this.length + 1]",
    "this.taken[this.length + 2]", "this.taken[this.length + 3]", "lines[point.index]",
    "this.set[what]",  # what a pen can be told, named by who draws
}  # fmt: skip


def written(text):
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "/*", "*")))
    found = (re.sub(r"\s+", " ", each.strip()) for each in WRITES.findall(code))
    return {each for each in found if not re.match(r"(const|let|var|return)\b", each)}


@pytest.mark.requirement("ASVS-15")
def test_no_property_is_named_by_what_was_sent():
    found = {(path.name, each) for path in SCRIPTS for each in written(path.read_text(encoding="utf-8"))}
    assert len(SCRIPTS) > 50
    assert {each for each in found if each[1] not in OURS} == set()
    assert {each for _, each in found} == OURS  # nothing stands here that is no more


@pytest.mark.parametrize("line", ["held[sent.name] = 1;", "  told.of[name] ??= [];", "counts[key] += 1;", "n[k]++;"])
def test_a_property_that_others_name_is_found(line):
    assert len(written(line)) == 1


@pytest.mark.parametrize("line", ['headers["If-Match"] = "x";', "const [a, b] = two;", "if (held[name] === 1) {}", "f[x] => 1"])
def test_what_is_none_is_not(line):
    assert written(line) == set()
