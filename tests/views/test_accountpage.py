"""The account's page: complete, linked within itself, safe with hostile texts, and without any cell for true or false."""

import base64
import hashlib
import itertools
import json
import re

import msgspec
import pytest
from click.testing import CliRunner

from skykeep.cli import main
from skykeep.facts.accounted import Reading
from skykeep.facts.claimed import Aspect, Mode, Resolved, Span, Stance
from skykeep.views import accountindex, accountrows, accountstyle, accountwords, style
from skykeep.views.accountpage import render
from tests.views import accounts
from tests.views.test_report import Parsed, luminance

BUILT = {
    "whole": accounts.account,
    "empty": accounts.empty,
    "crowded": accounts.crowded,
}


@pytest.fixture(scope="module", params=BUILT)
def any_page(request):
    return render(BUILT[request.param]())


@pytest.fixture(scope="module")
def page():
    return render(accounts.account())


@pytest.fixture(scope="module")
def parsed(page):
    return Parsed(page)


def cell(page, proposition, speaker):
    """The words of one cell of the matrix."""
    account = accounts.account()
    index = accountindex.index(account)
    name = f"c-{index.proposition_at[proposition]}-{index.column[speaker]}"
    found = re.search(rf'<td [^>]*id="{name}"[^>]*>.*?</td>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).strip()


def test_the_page_is_well_formed_and_every_link_has_its_place(any_page):
    seen = Parsed(any_page)
    assert len(seen.ids) == len(set(seen.ids))
    linked = {value[1:] for _, name, value in seen.attributes if name == "href" and value.startswith("#")}
    linked |= {value for _, name, value in seen.attributes if name == "aria-labelledby"}
    assert linked
    assert linked <= set(seen.ids)


def test_it_may_load_nothing_and_run_nothing_but_its_own_script(any_page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', any_page)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for kind, text in (("script", accountstyle.SCRIPT), ("style", accountstyle.CSS)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
        assert re.findall(rf"<{kind}>(.*?)</{kind}>", any_page, re.DOTALL) == [text]
    without_data = re.sub(r'<script type="application/ld\+json">.*?</script>', "", any_page, flags=re.DOTALL)
    assert not re.search(r"(?:src|href|action|xlink:href)=\"(?!#|data:,)", without_data)
    assert not re.search(r"https?://|url\((?!#)|@import|\son[a-z]+=\"| style=", without_data)


@pytest.mark.capability(
    "Write one offline page of who said what of an event: matrix, texts with every statement marked"
)
def test_each_cell_says_who_says_what_and_who_confirmed_it(page):
    assert cell(page, "q01", "p1") == "Harbour authority of Port Almar (Almar) affirms 1 confirmed: A. Pereira"
    assert "denies 4 confirmed: A. Pereira" in cell(page, "q01", "p3")
    assert "does not know 17 suggested" in cell(page, "q01", "p3")
    assert "no comment 9 confirmed: B. Sosa" in cell(page, "q01", "p5")
    assert "attributes to Office of President Joran Hale 21 confirmed: B. Sosa" in cell(page, "q05", "p2")
    assert "affirms 1 18 confirmed" in cell(page, "q02", "p1")


def test_what_was_measured_stands_beside_in_words(page):
    for proposition, reading in (("q01", "measured"), ("q07", "not measurable"), ("q04", "not covered")):
        at = accountindex.index(accounts.account()).proposition_at[proposition]
        row = re.search(rf'<tr id="p-{at}".*?</tr>', page, re.DOTALL)[0]
        assert f"<b>{reading}</b>" in row.split('class="c-measured')[1]
    assert "no record was given, so nothing was measured here" in render(accounts.empty())


def test_what_was_measured_in_an_invented_record_is_labelled_wherever_it_stands():
    text = render(accounts.account(record="record “x”, 2 tracks. SIMULATED: its flights are invented."))
    measured = re.findall(r'<td class="c-measured.*?</td>', text, re.DOTALL)
    measured = [each for each in measured if "of the record<" in each]
    assert len(measured) > 4
    assert all('class="simtag">SIMULATED<' in each for each in measured)
    assert re.search(r'<dt>Measured</dt><dd><span class="simtag">SIMULATED</span>', text)
    assert "SIMULATED" not in render(accounts.account())


def test_it_takes_no_side(any_page):
    said = Parsed(any_page).said
    assert "This page takes no side: it has no cell for true or false." in said
    chips = " ".join(re.findall(r'<div class="chip.*?</div>', any_page, re.DOTALL))
    for word in ("true", "false", "wrong", "right", "lie", "score", "✓", "✗", "✔", "❌"):
        assert not re.search(rf"\b{word}\b", re.sub("<[^>]+>", " ", chips), re.IGNORECASE)
    assert not re.search(r"[✓✗✔✘❌☑☒]|\d+ ?%", said)


def test_what_is_not_of_the_event_is_kept_apart(page):
    event, kept = page.split("<span>Kept, not laid to this event</span>")[:2]
    kept = kept.split("</tbody>")[0]
    assert "lighthouses last autumn" in kept
    assert "lighthouses last autumn" not in event.split('class="grid"')[1]
    assert kept.index("earlier") < kept.index("in general")


def test_the_texts_stand_word_for_word(page):
    for document in accounts.DOCUMENTS[:2]:
        name = accountwords.letter(accounts.DOCUMENTS.index(document))
        article = re.search(rf'aria-labelledby="text-{name}">.*?</article>', page, re.DOTALL)[0]
        body = re.search(r'<div class="text out"[^>]*>(.*)</div>', article, re.DOTALL)[1]
        plain = re.sub(r"<[^>]+>", "", re.sub(r'<a class="no.*?</a>', "", body))
        assert plain.replace("&#x27;", "'") == document.text


def test_nested_several_and_overlapping_places_are_marked(page):
    assert re.search(r'<mark class="st d2"[^>]*data-s="6 7">Veland had sent the drones</mark>', page)
    assert len(re.findall(r'<a class="no[^>]*href="#s-11"[^>]*goes on', page)) == 1
    assert page.count('id="t-11"') == 1
    assert re.search(r'data-s="21 22">the drones came from the north-east, </mark>', page)
    account = accounts.account()
    crossing = tuple(
        msgspec.structs.replace(
            each, spans=(Span(40 + 5 * at, 60 + 5 * at),), source_sha256=accounts.DOCUMENTS[0].source.source_sha256
        )
        for at, each in enumerate(account.statements[:4])
    )
    text = render(accounts.account(statements=crossing, cells=(), checks=(), differences=()))
    Parsed(text)
    assert 'data-s="1 2 3 4"' in text


def test_what_was_taken_back_is_struck_out_with_its_reason(page, parsed):
    assert re.search(r"<del class=\"back\"[^>]*>shows one flash over the water</del>", page)
    assert "by A. Pereira: a video says nothing; it is shown" in parsed.said
    assert "26, by 12 speakers; 1 of them by nobody who is named; 2 more taken back by a person" in parsed.said


def test_a_statement_says_how_its_speaker_is_known(parsed):
    assert "uncertain; it can be Abel Roum or Olen Tarsk, the likeliest first" in parsed.said
    assert "Olen Tarsk → VNA → The Evening Standard" in parsed.said
    assert "“Last autumn”, which could not be read as a time" in parsed.said
    assert "11 May 2026, 22:00:00 – 12 May 2026, 06:00:00 UTC (the night to the dateline's day)" in parsed.said
    assert "nobody named" in parsed.said


def test_each_suggestion_brings_the_command_that_confirms_it(parsed):
    command = "skykeep account confirm CASE --statement s02 --proposition q05 --stance affirms --by NAME"
    assert command in parsed.said
    assert accountwords.confirming("s02", "q05", Stance.AFFIRMS) == command
    assert "'x; rm -rf /'" in accountwords.confirming("x; rm -rf /", "q", Stance.DENIES)


def test_names_that_may_be_one_bring_the_command_that_joins_them(parsed):
    command = "skykeep account same CASE 'Ida Morven' 'Ida Morwen' --by NAME"
    assert command in parsed.said
    assert accountwords.joining("Ida Morven", "Ida Morwen") == command


def test_the_commands_that_the_page_names_are_those_of_the_program(tmp_path):
    lines = [
        accountwords.joining("one", "other"),
        accountwords.retracting("ID"),
        *(accountwords.confirming("s", "q", each) for each in Stance),
    ]
    for line in lines:
        words = line.replace("CASE", str(tmp_path / "none")).split(" ")[1:]
        told = CliRunner().invoke(main, words)
        assert told.exit_code != 0  # there is no such case; the words themselves are understood
        for fault in (
            "No such option",
            "Missing option",
            "Invalid value",
            "unexpected extra argument",
            "No such command",
        ):
            assert fault not in told.stderr


def test_figures_lead_to_their_place_in_the_text(page):
    found = re.search(r'<a href="#(f-\d+)"><bdi>“862 kilometres” \(A\)</bdi></a>', page)
    assert re.search(rf'<mark class="st d1 fig" id="{found[1]}"[^>]*>862 kilometres</mark>', page)
    assert "stated 862 km · worked out 757.3 km" in Parsed(page).said


def test_every_word_of_the_facts_has_a_word_for_people():
    for kinds, said in (
        (Stance, accountwords.STANCE),
        (Stance, accountwords.STANCE_MEANS),
        (Aspect, accountwords.ASPECT),
        (Mode, accountwords.MODE),
        (Resolved, accountwords.RESOLVED),
        (Reading, accountwords.READING),
        (Reading, accountwords.READING_MEANS),
    ):
        assert set(said) == set(kinds)
        assert len(set(said.values())) == len(said)


def poisoned(value):
    """The same account with a hostile tail on every word that comes from outside."""
    if isinstance(value, msgspec.Struct):
        fixed = {"scope", "kind", "outcome", "text", "text_sha256"}
        made = {name: getattr(value, name) for name in value.__struct_fields__}
        return type(value)(**{name: inner if name in fixed else poisoned(inner) for name, inner in made.items()})
    if isinstance(value, str):
        return value + accounts.HOSTILE + "\ud800"
    if isinstance(value, tuple):
        return tuple(map(poisoned, value))
    return {poisoned(name): poisoned(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def test_hostile_words_stay_words():
    account = poisoned(accounts.account())
    hostile = accounts.FIRST + accounts.HOSTILE * 3 + "\ud800\x00\u200b"
    source = msgspec.structs.replace(
        account.documents[0].source, text_sha256=hashlib.sha256(hostile.encode("utf-8", "surrogatepass")).hexdigest()
    )
    first = msgspec.structs.replace(account.documents[0], source=source, text=hostile)
    text = render(msgspec.structs.replace(account, documents=(first, *account.documents[1:])))
    seen = Parsed(text)
    text.encode()
    assert seen.tags.count("script") == 2
    assert "img" not in seen.tags
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u200b\x00\x1b]", text)
    assert "<!--" not in text
    assert not [each for each in seen.attributes if each[1].startswith("on")]
    assert len(json.loads(re.search(r'ld\+json">(.*?)</script>', text, re.DOTALL)[1])["@graph"]) > 30


def test_characters_that_are_replaced_are_counted(parsed):
    assert (
        "3 characters that could steer this page or cannot be seen: shown as \N{REPLACEMENT CHARACTER}." in parsed.said
    )


def test_of_a_very_long_text_a_part_is_shown_and_the_rest_is_said_to_be_left_out():
    long = accounts.source(accounts.FIRST + "x" * 1_000_000, "courier.txt")
    late = accounts.said("s90", 0, "p1", "Almar has the right to answer")
    sha256 = long.source.source_sha256
    late = msgspec.structs.replace(late, spans=(Span(900_000, 900_010),), source_sha256=sha256)
    text = render(accounts.account(documents=(long,), statements=(late,), cells=(), checks=(), differences=()))
    said = Parsed(text).said
    assert len(text) < 400_000
    assert "Only the first 200,000 characters are shown here; 801,201 more are in the source" in said
    assert "its place is not in the part of the text that is shown and marked" in said
    assert "#t-1" not in text


def test_a_text_that_was_erased_is_said_to_be_so_and_its_statements_keep_their_words():
    first = msgspec.structs.replace(accounts.DOCUMENTS[0], text="[erased]")
    text = render(accounts.account(documents=(first, *accounts.DOCUMENTS[1:])))
    seen = Parsed(text)
    assert "courier.txt: plain text; its text was erased, or is not the one that was taken in" in seen.said
    assert "8 characters" not in seen.said
    assert seen.said.count("(of its source: its text was erased, or is not the one that was taken in)") == 15 + 1
    assert "We had nothing in the air that night" in seen.said
    article = re.search(r'aria-labelledby="text-A">.*?</article>', text, re.DOTALL)[0]
    assert "nothing is marked in it" in article
    assert "<mark" not in article
    assert 'class="no"' not in article
    linked = {value[1:] for _, name, value in seen.attributes if name == "href" and value.startswith("#")}
    assert linked <= set(seen.ids)
    assert "its text was erased" not in render(accounts.account())


def test_of_very_many_marks_in_a_text_the_first_are_drawn_and_the_rest_is_said_to_be_left_out(monkeypatch):
    whole = render(accounts.account())
    for module in ("accountindex", "accounttexts"):
        monkeypatch.setattr(f"skykeep.views.{module}.MARKS_MAX", 10)
    text = render(accounts.account())
    seen = Parsed(text)
    articles = re.findall(r'aria-labelledby="text-[A-C]">.*?</article>', text, re.DOTALL)
    cut = accountindex.index(accounts.account()).cut
    assert len(cut) == 2
    assert [f"from character {at + 1:,} on, nothing is marked" in "".join(articles) for at in cut.values()] == [
        True
    ] * 2
    assert 0 < text.count("<mark ") < whole.count("<mark ")
    assert "nothing is marked here" not in whole
    linked = {value[1:] for _, name, value in seen.attributes if name == "href" and value.startswith("#")}
    assert linked <= set(seen.ids)


def test_rows_of_an_aspect_stand_by_the_number_that_they_name_and_others_where_they_were():
    wordings = ("There were twelve", "Some flew", "There were 1,200", "There were two", "There were 3.5 of them")
    rows = [accounts.worded(str(at), Aspect.HOW_MANY, each) for at, each in enumerate(wordings)]
    ordered = [each.wording for each in accountrows.by_number(rows)]
    assert ordered == ["There were two", "Some flew", "There were 3.5 of them", "There were twelve", "There were 1,200"]


def test_columns_begin_with_those_who_say_most():
    account = accounts.account()
    said = {each.speaker_id: 0 for each in account.speakers}
    for each in account.cells:
        said[each.speaker_id] += len(each.standings)
    listed = accountrows.columns(account)
    sides = [side for side, _ in itertools.groupby(each.side for each in listed)]
    assert len(sides) == len(set(sides))
    weights = [sum(said[each.speaker_id] for each in listed if each.side == side) for side in sides]
    assert weights == sorted(weights, reverse=True)
    for side in sides:
        within = [said[each.speaker_id] for each in listed if each.side == side]
        assert within == sorted(within, reverse=True)


def test_a_row_says_how_many_speakers_stand_in_it(page):
    assert "<b>5 speakers say something</b>" in re.search(r'<tr id="p-0".*?</th>', page, re.DOTALL)[0]
    assert "<b>1 speaker says something</b>" in page


def test_why_something_is_not_covered_is_said_once_where_many_rows_would_say_it(page):
    why = "no sensor of the record looked there and then"
    assert page.count(why) == 1
    assert f"Not covered, where a row gives no reason: <bdi>{why}</bdi>." in page
    few = accounts.account(measured=tuple(each for each in accounts.MEASURED if each.proposition_id in {"q04", "q05"}))
    assert render(few).split('class="paper"')[0].count(why) == 2


def test_checks_that_read_alike_stand_as_one_with_the_places_of_all():
    check = accounts.CHECKS[1]
    other = msgspec.structs.replace(check, figures=(accounts.figure(1, "757 km"),))
    text = render(accounts.account(checks=(check, other)))
    assert text.count("12 May 2026 was a Tuesday.") == 1
    shown = re.sub(r"<[^>]+>", "", text)
    assert "In the texts: “12 May” (A), “757 km” (B)" in shown


def test_places_outside_the_text_break_nothing():
    strange = tuple(
        msgspec.structs.replace(each, spans=spans, cue_span=Span(-3, 10**9))
        for each, spans in zip(
            accounts.STATEMENTS,
            [(), (Span(-5, 3),), (Span(9, 4),), (Span(10**6, 10**7),), (Span(5, 10**9),), (Span(7, 7),)],
            strict=False,
        )
    )
    seen = Parsed(render(accounts.account(statements=strange)))
    linked = {value[1:] for _, name, value in seen.attributes if name == "href" and value.startswith("#")}
    assert linked <= set(seen.ids)
    assert "t-5" in seen.ids


def test_what_is_too_much_for_a_page_is_said_to_be_left_out(monkeypatch):
    for name, value in (("STATEMENTS_MAX", 5), ("PROPOSITIONS_MAX", 3), ("SPEAKERS_MAX", 2), ("POINTS_MAX", 1)):
        for module in ("accountindex", "accountmatrix", "accountstatements", "accountpoints"):
            monkeypatch.setattr(f"skykeep.views.{module}.{name}", value, raising=False)
    seen = Parsed(render(accounts.account()))
    assert "The first 5 of 26 statements are listed" in seen.said
    assert "The first 3 of 14 propositions are shown" in seen.said
    assert "2 of 12 speakers are shown" in seen.said
    assert "3 more are left out here" in seen.said
    linked = {value[1:] for _, name, value in seen.attributes if name == "href" and value.startswith("#")}
    assert linked <= set(seen.ids)


def test_an_account_in_which_nothing_was_found_says_so():
    said = Parsed(render(accounts.empty())).said
    assert "No rule found a statement in these texts." in said
    assert "No proposition was worded or suggested." in said
    assert "Nothing in these texts could be worked out anew." in said
    assert "No difference was found." in said


def test_tables_name_their_rows_and_columns_and_headings_do_not_jump(any_page):
    for tag in re.findall(r"<th[ >][^>]*>", any_page):
        assert re.search(r'scope="(?:col|row|colgroup|rowgroup)"', tag)
    assert any_page.count("<caption>") == any_page.count("<table")
    levels = [int(tag[1]) for tag in Parsed(any_page).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for landmark in ("header", "main", "nav", "footer"):
        assert f"<{landmark}" in any_page


def test_more_speakers_than_a_sheet_holds_are_printed_in_several_tables():
    text = render(accounts.crowded())
    assert "Sheet 1 of 2" in text
    assert "Sheet 2 of 2" in text
    paper = text.split('<div class="paper">')[1].split("</section>")[0]
    assert 'id="' not in paper
    screen, printed = text.split('<div class="paper">')[0], paper
    assert len(re.findall('<td [^>]*class="said', screen)) == len(re.findall('<td [^>]*class="said', printed)) > 0


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough_for_text(place):
    tokens = (style._LIGHT, style._DARK)[place] + ";" + accountstyle._TOKENS.split("@media")[place]
    colours = dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]+)", tokens))
    pairs = [("said", "said-bg"), ("not", "not-bg"), ("said", "panel"), ("not", "panel"), ("dim", "raise"),
             ("text", "mk"), ("text", "mk2"), ("text", "mk3"), ("text", "hot"), ("dim", "panel"), ("accent", "panel"),
             ("text", "said-bg"), ("text", "not-bg"), ("dim", "bg"), ("accent", "said-bg"), ("accent", "not-bg")]  # fmt: skip
    for front, back in pairs:
        light, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (front, back)


def test_letters_of_sources_go_on_after_z():
    assert [accountwords.letter(at) for at in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
