"""XML from outside, read by expat, with everything refused that an honest file of zones does not need.

These files become law, so nothing in them may make the reader fetch, grow or hang:

    DOCTYPE, entity declarations          refused (entity bombs, external entities); &lt; and &#228; are read
    encodings                             UTF-8, UTF-16 and ISO 8859-1 only
    size, tags, depth                     BYTES_MAX, TAGS_MAX, DEPTH_MAX
    different names; wanted elements      NAMES_MAX; PARTS_MAX
    one tag, comment or instruction       TOKEN_MAX
    attributes of a tag, one value        ATTRIBUTES_MAX, ATTRIBUTE_MAX

Every failure is Malformed with line and column. Names are local (`gml:pos` is `pos`): prefixes are the writer's choice.

A file is read in two steps, so that a large one is never a tree as a whole: `parts` finds the elements of the wanted
names in one pass, each with its bytes; `tree` reads one of them.
"""

from __future__ import annotations

import abc
import codecs
import dataclasses
import re
from collections.abc import Collection, Iterator, Sequence
from xml.parsers import expat  # every declaration by which expat could be hurt is refused below

from skykeep.errors import Malformed
from skykeep.wire.jsontext import BOM

BYTES_MAX = 100_000_000
TAGS_MAX = 1_200_000
NAMES_MAX = 10_000
PARTS_MAX = 200_000
DEPTH_MAX = 100
TOKEN_MAX = 1 << 20
ATTRIBUTES_MAX = 64
ATTRIBUTE_MAX = 10_000

_FED_AT_ONCE = 1 << 16
_HEAD = 8_192
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_ROOT = re.compile(r"(?>\s|<\?.*?\?>|<!--.*?-->)*+<(?:!DOCTYPE\s+)?([^\s<>/!?\[\]]{1,200})", re.DOTALL)
_UTF8 = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))
_LATIN_1 = frozenset(("iso-8859-1", "iso8859-1", "latin1", "latin-1"))
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"<\0\0\0", b"\0\0\0<")
_NONE: dict[str, str] = {}  # shared by all elements without attributes; nobody writes into it


