"""Word the findings of the comparison; each code is stable and documented here.

``cannot-clear``       the field is empty in the manifest and set live, and the API cannot empty it: blocked
``not-returned``       the platform does not return the field, so what it holds is not known: warning
``ambiguous-element``  live has several elements with one key and different attributes: blocked
``secret-in-live-url`` a request would have to repeat a password that live holds in a URL: blocked
``look-alike``         what is wanted looks like something live, and is not the same: warning
``may-be-same``        an element that is to go may be the one that is to come, to the platform: warning
``element-reset``      an element is removed and added again, because that alone empties an attribute: warning
"""

from collections.abc import Collection

from trueup.diff.same_element import paired
from trueup.model.action import Finding, Level
from trueup.model.field import Field, ScalarField, SetField
from trueup.model.lookalikes import distinguishable, skeleton, spelled_out
from trueup.model.value import ElementKey, Elements, Known, LiveValue, Members, Value


def cannot_clear(path: str) -> Finding:
    """Say that a single value cannot go back to unset."""
    return _blocked(
        path,
        "cannot-clear",
        f"{path} is empty here and set live, and the API has no way to remove {_last(path)}. "
        "Give it a value, or leave it out.",
    )


def cannot_clear_set(field: SetField, count: int) -> Finding:
    """Say that a set cannot go back to empty."""
    back = f'the platform cannot go back to "{field.unset}"' if field.unset else "the API has no way to empty it"
    return _blocked(
        field.path,
        "cannot-clear",
        f"{field.path} is [] here and has {count} live; {back}. Name the members, or leave it out.",
    )


def cannot_clear_attribute(path: str, key: ElementKey, attribute: str) -> Finding:
    """Say that an element's attribute cannot go back to unset."""
    return _blocked(
        path,
        "cannot-clear",
        f"{attribute} of {_name(key)} in {path} is empty here and set live, and the API has no way to remove "
        f"{_last(attribute)}. Give it a value, or leave it out.",
    )


def not_returned(path: str) -> Finding:
    """Say that a field is set blindly because its live value is not known."""
    return _warning(
        path,
        "not-returned",
        f"{path} is not returned by the platform: what is wanted is sent, and nothing is removed.",
    )


def not_returned_empty(path: str) -> Finding:
    """Say that nothing is done about an emptied field because its live value is not known."""
    return _warning(
        path,
        "not-returned",
        f"{path} is empty here and not returned by the platform: nothing is removed, and it may still be set.",
    )


def ambiguous(path: str, key: ElementKey) -> Finding:
    """Say that an element cannot be addressed by its key."""
    return _blocked(
        path,
        "ambiguous-element",
        f"{path} has several elements {_name(key)} with different attributes live, and the API cannot tell them apart. "
        "Remove the extra ones on the platform's website.",
    )


def may_be_same(path: str, live: ElementKey, wanted: ElementKey) -> Finding:
    """Say that an element is only removed once another one shows beside it."""
    return _warning(
        path,
        "may-be-same",
        f"{_name(live)} in {path} may be what the platform makes of {_name(wanted)}. It is removed only once both are "
        "seen side by side; if they never are, write it as the platform does.",
    )


def goes_along(path: str, live: ElementKey, kept: ElementKey) -> Finding:
    """Say that removing an element may remove another one that is wanted."""
    return _warning(
        path,
        "may-be-same",
        f"{_name(live)} in {path} is removed, and {_name(kept)} is to stay: a platform that takes both for one removes "
        "both, and the next apply adds it again.",
    )


def element_reset(path: str, key: ElementKey) -> Finding:
    """Say that an element disappears for the time between two requests."""
    return _warning(
        path,
        "element-reset",
        f"{_name(key)} in {path} is removed and then added again: the API has no other way to empty an attribute.",
    )


def _look_alike(path: str, wanted: ElementKey, live: ElementKey) -> Finding:
    """Say that live has something else that looks the same."""
    shown, other = distinguishable([" / ".join(filter(None, key)) for key in (wanted, live)])
    return _warning(
        path,
        "look-alike",
        f"{shown} in {path} looks like {other}, which is live and not the same. Write it so if that is meant.",
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
    """Say that a request would have to repeat a secret that live holds in a URL, and that is masked here."""
    return _blocked(
        path,
        "secret-in-live-url",
        f"{path} has a URL live that holds a password or a token, and a request would have to repeat it. "
        "Take it out on the platform, and plan again.",
    )


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
    return tuple(_look_alike(path, key, other) for key, other in paired(new, live, _look).items())


def _look(key: ElementKey) -> tuple[ElementKey]:
    return (tuple(map(skeleton, key)),)
