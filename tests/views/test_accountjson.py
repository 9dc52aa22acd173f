"""The JSON of an account: named throughout, as its published schema says, and nothing of the account left out."""

import json
import pathlib

import jsonschema
import msgspec
import pytest

from skykeep.facts import accounted, claimed
from skykeep.views import accountjson
from tests.views import accounts

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_published_schema_is_the_one_that_the_program_has():
    published = ROOT / "skykeep/schemas/account.schema.json"
    assert json.loads(published.read_text("utf-8")) == accountjson.json_schema()


@pytest.mark.parametrize("built", [accounts.account, accounts.empty, accounts.crowded])
def test_what_is_written_is_as_the_schema_says(built):
    text = accountjson.to_json(built())
    assert "\n" not in text
    jsonschema.Draft202012Validator(accountjson.json_schema()).validate(json.loads(text))


def test_statements_and_sources_have_names_for_their_parts():
    told = json.loads(accountjson.to_json(accounts.account()))
    statement = told["statements"][6]
    assert statement["statement_id"] == "s07"
    assert statement["resolved"] == "uncertain"
    assert statement["within"] == "s06"
    start, end = statement["spans"][0]
    assert told["documents"][0]["text"][start:end] == statement["text"]
    assert told["documents"][1]["source"]["reporters"] == ["Tomas Ried", "Hanna Folk"]
    assert told["retractions"][0]["by"] == "A. Pereira"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (accountjson.AccountTold, accounted.Account),
        (accountjson.DocumentTold, accounted.Document),
        (accountjson.SourceTold, claimed.SourceKept),
        (accountjson.StatementTold, claimed.StatementMade),
        (accountjson.MomentTold, claimed.Moment),
        (accountjson.RetractionTold, claimed.Retracted),
    ],
)
def test_nothing_of_the_account_is_left_out(told, kept):
    assert told.__struct_fields__ == kept.__struct_fields__


def test_half_characters_are_replaced_and_places_do_not_move():
    text = "\ud800 drones, he said"
    document = accounts.source(text, "x")
    told = json.loads(accountjson.to_json(accounts.account(documents=(document,), title="\udfff")))
    assert told["documents"][0]["text"] == "\N{REPLACEMENT CHARACTER} drones, he said"
    assert told["title"] == "\N{REPLACEMENT CHARACTER}"


def test_it_can_be_read_back():
    account = accounts.account()
    read = msgspec.json.decode(accountjson.to_json(account), type=accountjson.AccountTold)
    assert read == msgspec.convert(account, accountjson.AccountTold, from_attributes=True)
