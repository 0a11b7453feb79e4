"""Queries of the lists of drafts and of deployments (``connect-api.md`` and ``deployment-api.md``, section 2)."""

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from trueup.sandbox.connect.deployment_shapes import TYPES
from trueup.sandbox.connect.deployments import Deployments
from trueup.sandbox.connect.deployments import represent as represent_deployment
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, new_draft, represent
from trueup.sandbox.connect.errors import invalid
from trueup.sandbox.connect.shapes import INTEGRATION_TYPES
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox

# The default and largest limit, and the largest offset (connect-api.md section 2).
_LIMIT, _MOST = 20, 500
_FURTHEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The checked parameters of a query. ``sort`` has pairs of a field and whether its order is descending."""

    limit: int
    offset: int
    sort: tuple[tuple[str, bool], ...]
    types: frozenset[str]
    private: bool | None = None


def page(sandbox: Sandbox, world: str, parameters: QueryParams) -> dict[str, Any]:
    """Return one page of drafts; unknown parameters are ignored. Raises Failure (InvalidQueryParam)."""
    query = _query(parameters, sandbox.settings)
    drafts = Drafts(sandbox.store, world)
    if query.offset and sandbox.settings.insert_while_paging:
        _insert(sandbox, drafts)
    found, total = _select(drafts, query)
    results = [represent(draft, sandbox.settings) for draft in found]
    return _page_body(query, results, total)


def _page_body(query: Query, results: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {"limit": query.limit, "offset": query.offset, "count": len(results), "total": total, "results": results}


def _query(parameters: QueryParams, settings: Settings) -> Query:
    wrong: list[str] = []
    private = parameters.get("isPrivate")
    if private not in (None, "true", "false"):
        wrong.append("isPrivate: Expected true or false")
    common = _common(parameters, settings, wrong)
    if wrong:
        raise invalid("InvalidQueryParam", wrong)
    return Query(**common, private=None if private is None else private == "true")


def _common(parameters: QueryParams, settings: Settings, wrong: list[str]) -> dict[str, Any]:
    """Return the parameters that both lists have; what is wrong with them is added to ``wrong``."""
    types = parameters.getlist("integrationTypes")
    wrong += [f"integrationTypes: Unexpected value {name!r}" for name in types if name not in INTEGRATION_TYPES]
    return {
        "limit": _whole(parameters, "limit", _LIMIT, _MOST, wrong),
        "offset": _whole(parameters, "offset", 0, _FURTHEST, wrong),
        "sort": _sort(parameters.getlist("sort"), settings, wrong),
        "types": frozenset(types),
    }


def deployment_page(sandbox: Sandbox, world: str, project: str, parameters: QueryParams) -> dict[str, Any]:
    """Return one page of the deployments of a project. Raises Failure (InvalidQueryParam)."""
    settings, wrong = sandbox.settings, list[str]()
    type_ = parameters.get("deploymentType")
    if type_ not in (None, *TYPES):
        wrong.append(f"deploymentType: Unexpected value {type_!r}")
    query = Query(**_common(parameters, settings, wrong))
    if wrong:
        raise invalid("InvalidQueryParam", wrong)
    matching = [
        deployment
        for deployment in Deployments(sandbox.store, world, project).all()
        if type_ in (None, deployment["type"])
        and (not query.types or not query.types.isdisjoint(deployment["connector"]["integrationTypes"]))
    ]
    found = _cut(matching, query)
    results = [represent_deployment(deployment, settings) for deployment in found]
    return _page_body(query, results, len(matching))


def _whole(parameters: QueryParams, name: str, default: int, most: int, wrong: list[str]) -> int:
    text = parameters.get(name, str(default))
    # isdigit() alone would accept digits of other scripts. The length is limited, as int() refuses very long texts.
    if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) and int(text) <= most:
        return int(text)
    wrong.append(f"{name}: Expected an integer between 0 and {most}")
    return default


def _sort(terms: list[str], settings: Settings, wrong: list[str]) -> tuple[tuple[str, bool], ...]:
    if terms and settings.sort == "refuse":
        wrong.append("sort: Sorting is not supported")
    if settings.sort != "accept":
        return ()
    sort = []
    for term in terms:
        # No page gives the grammar. The official command line sends ``FIELD asc`` and ``FIELD desc`` (connect-api.md
        # section 2).
        name, _, direction = term.strip().partition(" ")
        if name not in settings.sort_fields or direction not in ("", "asc", "desc"):
            wrong.append(f"sort: Malformed term {term!r}")
        sort.append((name, direction == "desc"))
    return tuple(sort)


def _select(drafts: Drafts, query: Query) -> tuple[list[Document], int]:
    """Return the drafts of the page and the number of all that match."""
    # The common case is cut by the store: reading all drafts for each page would make a listing quadratic.
    name, descending = query.sort[0] if query.sort else ("createdAt", False)
    if not query.types and query.private is None and name == "createdAt":
        found = drafts.page(limit=query.limit, offset=query.offset, newest_first=descending)
        return found, drafts.count()
    matching = [draft for draft in drafts.all() if _matches(draft, query)]
    return _cut(matching, query), len(matching)


def _cut(matching: list[Document], query: Query) -> list[Document]:
    """Sort the documents, which are oldest first, and return those of the page."""
    # The first term decides, so it is applied last: a stable sort keeps the order of the terms after it.
    for name, descending in reversed(query.sort):
        # Equal documents keep the order of creation or its full reverse, so that a listing from both ends misses none.
        if descending:
            matching.reverse()
        matching.sort(key=lambda document, name=name: _sorting(document, name), reverse=descending)  # type: ignore[misc]
    return matching[query.offset : query.offset + query.limit]


def _matches(draft: Document, query: Query) -> bool:
    fits = not query.types or not query.types.isdisjoint(draft["integrationTypes"])
    return fits and query.private in (None, draft["private"])


def _sorting(document: Document, name: str) -> Any:
    hidden = document[HIDDEN]
    # createdAt and lastModifiedAt can be sorted by, but are never shown (connect-api.md section 3).
    return hidden[name] if name in hidden else str(document.get(name))


def _insert(sandbox: Sandbox, drafts: Drafts) -> None:
    """Create a draft as another client would, between two pages."""
    number = drafts.count() + 1
    body = {
        "key": f"inserted-{number}",
        "name": f"Inserted {number}",
        "creator": {"email": "other@else.example"},
        "repository": {"url": "git@github.com:else/inserted.git", "tag": str(number)},
    }
    drafts.save(new_draft(body, id=sandbox.ids.next(), now=sandbox.clock.now()))
