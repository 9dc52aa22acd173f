"""What pages say: in the reader's language, and every text in every language there is."""

import contextlib
import gettext
import re
import string

import pytest
from babel.messages.pofile import read_po

from scripts import translations
from skykeep.facts.enacted import Text
from skykeep.web import words
from tests.house import checks
from tests.web.law_of_a_city import city, zone

HERE = "-34.89,-56.18"
PO = sorted((checks.ROOT / "skykeep/locale").glob("*/LC_MESSAGES/web.po"))
LANGUAGES = [path.parts[-3] for path in PO]


def catalogue(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_there_are_english_and_spanish():
    assert words.languages() == ("en", "es")
    assert LANGUAGES == ["es"]


@pytest.mark.requirement("PUBLIC-7")
@pytest.mark.parametrize("path", PO, ids=LANGUAGES)
def test_every_text_is_translated_with_the_same_places_to_fill(path):
    told = [(each.id, each.string) for each in catalogue(path) if each.id]
    assert [said for said, _ in told] == translations.messages("web")
    pairs = [
        pair
        for said, there in told
        for pair in ([(said, there)] if isinstance(said, str) else zip(said, there, strict=True))
    ]
    assert [said for said, there in pairs if not there or there.strip() != there] == []
    assert [said for said, there in pairs if places(said) != places(there)] == []


@pytest.mark.requirement("PUBLIC-7")
@pytest.mark.parametrize("path", PO, ids=LANGUAGES)
def test_the_compiled_catalogue_says_what_its_source_says(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert [each.id for each in catalogue(path) if isinstance(each.id, str) and each.id
            and compiled.gettext(each.id) != each.string] == []  # fmt: skip


def test_texts_are_found_wherever_they_stand():
    found = translations.messages("web")
    for text in (
        "No drones here",
        "May I fly here?",
        "not now",
        ("{n} minute ago", "{n} minutes ago"),
        "Too many requests",
    ):
        assert text in found


def test_texts_of_scripts_are_found_and_every_one_of_them_stands_in_its_call():
    source = 'x = t("Say \\"{n}\\"", { n: 1 }) + tn(a.b(c, 1), "{n} zone", "{n} zones"); last("no"); it.t("no");'
    assert translations.of_script(source) == ['Say "{n}"', ("{n} zone", "{n} zones")]
    calls = re.compile(r"(?<![\w.$])tn?\((?!\))")
    unread = [
        (path.name, source[at.start() : at.start() + 60])
        for path in translations.scripts()
        if path.name != "words.js"
        for source in [path.read_text("utf-8")]
        for at in calls.finditer(source)
        if not any(each.match(source, at.start()) for each in (translations.SAID, translations.COUNTED))
    ]
    assert unread == []


@pytest.mark.requirement("ACCESS-1")
@pytest.mark.parametrize("code", LANGUAGES)
def test_scripts_are_told_every_text_that_they_say(code):
    told = words.script_words(code)
    assert list(told) == [each if isinstance(each, str) else each[0] for each in translations.script_messages()]
    assert told["Acknowledge"] == words.words(code).say("Acknowledge")
    assert told["{n} flight"] == [words.words(code).count(n, "{n} flight", "{n} flights", n="{n}") for n in (1, 2)]
    assert words.script_words("en") == words.script_words("../en") == {}


def test_numbers_choose_their_words():
    for code, one, many in (("en", "1 minute ago", "5 minutes ago"), ("es", "hace 1 minuto", "hace 5 minutos")):
        said = words.words(code)
        assert said.count(1, "{n} minute ago", "{n} minutes ago") == one
        assert said.count(5, "{n} minute ago", "{n} minutes ago") == many
    assert words.words("xx").code == "en"
    assert words.words("es").say("a text that nobody translated") == "a text that nobody translated"


@pytest.fixture
def served(tmp_path):
    def with_law(*facts):
        return found.enter_context(city(tmp_path, *facts))[0]

    with contextlib.ExitStack() as found:
        yield with_law, None, None


@pytest.mark.requirement("PUBLIC-7")
def test_the_language_is_the_readers(served):
    named = zone("P", texts=(Text(about="name", lang="es-UY", text="Palacio"),), name="Palace")
    client = served[0](named)
    said = {"Accept-Language": "fr, es-UY;q=0.9, en;q=0.5"}
    page = client.get("/", params={"place": HERE}, headers=said)
    assert page.headers["content-language"] == "es"
    assert '<html lang="es">' in page.text
    assert "¿Puedo volar aquí?" in page.text
    assert "Palacio" in page.text
    client.cookies.clear()
    kept = client.get("/", params={"lang": "es"})
    assert words.COOKIE in kept.headers["set-cookie"]
    assert '<html lang="es">' in client.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in client.get("/", params={"lang": "en"}).text
    client.cookies.clear()


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "en"), ("es", "es"), ("es;q=0", "en"), ("de, en;q=0.1, es;q=0.2", "es"), (";;;,q=,x;q=y", "en"), ("ES-mx", "es")],
)  # fmt: skip
def test_what_a_browser_likes_is_read(header, code):
    assert words.chosen("", "", {"accept-language": header}) == code
    assert words.chosen("", "zz", {"accept-language": header}) == code
    assert words.chosen("es", "en", {"accept-language": header}) == "es"
