"""XML from outside: what an honest file needs is read as another parser reads it, everything else is refused."""

import contextlib
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.wire import xmltext

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<kml>&b;</kml>"""


def leaf(text=""):
    return xmltext.tree(f"<r>{text}</r>".encode())


def test_a_tree_has_names_attributes_and_words():
    got = xmltext.tree(
        b"<gml:a xmlns:gml='x' gml:id='1'>\n <gml:pos>1 2</gml:pos>\n <pos>3&#228;&lt;<![CDATA[<&]]></pos> t<b/></gml:a>"
    )
    assert (got.name, got.attributes["id"], got.text) == ("a", "1", "t")
    assert [one.text for one in got.all("pos")] == ["1 2", "3ä<<&"]
    assert got.first("b").children == ()
    assert got.first("none") is None


def test_paths_words_and_depths():
    got = leaf("<a><b> </b><b>one  \n two</b></a><a><b>three</b><c><b>four</b></c></a>")
    assert [one.text for one in got.all("a", "b")] == ["", "one  \n two", "three"]
    assert got.said("a", "b") == "one two"
    assert got.said("a", "none") is None
    assert [one.text for one in got.below("b")] == ["", "one  \n two", "three", "four"]


@pytest.mark.parametrize("inner", ["<b/>", "<b></b>", "<b x='/>'/>", "<b x='/>'></b>", "<b>/></b>", "<b><b/></b>", "<b><!--/></b>--></b>",
                                   "<b><![CDATA[</b>]]></b>", "<n:b  />", "<b\n>ä</b\n >", "<b><a/></b>"])  # fmt: skip
@pytest.mark.parametrize("after", ["", "<b/>", "text", "<a/>", "<!-- > -->"])
def test_a_part_is_exactly_its_own_bytes(inner, after):
    found = xmltext.parts(f"<r>ä<a/>{inner}{after}</r>".encode(), ("b",))
    assert found.bytes_of(found.found[0]).decode() == inner
    assert found.root == "r"
    assert len(found.found) == (2 if after == "<b/>" else 1)
    assert found.tree(found.found[0]).name == "b"


def test_a_part_may_be_the_root_and_wanted_ones_lie_not_in_each_other():
    found = xmltext.parts(b"<a><b><a/></b></a>", ("a", "b"))
    assert [(part.name, part.start, part.end) for part in found.found] == [("a", 0, 18)]


def test_parts_know_their_line_and_the_headings_above_them():
    data = b"""<kml><Document><name>City</name>
