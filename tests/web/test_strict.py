"""A request that is misspelt or empty is refused in words, at every address, and nothing is asked of the station."""

import json
import re

import pytest

from skykeep.rules.powers import Role
from skykeep.web import app, openapi
from skykeep.web.examples import PATHS
from tests.web.doubles import DUTY, serving
from tests.web.test_api import CIRCLE, V1, is_problem

ALL = {"X-As": "everybody " + " ".join(role.value for role in Role if role not in {Role.PUBLIC, Role.SENSOR})}
TOLD = json.loads(openapi.document(app.DESCRIBED))
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in TOLD["paths"].items()
    for method, operation in item.items()
    if operation["operationId"] != "push_observations"  # a sensor's alone
]
JSON_ONLY = [
    each for each in OPERATIONS if set(each.values[2].get("requestBody", {}).get("content", ())) == {"application/json"}
]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("station"), routers=[_rest()]) as found:
        yield found


def _rest():
    from litestar import Router

    return Router(app.PREFIX, route_handlers=[each for each in app.DESCRIBED if each not in {*app.API, app.read_problem}])


def address(path):
    return re.sub(r"\{(\w+)\}", lambda found: str(PATHS[found[1]]), path)


@pytest.mark.requirement("API-7")
@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_a_misspelt_parameter_is_refused_and_those_that_exist_are_named(served, path, method, operation):
    client, mirror, _ = served
    there = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    answer = client.request(method, address(path), params={"previev": "true"}, headers=ALL)
    told = is_problem(answer, 400, "malformed")
    assert "'previev'" in told.detail
    assert [name for name in there if name not in told.detail] == []
    assert mirror.asks == []


@pytest.mark.requirement("API-7", "API-9")
def test_what_is_misspelt_or_said_twice_makes_no_law(served):
    client, mirror, _ = served
    body = {"reason": "Fire.", "circle": CIRCLE}
    for query in ("previev=true", "preview=true&previev=true", "preview=false&preview=true", "Preview=true"):
        is_problem(client.post(f"{V1}/zones/emergency?{query}", json=body, headers=DUTY), 400, "malformed")
    assert mirror.asks == []
    assert client.post(f"{V1}/zones/emergency?preview=true&lang=es", json=body, headers=DUTY).status_code == 200
    mirror.asks.clear()


@pytest.mark.requirement("API-7")
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("path", "method", "operation"), JSON_ONLY)
def test_a_body_that_is_missing_is_said_to_be_with_what_it_should_hold(served, path, method, operation, chunked):
    client, mirror, _ = served
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = TOLD["components"]["schemas"][name]
    said = {"content": iter([b""])} if chunked else {}
    answer = client.request(method, address(path), headers={**ALL, "Content-Type": "application/json"}, **said)
    told = is_problem(answer, 400, "malformed")
    assert told.detail.startswith("the body is missing")
    assert [each for each in schema["properties"] if each not in told.detail] == []
    assert mirror.asks == []


def test_there_are_such_addresses():
    assert len(OPERATIONS) > 80
    assert len(JSON_ONLY) > 30
