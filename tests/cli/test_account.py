"""`skykeep account` as people call it: reports in, a page out; a case, acts of persons; scores; hostile reports."""

import json
import re

import jsonschema
import pytest

from skykeep.facts import codec
from skykeep.station.store import Store
from tests.cli.calling import call

AT = ("--at", "2026-05-29T08:00:00Z")
POST = """Sundport Post | 2026-05-28 | By Ada Quill

Two drones were over the ferry pier at night, harbour master Ines Calder said on Thursday. "Nobody was hurt," she added.

The Free Union of Lode denied that it had sent two drones to the pier. The mayor announced that drone flights are banned.

Nobody knows who first saw the lights.
"""
COURIER = """The Lode Courier, 28 May 2026. By Tom Ray

Sundport claims that three drones flew over its pier overnight. "We have no information about drones," said Mara Holt, the
spokeswoman of the Free Union of Lode.

Montevideo is 250 kilometers (155 miles) from Buenos Aires.
"""


@pytest.fixture
def reports(tmp_path):
    (tmp_path / "post.txt").write_text(POST, "utf-8")
    (tmp_path / "courier.txt").write_text(COURIER, "utf-8")
    return tmp_path / "post.txt", tmp_path / "courier.txt"


@pytest.fixture
def case(reports, tmp_path):
    made = call("account", "open", tmp_path / "case", *reports, *AT)
    assert made.exit_code == 0, made.stderr
    return tmp_path / "case"


