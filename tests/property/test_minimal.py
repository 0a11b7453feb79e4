"""Search small universes for a shorter list of actions than the comparison's; there must be none.

The search knows nothing of the comparison: it tries every action there is, in every order, breadth first, and judges
the outcome by plain equality, which is enough where every value has one spelling.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product

from hypothesis import given
from hypothesis import strategies as st

from trueup.diff.diff import diff
from trueup.diff.simulate import simulate
from trueup.model.action import (
    AddElement,
    AddMember,
    FieldAction,
    Level,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import (
    Attribute,
    ChoiceField,
    Field,
    GroupField,
    KeyedField,
    MembersField,
    ScalarField,
    SetField,
)
from trueup.model.value import (
    ABSENT,
    Attributes,
    Desired,
    Elements,
    Known,
    LiveValue,
    Members,
    Parts,
    Value,
)

TEXTS = ("a", "b")
KEYS = (("k",), ("l",))
FIELDS: tuple[Field, ...] = (
    ScalarField(path="text"),
    SetField(path="set", clearable=True),
    MembersField(path="members"),
    GroupField(path="group", parts=("url", "tag")),
    ChoiceField(path="choice", options=("name", "other")),
    KeyedField(
        path="elements",
        key=("id",),
        attributes=(Attribute(path="value", resettable=True), Attribute(path="size", resettable=True)),
    ),
)
ATTRIBUTES: tuple[Attributes, ...] = tuple(
    {name: value for name, value in zip(("value", "size"), values, strict=True) if value}
    for values in product(("", *TEXTS), repeat=2)
)
SETS = tuple(chain.from_iterable(combinations(TEXTS, size) for size in range(3)))

Universe = Mapping[str, Sequence[Value]]

VALUES: Universe = {
    "text": TEXTS,
    "set": tuple(Members(values) for values in SETS),
    "members": tuple(Members(values) for values in SETS),
    "group": tuple(Parts({"url": url, "tag": tag}) for url, tag in product(TEXTS, repeat=2)),
    "choice": tuple(Parts({option: text}) for option, text in product(("name", "other"), TEXTS)),
    "elements": tuple(
        Elements({key: attributes for key, attributes in zip(KEYS, both, strict=True) if attributes is not None})
        for both in product((None, *ATTRIBUTES), repeat=2)
    ),
}


def every_action(path: str) -> Iterator[FieldAction]:
    """Yield every action that the wire has for a field, over the universe's values."""
    match path:
        case "text":
            yield from (SetValue(path, text) for text in TEXTS)
        case "set":
            yield from (SetMembers(path, members) for members in SETS)
        case "members":
            yield from (action(path, text) for action in (AddMember, RemoveMember) for text in TEXTS)
        case "elements":
            yield from (AddElement(path, key, attributes) for key in KEYS for attributes in ATTRIBUTES)
            yield from (RemoveElement(path, key) for key in KEYS)
        case _:
            yield from (SetParts(path, value.values) for value in VALUES[path] if isinstance(value, Parts))


def shortest(fields: Sequence[Field], wanted: Desired, live: Mapping[str, LiveValue], below: int) -> int:
    """Return the length of the shortest list that reaches what is wanted, ``below`` when none is shorter than that."""
    universe = [action for field in fields for action in every_action(field.path)]
    states, seen = [live], {_frozen(live)}
    for length in range(below):
        if any(_reached(wanted, state) for state in states):
            return length
        states = list(_next(fields, universe, states, seen)) if length < below - 1 else []
    return below


def _next(
    fields: Sequence[Field],
    universe: Sequence[FieldAction],
    states: Sequence[Mapping[str, LiveValue]],
    seen: set[str],
) -> Iterator[Mapping[str, LiveValue]]:
    for state, action in product(states, universe):
        after = simulate(fields, [action], state)
        if _frozen(after) not in seen:
            seen.add(_frozen(after))
            yield after


def _reached(wanted: Desired, live: Mapping[str, LiveValue]) -> bool:
    return all(_plain(live[path]) == _plain(Known(value)) for path, value in wanted.items())


def _plain(live: LiveValue) -> object:
    match live:
        case Known(value=Members(values=values)):
            return tuple(sorted(values)) or None
        case Known(value=Parts(values=values)):
            return dict(values)
        case Known(value=Elements(by_key=by_key)):
            return {key: {name: text for name, text in by_key[key].items() if text} for key in by_key} or None
        case Known(value=value):
            return value
        case _:
            return None


def _frozen(live: Mapping[str, LiveValue]) -> str:
    return repr(
        {path: sorted(plain.items()) if isinstance(plain, dict) else plain for path, plain in _plains(live).items()}
    )


def _plains(live: Mapping[str, LiveValue]) -> Mapping[str, object]:
    return {path: _plain(value) for path, value in live.items()}


@st.composite
def universes(draw: st.DrawFn) -> tuple[Sequence[Field], Desired, Mapping[str, LiveValue]]:
    """Draw one to three fields with a live state and something wanted of each."""
    fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique_by=lambda field: field.path))
    wanted = {field.path: draw(st.sampled_from(VALUES[field.path])) for field in fields}
    live: dict[str, LiveValue] = {}
    for field in fields:
        value = draw(st.none() | st.sampled_from(VALUES[field.path]))
        live[field.path] = ABSENT if value is None or value in (Members(()), Elements({})) else Known(value)
    return fields, {path: _complete(value) for path, value in wanted.items()}, live


def _complete(value: Value) -> Value:
    """Manage every attribute, so that what is left out is wanted empty and equality is the whole truth."""
    if not isinstance(value, Elements):
        return value
    return Elements({key: {"value": "", "size": "", **attributes} for key, attributes in value.by_key.items()})


@given(universes())
def test_no_shorter_list_of_actions_exists(universe: tuple[Sequence[Field], Desired, Mapping[str, LiveValue]]) -> None:
    fields, wanted, live = universe
    difference = diff(fields, wanted, live)
    assert not any(finding.level is Level.BLOCKED for finding in difference.findings)
    planned = [change.action for change in difference.changes]
    assert _reached(wanted, simulate(fields, planned, live))
    assert shortest(fields, wanted, live, below=len(planned)) == len(planned)
