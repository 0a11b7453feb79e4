"""What is known of values that a platform masks: what an earlier run sent, else what an earlier commit wanted.

A platform shows that a masked element exists, and nothing of its value. So a write is needed if the element is missing,
if the manifest's attributes differ from those that were written, or if the run asks for it by name. Where neither is
known, nothing is compared (``deployment-api.md`` section 14).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from trueup.kinds.base import KindSpec
from trueup.model.action import AddElement, FieldAction, Finding, Level
from trueup.model.field import Field, KeyedField
from trueup.model.value import Attributes, Desired, ElementKey, Elements, Known, LiveValue

NOT_COMPARED: Final = "secured-not-compared"
_MESSAGE: Final = (
    "Secured values are not compared: the platform masks them, and it is not known what was written. To write some "
    "again, name them with --write-secured."
)


@cache
def masked_paths(kind: KindSpec) -> frozenset[str]:
    """Return the paths of the fields that the platform masks."""
    return frozenset(field.path for field in kind.fields if _is_masked(field))


def last_written(
    kind: KindSpec,
    desired: Desired,
    thens: Sequence[Desired],
    live: Mapping[str, LiveValue],
    remembered: Iterable[FieldAction],
) -> dict[str, LiveValue]:
    """Return the masked fields with what is known of the elements that are live.

    ``remembered`` are the last actions of earlier runs that took effect, and ``thens`` is what earlier commits wanted,
    newest first. Each of these may be what is live: an apply may have been lost. So what the manifest does not want
    counts, and is written again.
    """
    found: dict[str, dict[ElementKey, Attributes]] = {path: {} for path in masked_paths(kind)}
    for path, by_key in found.items():
        wanted = _elements(desired.get(path))
        for key, attributes in (item for then in thens for item in _elements(then.get(path)).items()):
            if wanted.get(key, {}).items() <= by_key.setdefault(key, attributes).items():
                by_key[key] = attributes
    for step in remembered:
        if isinstance(step, AddElement) and step.path in found:
            found[step.path][step.key] = step.attributes
    return {
        path: shown_as(live[path], Elements(by_key))
        for path, by_key in found.items()
        if by_key and isinstance(live[path], Known)
    }


def with_written(
    kind: KindSpec, known: Mapping[str, LiveValue], remembered: Iterable[FieldAction]
) -> Mapping[str, LiveValue]:
    """Return what is known of live values, with the masked elements that earlier runs have written since.

    What an earlier run may have written is still to be written.
    """
    found = dict(known)
    for step in remembered:
        if isinstance(step, AddElement) and step.path in masked_paths(kind) and any(step.attributes.values()):
            earlier = found.get(step.path)
            elements = _elements(earlier.value) if isinstance(earlier, Known) else {}
            found[step.path] = Known(Elements({**elements, step.key: step.attributes}))
    return found


def as_wanted(kind: KindSpec, then: Desired | None, live: Mapping[str, LiveValue]) -> dict[str, LiveValue]:
    """Return the masked fields of ``live`` as if what one commit wanted had been written; None: it wanted nothing."""
    return {path: shown_as(live[path], (then or {}).get(path)) for path in masked_paths(kind) & live.keys()}


def _elements(value: object) -> Mapping[ElementKey, Attributes]:
    return value.by_key if isinstance(value, Elements) else {}


def shown_as(live: LiveValue, then: object) -> LiveValue:
    """Return a masked collection whose live elements have the attributes of another one, as far as these are known."""
    known = then.value if isinstance(then, Known) else then
    match live, known:
        case Known(Elements(by_key)), Elements(by_key=attributes):
            return Known(Elements({key: attributes.get(key, {}) for key in by_key}))
        case _:
            return live


def without(live: LiveValue, names: Collection[str]) -> LiveValue:
    """Return a masked collection without the elements to write again, by name or by dotted key."""
    match live:
        case Known(Elements(by_key)) if names:
            return Known(Elements({key: given for key, given in by_key.items() if not is_named(key, names)}))
        case _:
            return live


def is_named(key: ElementKey, names: Collection[str]) -> bool:
    """Return whether an element is one of those named, by the last part of its key or by the whole."""
    return key[-1] in names or ".".join(key) in names


def masked_keys(kind: KindSpec, desired: Desired) -> Iterator[ElementKey]:
    """Yield the keys of the masked elements that a manifest wants."""
    for path in masked_paths(kind):
        yield from _elements(desired.get(path))


def not_compared(
    kind: KindSpec, desired: Desired, live: Mapping[str, LiveValue], known: Mapping[str, LiveValue]
) -> tuple[Finding, ...]:
    """Return a note if masked elements are live and it is not known what was written to them."""
    unknown = any(
        isinstance(wanted := desired.get(path), Elements)
        and isinstance(have := known.get(path, live[path]), Known)
        and isinstance(have.value, Elements)
        and any(key in wanted.by_key and not attributes for key, attributes in have.value.by_key.items())
        for path in masked_paths(kind)
    )
    return (Finding(level=Level.NOTE, code=NOT_COMPARED, message=_MESSAGE),) if unknown else ()


def _is_masked(field: Field) -> bool:
    return isinstance(field, KeyedField) and field.masked
