"""Reports taken in, from invented pages and hand-made files: what is read, what is told, what is refused."""

import hashlib
import io
import json
import socket

import hypothesis
import hypothesis.strategies as st
import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from skykeep.errors import Malformed, Refused
from skykeep.facts import accounted
from skykeep.station import pdfprocess, pdftext, sources, webpage

DAY_NS = 86_400_000_000_000
RECORDED_NS = 20_000 * DAY_NS  # 2024-10-04
WORDS = (
    "Two drones were seen over the harbour of Westport on Wednesday evening, the mayor said in a statement. "
    "The harbour master denied that any ship was hit, and the police said that they had no information about it."
)
PAGE = f"""<!doctype html><html lang="en-GB"><head><title>Two drones | The Invented Post</title>
<meta property="og:site_name" content="The Invented Post"><meta name="author" content="Ann Bell; Bo Carr">
<meta property="article:published_time" content="2024-02-07T08:00:00Z"></head><body><nav><a href="/">Home</a></nav>
<article><h1>Two drones over Westport</h1><p>{WORDS}</p><p>“No one was injured,” the spokesman added.</p></article>
</body></html>"""


def read(data, label="report"):
    return sources.read(data.encode() if isinstance(data, str) else data, label, RECORDED_NS)


def pdf(*texts, password=None, content=None, title=None):
    """A PDF with one page for each text."""
    writer = pypdf.PdfWriter()
    font = DictionaryObject({NameObject(f"/{key}"): NameObject(f"/{value}") for key, value in FONT.items()})
    for text in texts:
        page = writer.add_blank_page(300, 300)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        lines = " T* ".join(f"({line}) Tj" for line in text.split("\n"))
        stream.set_data(content or f"BT /F1 12 Tf 14 TL 10 250 Td {lines} ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    if title:
        writer.add_metadata({"/Title": title})
    if password is not None:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


FONT = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}


# ---- text ----------------------------------------------------------------------------------------


def test_a_plain_report_is_kept_verbatim_with_its_hashes():
    data = f"\n date 2024-02-07 By Ann Bell and Bo Carr, IPN\r\n\r\n{WORDS}\t“Cafe\u0301”\u00a0…".encode()
    document = read(data, "west.txt")
    assert document.text == data.decode().replace("\r\n", "\n")
    source = document.source
    assert source.source_sha256 == hashlib.sha256(data).hexdigest()
    assert source.text_sha256 == hashlib.sha256(document.text.encode()).hexdigest()
    assert (source.label, source.media_type, source.language) == ("west.txt", "text/plain", "en")
    assert (source.publisher, source.reporters) == ("IPN", ("Ann Bell", "Bo Carr"))
    assert (source.dateline_day, source.t_recorded_ns, source.frame) == ("2024-02-07", RECORDED_NS, None)
    assert source.doubts == ()


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marks_and_utf_8_are_read_without_a_doubt(charset):
    document = read((WORDS + " “Žluťoučký” Київ").encode(charset))
    assert document.text == WORDS + " “Žluťoučký” Київ"
    assert document.source.doubts == ()


@pytest.mark.parametrize(
    ("charset", "words"), [("cp1252", " “Café”"), ("koi8-r", " Мэр сказал, что никто не пострадал" * 9)]
)
def test_a_guessed_character_set_is_told(charset, words):
    document = read((WORDS + words).encode(charset))
    assert document.text.endswith(words)
    assert any("guess" in doubt for doubt in document.source.doubts)


def test_broken_bytes_are_replaced_and_told():
    document = read(WORDS.encode() + "“Київ”".encode() * 5 + b"\xff!")
    assert document.text.endswith("\ufffd!")
    assert any("replacement sign" in doubt for doubt in document.source.doubts)


def test_a_declared_character_set_is_believed():
    page = PAGE.replace("<head>", "<head><meta charset='windows-1251'>").replace("injured", "ранен")
    assert "ранен" in read(page.encode("cp1251")).text


def test_signs_that_mislead_are_kept_and_told():
    text = WORDS + " \u202eevil\u202c and \x00 and \x07"
    document = read(text)
    assert document.text == text
    assert any("direction of writing" in doubt for doubt in document.source.doubts)
    assert any("control characters" in doubt for doubt in document.source.doubts)


def test_halves_of_a_sign_become_a_replacement_sign():
    text, doubts = sources._clean("a\ud800b\udc00")
    assert text == "a\ufffdb\ufffd"
    assert "2 halves" in doubts[0]


def test_a_line_without_an_end_is_told():
    assert any("One line has" in doubt for doubt in read("word and word " * 80_000).source.doubts)


def test_another_language_is_told():
    source = read("Der Bürgermeister sagte, niemand sei verletzt worden, und bat um Ruhe in der ganzen Stadt.").source
    assert source.language == "de"
    assert any("English only" in doubt for doubt in source.doubts)


