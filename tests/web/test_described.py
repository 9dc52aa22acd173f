"""The description of the interface is true: its examples hold, and the running server answers as it says."""

import json

import httpx
import hypothesis
import jsonschema
import pytest
import schemathesis
from schemathesis.specs.openapi import checks as conforms

from skykeep.rules import powers
from skykeep.web import app, examples, openapi, problems
from tests.house import checks
from tests.waiting import PATIENCE_S
from tests.web.standing import Socket, directory, ready, web

CASES = 3  # of each operation, in the bounded run
TOLD = json.loads(openapi.document(app.DESCRIBED))
OPERATIONS = [(path, method, operation) for path, item in TOLD["paths"].items() for method, operation in item.items()]


def schema_of(media):
    return {"$ref": "#/x", "x": media["schema"], "components": TOLD["components"]}


@pytest.mark.requirement("API-10")
def test_the_description_is_openapi_3_1_and_names_no_other_host():
    assert TOLD["openapi"].startswith("3.1")
    assert "://" not in json.dumps(TOLD)
    assert len(OPERATIONS) > 50


@pytest.mark.requirement("API-10")
@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[each[2]["operationId"] for each in OPERATIONS]
)
def test_each_operation_has_examples_that_hold_and_names_its_power(path, method, operation):
    assert operation["x-action"] in powers.TABLE
    assert operation["summary"]
    bodies = list(operation.get("requestBody", {}).get("content", {}).items())
    answers = [
        pair
        for status, each in operation["responses"].items()
        if status[0] == "2"
        for pair in each.get("content", {}).items()
    ]
    assert answers
    for kind, media in [*bodies, *answers]:
        if "json" in kind:
            jsonschema.validate(media["example"], schema_of(media))
    problems = {status: each for status, each in operation["responses"].items() if status[0] in "45"}
    assert {"400", "401", "403", "429", "500", "503"} <= set(problems)
    for each in problems.values():
        media = each["content"]["application/problem+json"]
        jsonschema.validate(media["example"], schema_of(media))


def test_no_example_is_left_over():
    names = {operation["operationId"] for _, _, operation in OPERATIONS}
    assert set(examples.ANSWERS) <= names
    assert set(examples.BODIES) <= names


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    path = tmp_path_factory.mktemp("station")
    token = directory(path)
    station = Socket(path / "run" / "station.sock")
    with web(path) as (url, process):
        ready(url)
        yield url, token, process
    station.close()


CHECKS = [conforms.response_schema_conformance, conforms.content_type_conformance, conforms.status_code_conformance]


NOT_ASKED = {
    "follow": "it has no end; tests/web/test_stream.py and test_serving.py read it",
}


def asked_operations():
    """Yield what is asked by chance: all but what has a reason not to be."""
    for result in schemathesis.openapi.from_dict(TOLD).get_all_operations():
        if result.ok().definition.raw["operationId"] not in NOT_ASKED:
            yield result.ok()


def asked_of(standing, cases):
    """Ask a running server what its own description allows; returns how many cases there were."""
    url, token, process = standing
    counted = []
    for operation in asked_operations():

        @hypothesis.seed(20)
        @hypothesis.settings(
            max_examples=cases, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.given(case=operation.as_strategy())
        def holds(case):
            counted.append(case.operation.label)
            answer = case.call(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S)
            assert answer.status_code < 500 or answer.status_code == 503, answer.text
            case.validate_response(answer, checks=CHECKS)

        holds()
    assert process.poll() is None
    return counted


@pytest.mark.requirement("API-10")
def test_the_running_server_answers_as_it_is_described(standing):
    counted = asked_of(standing, CASES)
    url, token, _ = standing  # nothing that was asked by chance took the account away that asked it
    assert httpx.get(f"{url}/api/v1/tokens", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S).status_code == 200
    assert len(set(counted)) == len(OPERATIONS) - len(NOT_ASKED)
    assert len(counted) > 2 * len(OPERATIONS)


@pytest.mark.soak
def test_the_running_server_answers_as_it_is_described_for_long(standing):
    assert len(asked_of(standing, 300)) > 5_000


def test_the_reference_names_each_problem_and_each_resource():
    page = (checks.ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert [
        name for name, kind in problems.KINDS.items() if f"`{name}`" not in page or str(kind.status) not in page
    ] == []
    resources = {path.removeprefix("/api/v1/").split("/")[0] for path, _, _ in OPERATIONS} - {"problems"}
    assert [name for name in sorted(resources) if f"/{name}" not in page] == []