class Element:
    """One element: local name, attributes by local name, its own text, its children in order."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.text = ""
        self.children: Sequence[Element] = ()

    def all(self, *path: str) -> Iterator[Element]:
        """Yield the elements at a path of local names beneath this one."""
        for child in self.children:
            if child.name == path[0]:
                if len(path) == 1:
                    yield child
                else:
                    yield from child.all(*path[1:])

    def first(self, *path: str) -> Element | None:
        """Return the first element at a path, or None."""
        return next(self.all(*path), None)

    def said(self, *path: str) -> str | None:
        """Return the text of the first element at a path that has any, with single spaces; else None."""
        return next((text for one in self.all(*path) if (text := " ".join(one.text.split()))), None)

    def below(self, *names: str) -> Iterator[Element]:
        """Yield each element of these names at any depth, in the order of the file."""
        for child in self.children:
            if child.name in names:
                yield child
            yield from child.below(*names)


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """An element of a wanted name, where it lies in the text of `Parts`."""

    name: str
    start: int
    end: int
    line: int
    headings: tuple[str, ...]  # of the elements around it, the outermost first


@dataclasses.dataclass(frozen=True, slots=True)
class Parts:
    """A file as UTF-8, and the wanted elements in it."""

    text: bytes
    root: str
    found: list[Part]

    def bytes_of(self, part: Part) -> bytes:
        """Return an element as it stood in the file, as UTF-8."""
        return self.text[part.start : part.end]

    def tree(self, part: Part) -> Element:
        """Return an element with all that it holds."""
        return tree(self.bytes_of(part), line=part.line)


def utf8(data: bytes) -> bytes:
    """Return the same text as UTF-8 without a byte-order mark; refuse encodings that no zone file needs."""
    if len(data) > BYTES_MAX:
        raise Malformed(f"{len(data)} bytes; a zone file may have {BYTES_MAX}")
    if data.startswith(_UTF32):
        raise Malformed("encoding UTF-32 is not read; save the file as UTF-8")
    wide = _UTF16.get(data[:2])
    if wide is not None:
        return _recoded(data, wide).removeprefix(BOM)
    data = data.removeprefix(BOM)
    found = _DECLARED.match(data[:_HEAD])
    declared = found[1].decode().lower() if found else "utf-8"
    if declared in _LATIN_1:
        return _recoded(data, "latin-1")
    if declared not in _UTF8:
        raise Malformed(f"encoding {declared} is not read, or not what the bytes are in; save the file as UTF-8")
    return data


def _recoded(data: bytes, encoding: str) -> bytes:
    """Recode piece by piece: a whole text as one str would take four bytes a character for the sake of one of them."""
    decoder = codecs.getincrementaldecoder(encoding)()
    pieces, size = list[bytes](), 0
    for start in range(0, len(data), _FED_AT_ONCE):
        end = start + _FED_AT_ONCE
        try:
            pieces.append(decoder.decode(data[start:end], end >= len(data)).encode())
        except UnicodeError as error:
            raise Malformed(f"not {encoding.upper()}: {error} (in the {_FED_AT_ONCE} bytes after {start})") from error
        size += len(pieces[-1])
        if size > BYTES_MAX:
            raise Malformed(f"more than {BYTES_MAX} bytes as UTF-8. Split the file")
    return b"".join(pieces)


def root(data: bytes) -> str:
    """Return the local name of the outermost element, from the first bytes of a file; "" where they show none."""
    head = data[:_HEAD].removeprefix(BOM)
    found = _ROOT.match(head.decode(_UTF16.get(head[:2], "utf-8"), errors="ignore").removeprefix("\ufeff"))
    return _local(found[1]) if found else ""


def parts(data: bytes, wanted: Collection[str], *, heading: str = "") -> Parts:
    """Find the outermost elements of the wanted local names; the whole file is checked on the way.

    A heading is the text of the child `heading` of each element around a part, as far as it came before it.
    """
    text = utf8(data)
    if (count := text.count(b"<")) > TAGS_MAX:
        raise Malformed(f"{count} tags; a zone file may have {TAGS_MAX}. Split the file")
    search = _Search(text, frozenset(wanted), heading)
    _parse(text, search, 0)
    return Parts(text, search.root, search.found)


def tree(text: bytes, *, line: int = 1) -> Element:
    """Return the tree of one element, from UTF-8; `line` is where it begins in its file."""
    planting = _Planting()
    _parse(text, planting, line - 1)
    return planting.above.children[0]


def _local(name: str) -> str:
    return name[name.rfind(":") + 1 :]


class _Reader(abc.ABC):
    """One pass over a text: what happens at its tags and words. The bounds hold in every pass."""

    parser: expat.XMLParserType

    def __init__(self) -> None:
        self.depth = 0

    @abc.abstractmethod
    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    @abc.abstractmethod
    def end(self, name: str) -> None: ...

    @abc.abstractmethod
    def say(self, text: str) -> None: ...

    def deeper(self, name: str, attributes: dict[str, str]) -> None:
        """Keep the bounds of one tag."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Malformed(f"<{name[:60]}> lies more than {DEPTH_MAX} elements deep")
        if len(attributes) > ATTRIBUTES_MAX:
            raise Malformed(f"<{name[:60]}> has {len(attributes)} attributes; {ATTRIBUTES_MAX} are read")
        for key, value in attributes.items():
            if len(value) > ATTRIBUTE_MAX:
                raise Malformed(f"attribute {key[:60]} has {len(value)} characters; {ATTRIBUTE_MAX} are read")


