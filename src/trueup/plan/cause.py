"""Say whose change a difference is: three sides, base, desired and live.

**The rule**, for each smallest thing in which desired and live differ:

* base wants what desired wants: live changed by itself, *drift*;
* base wants something else, and live is as base wanted it: *your change*;
* base wants something else, and live is neither: *both*.

What base did not manage (the field, the attribute, the resource) can only be managed since: *your change*.

Of a field that the platform did not return, live is not known. What base wants differently is *your change*; where
base wants the same, the cause is not known.

**The smallest things** are a scalar, a set that is replaced as a whole, one member of a membership set, one part of a
group, a choice, and of a collection each element's being there and each of its attributes. An action can change
several of them at once: ``setRepository`` sends url and tag. It then has the cause that they share, and *both* when
they have different ones: sending your change would undo somebody else's.

**Where equality is not transitive** (a day equals every time of that day), base can equal two sides that differ. Then
its own words decide: desired spelled as in base is drift, spelled anew it is your change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from trueup.diff.equality import attribute_holds, holds, same
from trueup.model.field import (
    Attribute,
    Field,
    GroupField,
    KeyedField,
    MembersField,
)
from trueup.model.plan import Cause
from trueup.model.value import (
    Attributes,
    Desired,
    Elements,
    Known,
    LiveValue,
    Members,
    NotReturned,
    Parts,
    Value,
)

Thing = tuple[object, ...]
"""What one action changes; the same as :func:`trueup.plan.keys.subject_of` says of the action."""

Causes = Mapping[Thing, Cause | None]
"""The cause of each thing, None where it is not known."""

_NOTHING: Final = Elements({})


def causes(fields: Sequence[Field], base: Desired | None, desired: Desired, live: Mapping[str, LiveValue]) -> Causes:
    """Return the cause of every managed thing in which desired and live differ; ``base`` None knows no such resource.

    ``live`` has an entry for every managed field. What is not returned and is wanted as in the base has the cause None.
    """
    found: dict[Thing, Cause | None] = {}
    for field in fields:
        path = field.path
        if path in desired and not holds(field, desired[path], live[path]):
            then = None if base is None else base.get(path)
            of_field = dict(_of_field(field, then, desired[path], live[path]))
            found.update(map(_unseen, of_field.items()) if isinstance(live[path], NotReturned) else of_field)
    return found


def joined(causes: Iterable[Cause]) -> Cause | None:
    """Return the one cause of things that change together; None of nothing."""
    found = set(causes)
    return found.pop() if len(found) == 1 else Cause.BOTH if found else None


def _unseen(of_thing: tuple[Thing, Cause]) -> tuple[Thing, Cause | None]:
    """Return the cause of a thing that was not returned, from the one that it has if live holds nothing."""
    thing, cause = of_thing
    return thing, None if cause is Cause.DRIFT else Cause.YOURS


def _of_field(field: Field, base: Value | None, desired: Value, live: LiveValue) -> Iterator[tuple[Thing, Cause]]:
    match field, desired:
        case MembersField(), Members():
            yield from _of_members(field, base, desired, live)
        case KeyedField(), Elements():
            yield from _of_elements(field, base, desired, live)
        case GroupField(), Parts(values=parts):
            yield (field.path,), _of_parts(base, parts, live)
        case _:
            yield (field.path,), _of_whole(field, base, desired, live)


def _of_whole(field: Field, base: Value | None, desired: Value, live: LiveValue) -> Cause:
    if base is None:
        return Cause.YOURS
    return _cause(
        as_desired=holds(field, desired, Known(base)) or base == desired,
        as_live=holds(field, base, live),
        same_words=base == desired,
    )


def _of_members(
    field: MembersField, base: Value | None, desired: Members, live: LiveValue
) -> Iterator[tuple[Thing, Cause]]:
    have = live.value.values if isinstance(live, Known) and isinstance(live.value, Members) else ()
    for member in sorted(set(desired.values) ^ set(have)):
        drift = isinstance(base, Members) and (member in base.values) == (member in desired.values)
        yield (field.path, member), Cause.DRIFT if drift else Cause.YOURS


def _of_parts(base: Value | None, desired: Attributes, live: LiveValue) -> Cause:
    then = base.values if isinstance(base, Parts) else {}
    have = live.value.values if isinstance(live, Known) and isinstance(live.value, Parts) else {}
    differing = {name: part for name, part in desired.items() if have.get(name, "") != part}
    found = [_of_part(then.get(name), part, have.get(name, "")) for name, part in differing.items()]
    return joined(found) or Cause.YOURS


def _of_part(base: object, desired: object, live: object) -> Cause:
    """Compare three texts; those of parts are equal only when they are the same."""
    if base is None:
        return Cause.YOURS
    return _cause(as_desired=base == desired, as_live=base == live, same_words=base == desired)


def _of_elements(
    field: KeyedField, base: Value | None, desired: Elements, live: LiveValue
) -> Iterator[tuple[Thing, Cause]]:
    then = base if isinstance(base, Elements) else None
    have = live.value if isinstance(live, Known) and isinstance(live.value, Elements) else _NOTHING
    for key in (*desired.by_key, *(key for key in have.by_key if key not in desired.by_key)):
        wanted, there = desired.by_key.get(key), have.by_key.get(key)
        before = None if then is None else then.by_key.get(key)
        cause = Cause.YOURS if then is None else joined(_of_element(field, before, wanted, there))
        if cause is not None and _differs(field, wanted, there):
            yield (field.path, *key), cause


def _differs(field: KeyedField, wanted: Attributes | None, there: Attributes | None) -> bool:
    if wanted is None or there is None:
        return wanted is not there
    return any(not attribute_holds(a, wanted[a.path], there) for a in field.attributes if a.path in wanted)


def _of_element(
    field: KeyedField, base: Attributes | None, wanted: Attributes | None, there: Attributes | None
) -> Iterator[Cause]:
    """Give the cause of every difference within one element of a collection that base managed."""
    if (wanted is None) != (there is None):
        yield Cause.DRIFT if (base is None) == (wanted is None) else Cause.YOURS
    if wanted is None:
        # What you remove is yours to remove as you knew it; what somebody else made of it since, you have not seen.
        changed = (a for a in field.attributes if base is not None and a.path in base)
        yield from (Cause.BOTH for a in changed if not attribute_holds(a, (base or {})[a.path], there or {}))
        return
    for attribute in field.attributes:
        if attribute.path in wanted and not attribute_holds(attribute, wanted[attribute.path], there or {}):
            yield _of_attribute(attribute, base, wanted, there)


def _of_attribute(attribute: Attribute, base: Attributes | None, wanted: Attributes, there: Attributes | None) -> Cause:
    if base is None:
        # Base wanted no such element. If there is one all the same, both of you made it.
        return Cause.YOURS if there is None else Cause.BOTH
    if attribute.path not in base:
        return Cause.YOURS
    value, now = base[attribute.path], wanted[attribute.path]
    return _cause(
        as_desired=same(attribute.compare, value, now),
        as_live=attribute_holds(attribute, value, there or {}),
        same_words=value == now,
    )


def _cause(*, as_desired: bool, as_live: bool, same_words: bool) -> Cause:
    if as_desired and as_live:
        return Cause.DRIFT if same_words else Cause.YOURS
    if as_desired:
        return Cause.DRIFT
    return Cause.YOURS if as_live else Cause.BOTH
