"""Findings of the comparison; :mod:`trueup.model.codes` lists their codes."""

from collections.abc import Collection
from typing import Final

from trueup.diff.same_element import paired
from trueup.model.action import Finding, Level
from trueup.model.field import Field, ScalarField, SetField
from trueup.model.lookalikes import distinguishable, skeleton, spelled_out
from trueup.model.value import ElementKey, Elements, Known, LiveValue, Members, Value

MAY_BE_ONE: Final = "may-be-one"
"""Code of the finding that it is not known whether two elements that were sent are still two."""


def cannot_clear(path: str) -> Finding:
    """Return the finding that a single value cannot be cleared."""
    return _blocked(
        path,
        "cannot-clear",
        f"{path} is empty in the manifest but set live, and the API cannot clear {_last(path)}. "
        "Give it a value, or remove it from the manifest.",
    )


def cannot_clear_set(field: SetField, count: int) -> Finding:
    """Return the finding that a set cannot be emptied."""
    back = f'the platform cannot go back to "{field.unset}"' if field.unset else "the API cannot empty it"
    return _blocked(
        field.path,
        "cannot-clear",
        f"{field.path} is [] in the manifest but has {count} live, and {back}. List the members, or remove it from the "
        "manifest.",
    )


def cannot_clear_attribute(path: str, key: ElementKey, attribute: str) -> Finding:
    """Return the finding that an element's attribute cannot be cleared."""
    return _blocked(
        path,
        "cannot-clear",
        f"{attribute} of {_name(key)} in {path} is empty in the manifest but set live, and the API cannot clear "
        f"{_last(attribute)}. Give it a value, or remove it from the manifest.",
    )


def not_returned(path: str) -> Finding:
    """Return the finding that a field is set without knowing its live value."""
    return _warning(
        path,
        "not-returned",
        f"{path} is not returned by the platform: the desired value is sent, and nothing is removed.",
    )


def not_returned_empty(path: str) -> Finding:
    """Return the finding that a field cannot be emptied because its live value is not known."""
    return _warning(
        path,
        "not-returned",
        f"{path} is empty in the manifest and not returned by the platform: nothing is removed, and it may still be "
        "set.",
    )


def ambiguous(path: str, key: ElementKey) -> Finding:
    """Return the finding that an element cannot be addressed by its key."""
    return _blocked(
        path,
        "ambiguous-element",
        f"{path} has several live elements {_name(key)} with different attributes, and the API cannot distinguish "
        "them. Remove the extra ones on the platform's website.",
    )


def may_be_same(path: str, live: ElementKey, wanted: ElementKey) -> Finding:
    """Return the finding that an element is removed only after another one was seen."""
    return _warning(
        path,
        "may-be-same",
        f"{_name(live)} in {path} may be what the platform makes of {_name(wanted)}. It is removed only after both "
        "were seen side by side; if this never happens, write it as the platform does.",
    )


def removed_first(path: str, live: ElementKey, wanted: ElementKey) -> Finding:
    """Return the finding that an element is removed before another one is added, although neither is returned."""
    return _warning(
        path,
        "may-be-same",
        f"{_name(live)} in {path} is removed before {_name(wanted)} is added: the platform may treat both as the same, "
        f"and it does not return {path}.",
    )


def goes_along(path: str, live: ElementKey, kept: ElementKey) -> Finding:
    """Return the finding that removing an element may also remove one that should stay."""
    return _warning(
        path,
        "may-be-same",
        f"{_name(live)} in {path} is removed, and {_name(kept)} should stay: if the platform treats both as the same, "
        f"it removes both, and the next apply adds {_name(kept)} again.",
    )


def may_be_one(path: str, key: ElementKey, other: ElementKey) -> Finding:
    """Return the finding that two elements were sent of which the platform may have only the later one."""
    return _warning(
        path,
        MAY_BE_ONE,
        f"{_name(key)} and {_name(other)} in {path} were both sent, and {path} is not returned by the platform: if it "
        f"treats both as the same, it has only what was sent for {_name(other)}. If both mean the same thing, keep one "
        "of them.",
    )


def element_reset(path: str, key: ElementKey) -> Finding:
    """Return the finding that an element does not exist between two requests."""
    return _warning(
        path,
        "element-reset",
        f"{_name(key)} in {path} is removed and then added again: the API has no other way to clear an attribute.",
    )


def _look_alike(path: str, wanted: ElementKey, live: ElementKey) -> Finding:
    """Return the finding that a live element looks the same as a wanted one."""
    shown, other = distinguishable([" / ".join(filter(None, key)) for key in (wanted, live)])
    return _warning(
        path,
        "look-alike",
        f"{shown} in {path} looks like {other}, which is live but different. If you mean the live one, "
        "copy its spelling.",
    )


def _blocked(path: str, code: str, message: str) -> Finding:
    return Finding(level=Level.BLOCKED, code=code, message=message, path=path)


def _warning(path: str, code: str, message: str) -> Finding:
    return Finding(level=Level.WARNING, code=code, message=message, path=path)


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _name(key: ElementKey) -> str:
    return " / ".join(spelled_out(part) for part in key if part)


def secret_repeated(path: str) -> Finding:
    """Return the finding that a request would have to repeat a masked secret of a live URL."""
    return _blocked(
        path,
        "secret-in-live-url",
        f"{path} has a live URL that contains a password or a token, which a request would have to repeat. "
        "Remove the secret on the platform, and plan again.",
    )


def look_alikes(field: Field, wanted: Value, live: LiveValue) -> tuple[Finding, ...]:
    """Return a finding for each wanted identifier that is not live but looks like a live one."""
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
    return tuple(_look_alike(path, key, other) for key, other in paired(new, live, _look).items())


def _look(key: ElementKey) -> tuple[ElementKey]:
    return (tuple(map(skeleton, key)),)
