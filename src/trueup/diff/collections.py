"""Compare keyed collections, such as all collections of Origin.

An element is addressed by its natural key alone. ADD merges attributes into the element with the key, so it contains
only the attributes that differ or that the API requires; REMOVE contains the key. The only way to clear an attribute is
to remove the element and to add it again, in two requests.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from trueup.diff import findings
from trueup.diff.equality import differing_attributes, live_elements, without_empty
from trueup.diff.same_element import alike
from trueup.diff.stages import Phase
from trueup.model.action import AddElement, Change, Difference, Reason, RemoveElement
from trueup.model.field import Attribute, KeyedField, Risk
from trueup.model.value import (
    ABSENT,
    NOT_RETURNED,
    Attributes,
    ElementKey,
    Elements,
    Known,
    LiveValue,
    NotReturned,
    Parts,
)

_GRADES: Final = tuple(Risk)
_NOTHING: Final = Difference((), ())


def compare_keyed(field: KeyedField, wanted: Elements, live: LiveValue, *, recalled: bool = False) -> Difference:
    """Compare the elements of one collection; if it was not returned, elements are added and never removed.

    ``recalled``: it was not returned, and ``live`` has what earlier runs sent.
    """
    if isinstance(live, NotReturned):
        return _not_returned(field, wanted)
    have = live_elements(live)
    return _join(
        *(_element(field, key, attributes, have) for key, attributes in wanted.by_key.items()),
        _extra(field, wanted, have, recalled=recalled),
    )


def _join(*differences: Difference) -> Difference:
    changes = [change for difference in differences for change in difference.changes]
    found = [finding for difference in differences for finding in difference.findings]
    added = [change for change in changes if isinstance(change.action, AddElement)]
    removed = [change for change in changes if not isinstance(change.action, AddElement)]
    # Additions come first, so that a collection is never empty in between.
    return Difference((*added, *removed), tuple(found))


def _not_returned(field: KeyedField, wanted: Elements) -> Difference:
    risk = _highest([field.add_risk, *(attribute.risk for attribute in field.attributes)])
    changes = tuple(
        Change(
            action=AddElement(field.path, key, without_empty(attributes)),
            before=NOT_RETURNED,
            after=Known(Parts(without_empty(attributes))),
            reason=Reason.NOT_RETURNED,
            risk=risk,
            stage=_phase(field),
        )
        for key, attributes in wanted.by_key.items()
    )
    return Difference(changes, (findings.not_returned(field.path),))


def _extra(field: KeyedField, wanted: Elements, have: Elements, *, recalled: bool) -> Difference:
    # The live order has no meaning and can change between reads, but the plan's hash must stay the same.
    extra = sorted(key for key in have.by_key if key not in wanted.by_key)
    if not extra or field.names:
        return _NOTHING
    missing = [key for key in wanted.by_key if key not in have.by_key]
    # Elements to add whose exclusive attributes equal those of one to remove: in some readings of the API they are the
    # same element, so the removal must come first.
    added = {_exclusive(field, key) for key in missing} if field.exclusive else set()
    first = {key for key in extra if _exclusive(field, key) in added}
    # Both keys of what is recalled were sent, so neither is a copy of the other.
    compared = replace(field, rehosted=False) if recalled else field
    same = alike(compared, [key for key in extra if key not in first], missing)
    # Both elements are live, so neither is a copy of the other, and equal file names mean nothing.
    kept = alike(replace(field, rehosted=False), extra, [key for key in wanted.by_key if key in have.by_key])
    # The platform may return a copy under any address, so every removal waits for the additions.
    waiting = dict.fromkeys(extra if missing and field.rehosted else same)
    phases = {
        **dict.fromkeys(extra, _phase(field)),
        **dict.fromkeys(waiting, Phase.LAST if field.process else Phase.CONFIRMED),
        # If the platform also removes the element that should stay, the rest of the plan is done by then.
        **dict.fromkeys(kept, Phase.LAST),
        **dict.fromkeys(first, Phase.CLEAR_WAY),
        # Nothing will show both side by side; in this order, the result is the same whether they are one or two.
        **dict.fromkeys(same if recalled else (), Phase.CLEAR_WAY),
    }
    changes = tuple(_remove(field, key, have, phases[key]) for key in extra if key not in have.ambiguous)
    found = [findings.ambiguous(field.path, key) for key in extra if key in have.ambiguous]
    found += [findings.goes_along(field.path, key, other) for key, other in kept.items() if key not in have.ambiguous]
    warning = findings.removed_first if recalled else findings.may_be_same
    found += [warning(field.path, key, other) for key, other in same.items() if key not in have.ambiguous]
    return Difference(changes, tuple(found))


def _exclusive(field: KeyedField, key: ElementKey) -> ElementKey:
    return tuple(part for name, part in zip(field.key, key, strict=True) if name in field.exclusive)


def _element(field: KeyedField, key: ElementKey, wanted: Attributes, have: Elements) -> Difference:
    live = have.by_key.get(key)
    if live is None:
        return Difference((_add(field, key, without_empty(wanted)),), ())
    differing = differing_attributes(field, wanted, live)
    if not differing:
        return _NOTHING
    # The API addresses an element by its key alone: it is not known which of the copies an ADD would change.
    if key in have.ambiguous:
        return Difference((), (findings.ambiguous(field.path, key),))
    emptied = [attribute for attribute in differing if wanted[attribute.path] == ""]
    if not emptied:
        return Difference((_merge(field, key, wanted, live, differing),), ())
    fixed = tuple(
        findings.cannot_clear_attribute(field.path, key, attribute.path)
        for attribute in emptied
        if not attribute.resettable
    )
    return Difference((), fixed) if fixed else _reset(field, key, wanted, have)


def _add(field: KeyedField, key: ElementKey, attributes: Attributes) -> Change:
    return Change(
        action=AddElement(field.path, key, attributes),
        before=ABSENT,
        after=Known(Parts(attributes)),
        reason=Reason.ELEMENT_MISSING,
        risk=field.add_risk,
        stage=_phase(field),
    )


def _merge(
    field: KeyedField, key: ElementKey, wanted: Attributes, live: Attributes, differing: Iterable[Attribute]
) -> Change:
    # The live value fills in a required attribute that the manifest does not manage. A masked element has none: its
    # other attributes are those of an earlier reference, which the new one replaces.
    whole = {**({} if field.masked else live), **without_empty(wanted)}
    # ADD merges, so equal attributes are left out unless the API requires them (origin-api.md section 4.3).
    carried = {a.path for a in field.attributes if a.required}.union(a.path for a in differing)
    return Change(
        action=AddElement(field.path, key, {path: whole[path] for path in _ordered(field, carried) if path in whole}),
        before=Known(Parts(live)),
        after=Known(Parts(whole)),
        reason=Reason.ELEMENT_DIFFERS,
        risk=_highest(a.risk for a in differing),
        stage=_phase(field),
    )


def _reset(field: KeyedField, key: ElementKey, wanted: Attributes, have: Elements) -> Difference:
    """Remove the element and add it again with all its attributes except those to clear."""
    live = have.by_key[key]
    # The removal clears the unmanaged attributes as well, so they are sent again with their live values.
    whole = without_empty({**live, **wanted})
    removal = _remove(field, key, have, Phase.CLEAR_WAY, Reason.ELEMENT_DIFFERS)
    again = Change(
        action=AddElement(field.path, key, whole),
        before=Known(Parts(live)),
        after=Known(Parts(whole)),
        reason=Reason.ELEMENT_DIFFERS,
        risk=field.add_risk,
        stage=_phase(field),
    )
    return Difference((again, removal), (findings.element_reset(field.path, key),))


def _remove(
    field: KeyedField, key: ElementKey, have: Elements, phase: Phase, reason: Reason = Reason.ELEMENT_EXTRA
) -> Change:
    return Change(
        action=RemoveElement(field.path, key),
        before=Known(Parts(have.by_key[key])),
        after=ABSENT,
        reason=reason,
        risk=field.remove_risk,
        stage=phase,
    )


def _phase(field: KeyedField) -> Phase:
    return Phase.PROCESS if field.process else Phase.FIELDS


def _ordered(field: KeyedField, paths: set[str]) -> list[str]:
    return [attribute.path for attribute in field.attributes if attribute.path in paths]


def _highest(risks: Iterable[Risk]) -> Risk:
    return max(risks, key=_GRADES.index)
