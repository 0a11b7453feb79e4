"""GitHub's own description of its REST API: it completes the stand-in's answers and checks requests and answers.

``scripts/cut_openapi.py`` makes the extract in ``openapi/``.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

SITE: Final = "https://github.example"
MOMENT: Final = "2026-01-02T03:04:05Z"
_UNKNOWN: Final = object()
_PLAIN: Final[Mapping[str, Any]] = {"string": "", "integer": 0, "number": 0, "boolean": False}
_FORMATS: Final[Mapping[str, str]] = {"uri": f"{SITE}/x", "date-time": MOMENT}


@cache
def _text(name: str = "github") -> Any:
    return json.loads((Path(__file__).parent / "openapi" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def _schemas() -> Mapping[str, Any]:
    return {**_text("events")["schemas"], **_text()["components"]["schemas"]}


@cache
def _checks() -> OpenAPI:
    return OpenAPI.from_dict(_text())


def operations() -> set[tuple[str, str]]:
    """Return the method and the template of each request that the extract describes."""
    return {(method.upper(), path) for path, verbs in _text()["paths"].items() for method in verbs}


def filled(schema: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer of a schema: what is known, and a plain value for each other member that is required.

    Raise KeyError for a known member that the schema does not have.
    """
    answer: dict[str, Any] = _filled({"$ref": f"#/components/schemas/{schema}"}, known)
    return answer


def payload(event: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of a webhook, such as push or pull-request-opened, completed as ``filled`` does."""
    complete: dict[str, Any] = _filled(_text("events")["events"][event], known)
    return complete


def _filled(schema: Mapping[str, Any], known: Any) -> Any:
    if "$ref" in schema:
        return _filled(_schemas()[schema["$ref"].rpartition("/")[2]], known)
    for several in ("allOf", "anyOf", "oneOf"):
        if several in schema and "properties" not in schema:
            return _filled(schema[several][0], known)
    if isinstance(known, Mapping) and schema.get("type") == "object":
        members = schema.get("properties", {})
        if "properties" not in schema:
            return dict(known)
        names = {**dict.fromkeys(schema.get("required", ())), **dict.fromkeys(known)}
        return {name: _filled(members[name], known.get(name, _UNKNOWN)) for name in names}
    if known is not _UNKNOWN:
        return known
    if schema.get("nullable"):
        return None
    match schema.get("type"):
        case "object":
            return _filled(schema, {})
        case "array":
            return []
        case kind:
            first = schema["enum"][0] if "enum" in schema else _PLAIN[str(kind)]
            return _FORMATS.get(schema.get("format", ""), first)


def wrong_with_request(method: str, path: str, query: Mapping[str, str], body: bytes) -> str:
    """Return what GitHub's description says against a request, or nothing."""
    try:
        _checks().validate_request(_mock(method, path, query, body))
    except OpenAPIError as error:
        return f"{method} {path}: {error.__cause__ or error}"
    return ""


def wrong_with_answer(method: str, path: str, status: int, body: bytes) -> str:
    """Return what GitHub's description says against an answer, or nothing.

    Refusals that hold for every request (401, 403, 404, 422, 429) are left out of most operations there.
    """
    described = _text()["paths"][path][method.lower()]["responses"]
    if status >= 400 and str(status) not in described:
        return ""
    try:
        _checks().validate_response(_mock(method, path, {}, b""), MockResponse(body, status))
    except OpenAPIError as error:
        return f"{status} to {method} {path}: {error.__cause__ or error}"
    return ""


def _mock(method: str, path: str, query: Mapping[str, str], body: bytes) -> MockRequest:
    return MockRequest("https://api", method, path, args=dict(query), data=body or None)


def one_segment(text: str) -> str:
    """Return a parameter of a path so that the description reads it whole, also with slashes in it."""
    return quote(text, safe="")
