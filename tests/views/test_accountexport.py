"""The exports read by another program: RDF that says what the account says, and quotations that are found again."""

import json
import re
import warnings

import msgspec
import pytest
from rdflib import RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef

from skykeep.facts.claimed import Span
from skykeep.views import accountexport
from skykeep.views.accountpage import render
from tests.views import accounts

SCHEMA = Namespace("http://schema.org/")
OA = Namespace("http://www.w3.org/ns/oa#")
PROV = Namespace("http://www.w3.org/ns/prov#")


def named(kind, name):
    return URIRef(f"urn:skykeep:{kind}:{name}")


def read(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the reader's own, about a class inside it
        return Graph().parse(data=text, format="json-ld")


def by_id(statement_id):
    return next(each for each in accounts.STATEMENTS if each.statement_id == statement_id)


@pytest.fixture(scope="module")
def account():
    return accounts.account()


@pytest.fixture(scope="module")
def claims(account):
    return read(accountexport.claims(account))


@pytest.fixture(scope="module")
def annotations(account):
    return read(accountexport.web_annotations(account))


@pytest.fixture(scope="module")
def origin(account):
    return read(accountexport.provenance(account))


# ---- claims ----------------------------------------------------------------------------------------------------------


def test_every_statement_is_a_claim_with_its_author_and_where_it_appears(claims, account):
    found = set(claims.subjects(RDF.type, SCHEMA.Claim))
    assert found == {named("statement", each.statement_id) for each in account.statements}
    claim = named("statement", "s02")
    assert claims.value(claim, SCHEMA.text) == Literal("Both came from the sea, and neither carried a permit")
    author = claims.value(claim, SCHEMA.author)
    assert claims.value(author, SCHEMA.name) == Literal("Ida Morven")
    assert claims.value(author, SCHEMA.jobTitle) == Literal("spokeswoman of the harbour authority")
    report = claims.value(claim, SCHEMA.appearance)
    assert claims.value(claims.value(report, SCHEMA.publisher), SCHEMA.name) == Literal("Almar Courier")
    assert claims.value(report, SCHEMA.dateCreated) == Literal("2026-05-12")


def test_a_statement_within_another_is_part_of_it_and_one_of_nobody_has_no_author(claims):
    assert claims.value(named("statement", "s07"), SCHEMA.isPartOf) == named("statement", "s06")
    assert claims.value(named("statement", "s24"), SCHEMA.author) is None
    assert claims.value(named("statement", "s24"), SCHEMA.appearance) is not None


def test_nothing_is_reviewed_or_rated(claims):
    said = [*claims.predicates(), *claims.objects(None, RDF.type)]
    assert said
    assert not [each for each in said if re.search("review|rating|score", each, re.IGNORECASE)]


def test_an_author_is_a_person_or_an_organisation_only_where_that_can_be_told(account):
    kinds = {each.speaker_id: accountexport.speaker_kind(each) for each in account.speakers}
    assert [key for key, kind in kinds.items() if kind == "Person"] == ["p2", "p3", "p6", "p9"]
    assert [kinds[key] for key in ("p1", "p4", "p5", "p8", "p10")] == ["Organization"] * 5
    assert kinds["p7"] == kinds["p11"] == kinds["p12"] == "Thing"  # an office of a president; a spokesman of an airport


def test_the_page_carries_the_claims_and_no_text_can_leave_their_element(account, claims):
    text = render(account)
    (inside,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert not re.search("[<>&\u2028\u2029]", inside)
    assert "\\u003c/script\\u003e" in inside
    assert read(inside).isomorphic(claims)


# ---- Web Annotation --------------------------------------------------------------------------------------------------


def test_every_statement_is_an_annotation_whose_selectors_find_its_words(annotations, account):
    texts = {named("text", each.source.text_sha256): each.text for each in account.documents}
    assert len(set(annotations.subjects(RDF.type, OA.Annotation))) == len(account.statements)
    targets = list(annotations.objects(None, OA.hasTarget))
    assert len(targets) == sum(len(each.spans) for each in account.statements)
    for target in targets:
        text = texts[annotations.value(target, OA.hasSource)]
        place, quote = sorted(
            annotations.objects(target, OA.hasSelector), key=lambda each: (each, OA.exact, None) in annotations
        )
        start, end = (annotations.value(place, name).toPython() for name in (OA.start, OA.end))
        exact, before, after = (str(annotations.value(quote, name)) for name in (OA.exact, OA.prefix, OA.suffix))
        assert text[start:end] == exact
        assert text[:start].endswith(before)
        assert text[end:].startswith(after)
        assert before + exact + after in text
        assert len(before) == min(32, start)
        assert len(after) == min(32, len(text) - end)


def test_an_annotation_is_typed_as_the_vocabulary_has_it(annotations):
    one = named("annotation", "s11")
    assert len(list(annotations.objects(one, OA.hasTarget))) == 2
    assert annotations.value(one, OA.motivatedBy) == OA.identifying
    assert annotations.value(one, OA.hasBody) == named("statement", "s11")
    target = next(annotations.objects(one, OA.hasTarget))
    kinds = {annotations.value(each, RDF.type) for each in annotations.objects(target, OA.hasSelector)}
    assert kinds == {OA.TextPositionSelector, OA.TextQuoteSelector}
    place = next(each for each in annotations.subjects(RDF.type, OA.TextPositionSelector))
    assert annotations.value(place, OA.start).datatype == XSD.nonNegativeInteger


def test_places_count_code_points_and_not_halves_of_them():
    document = accounts.source("\U0001f6f8\U0001f6f8 drones, he said", "x")
    statement = msgspec.structs.replace(
        by_id("s02"), spans=(Span(3, 9),), source_sha256=document.source.source_sha256, text="drones"
    )
    found = read(accountexport.web_annotations(accounts.account(documents=(document,), statements=(statement,))))
    assert [str(each) for each in found.objects(None, OA.exact)] == ["drones"]
    assert [str(each) for each in found.objects(None, OA.prefix)] == ["\U0001f6f8\U0001f6f8 "]


def test_a_place_too_long_to_quote_is_given_by_its_numbers_alone():
    document = accounts.source("x" * 50_000, "x")
    spans = (Span(0, 10_000), Span(0, 10_001))
    statement = msgspec.structs.replace(by_id("s02"), spans=spans, source_sha256=document.source.source_sha256)
    found = read(accountexport.web_annotations(accounts.account(documents=(document,), statements=(statement,))))
    assert sorted(each.toPython() for each in found.objects(None, OA.end)) == [10_000, 10_001]
    assert [len(each) for each in found.objects(None, OA.exact)] == [10_000]


# ---- PROV-O ----------------------------------------------------------------------------------------------------------


def test_a_statement_comes_from_its_source_its_speaker_and_the_finding(origin):
    statement = named("statement", "s02")
    source = named("source", accounts.DOCUMENTS[0].source.source_sha256)
    assert (statement, RDF.type, PROV.Entity) in origin
    assert origin.value(statement, PROV.wasQuotedFrom) == source
    assert origin.value(statement, PROV.wasAttributedTo) == named("speaker", "p2")
    finding = origin.value(statement, PROV.wasGeneratedBy)
    assert (finding, RDF.type, PROV.Activity) in origin
    assert (finding, PROV.used, source) in origin
    finder = origin.value(finding, PROV.wasAssociatedWith)
    assert (finder, RDF.type, PROV.SoftwareAgent) in origin
    assert origin.value(finder, RDFS.label) == Literal("rules/1")
    assert origin.value(statement, PROV.generatedAtTime).datatype == XSD.dateTime


def test_a_confirmation_is_an_act_of_a_person(origin):
    act = named("act", "act-q01-s04")
    assert (act, RDF.type, PROV.Activity) in origin
    assert set(origin.objects(act, PROV.used)) == {named("statement", "s04"), named("proposition", "q01")}
    person = origin.value(act, PROV.wasAssociatedWith)
    assert (person, RDF.type, PROV.Person) in origin
    assert origin.value(person, RDFS.label) == Literal("A. Pereira")
    standing = next(origin.subjects(PROV.wasGeneratedBy, act))
    assert origin.value(standing, PROV.value) == Literal("denies")


def test_what_is_only_suggested_is_no_act(origin, account):
    confirmed = {each.act_id for cell in account.cells for each in cell.standings if each.act_id is not None}
    acts = {each for each in origin.subjects(RDF.type, PROV.Activity) if each.startswith("urn:skykeep:act:")}
    assert acts == {named("act", each) for each in (*confirmed, "a90")}


def test_what_was_taken_back_is_invalidated_by_the_act(origin):
    assert origin.value(named("statement", "s27"), PROV.wasInvalidatedBy) == named("act", "a90")
    assert origin.value(named("statement", "s02"), PROV.wasInvalidatedBy) is None


def test_entities_activities_and_agents_are_kept_apart(origin):
    kinds = [set(origin.subjects(RDF.type, kind)) for kind in (PROV.Entity, PROV.Activity, PROV.Agent)]
    assert all(kinds)
    assert not kinds[0] & kinds[1] | kinds[0] & kinds[2] | kinds[1] & kinds[2]
    for name, kind in ((PROV.used, 0), (PROV.wasGeneratedBy, 1), (PROV.wasAttributedTo, 2), (PROV.wasAssociatedWith, 2),
                       (PROV.wasQuotedFrom, 0), (PROV.wasDerivedFrom, 0), (PROV.wasInvalidatedBy, 1)):  # fmt: skip
        assert set(origin.objects(None, name)) <= kinds[kind], name


# ---- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("export", [accountexport.claims, accountexport.web_annotations, accountexport.provenance])
def test_an_export_fetches_nothing_and_survives_hostile_names(export, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_: pytest.fail("asked the network"))
    hostile = accounts.HOSTILE + "\ud800"
    statements = tuple(
        msgspec.structs.replace(each, statement_id=f"{each.statement_id} {hostile}", finder=hostile, text=hostile)
        for each in accounts.STATEMENTS
    )
    text = export(accounts.account(statements=statements, title=hostile))
    assert text.isascii()
    assert isinstance(json.loads(text)["@context"], dict)
    assert len(read(text)) > 20
    assert len(read(export(accounts.empty()))) > 0 or export is accountexport.web_annotations