class _Search(_Reader):
    """Where the wanted elements begin and end."""

    def __init__(self, text: bytes, wanted: frozenset[str], heading: str) -> None:
        super().__init__()
        self.text, self.wanted, self.heading = text, wanted, heading
        self.root = ""
        self.found: list[Part] = []
        self.headings: list[list[str]] = []  # of each open element
        self.heading_depth = 0  # of the heading that is open; 0: none
        self.open: tuple[str, int, int, int] | None = None  # name, index, line, depth of the wanted one that is open
        self.bare = False  # nothing has come since the open one began

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.deeper(name, attributes)
        self.bare = False
        if self.open is not None:
            return
        local = _local(name)
        self.root = self.root or local
        self.headings.append([])
        if local in self.wanted:
            self.open = local, self.parser.CurrentByteIndex, self.parser.CurrentLineNumber, self.depth
            self.bare = True
        elif local == self.heading and self.depth > 1 and not self.heading_depth:
            self.heading_depth = self.depth

    def end(self, name: str) -> None:  # noqa: ARG002  # as _Reader has it
        if self.depth == self.heading_depth:
            self.heading_depth = 0
        if self.open is not None and self.depth == self.open[3]:
            local, index, line, _ = self.open
            said = tuple(text for one in self.headings[:-1] if (text := " ".join("".join(one).split())))
            if len(self.found) == PARTS_MAX:
                raise Malformed(f"more than {PARTS_MAX} zones or features. Split the file")
            self.found.append(Part(local, index, self._after(), line, said))
            self.open = None
        if self.open is None:
            self.headings.pop()
        self.depth -= 1

    def _after(self) -> int:
        """Return the index behind the tag that ends here; expat stands before `</a>`, but behind `<a/>`."""
        index = self.parser.CurrentByteIndex
        if self.bare and self.text[index - 2 : index] == b"/>":
            return index
        return self.text.index(b">", index) + 1

    def say(self, text: str) -> None:
        self.bare = False
        if self.heading_depth and self.open is None:
            self.headings[self.heading_depth - 2].append(text)


class _Planting(_Reader):
    """A tree as it grows."""

    def __init__(self) -> None:
        super().__init__()
        self.above = Element("", _NONE)  # the root's parent
        self.open = [self.above]
        self.said: list[list[str]] = [[] for _ in range(DEPTH_MAX + 1)]  # of the open element at each depth

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.deeper(name, attributes)
        kept = {_local(key): value for key, value in attributes.items()} if attributes else _NONE
        one, around = Element(_local(name), kept), self.open[-1]
        if isinstance(around.children, list):
            around.children.append(one)
        else:
            around.children = [one]
        self.open.append(one)

    def end(self, name: str) -> None:  # noqa: ARG002  # as _Reader has it
        one, said = self.open.pop(), self.said[self.depth]
        if said:
            one.text = "".join(said).strip()
            said.clear()
        self.depth -= 1

    def say(self, text: str) -> None:
        self.said[self.depth].append(text)


def _parse(text: bytes, reader: _Reader, lines_before: int) -> None:
    parser = reader.parser = expat.ParserCreate("utf-8")  # whatever the declaration says: these bytes are UTF-8
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.say
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        _feed(text, parser)
    except expat.ExpatError as error:
        line, column = error.lineno + lines_before, error.offset + 1
        raise Malformed(f"not XML: {expat.ErrorString(error.code)} (line {line}, column {column})") from error
    except Malformed as error:
        line, column = parser.CurrentLineNumber + lines_before, parser.CurrentColumnNumber + 1
        raise Malformed(f"{error} (line {line}, column {column})") from error
    finally:
        del reader.parser  # expat and the reader hold each other


def _feed(text: bytes, parser: expat.XMLParserType) -> None:
    """Feed piece by piece: what expat cannot finish it reads again with the next piece, so it must stay small."""
    view = memoryview(text)
    for end in range(_FED_AT_ONCE, len(text) + _FED_AT_ONCE, _FED_AT_ONCE):
        parser.Parse(view[end - _FED_AT_ONCE : end], False)  # expat takes it by position
        if min(end, len(text)) - parser.CurrentByteIndex > TOKEN_MAX:
            raise Malformed(f"a tag, comment or instruction is longer than {TOKEN_MAX} bytes")
        if len(parser.intern) > NAMES_MAX:
            raise Malformed(f"more than {NAMES_MAX} different names of elements and attributes")
    parser.Parse(b"", True)


def _refuse_doctype(name: str, *_: object) -> None:
    raise Malformed(f"DOCTYPE {name[:60]}: definitions inside a file are not read; remove the line")
