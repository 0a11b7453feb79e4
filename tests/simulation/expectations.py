"""Compare what a manifest wants with what is stored, apart from trueup's own comparison.

Only what the manifest names counts. Numbers are compared as numbers, dates by day unless both carry a time, sets
without order, collections by key.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from simulation.facts import Fact, Facts, is_translated
from simulation.layout import (
    APPLICATIONS,
    ATTRIBUTE_FORMS,
    CERTIFICATION_SCALARS,
    COLLECTIONS,
    CONNECTOR_SCALARS,
    CONNECTOR_SETS,
    GLOBAL,
    REPORTING_BODY,
    SECURED,
    STANDARD,
    Form,
    Json,
    Listing,
    at,
    listed,
)
from trueup.model.manifest import LifecycleSpec, PublishTo

CERTIFYING: Final = frozenset({"ReadyForCertification", "InCertification"})

_TIME: Final = re.compile(r"[Tt ]")
_ZONE: Final = re.compile(r"(Z|z|[+-]\d\d:?\d\d)$")
_MISSING: Final = object()


def connector_misses(spec: Json, facts: Facts) -> Iterator[str]:
    """Yield the managed paths of a connector that are not as wanted."""
    yield from _scalars(CONNECTOR_SCALARS, spec, facts)
    for path in CONNECTOR_SETS:
        wanted = _node(spec, path)
        if wanted is not _MISSING and frozenset(listed(wanted)) != _members(path, facts):
            yield path


def certification_misses(spec: Json, facts: Facts, locale: str) -> Iterator[str]:
    """Yield the managed paths of a certification that are not as wanted, texts in ``locale``."""
    yield from _scalars(CERTIFICATION_SCALARS, spec, facts)
    chosen = [path for path in REPORTING_BODY if _node(spec, path) is not _MISSING]
    if chosen and any(path not in chosen and (path,) in facts for path in REPORTING_BODY):
        yield "reportingBody"
    for path, listing in COLLECTIONS.items():
        wanted = _node(spec, path)
        if wanted is not _MISSING and not _same_elements(path, listing, listed(wanted), facts, locale):
            yield path


def process_misses(wanted: LifecycleSpec, facts: Facts) -> Iterator[str]:
    """Yield what of a lifecycle is not reached; certification counts as reached, as only people can end it."""
    certifying, public = facts.get(("~status",)) in CERTIFYING, facts.get(("~private",)) is False
    certified = certifying or (_is_out(facts) and public)
    if wanted.previewable and facts.get(("~isPreviewable",)) != "true":
        yield "previewable"
    if wanted.publish is PublishTo.PRIVATE and (public or not _is_out(facts)):
        yield "publish"
    if wanted.publish is PublishTo.CERTIFIED and not certified:
        yield "publish"
    if wanted.listed is False and public and facts.get(("~alreadyListed",)):
        # What is private is in no listing, whatever the flag says.
        yield "listed"
    if wanted.publish is not PublishTo.NONE and not certifying:
        # Comments belong to a certification; they wait for the next publish.
        return
    comments = Counter(fact[1] for fact in facts if fact[0] == "~comment")
    if Counter(wanted.certification_comments) - comments:
        yield "certificationComments"


def _is_out(facts: Facts) -> bool:
    status = facts.get(("~status",))
    return status == "Published" or (status != "Failed" and bool(facts.get(("~alreadyListed",))))


def deployment_misses(spec: Json, facts: Facts) -> Iterator[str]:
    """Yield the managed paths of a deployment that are not as wanted; of a secret, whether it is set."""
    for path in ("connector.key", "connector.id", "connector.staged", "type", "region"):
        wanted = _node(spec, path)
        if wanted is not _MISSING and wanted != facts.get((path,)):
            yield path
    for fact, value in wanted_values(spec):
        if fact not in facts or not (fact[0].endswith(SECURED) or is_met(value, facts[fact])):
            yield fact[0]
    if facts.get(("~status",)) != "Deployed":
        yield "status"


def wanted_values(spec: Json) -> Iterator[tuple[Fact, Json]]:
    """Yield the values that a manifest wants of a deployment; of a secret, its reference."""
    for side in (STANDARD, SECURED):
        for key, value in (at(spec, f"{GLOBAL}.{side}") or {}).items():
            yield (f"{GLOBAL}.{side}", key), value
        for name, application in (at(spec, APPLICATIONS) or {}).items():
            for key, value in (application.get(side) or {}).items():
                yield (f"{APPLICATIONS}.{side}", name, key), value
    for name, application in (at(spec, APPLICATIONS) or {}).items():
        if "schedule" in application:
            yield (f"{APPLICATIONS}.schedule", name), application["schedule"]
        if "retryPolicy" in application:
            yield (f"{APPLICATIONS}.retryPolicy", name), tuple(sorted(application["retryPolicy"].items()))


def is_met(wanted: Json, have: object) -> bool:
    """Return whether a value is as wanted; of a retry policy, the members that the manifest names."""
    if isinstance(wanted, tuple) and isinstance(have, tuple):
        return set(wanted) <= set(have)
    return bool(wanted == have)


def manages(spec: Json, path: str) -> bool:
    """Return whether a manifest with this spec says anything about a path."""
    return _node(spec, path) is not _MISSING


def means_the_same(form: Form, one: object, other: object) -> bool:
    """Return whether two values of a field mean the same."""
    left, right = _text(one), _text(other)
    if left == right:
        return True
    match form:
        case Form.TEXT:
            return False
        case Form.TRUTH:
            return left.lower() == right.lower()
        case Form.NUMBER:
            return _number(left) == _number(right) is not None
        case Form.DATE:
            return _same_date(left, right)


def _scalars(forms: dict[str, Form], spec: Json, facts: Facts) -> Iterator[str]:
    for path, form in forms.items():
        wanted = _node(spec, path)
        if wanted is not _MISSING and not means_the_same(form, wanted, facts.get((path,), "")):
            yield path


def _members(path: str, facts: Facts) -> frozenset[str]:
    whole = facts.get((path,))
    if isinstance(whole, frozenset):
        return whole
    return frozenset(fact[1] for fact in facts if fact[0] == path)


def _same_elements(path: str, listing: Listing, wanted: list[Json], facts: Facts, locale: str) -> bool:
    size = 1 + len(listing.key)
    have = {fact for fact in facts if fact[0] == path and len(fact) == size}
    named = _named(path, listing, wanted)
    return have == named.keys() and all(
        means_the_same(
            ATTRIBUTE_FORMS.get(name, Form.TEXT),
            element[name],
            _attribute(facts.get((*key, f"@{name}"), ""), key, locale),
        )
        for key, element in named.items()
        for name in listing.attributes
        if name in element
    )


def _named(path: str, listing: Listing, wanted: list[Json]) -> dict[tuple[str, ...], Json]:
    return {(path, *(str(at(element, name)) for name in listing.key)): element for element in wanted}


def _attribute(value: object, key: tuple[str, ...], locale: str) -> object:
    if not isinstance(value, tuple) or not is_translated(key[0], key[1:]):
        return value
    texts = dict(value)
    return texts.get(locale, texts.get("en", value[0][1]))


def _node(spec: Json, path: str) -> Json:
    for name in path.split("."):
        if not isinstance(spec, dict) or name not in spec:
            return _MISSING
        spec = spec[name]
    return spec


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _same_date(left: str, right: str) -> bool:
    if left[:10] != right[:10] or not left or not right:
        return False
    one, other = left[11:], right[11:]
    if not (_TIME.search(left) and _TIME.search(right)):
        return True
    zones = [found[0] if (found := _ZONE.search(text)) else "" for text in (one, other)]
    clocks = [_ZONE.sub("", text) for text in (one, other)]
    padded = [clock if len(clock) > len("00:00") else f"{clock}:00" for clock in clocks]
    return padded[0] == padded[1] and (zones[0] == zones[1] or "" in zones)
