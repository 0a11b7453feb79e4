"""Find what a plan would add beside, or in the place of, something live that looks the same."""

from collections.abc import Collection

from trueup.diff import findings
from trueup.diff.same_element import paired
from trueup.model.change import Finding
from trueup.model.field import Field, ScalarField
from trueup.model.lookalikes import skeleton
from trueup.model.value import ElementKey, Elements, Known, LiveValue, Members, Value


def look_alikes(field: Field, wanted: Value, live: LiveValue) -> tuple[Finding, ...]:
    """Return a finding for each wanted identifier that live lacks and has one that looks like it."""
    if not isinstance(live, Known):
        return ()
    match wanted, live.value:
        case Elements(by_key=some), Elements(by_key=others):
            return _alike(field.path, some.keys(), others.keys())
        case Members(values=some), Members(values=others):
            return _alike(field.path, {(text,): None for text in some}, {(text,): None for text in others})
        case str() as text, str() as other if isinstance(field, ScalarField) and field.identifies:
            return _alike(field.path, {(text,)}, {(other,)})
        case _:
            return ()


def _alike(path: str, wanted: Collection[ElementKey], live: Collection[ElementKey]) -> tuple[Finding, ...]:
    new = [key for key in wanted if key not in live]
    if not new or not live:
        return ()
    return tuple(findings.look_alike(path, key, other) for key, other in paired(new, live, _look).items())


def _look(key: ElementKey) -> tuple[ElementKey]:
    return (tuple(map(skeleton, key)),)
