"""The answers in sentences: every clause in every language, nothing said that is not in a catalogue, nothing left open."""

import gettext
import pathlib
import re
import string

import msgspec
import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from scripts import translations
from skykeep.facts.concluded import Verdict
from skykeep.facts.conditions import CONDITIONS
from skykeep.facts.enacted import Rule
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.decide import decide
from skykeep.station.language import languages, translator
from skykeep.views.clauses import CLAUSES
from skykeep.views.sentences import MESSAGES, heights, needed, remedy, sentence
from tests.house.checks import ROOT
from tests.rules import examples as ex
from tests.rules import test_decide as asking
from tests.rules import test_verdict as verdicts

PO = sorted((ROOT / "skykeep/locale").glob("*/LC_MESSAGES/skykeep.po"))
S, T0 = ex.S, ex.T0
EN, DE = translator("en", {}), translator("de", {})


def but(struct, **changes):
    return msgspec.structs.replace(struct, **changes)


class Listening:
    """A translator that remembers what it was asked for."""

    def __init__(self, language):
        self.inner, self.heard = translator(language, {}), []

    def __call__(self, text):
        self.heard.append(text)
        return self.inner(text)


# ---- the catalogues ------------------------------------------------------------------------------


def catalogue(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_the_committed_catalogues_are_what_the_script_writes():
    stale = [str(path) for path, data in translations.files().items() if path.read_bytes() != data]
    assert stale == [], "run python scripts/translations.py"
    assert translations.main(["--check"]) == 0


@pytest.mark.parametrize("path", PO, ids=lambda path: path.parts[-3])
def test_every_sentence_is_translated_with_the_same_places_to_fill(path):
    told = {one.id: one.string for one in catalogue(path) if one.id}
    assert list(told) == list(MESSAGES)
    assert [text for text, there in told.items() if not there or there.strip() != there] == []
    assert [text for text, there in told.items() if placeholders(text) != placeholders(there)] == []
    ends = [text for text, there in told.items() if text[-1] in ".:" and len(text) > 1 and there[-1] != text[-1]]
    assert ends == []
    assert not any(one.fuzzy for one in catalogue(path))


@pytest.mark.parametrize("path", PO, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_says_what_its_source_says(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {one.id: compiled.gettext(one.id) for one in catalogue(path) if one.id} == {
        one.id: one.string for one in catalogue(path) if one.id
    }


def test_a_sentence_without_a_translation_or_too_many_are_found(tmp_path):
    po = pathlib.Path(PO[0]).read_bytes()
    lost = translations.brought_up_to_date(po.replace(b'msgstr "keine Drohnen"', b'msgstr ""'), "de")
    assert lost.get("no drones").string == ""
    extra = po + b'\nmsgid "not ours"\nmsgstr "nicht unser"\n'
    assert translations.brought_up_to_date(extra, "de").get("not ours") is None
    assert translations.po_text(lost) != po


# ---- every clause --------------------------------------------------------------------------------


@pytest.mark.capability("Read why a flight may or may not fly, in English or German")
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("clause", verdicts.CASES)
def test_every_clause_is_a_whole_sentence_in_every_language(clause, language):
    flight, facts = verdicts.CASES[clause]
    answer = decide(flight, ex.law(*facts))
    translate = Listening(language)
    said = sentence(answer, translate)
    assert set(translate.heard) <= set(MESSAGES)
    assert not re.search(r"[{}]|None|  |\.\.", said)
    assert said.endswith(".")
    assert (said == sentence(answer, EN)) is (language == "en")
    assert remedy(answer, translate) == translate.inner(CLAUSES[clause].remedy)


def test_every_clause_of_the_table_may_be_said_in_every_language():
    for language in languages():
        translate = translator(language, {})
        same = [name for name, clause in CLAUSES.items() if translate(clause.sentence) == clause.sentence]
        assert same == ([] if language != "en" else list(CLAUSES))


@given(asking.flights, st.lists(asking.zones, max_size=2), st.lists(asking.permits, max_size=3))
def test_in_random_worlds_nothing_is_said_that_is_in_no_catalogue(flight, some, granted):
    answer = decide(flight, ex.law(*some, *granted))
    for language in languages():
        translate = Listening(language)
        said = sentence(answer, translate)
        assert set(translate.heard) <= set(MESSAGES)
        assert not re.search(r"[{}]|None", said)
        told = [needed(what, translate) for what in answer.missing if "permit's condition" not in what]
        assert not told or language == "en" or told != [needed(what, EN) for what in answer.missing]


@given(asking.worlds, asking.bands, st.lists(asking.zones, max_size=2))
def test_applications_too(permits, band, some):
    volume = ex.volume(ex.square(150), *(None if v is None else ex.metres(v) for v in band))
    answer = decide(asking.asked(volume), ex.law(*some, *permits))
    for language in languages():
        translate = Listening(language)
        said = sentence(answer, translate)
        assert set(translate.heard) <= set(MESSAGES)
        assert not re.search(r"[{}]|None|  ", said)
        assert all(conflict.permit_id in said for conflict in answer.conflicts)
        assert all(zone.name in said for zone in answer.zones)


# ---- read aloud ----------------------------------------------------------------------------------

HELSINKI = but(
    ex.zone("EFHK1", ex.volume(None, ex.metres(0), ex.metres(120)), rule=Rule.PROHIBITED, version=3),
    issuing_body="Traficom",
)
LOW = ex.flight(heights=[ex.height(60)])


def test_a_refusal_read_aloud():
    answer = decide(LOW, ex.law(HELSINKI))
    assert sentence(answer, EN) == (
        "Not permitted: No permit covers this flight in zone EFHK1. "
        "Zone EFHK1 (version 3): no drones, 0 to 120 m above ground."
    )
    assert sentence(answer, DE) == (
        "Nicht erlaubt: Keine Genehmigung deckt diesen Flug in Zone EFHK1 ab. "
        "Zone EFHK1 (Fassung 3): keine Drohnen, 0 bis 120 m über Grund."
    )


def test_a_permission_read_aloud():
    permit = but(ex.permit(end=T0 + 3600 * S), condition_codes=("daylight_only",), conditions=("Not above the market",))
    answer = decide(ex.flight(uas_id="uas:a", heights=[ex.height(60)]), ex.law(HELSINKI, permit))
    assert sentence(answer, EN) == (
        "Permitted: Permit P covers this flight in zone EFHK1, and the identity that it gives matches. "
        "Conditions of the permit that nobody checked: Only in daylight, from the beginning to the end of civil twilight. "
        "Those in its own words. Zone EFHK1 (version 3): no drones, 0 to 120 m above ground. "
        "Next change: 2027-01-15 09:00 UTC."
    )


def test_what_is_coming_read_aloud():
    answer = decide(
        ex.flight(), ex.law(ex.zone("B", times=[(T0 + 3600 * S, None)], announced=T0), ex.declared(complete=True))
    )
    assert sentence(answer, DE) == (
        "Keine Regel: Keine Zone, die in Kraft ist, reicht hierher. "
        "Das vorliegende Recht ist für diesen Ort als vollständig erklärt. Ab 2027-01-15 09:00 UTC gilt hier Zone B."
    )


def test_an_application_read_aloud():
    evening = but(ex.zone("B", times=[(T0 + 600 * S, None)]), name="Port", issuing_body="Port office")
    answer = decide(asking.asked(), ex.law(HELSINKI, evening, asking.granted()))
    assert sentence(answer, EN) == (
        "Needs consent: zone Port (version 1: only with a permit, at every height, as no limits are stated; 2027-01-15 08:10 to 09:00 UTC); "
        "zone EFHK1 (version 3: no drones, 0 to 120 m above ground). Whoever flies there needs a permit, and Port office, "
        "Traficom must agree to it. Permit P was granted first and comes too near, 2027-01-15 08:00 to 09:00 UTC; it stands. "
        "It would be free 1:00 h later, 2027-01-15 09:00 to 10:00 UTC. It would be free 61 m higher."
    )
    assert sentence(decide(asking.asked(issuer="Traficom"), ex.law(HELSINKI)), DE) == (
        "Braucht eine Genehmigung: Zone EFHK1 (Fassung 3: keine Drohnen, 0 bis 120 m über Grund). "
        "Keine andere Behörde muss zustimmen."
    )
    assert sentence(decide(asking.asked(priority=9), ex.law(asking.granted())), DE).endswith(
        "Genehmigung P kommt zu nah, 2027-01-15 08:00 bis 09:00 UTC; sie weicht, und wer sie hat, ist zu benachrichtigen."
    )


@pytest.mark.parametrize(
    ("floor", "ceiling", "english", "german"),
    [
        (None, None, "at every height, as no limits are stated", "in jeder Höhe, da keine Grenzen angegeben sind"), ("unlimited", "unlimited", "at every height", "in jeder Höhe"),
        (ex.metres(0), ex.metres(120), "0 to 120 m above ground", "0 bis 120 m über Grund"),
        (None, Altitude(30_480, Datum.AMSL), "up to 30.5 m above sea level", "bis 30,5 m über dem Meer"),
        (ex.metres(-5.2, Datum.HAE), "unlimited", "from -5.2 m above the ellipsoid", "ab -5,2 m über dem Ellipsoid"),
        (ex.metres(0), ex.metres(500, Datum.AMSL), "from 0 m above ground up to 500 m above sea level",
         "ab 0 m über Grund bis 500 m über dem Meer"),
        (None, ex.metres(100, Datum.STD), "up to 100 m pressure altitude", "bis 100 m Druckhöhe"),
        (None, Altitude(65 * 30_480, Datum.STD), "up to FL65", "bis FL65"),
        (Altitude(65 * 30_480, Datum.STD), None, "from FL65", "ab FL65"),
        (Altitude(65 * 30_480, Datum.STD), Altitude(95 * 30_480, Datum.STD), "FL65 to FL95", "FL65 bis FL95"),
        (ex.metres(100, Datum.STD), Altitude(95 * 30_480, Datum.STD), "from 100 m pressure altitude up to FL95", "ab 100 m Druckhöhe bis FL95"),
    ],
)  # fmt: skip
def test_heights(floor, ceiling, english, german):
    assert (heights(floor, ceiling, EN), heights(floor, ceiling, DE)) == (english, german)


def test_text_from_outside_can_neither_steer_nor_flood():
    nasty = but(HELSINKI, name="\x1b[31m" + "A" * 500)
    said = sentence(decide(LOW, ex.law(nasty)), EN)
    assert "\x1b" not in said
    assert len(said) < 700
    braces = but(HELSINKI, name="{zone}")
    assert "zone {zone}." in sentence(decide(LOW, ex.law(braces)), EN)


def test_what_a_newer_program_misses_is_said_as_it_is():
    assert needed("a tarot card", DE) == "a tarot card"
    assert (
        needed("whether the heights of permit P-7 overlap", DE) == "ob sich die Höhen mit Genehmigung P-7 überschneiden"
    )


def test_every_condition_and_verdict_has_its_words():
    assert set(CONDITIONS.values()) <= set(MESSAGES)
    assert {clause.verdict for clause in CLAUSES.values()} == set(Verdict)