def test_a_few_words_have_no_language():
    source = read("Mm hm").source
    assert source.language is None
    assert any("language" in doubt for doubt in source.doubts)


def test_a_day_after_it_was_taken_in_is_told():
    assert any("after the day" in doubt for doubt in read("date 2031-01-01\n" + WORDS).source.doubts)


# ---- web pages -----------------------------------------------------------------------------------


def test_a_page_gives_its_article_and_what_it_says_of_itself():
    document = read(PAGE, "anything.pdf")
    assert document.text.split("\n") == [
        "Two drones over Westport",
        WORDS,
        "“No one was injured,” the spokesman added.",
    ]
    source = document.source
    assert (source.media_type, source.publisher, source.dateline_day) == (
        "text/html",
        "The Invented Post",
        "2024-02-07",
    )
    assert source.reporters == ("Ann Bell", "Bo Carr")
    assert source.title == "Two drones over Westport"
    assert source.language == "en-GB"
    assert source.doubts == ()


def test_nothing_is_fetched(monkeypatch):
    def refuse(*args, **kwargs):
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    for name in ("trafilatura.fetch_url", "trafilatura.downloads.fetch_url", "trafilatura.downloads.fetch_response"):
        monkeypatch.setattr(name, refuse)
    links = '<link rel="canonical" href="https://example.org/a"><img src="https://example.org/b"><iframe src="//example.org">'
    assert WORDS in read(PAGE.replace("<head>", "<head>" + links)).text


def test_a_page_and_its_text_that_name_two_days_are_told():
    page = PAGE.replace("<h1>Two drones over Westport</h1>", "<p>date 2024-02-09</p>")
    source = read(page).source
    assert source.dateline_day == "2024-02-07"
    assert any("2024-02-09" in doubt for doubt in source.doubts)


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 40_000 + WORDS,
        "<b>x</b>" * 200_000 + WORDS,
        "<p " + "a=b " * 300_000 + ">" + WORDS,
        "<" * 300_000 + WORDS,
        "<!--" * 100_000 + WORDS,
        "<script>" * 10_000 + "</script>" + WORDS,
        "<table><tr><td>" * 10_000 + WORDS,
    ],
    ids=["deep", "many", "attributes", "opened", "comments", "scripts", "tables"],
)
def test_bombs_of_html_keep_their_words_or_are_refused(body):
    try:
        text = read("<html><body>" + body).text
    except Refused as error:
        text = str(error)
    assert WORDS in text or "no words" in text


def test_what_is_no_article_is_read_whole_with_a_doubt():
    page = webpage.read("<html><title>Menu &amp; more</title><body>" + "<b>x</b>" * 40_000)
    assert page.title == "Menu & more"
    assert page.text.count("x") == 40_000
    assert "all words of the page" in page.doubts[0]


# ---- PDF -----------------------------------------------------------------------------------------


def test_a_pdf_is_read_page_by_page():
    document = read(
        pdf("Two drones were seen over the harbour.", "", "Nobody was hurt, the mayor said.", title="Westport")
    )
    assert document.text == "Two drones were seen over the harbour.\n\nNobody was hurt, the mayor said."
    assert document.source.media_type == "application/pdf"
    assert document.source.title == "Westport"
    assert any("1 of 3 pages (2)" in doubt for doubt in document.source.doubts)


def test_a_pdf_that_asks_for_a_password_is_refused():
    with pytest.raises(Refused, match=r"report: the PDF asks for a password; save it without one"):
        read(pdf("Two drones", password="secret"))


def test_a_pdf_that_opens_without_a_password_is_read():
    assert read(pdf("Two drones", password="")).text == "Two drones"


def test_a_pdf_of_pictures_is_refused():
    with pytest.raises(Refused, match="holds no text"):
        read(pdf("", ""))


def test_a_pdf_that_swells_is_refused():
    content = b"BT " + b" " * (pdftext.UNPACKED_MAX_BYTES + 1_000_000) + b" ET"
    data = pdf("x", content=content)
    assert len(data) < 100_000
    with pytest.raises(Refused, match="swells beyond a limit"):
        read(data)


def test_a_pdf_that_draws_one_thing_again_and_again_is_refused(monkeypatch):
    monkeypatch.setattr(pdftext, "OPERATORS_MAX", 5_000)
    with pytest.raises(Refused, match="draws more than 5,000 things"):
        pdftext.read(pdf("x", content=b"BT /F1 12 Tf " + b"(x) Tj " * 6_000 + b"ET"), "report", 1_000)
    with pytest.raises(Refused, match="draws more than 5,000 things"):
        pdftext.read(pdf("x", content=b"/X Do " * 10), "report", 1_000)


