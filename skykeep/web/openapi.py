"""The description of the interface: OpenAPI 3.1, with an example for each operation and each problem that may come."""

from __future__ import annotations

import functools
import re
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler

from skykeep import __version__
from skykeep.rules import powers
from skykeep.web import problems
from skykeep.web.api.drafts import FILES
from skykeep.web.api.sensors import LINES, RAW
from skykeep.web.examples import ANSWERS, BODIES, DETECTION, PATHS
from skykeep.web.people_examples import PERSON

PREFIX = "/api/v1"
MEDIA_TYPE = "application/vnd.oai.openapi+json"
ABOUT = (
    "Keeps the sky over a place. Times are Unix nanoseconds (UTC), places 1e-7 degree, lengths millimetres, "
    "probabilities parts in a million. Personal values stand as pseudonyms. Problems are RFC 9457."
)
_COMMON = ("malformed", "not-there", "refused", "not-signed-in", "not-admitted", "too-many", "unavailable", "fault")
_OF_ACTS = ("changed", "too-large", "wrong-type", "key-used")
_BINARY = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes themselves)"}
_DETECTED = {"schema": {"type": "object"}, "example": DETECTION}
_FILES: dict[str, dict[str, dict[str, Any]]] = {
    "make_draft": dict.fromkeys(FILES, _BINARY),
    "push_observations": {"application/json": _DETECTED, **dict.fromkeys((*LINES, *RAW), _BINARY)},
}
"""Bodies that handlers read as they come, by operation."""
METHODS = frozenset({"get", "post", "delete"})
_PREVIEWS = ("make_draft", "make_emergency")
Json = dict[str, Any]


@functools.cache
def document(handlers: tuple[ControllerRouterHandler, ...]) -> bytes:
    """Return the description as JSON: what the framework reads from the handlers, and what it cannot know.

    An application that only describes is made for it, so that the one that serves has no addresses of the framework's.
    """
    app = Litestar([Router(PREFIX, route_handlers=handlers)], openapi_config=_config(), logging_config=None)
    told: Json = app.openapi_schema.to_schema()
    paths = {path: item for path, item in told["paths"].items() if path.startswith(PREFIX)}
    actions = _actions(app)
    for path, item in paths.items():
        for method, operation in item.items():
            if method in METHODS:
                _complete(path, method, operation, actions.get((path, method), ""))
    paths[f"{PREFIX}/stream"] = {"get": _stream()}
    _complete(f"{PREFIX}/stream", "get", paths[f"{PREFIX}/stream"]["get"], "law.read")
    told["paths"] = paths
    told["components"].setdefault("schemas", {})["Problem"] = _problem_schema()
    told["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token, or a sensor's key."},
        "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "A person who signed in."},
    }
    return msgspec.json.encode(_tuples(told))


def _tuples(told: Any) -> Any:  # noqa: ANN401  # JSON
    """Write tuples as arrays of that length whose items are any of its parts.

    `prefixItems` (JSON Schema 2020-12) says more, and some readers of descriptions fail on it.
    """
    if isinstance(told, (list, tuple)):
        return [_tuples(each) for each in told]
    if not isinstance(told, dict):
        return told
    made = {name: _tuples(each) for name, each in told.items()}
    if {} in made.get("oneOf", ()):  # the framework's reading of the dots in `tuple[Role, ...]`
        (only,) = [each for each in made.pop("oneOf") if each]
        made |= only
    if "prefixItems" in made:
        parts = made.pop("prefixItems")
        made |= {"items": {"anyOf": parts}, "minItems": len(parts), "maxItems": len(parts)}
    return made


def _actions(app: Litestar) -> dict[tuple[str, str], str]:
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path_format)
            for method in getattr(handler, "http_methods", ()):
                found[path, method.lower()] = handler.opt.get("action", "")
    return found


def _complete(path: str, method: str, operation: Json, action: str) -> None:
    roles = sorted(role.value for role in powers.TABLE[action].roles) if action in powers.TABLE else []
    operation["description"] = f"{operation.get('description', '').rstrip()}\n\nPower: `{action}`; {', '.join(roles)}."
    operation["security"] = [{}] if "public" in roles else [{"token": []}, {"session": []}]
    operation["x-action"] = action
    _examples(operation)
    if method == "post":
        operation.setdefault("parameters", []).append(_idempotency_key())
    if method == "post" and path.count("{"):
        operation["parameters"].append(_if_match())
    for name in (*_COMMON, *_OF_ACTS) if method == "post" or "{" in path else _COMMON:
        _add_problem(operation["responses"], name)
    if method == "get" and "text/event-stream" not in str(operation["responses"]):
        operation["responses"]["304"] = {"description": "What the reader has (If-None-Match) is what there is."}


def _examples(operation: Json) -> None:
    name = operation["operationId"]
    if name in _FILES:
        operation["requestBody"] = {
            "required": True,
            "content": {kind: dict(media) for kind, media in _FILES[name].items()},
        }
    if name in _PREVIEWS:
        operation["responses"]["200"] = dict(operation["responses"]["201"], description="A preview; nothing was done.")
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            of_person = parameter["name"] == "name" and "people" in operation["tags"]
            parameter["example"] = PERSON if of_person else PATHS[parameter["name"]]
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if name in BODIES:
            media["example"] = BODIES[name]
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            for media in response.get("content", {}).values():
                media.setdefault("example", ANSWERS.get(name))


def _add_problem(responses: Json, name: str) -> None:
    kind = problems.KINDS[name]
    response = responses.setdefault(str(kind.status), {"description": kind.title})
    content = response.setdefault("content", {})
    content.pop("application/json", None)  # the framework's own words for a failed validation
    response["description"] = kind.title
    content[problems.MEDIA_TYPE] = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": msgspec.to_builtins(
            problems.Problem(
                type=problems.TYPES + name,
                title=kind.title,
                status=kind.status,
                detail=kind.meaning,
                remedy=kind.remedy,
                instance="urn:skykeep:request:9f86d081884c7d65",
            )
        ),
    }


def _stream() -> Json:
    """Return the live stream's operation: it is served below the framework, which therefore knows nothing of it."""
    last = {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The last id that was had: it goes on after it.",
        "schema": {"type": "string", "maxLength": 100},
    }
    told = {
        "schema": {"type": "string"},
        "example": 'id: 5f0c9a1e-812\nevent: snapshot\ndata: {"now_ms":1777629600300}\n\n',
    }
    return {
        "tags": ["stream"],
        "summary": "Follow",
        "description": "Follow what happens, as it happens: server-sent events without an end.",
        "operationId": "follow",
        "parameters": [last],
        "responses": {"200": {"description": "It goes on.", "content": {"text/event-stream": told}}},
        "deprecated": False,
    }


def _problem_schema() -> Json:
    _, components = msgspec.json.schema_components([problems.Problem])
    schema: Json = components["Problem"]
    return schema


def _idempotency_key() -> Json:
    return {
        "name": "Idempotency-Key", "in": "header", "required": False, "example": "5f0c5f0e-1b7c-4f3c-9d2e-8a1f3c9b7a10",
        "description": "The same key with the same request gets the same answer for 24 hours, and does nothing twice.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    }  # fmt: skip


def _if_match() -> Json:
    return {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "ETag of what was seen; 412 if it moved since.",
        "schema": {"type": "string", "maxLength": 100},
    }


def _config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Skykeep", version=__version__, description=ABOUT, use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin()],
        operation_id_creator=lambda handler, _method, _path: str(handler.handler_name),
    )  # fmt: skip
