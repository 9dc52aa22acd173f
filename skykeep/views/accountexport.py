"""An account for other programs: claims (schema.org), quotations at their places (Web Annotation), origin (PROV-O).

Every export is JSON-LD with its context inside, so that nothing has to be fetched to read it. A claim has an author and
an appearance; there is no review and no rating. Places count code points of the source's text.

Sources: schema.org/Claim; W3C Web Annotation Data Model and Vocabulary (2017-02-23); W3C PROV-O (2013-04-30).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from skykeep.facts.accounted import Account, Document, Speaker
from skykeep.facts.claimed import Retracted, Span, StatementMade
from skykeep.views import words

Node = dict[str, object]

AROUND = 32  # code points before and after a quotation, so that it is found again in a changed text
QUOTED_MAX = 10_000  # code points; what is longer is given by its place alone, a quotation cannot be cut
_SCHEMA, _PROV, _OA = "http://schema.org/", "http://www.w3.org/ns/prov#", "http://www.w3.org/ns/oa#"
_XSD, _RDFS, _DC = (
    "http://www.w3.org/2001/XMLSchema#",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://purl.org/dc/terms/",
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE = re.compile(r"[^A-Za-z0-9._~-]")
_BODY = re.compile(
    r"\b(?:ministry|government|service|agency|council|office|department|army|armed forces|police|navy|authority|"
    r"committee|administration|parliament|company|union|airport|harbour|court|kremlin|staff|media)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:spokes(?:man|woman|person)|minister|mayor|president|chancellor|king|queen|general|colonel|officer|official|"
    r"ambassador|resident|witness|head|chief|chair(?:man|woman)?|mr|mrs|ms|dr)\b",
    re.IGNORECASE,
)


def claims(account: Account, *, at_most: int | None = None) -> str:
    """Return every statement as a schema.org Claim with its author and the report in which it appears."""
    context: Node = {"@vocab": _SCHEMA}
    nodes = [*map(_report, account.documents), *map(_author, account.speakers)]
    return _written(context, [*nodes, *(_claim(account, each) for each in account.statements[:at_most])])


def for_script(account: Account, *, at_most: int) -> str:
    """Return `claims` as it can stand in a script element: no text in it can end the element or begin another."""
    text = claims(account, at_most=at_most)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _claim(account: Account, statement: StatementMade) -> Node:
    said: Node = {
        "@id": _iri("statement", statement.statement_id),
        "@type": "Claim",
        "identifier": statement.statement_id,
        "text": statement.text,
    }
    by = account.speaker_of.get(statement.statement_id)
    linked = {
        "author": None if by is None else _iri("speaker", by),
        "appearance": None if statement.source_sha256 is None else _iri("source", statement.source_sha256),
        "isPartOf": None if statement.within is None else _iri("statement", statement.within),
    }
    return said | {name: {"@id": iri} for name, iri in linked.items() if iri is not None}


def _report(document: Document) -> Node:
    source = document.source
    publisher = None if source.publisher is None else {"@type": "Organization", "name": source.publisher}
    place = None if source.dateline_place is None else {"@type": "Place", "name": source.dateline_place}
    reporters = [{"@type": "Person", "name": each} for each in source.reporters]
    node: Node = {
        "@id": _iri("source", source.source_sha256),
        "@type": "CreativeWork",
        "identifier": f"sha256:{source.source_sha256}",
        "name": source.title or source.label,
        "publisher": publisher,
        "author": reporters or None,
        "locationCreated": place,
        "dateCreated": source.dateline_day,
        "inLanguage": source.language,
        "encodingFormat": source.media_type,
    }
    return _known(node)


def _author(speaker: Speaker) -> Node:
    return _known(
        {
            "@id": _iri("speaker", speaker.speaker_id),
            "@type": speaker_kind(speaker),
            "name": speaker.name,
            "alternateName": list(speaker.also) or None,
            "jobTitle": speaker.role if speaker_kind(speaker) == "Person" else None,
            "affiliation": {"@type": "Organization", "name": speaker.side} if _apart(speaker) else None,
        }
    )


def _apart(speaker: Speaker) -> bool:
    return speaker.side is not None and speaker.side != speaker.name


def speaker_kind(speaker: Speaker) -> str:
    """Return "Organization", "Person", or "Thing" where name and role tell neither, or both."""
    body = speaker.name == speaker.side or _BODY.search(speaker.name) is not None
    person = speaker.role is not None or _PERSON.search(speaker.name) is not None
    return "Thing" if body == person else "Organization" if body else "Person"


# ---- Web Annotation -------------------------------------------------------------------------------------------------


def web_annotations(account: Account) -> str:
    """Return one W3C Web Annotation for each statement: where it stands, and its words with what is around them."""
    texts = {each.source.source_sha256: each for each in account.documents}
    found = [each for each in account.statements if (each.source_sha256 or "") in texts]
    return _written(_ANNOTATION, [_annotation(each, texts[each.source_sha256 or ""]) for each in found])


_ANNOTATION: Node = {
    "oa": _OA,
    "dcterms": _DC,
    "xsd": _XSD,
    "id": {"@type": "@id", "@id": "@id"},
    "type": {"@type": "@id", "@id": "@type"},
    "Annotation": "oa:Annotation",
    "SpecificResource": "oa:SpecificResource",
    "TextPositionSelector": "oa:TextPositionSelector",
    "TextQuoteSelector": "oa:TextQuoteSelector",
    "body": {"@type": "@id", "@id": "oa:hasBody"},
    "target": {"@type": "@id", "@id": "oa:hasTarget"},
    "source": {"@type": "@id", "@id": "oa:hasSource"},
    "selector": {"@type": "@id", "@id": "oa:hasSelector"},
    "motivation": {"@type": "@id", "@id": "oa:motivatedBy"},
    "creator": {"@type": "@id", "@id": "dcterms:creator"},
    "start": {"@type": "xsd:nonNegativeInteger", "@id": "oa:start"},
    "end": {"@type": "xsd:nonNegativeInteger", "@id": "oa:end"},
    "exact": "oa:exact",
    "prefix": "oa:prefix",
    "suffix": "oa:suffix",
}


def _annotation(statement: StatementMade, document: Document) -> Node:
    return {
        "id": _iri("annotation", statement.statement_id),
        "type": "Annotation",
        "motivation": "oa:identifying",
        "creator": _iri("finder", statement.finder),
        "body": _iri("statement", statement.statement_id),
        "target": [_target(span, document) for span in statement.spans],
    }


def _target(span: Span, document: Document) -> Node:
    text = document.text
    place = {"type": "TextPositionSelector", "start": span.start, "end": span.end}
    quote = {
        "type": "TextQuoteSelector",
        "exact": text[span.start : span.end],
        "prefix": text[max(0, span.start - AROUND) : span.start],
        "suffix": text[span.end : span.end + AROUND],
    }
    source = _iri("text", document.source.text_sha256)
    selector = [place, quote] if span.end - span.start <= QUOTED_MAX else place
    return {"type": "SpecificResource", "source": source, "selector": selector}


# ---- PROV-O ---------------------------------------------------------------------------------------------------------


def provenance(account: Account) -> str:
    """Return where everything comes from: sources, statements, who said, found, confirmed and took back what."""
    nodes: dict[str, Node] = {}
    for node in _traced(account):
        nodes.setdefault(str(node["@id"]), node)
    return _written(_ORIGIN, list(nodes.values()))


def _linking(*names: str) -> Node:
    return {name: {"@id": f"prov:{name}", "@type": "@id"} for name in names}


_ORIGIN: Node = {
    "prov": _PROV,
    "xsd": _XSD,
    "label": f"{_RDFS}label",
    "value": "prov:value",
    "generatedAtTime": {"@id": "prov:generatedAtTime", "@type": "xsd:dateTime"},
} | _linking(
    "used", "wasQuotedFrom", "wasAttributedTo", "wasGeneratedBy", "wasDerivedFrom", "wasAssociatedWith",
    "wasInvalidatedBy",
)  # fmt: skip


def _traced(account: Account) -> Iterator[Node]:
    for document in account.documents:
        yield from _origin_of_source(document)
    for speaker in account.speakers:
        kind = speaker_kind(speaker)
        more = f"prov:{kind}" if kind != "Thing" else None
        yield _agent(_iri("speaker", speaker.speaker_id), speaker.name, more)
    gone = {each.retracts: each for each in account.retractions}
    for statement in (*account.statements, *account.retracted):
        yield from _origin_of_statement(account, statement, gone.get(statement.statement_id))
    for proposition in account.propositions:
        by = None if proposition.worded_by is None else _iri("person", proposition.worded_by)
        node: Node = {"@id": _iri("proposition", proposition.proposition_id), "@type": "prov:Entity"}
        yield _known(node | {"value": proposition.wording, "wasAttributedTo": by})
        if by is not None:
            yield _agent(by, proposition.worded_by or "", "prov:Person")
    yield from _acts(account)


def _origin_of_source(document: Document) -> Iterator[Node]:
    source = document.source
    publisher = None if source.publisher is None else _iri("publisher", source.publisher)
    at, label = _iri("source", source.source_sha256), source.title or source.label
    yield _known({"@id": at, "@type": "prov:Entity", "label": label, "wasAttributedTo": publisher})
    yield {"@id": _iri("text", source.text_sha256), "@type": "prov:Entity", "wasDerivedFrom": at}
    if publisher is not None:
        yield _agent(publisher, source.publisher or "", "prov:Organization")


def _agent(iri: str, name: str, kind: str | None) -> Node:
    return {"@id": iri, "@type": ["prov:Agent", kind] if kind else "prov:Agent", "label": name}


def _origin_of_statement(account: Account, statement: StatementMade, gone: Retracted | None) -> Iterator[Node]:
    by = account.speaker_of.get(statement.statement_id)
    source = None if statement.source_sha256 is None else _iri("source", statement.source_sha256)
    finding = _iri("finding", f"{statement.finder}:{statement.source_sha256 or ''}")
    recorded = words.moment(statement.t_recorded_ns) if statement.t_recorded_ns > 0 else None
    yield _known(
        {
            "@id": _iri("statement", statement.statement_id),
            "@type": "prov:Entity",
            "value": statement.text,
            "wasQuotedFrom": source,
            "wasAttributedTo": None if by is None else _iri("speaker", by),
            "wasGeneratedBy": finding,
            "wasInvalidatedBy": None if gone is None else _iri("act", gone.act_id),
            "generatedAtTime": None if recorded is None else f"{recorded:%Y-%m-%dT%H:%M:%SZ}",
        }
    )
    finder = _iri("finder", statement.finder)
    yield _known({"@id": finding, "@type": "prov:Activity", "used": source, "wasAssociatedWith": finder})
    yield _agent(finder, statement.finder, "prov:SoftwareAgent" if "/" in statement.finder else "prov:Person")


def _acts(account: Account) -> Iterator[Node]:
    for cell in account.cells:
        for standing in cell.standings:
            if standing.act_id is None:
                continue
            about = [_iri("statement", standing.statement_id), _iri("proposition", cell.proposition_id)]
            yield from _act(standing.act_id, about, standing.confirmed_by)
            yield {
                "@id": _iri("standing", standing.act_id),
                "@type": "prov:Entity",
                "value": standing.stance.value,
                "wasGeneratedBy": _iri("act", standing.act_id),
                "wasDerivedFrom": about,
            }
    for gone in account.retractions:
        yield from _act(gone.act_id, [_iri("statement", gone.retracts)], gone.by)


def _act(act_id: str, about: Sequence[str], by: str | None) -> Iterator[Node]:
    person = None if by is None else _iri("person", by)
    iri = _iri("act", act_id)
    yield _known({"@id": iri, "@type": "prov:Activity", "used": list(about), "wasAssociatedWith": person})
    if person is not None:
        yield _agent(person, by or "", "prov:Person")


# ---- writing --------------------------------------------------------------------------------------------------------


def _iri(kind: str, name: str) -> str:
    """Return a name as a URN; what may not stand in one is written by its bytes (RFC 3986, 2.1)."""
    safe = _UNSAFE.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass")), name
    )
    return f"urn:skykeep:{kind}:{safe}"


def _known(node: Node) -> Node:
    return {name: value for name, value in node.items() if value is not None}


def _written(context: Node, graph: Sequence[Node]) -> str:
    return json.dumps(_clean({"@context": context, "@graph": list(graph)}), ensure_ascii=True)


def _clean(value: object) -> object:
    """Return the same without half characters, which no JSON reader has to take; places do not move."""
    if isinstance(value, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {name: _clean(inner) for name, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value