def test_a_pdf_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(pdfprocess, "SECONDS_MAX", 0.001)
    with pytest.raises(Malformed, match=r"report: the PDF takes more than 0.001 seconds to read; save it anew"):
        read(pdf("Two drones"))


def test_a_reader_that_breaks_off_is_told(monkeypatch):
    monkeypatch.setattr(pdfprocess.sys, "executable", "/bin/false")
    with pytest.raises(Malformed, match=r"report: the PDF cannot be read \(its reader broke off\)"):
        read(pdf("Two drones"))


@pytest.mark.parametrize("label", ["nul \x00 and\nlines", "“ž”", "x" * 300])
def test_any_name_of_a_pdf_is_told_as_it_is(label):
    with pytest.raises(Refused) as caught:
        read(pdf(""), label)
    assert str(caught.value).startswith(f"{label}: the PDF holds no text")


def test_nothing_is_imported_from_the_folder_that_one_stands_in(tmp_path, monkeypatch):
    (tmp_path / "pypdf.py").write_text("raise SystemExit(9)")
    (tmp_path / "skykeep.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert read(pdf("Two drones")).text == "Two drones"


def test_a_packed_program_reads_in_place(monkeypatch):
    monkeypatch.setattr(pdfprocess.sys, "frozen", True, raising=False)
    monkeypatch.setattr(pdfprocess.subprocess, "run", pytest.fail)
    assert read(pdf("Two drones")).text == "Two drones"


def test_halves_of_a_sign_come_back_from_the_process(monkeypatch):
    monkeypatch.setattr(pdftext, "read", lambda *_: pdftext.Pages("a\ud800", None, ()))
    found = pdfprocess._pages(json.loads(pdfprocess.answer(b'{"label": "x", "chars_max": 9}\n%PDF-')), "x")
    assert found.text == "a\ud800"


def test_what_pypdf_breaks_on_is_malformed():
    data = pdf("Two drones")
    with pytest.raises(Malformed, match="PDF cannot be read"):
        read(data.replace(b"/FlateDecode", b"/Fl         "))


def test_a_pdf_of_many_pages_is_refused():
    with pytest.raises(Refused, match="more than 500"):
        read(pdf(*[""] * 501))


# ---- what is not read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", Refused, "no words"),
        (b" \n\t", Refused, "no words"),
        (b"<html></html>", Refused, "no words"),
        (b"PK\x03\x04word/document.xml", Refused, "office document"),
        (b"\xff\xd8\xff\xe0JFIF", Refused, "picture"),
        (b"%PDF-1.4 nothing", Malformed, "PDF cannot be read"),
        (bytes(range(32)) * 100, Malformed, "no text"),
        (b"a" * (sources.BYTES_MAX + 1), Refused, "20,000,000"),
        (b"a b " * (sources.CHARS_MAX // 4 + 1), Refused, "5,000,000"),
    ],
    ids=["empty", "blank", "bare", "zip", "jpeg", "pdf", "controls", "bytes", "characters"],
)
def test_what_is_not_read_says_what_where_and_what_to_do(data, error, words):
    with pytest.raises(error, match=words) as caught:
        read(data, "thing.txt")
    assert str(caught.value).startswith("thing.txt: ")
    assert ";" in str(caught.value)


# ---- anything ------------------------------------------------------------------------------------


def check(data):
    try:
        document = sources.read(data, "x", RECORDED_NS)
    except (Refused, Malformed):
        return
    assert isinstance(document, accounted.Document)
    assert document.source.text_sha256 == hashlib.sha256(document.text.encode("utf-8")).hexdigest()
    assert "\r" not in document.text
    for field in (
        document.source.title,
        document.source.publisher,
        *document.source.reporters,
        *document.source.doubts,
    ):
        assert field is None or (field.encode("utf-8") and len(field) <= 500)


@hypothesis.given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_one_of_our_errors(data):
    check(data)


@hypothesis.given(
    st.sampled_from([PAGE.encode(), pdf("Two drones", "x y"), WORDS.encode("utf-16"), WORDS.encode("cp1252")]),
    st.lists(st.tuples(st.integers(0, 5_000), st.binary(max_size=6)), min_size=1, max_size=6),
)
def test_damaged_files_give_a_document_or_one_of_our_errors(data, blows):
    damaged = bytearray(data)
    for at, blow in blows:
        damaged[at % len(damaged) : at % len(damaged) + len(blow)] = blow
    check(bytes(damaged))


@hypothesis.given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<script>",
                "<!--",
                "-->",
                "<a href=",
                "x",
                "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
                "&#xD800;",
                "&lt;",
                "\x00",
                "<meta name=author content=y>",
                "<title>",
                "date 2024-02-30",
                "By ",
            ]
        ),
        max_size=40,
    )
)
def test_any_page_gives_a_document_or_one_of_our_errors(parts):
    check(("<html>" + "".join(parts)).encode("latin-1"))