<Folder><name> No <!-- x --> fly </name><Style/><Zone><name>inner</name></Zone></Folder>
<Folder>
<Zone/><name>too late</name><Zone/></Folder></Document></kml>"""
    found = xmltext.parts(data, ("Zone",), heading="name").found
    assert [(part.line, part.headings) for part in found] == [
        (2, ("City", "No fly")),
        (4, ("City",)),
        (4, ("City", "too late")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "us-ascii"])  # fmt: skip
def test_encodings_that_are_read(encoding):
    said = "a" if encoding == "us-ascii" else "ä"
    declared = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{declared}"?><r><b>{said}</b></r>'.encode(encoding)
    assert xmltext.root(data) == "r"
    found = xmltext.parts(data, ("b",))
    assert found.tree(found.found[0]).text == said
    assert found.bytes_of(found.found[0]).decode() == f"<b>{said}</b>"


@pytest.mark.parametrize(("data", "words"), [
    (b"<?xml version='1.0' encoding='windows-1252'?><r/>", "encoding windows-1252 is not read"),
    (b"<?xml version='1.0' encoding='UTF-7'?><r/>", "encoding utf-7 is not read"),
    (b"<?xml version='1.0' encoding='UTF-16'?><r/>", "encoding utf-16 is not read, or not what the bytes are in"),
    ("<r/>".encode("utf-32"), "UTF-32"),
    ("<r/>".encode("utf-32-be"), "UTF-32"),
    (b"\xff\xfe<\x00r\x00\x00\xdc", "not UTF-16-LE"),
    (b"<r>\xff</r>", "line 1, column 4"),
    (b"<r>\n\xed\xa0\x80</r>", "line 2, column 1"),
    (b"<r>\0</r>", "line 1, column 4"),
    (b"", "no element found"),
    (b"<r>", "no element found"),
    (b"<r></s>", "mismatched tag"),
    (b"<r/><r/>", "junk after document element"),
    (b"<r>&nbsp;</r>", "undefined entity"),
    (b"<r a='1' a='2'/>", "duplicate attribute"),
    (BOMB, "DOCTYPE kml: definitions inside a file are not read; remove the line (line 2, column "),
    (b"<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", "DOCTYPE r"),
    (b"<!DOCTYPE r PUBLIC 'x' 'http://localhost/x.dtd'><r/>", "DOCTYPE r"),
    (b"<r>" + b"<a>" * 100, "<a> lies more than 100 elements deep (line 1, column 304)"),
    (b"<r " + b" ".join(b"a%d=''" % n for n in range(65)) + b"/>", "has 65 attributes; 64 are read"),
    (b"<r a='" + b"x" * 10_001 + b"'/>", "attribute a has 10001 characters"),
    (b"<r><!--" + b"x" * 1_200_000 + b"--></r>", "longer than 1048576 bytes"),
    (b"<r a='" + b"x" * 1_200_000, "longer than 1048576 bytes"),
    (b"<r>" + b"<a/>" * 1_200_000 + b"</r>", "1200002 tags; a zone file may have 1200000"),
    (b"<r>" + b"".join(b"<a%d/>" % n for n in range(30_000)) + b"</r>", "more than 10000 different names"),
    (b"<r>" + b"<b/>" * 200_001 + b"</r>", "more than 200000 zones"),
    (b"<r/>" + b" " * xmltext.BYTES_MAX, "100000004 bytes; a zone file may have 100000000"),
    (b"<?xml version='1.0' encoding='latin1'?><r>" + b"\xe4" * 50_000_001, "more than 100000000 bytes as UTF-8"),
])  # fmt: skip
def test_what_is_refused(data, words):
    with pytest.raises(Malformed) as caught:
        xmltext.parts(data, ("b",))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_tree_is_read_within_the_same_bounds():
    with pytest.raises(Malformed, match="more than 100 elements deep"):
        xmltext.tree(b"<a>" * 101)
    with pytest.raises(Malformed, match=r"mismatched tag \(line 7, column 6\)"):
        xmltext.tree(b"<a>\n<b></c></a>", line=6)
    with pytest.raises(Malformed, match="DOCTYPE"):
        xmltext.tree(BOMB)


def test_what_lies_deep_is_still_read():
    deepest = leaf("<a>" * 99 + "x" + "</a>" * 99)
    assert [one.text for one in deepest.below("a")][-1] == "x"


@pytest.mark.parametrize(("data", "name"), [
    (b"<kml/>", "kml"), (b"\xef\xbb\xbf <kml:kml a='1'>", "kml"), (b"<?xml version='1.0'?><!-- <a> --> \n<m:AIXMBasicMessage", "AIXMBasicMessage"),
    (BOMB, "kml"), (b"", ""), (b"{}", ""), (b"PK\x03\x04", ""), (b"<?xml " * 1000, ""), (b"<!--" * 2000, ""), (b"<", ""), (b"\xff\xfe", ""), (b"   ", ""),
])  # fmt: skip
def test_the_root_is_known_from_the_first_bytes(data, name):
    assert xmltext.root(data) == name


NAMES = st.sampled_from(["a", "b", "c"])
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=8
)


@st.composite
def elements(draw, depth=3):
    one = ET.Element(draw(NAMES), draw(st.dictionaries(NAMES, WORDS, max_size=2)))
    one.text = draw(WORDS)
    if depth:
        for _ in range(draw(st.integers(0, 3))):
            child = draw(elements(depth=depth - 1))
            child.tail = draw(WORDS)
            one.append(child)
    return one


def same(ours, theirs):
    assert (ours.name, ours.attributes) == (theirs.tag, theirs.attrib)
    assert ours.text == ((theirs.text or "") + "".join(child.tail or "" for child in theirs)).strip()
    assert len(ours.children) == len(theirs)
    for mine, other in zip(ours.children, theirs, strict=True):
        same(mine, other)


def _other(element):
    return ET.fromstring(ET.tostring(element, encoding="utf-8"))  # made above


@given(elements())
def test_another_parser_reads_the_same(element):
    same(xmltext.tree(ET.tostring(element, encoding="utf-8")), _other(element))


@given(elements())
def test_each_part_is_the_same_as_in_the_whole(element):
    data = ET.tostring(element, encoding="utf-8")
    found = xmltext.parts(data, ("b",))

    def outermost(one):
        return [one] if one.tag == "b" else [b for child in one for b in outermost(child)]

    wanted = outermost(_other(element))
    assert len(found.found) == len(wanted)
    for part, theirs in zip(found.found, wanted, strict=True):
        same(found.tree(part), theirs)


@given(st.binary(max_size=80) | st.text(st.sampled_from("<>/ab!-[]?&;'= \"x"), max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    xmltext.root(data)
    for each in (data, b"<r>" + data + b"</r>"):
        with contextlib.suppress(Malformed):
            found = xmltext.parts(each, ("a", "b"), heading="x")
            for part in found.found:
                assert found.tree(part).name == part.name
