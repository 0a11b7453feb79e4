"""Split a stored document into facts: the smallest things that can be changed on their own.

``("name",)`` is a scalar, ``("privateProjects", MEMBER)`` a member, ``("brands", KEY...)`` an element, and
``("brands", KEY..., "@website")`` an attribute of one. What a draft's processes move begins with a tilde:
``("~status",)``, ``("~comment", TEXT, NUMBER)``. An unset field has no fact.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from simulation.layout import (
    APPLICATIONS,
    CERTIFICATION_SCALARS,
    COLLECTIONS,
    CONNECTOR_SCALARS,
    CONNECTOR_SETS,
    GLOBAL,
    SECURED,
    STANDARD,
    TRANSLATED,
    Json,
    Listing,
    at,
    listed,
)
from trueup.sandbox.connect.drafts import HIDDEN

Fact = tuple[str, ...]
Facts = Mapping[Fact, object]

PROCESSES: Final = ("status", "isPreviewable", "alreadyListed", "private", "hasChanges")

WHOLE_SETS: Final = ("integrationTypes", "supportedRegions")
"""Sets that only change as a whole, so that a set is one fact."""

NOTHING: Final[Facts] = {}


def connector_facts(draft: Json) -> Facts:
    """Return the facts of a stored draft."""
    facts: dict[Fact, object] = {}
    for path in CONNECTOR_SCALARS:
        _keep(facts, (path,), at(draft, path))
    for path in CONNECTOR_SETS:
        members = frozenset(listed(at(draft, path)))
        if path in WHOLE_SETS:
            _keep(facts, (path,), members)
        else:
            facts.update({(path, member): True for member in members})
    for name in PROCESSES:
        facts[(f"~{name}",)] = draft[name]
    for number, entry in enumerate(draft["certificationInfo"]["comments"]):
        facts[("~comment", entry["comment"], str(number))] = True
    _keep(facts, ("~release",), _release(draft[HIDDEN]["connector"]))
    return facts


def deployment_facts(deployment: Json) -> Facts:
    """Return the facts of a stored deployment; of a secured value, its digest.

    ``~release`` is the tag and the version of the connector that it runs, ``~run`` the last run, and ``~problems`` how
    many warnings and errors its report has.
    """
    connector, run = deployment["connector"], deployment[HIDDEN]["run"]
    build = (deployment["details"] or {}).get("build") or {}
    entries = (build.get("report") or {}).get("entries") or ()
    facts: dict[Fact, object] = {
        ("connector.key",): connector["key"],
        ("connector.id",): connector["id"],
        ("connector.staged",): deployment["preview"],
        ("type",): deployment["type"],
        ("region",): deployment["deployedRegion"],
        ("~status",): deployment["status"],
        ("~release",): _release(connector),
        ("~run",): (run or build).get("id"),
        ("~problems",): sum(entry["type"] != "Information" for entry in entries),
    }
    _keep(facts, ("~rollback",), deployment.get("rollbackRevision"))
    _add_values(facts, GLOBAL, (), deployment["globalConfiguration"])
    for name, application in deployment["applications"].items():
        facts[(APPLICATIONS, name)] = True
        _add_values(facts, APPLICATIONS, (name,), application)
        for option in ("schedule", "retryPolicy"):
            _keep(facts, (f"{APPLICATIONS}.{option}", name), _flat(application[option]))
    return facts


def _add_values(facts: dict[Fact, object], path: str, key: Fact, stored: Json) -> None:
    for name, value in stored[STANDARD].items():
        facts[(f"{path}.{STANDARD}", *key, name)] = value
    for name, sealed in stored[SECURED].items():
        facts[(f"{path}.{SECURED}", *key, name)] = sealed["sha256"]


def _release(connector: Json) -> object:
    return None if connector is None else (connector["repository"]["tag"], connector["version"])


def _flat(value: Json) -> object:
    return tuple(sorted(value.items())) if isinstance(value, dict) else value


def certification_facts(certification: Json) -> Facts:
    """Return the facts of a stored certification; a translated text is the mapping of languages to texts."""
    facts: dict[Fact, object] = {}
    for path in CERTIFICATION_SCALARS:
        _keep(facts, (path,), at(certification, path))
    for path, listing in COLLECTIONS.items():
        for element in listed(at(certification, path)):
            _add_element(facts, path, listing, element)
    return facts


def _add_element(facts: dict[Fact, object], path: str, listing: Listing, element: Json) -> None:
    key = tuple(str(at(element, name) or "") for name in listing.key)
    facts[(path, *key)] = True
    for name in listing.attributes:
        value = _value(path, key, name, element)
        fact = (path, *key, f"@{name}")
        if fact in facts and facts[fact] != value:
            value = f"{facts[fact]} and {value}"  # several elements of one key, where a switch allows that
        _keep(facts, fact, value)


def _value(path: str, key: Fact, name: str, element: Json) -> object:
    texts = element.get("translations")
    if name != "value" or not texts or not is_translated(path, key):
        return at(element, name)
    own = {element.get("locale", "en"): element[name]} if element.get(name) else {}
    return tuple(sorted({**own, **texts}.items()))


def is_translated(path: str, key: Fact) -> bool:
    """Return whether the value of this element is kept by language."""
    return any(path == where and only in (None, key[0]) for where, only in TRANSLATED)


def _keep(facts: dict[Fact, object], fact: Fact, value: object) -> None:
    if value not in (None, "", frozenset()):
        facts[fact] = value


def changed(before: Facts, after: Facts) -> Iterator[Fact]:
    """Yield the facts that differ."""
    for fact in before.keys() | after.keys():
        if before.get(fact) != after.get(fact):
            yield fact