def as_json(*args):
    done = call("account", *args, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.capability("Who said what in two or more reports, beside each other, in one offline page or as text")
def test_reports_become_a_page_and_lines(reports, tmp_path):
    done = call("account", *reports, "-o", tmp_path / "a.html")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "a.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    told = call("account", *reports).stdout
    assert "Sundport Post" in told
    assert re.search(r"denies: \?.*Lode", told)
    assert "does not know: ?Mara Holt" in told
    assert "not covered: no sensor record was given" in told


def test_the_json_is_one_object_of_the_published_schema(reports):
    made = as_json(*reports)
    schema = json.loads(call("schema", "account").stdout)
    jsonschema.validate(made, schema)
    assert {each["text"] for each in made["documents"]} == {POST, COURIER}
    for said in made["statements"]:
        text = next(
            each["text"] for each in made["documents"] if each["source"]["source_sha256"] == said["source_sha256"]
        )
        assert " … ".join(text[start:end] for start, end in said["spans"]) == said["text"]


@pytest.mark.requirement("ACCOUNT-4")
def test_what_no_rule_covered_is_still_on_the_page(reports, tmp_path):
    call("account", *reports, "-o", tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text("utf-8")
    made = as_json(*reports)
    assert "Nobody knows who first saw the lights." in re.sub(r"<[^>]+>", "", page)
    for left in made["unplaced"]:
        assert f'"{left}"' in page or left in page


@pytest.mark.requirement("ACCOUNT-1")
def test_nothing_in_an_account_says_who_is_right(reports, tmp_path):
    call("account", *reports, "-o", tmp_path / "a.html")
    page = re.sub(r"<(style|script)\b.*?</\1>", "", (tmp_path / "a.html").read_text("utf-8"), flags=re.DOTALL)
    told = re.sub(r"<[^>]+>", " ", page) + call("account", *reports).stdout
    for text in (POST, COURIER):
        assert not re.search(r"\b(wrong|false|true|lie|lies|liar|incorrect|correct)\b", text)
    said = re.findall(r"[^.]*\b(?:wrong|false|lies?|liar|incorrect|true)\b[^.]*", told)
    assert all("no cell for true or false" in each or "neither" in each for each in said), said
    schema = call("schema", "account").stdout
    assert not re.search(r'"(truth|true_?score|credib\w*|verdict|rating|reliab\w*)"', schema)


@pytest.mark.capability("Figures in reports checked: distances, units, dates, counts; they agree or differ")
def test_a_distance_that_differs_is_told_with_both_figures(reports):
    told = call("account", *reports).stdout
    assert re.search(r"differs: .*250", told)
    assert re.search(r"agrees: .*155 mi", told)


def test_standard_input_html_and_a_name_for_it(reports):
    page = f"<html lang=en><body><article><h1>On the pier</h1>{''.join(f'<p>{p}</p>' for p in POST.split(chr(10) * 2))}"
    done = call("account", "-", reports[1], "--title", "The pier", "--json", stdin=page.encode())
    assert done.exit_code == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["title"] == "The pier"
    assert made["documents"][0]["source"]["media_type"] == "text/html"


@pytest.mark.capability("Claims, quotations and their origin as schema.org, W3C annotations and PROV-O")
def test_exports_are_json_ld(reports, tmp_path):
    paths = {name: tmp_path / f"{name}.jsonld" for name in ("claims", "annotations", "provenance")}
    done = call("account", *reports, *(part for name, path in paths.items() for part in (f"--{name}", path)))
    assert done.exit_code == 0, done.stderr
    for path in paths.values():
        assert "@context" in json.loads(path.read_text("utf-8"))


# ---- a case --------------------------------------------------------------------------------------------------


@pytest.mark.capability(
    "A named person confirms which proposition a statement is about; every act is kept, and can be taken back"
)
def test_a_person_confirms_and_takes_back(case):
    suggested = next(one for one in as_json(case)["suggested"] if one["matches"])
    match = suggested["matches"][0]
    by = ("--by", "Vera Lund", "--at", "2026-05-29T08:05:00Z")
    act = call("account", "confirm", case, "--statement", suggested["statement_id"], "--proposition",
               match["proposition_id"], "--stance", match["stance"], *by)  # fmt: skip
    assert act.exit_code == 0, act.stderr
    confirmed = standing(case, suggested["statement_id"], match["proposition_id"])
    assert [(one["confirmed_by"], one["act_id"]) for one in confirmed] == [("Vera Lund", act.stdout.strip())]
    back = call("account", "retract", case, act.stdout.strip(), "--reason", "another night", *by)
    assert back.exit_code == 0, back.stderr
    after = standing(case, suggested["statement_id"], match["proposition_id"])
    assert all(one["confirmed_by"] is None for one in after)


def standing(case, statement_id, proposition_id):
    return [
        one
        for cell in as_json(case)["cells"]
        if cell["proposition_id"] == proposition_id
        for one in cell["standings"]
        if one["statement_id"] == statement_id
    ]


def test_a_wording_of_ones_own_a_name_and_what_is_no_statement(case):
    by = ("--by", "Vera Lund", "--at", "2026-05-29T08:05:00Z")
    made = as_json(case)
    first = made["statements"][0]["statement_id"]
    for args in (
        ("word", case, "--proposition", "lights", "--wording", "There were lights", "--aspect", "what"),
        ("same", case, "Ines Calder", "Harbour master Calder", "--side", "Port of Sundport"),
        ("retract", case, first, "--reason", "the headline"),
    ):
        done = call("account", *args, *by)
        assert done.exit_code == 0, done.stderr
    made = as_json(case)
    assert ("There were lights", "Vera Lund") in {(each["wording"], each["worded_by"]) for each in made["propositions"]}
    assert first in {each["statement_id"] for each in made["retracted"]}
    assert first not in {each["statement_id"] for each in made["statements"]}
    assert {(act["retracts"], act["reason"]) for act in made["retractions"]} == {(first, "the headline")}


def test_no_name_of_a_person_stands_in_the_facts_of_a_case(case):
    with Store.open(case, read_only=True) as store:
        bodies = [leaf.body for row in store.rows() for leaf in row.leaves if leaf.body is not None]
    facts = [body for body in bodies if b"claimed." in body[:40]]
    assert facts
    assert not [body for body in facts if b"Calder" in body or b"Mara Holt" in body]
    assert any(b"Calder" in body for body in bodies)
    assert all(not isinstance(codec.decode(body), codec.Unknown) for body in facts)


def test_a_person_is_erased_from_a_case_and_the_page_still_draws(case, tmp_path):
    erased = call("erase", case, "Mara Holt")
    assert erased.exit_code == 0, erased.stderr
    with Store.open(case, read_only=True) as store:
        bodies = [leaf.body for row in store.rows() for leaf in row.leaves if leaf.body is not None]
    assert not [body for body in bodies if b"Mara Holt" in body]
    assert call("account", case, "-o", tmp_path / "a.html").exit_code == 0
    assert "Mara Holt" not in (tmp_path / "a.html").read_text("utf-8")
    assert call("verify", case).exit_code == 0


def test_acts_are_listed_with_their_ids(case):
    first = as_json(case)["statements"][0]["statement_id"]
    by = ("--by", "Vera Lund", "--at", "2026-05-29T08:05:00Z")
    act = call("account", "retract", case, first, "--reason", "the headline", *by).stdout.strip()
    told = call("account", "acts", case).stdout
    assert f"{act}  2026-05-29 08:05:00 UTC  Vera Lund takes {first} back: the headline" in told


def test_reports_are_added_to_a_case_once(case, reports, tmp_path):
    (tmp_path / "more.txt").write_text("Radio Sund, 29 May 2026\n\nThe mayor said that one drone was found.\n", "utf-8")
    done = call("account", "open", case, *reports, tmp_path / "more.txt", "--at", "2026-05-29T09:00:00Z")
    assert done.exit_code == 0
    assert "took 1 of 3 reports" in done.stderr
    assert len(as_json(case)["documents"]) == 3


# ---- what cannot be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (("nowhere.txt",), 3, r"nowhere.txt cannot be read: No such file"),
        (("{post}", "{post}"), 2, r"the same report as post.txt"),
        (("{post}", "--incident", "3"), 2, r"name it with --record"),
        (("{post}", "{dir}"), 2, r"is a directory: an account is of one case, or of report files"),
        (("{dir}",), 2, r"is no case; make one"),
        (("{post}", "-o", "{dir}/no/where.html"), 3, r"cannot be written"),
        (("confirm", "{dir}", "--statement", "s", "--proposition", "p", "--stance", "denies", "--by", "V"), 2, r"no case"),
        (("score", "{dir}/none.json"), 3, r"cannot be read"),
        (("score", "{dir}"), 2, r"holds no gold"),
        (("score", "{post}"), 3, r"post\.txt|gold|JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_in_a_sentence(reports, tmp_path, args, exit_code, said):
    done = call("account", *(str(arg).format(post=reports[0], dir=tmp_path) for arg in args))
    assert done.exit_code == exit_code, done.stderr
    assert re.search(said, done.stderr), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


HOSTILE = {
    "a line of a megabyte": ("He said: “" + "a b " * 250_000).encode(),
    "a megabyte of quotation marks": ('"“' * 300_000).encode(),
    "directions turned around": "The mayor said “\u202eereh saw eno\u202c oN” \u2066on\u2069 Friday.\n".encode(),
    "lone surrogates": b"The mayor said \xed\xa0\x80\xed\xb0\x80 that all is well.\n",
    "a bomb of tags": b"<html><body>" + b"<div>" * 200_000 + b"The mayor said that it is deep.",
    "script in a name": b'<script>alert(1)</script> said "<img src=x onerror=alert(1)></script><!--".\n',
    "nothing but zeroes": bytes(100_000),
    "a broken PDF": b"%PDF-1.7\n1 0 obj\n<< /Length 9999999999 >>\nstream\n",
    "an end of line in every form": b"A said\rthat\r\nB\x0b\x0c\x1c\x85 said\xe2\x80\xa8no.\n",
}


@pytest.mark.requirement("ACCOUNT-6")
@pytest.mark.capability("Hostile reports survived: a megabyte in one line, bombs of tags, text that turns around")
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_reports_end_in_a_page_or_in_a_sentence(reports, tmp_path, data):
    (tmp_path / "hostile.txt").write_bytes(data)
    done = call("account", tmp_path / "hostile.txt", reports[1], "-o", tmp_path / "a.html")
    assert done.exit_code in {0, 2, 3}, done.output
    if done.exit_code:
        assert len(done.stderr.strip().splitlines()) == 1
        assert "hostile.txt" in done.stderr
        return
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "alert(1)" not in re.sub(r"&lt;script&gt;alert\(1\)|onerror=alert\(1\)", "", page)
    assert page.count("<script") == page.count("</script>")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00]", page)


@pytest.mark.capability(
    "How well statements are found, against texts that people marked: precision, recall, what was missed"
)
def test_scores_are_told_as_a_table_and_as_one_object(root):
    gold = root / "skykeep" / "demo_data" / "account_gold.json"
    told = call("account", "score", gold)
    assert told.exit_code == 0, told.stderr
    assert re.search(r"^together +31 ", told.stdout, re.MULTILINE)
    total = json.loads(call("account", "score", gold, "--json").stdout)["total"]
    assert total["marked"] == 31
    assert total["precision"] == pytest.approx(total["detected"] / total["found"], abs=1e-4)
    assert total["recall"] == pytest.approx(total["detected"] / 31, abs=1e-4)
    assert len(total["missed"]) == 31 - total["detected"]


def test_a_folder_of_stand_off_marks_is_scored(tmp_path):
    (tmp_path / "a.txt").write_text("The mayor said that all is well.\n", "utf-8")
    marks = (
        "T1\tSource 0 9\tThe mayor\nT2\tCue 10 14\tsaid\nT3\tContent 20 31\tall is well\nT4\tAttribution 10 14\tsaid\n"
    )
    (tmp_path / "a.ann").write_text(f"{marks}E1\tAttribution:T4 Source:T1 Cue:T2 Content:T3\n", "utf-8")
    total = json.loads(call("account", "score", tmp_path, "--json").stdout)["total"]
    assert (total["marked"], total["both_right"]) == (1, 1)
