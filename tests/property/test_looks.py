"""What looks the same is found whatever was changed in it, and is never shown in the same way."""

import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

import hostile
from trueup.model.action import Action, AddElement, AddMember, Reason, RemoveElement, RemoveMember, SetValue
from trueup.model.field import Risk
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.lookalikes import LOOKS, distinguishable, is_invisible, look, repaired, skeleton
from trueup.model.plan import Forecast, Plan, PlannedAction, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.value import ABSENT, Known, LiveValue, Parts
from trueup.report.layout import Room, content, shown_swap
from trueup.report.markdown import diff_rows
from trueup.report.plan import plan_tree
from trueup.report.tree import Line, Role, Span, Swap
from trueup.report.values import text_rows

UNSEEN = "\u00ad\u034f\u200b\u200c\u200d\u200e\u202e\u2060\u2066\ufe00\ufe0f\ufeff\U000e0041"
BLANKS = "\u00a0\u1680\u2003\u2007\u202f\u205f\u3000\t"
FULLWIDTH = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}

LETTERS = "abcoepxyABCHKMOPTX0123 -'\"/:|*~\u00fc\u00e9\u00c5\u00f1\u2122\u4f60"
WORDS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=30).filter(lambda text: text == " ".join(text.split()))


@st.composite
def look_alikes(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a text and another one that looks the same."""
    text = other = draw(WORDS)
    for _ in range(draw(st.integers(1, 3))):
        other = draw(_mutated(other))
    assume(other != text)
    return text, other


@st.composite
def _mutated(draw: st.DrawFn, text: str) -> str:
    place = draw(st.integers(0, len(text)))
    head, char, tail = text[:place], text[place : place + 1], text[place + 1 :]
    twins = [chr(code) for code, plain in LOOKS.items() if plain == char]
    choices = [
        f"{head}{draw(st.sampled_from(UNSEEN))}{char}{tail}",
        unicodedata.normalize("NFD", text),
        f"{text}{draw(st.sampled_from(BLANKS))}",
    ]
    choices += [f"{head}{twin}{tail}" for twin in twins]
    choices += [f"{head}{FULLWIDTH[char]}{tail}"] if char in FULLWIDTH else []
    choices += [f"{head}{blank}{tail}" for blank in (*BLANKS, "  ") if char == " "]
    return draw(st.sampled_from(choices))


def seen(text: str) -> str:
    """Return what is left of a rendering where nothing but ASCII can be read, and blanks run together."""
    return " ".join(text.encode("ascii", "ignore").decode().split())


PAIRS = (
    (SetValue, "certificateNumber", Kind.CERTIFICATION),
    (SetValue, "url", Kind.CERTIFICATION),
    (AddElement, "brands", Kind.CERTIFICATION),
    (AddMember, "privateProjects", Kind.CONNECTOR),
)


def _actions(kind: type, path: str, before: str, after: str) -> tuple[PlannedAction, ...]:
    """Return what changes one text of a field to another."""
    old, new, empty = Known(before), Known(after), Known(Parts({}))
    changed: tuple[tuple[Action, LiveValue, LiveValue], ...]
    if kind is SetValue:
        changed = ((SetValue(path, after), old, new),)
    elif kind is AddElement:
        changed = ((AddElement(path, (after,), {}), ABSENT, empty), (RemoveElement(path, (before,)), empty, ABSENT))
    else:
        changed = ((AddMember(path, after), ABSENT, new), (RemoveMember(path, before), old, ABSENT))
    return tuple(
        PlannedAction(action=action, stage=0, reason=Reason.SCALAR_DIFFERS, risk=Risk.ROUTINE, before=one, after=other)
        for action, one, other in changed
    )


def plan(kind: Kind, *resources: tuple[str, tuple[PlannedAction, ...]]) -> Plan:
    """Return a plan of resources by name."""
    planned = tuple(
        ResourcePlan(
            identity=Identity("target", kind, IdField.EXTERNAL_ID, name),
            verdict=Verdict.UPDATE,
            position=Position("a.yaml", 1, 1),
            actions=actions,
        )
        for name, actions in resources
    )
    return Plan(resources=planned, digest="", forecast=Forecast(requests=0, seconds=0))


def _apart(texts: list[str]) -> bool:
    assert len(texts) == 2
    return len({seen(text.replace("+ ", "").replace("- ", "")) for text in texts}) == 2


@given(look_alikes())
def test_what_looks_the_same_has_one_skeleton_and_one_look(pair: tuple[str, str]) -> None:
    text, other = pair
    assert skeleton(text) == skeleton(other)
    assert look(text) == look(other)
    assert skeleton(text.swapcase()) == skeleton(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_are_told_apart(text: str, other: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)
    assert _apart(distinguishable([text, other])) == (text != other)


@given(st.text(max_size=30), st.booleans())
def test_what_is_repaired_has_nothing_to_repair(text: str, apostrophes: bool) -> None:  # noqa: FBT001 - drawn
    fixed = repaired(text, apostrophes=apostrophes)
    assert repaired(fixed, apostrophes=apostrophes) == fixed == fixed.strip()
    assert not any(map(is_invisible, fixed))


@given(look_alikes(), st.none() | st.integers(16, 100))
def test_a_change_between_look_alikes_shows_in_ascii_alone(pair: tuple[str, str], limit: int | None) -> None:
    swap = Swap(Span(pair[0], Role.BEFORE), Span(pair[1], Role.AFTER))
    assert _apart([span.text for span in shown_swap(swap, limit)])


@given(look_alikes(), st.lists(WORDS, min_size=1, max_size=3))
def test_a_change_of_a_line_shows_in_ascii_alone(pair: tuple[str, str], others: list[str]) -> None:
    assume(not {*pair} & {*others})
    rows = text_rows(*(Known("\n".join([*others, text, *others])) for text in pair))
    changed = {sign: [row.text for row in rows if row.sign == sign] for sign in "-+"}
    assert _apart([text for texts in changed.values() for text in texts])


@hostile.RENDERED
@given(look_alikes(), st.sampled_from(PAIRS), st.integers(60, 100))
def test_look_alikes_of_a_plan_show_in_ascii_alone(
    pair: tuple[str, str], changed: tuple[type, str, Kind], width: int
) -> None:
    action, path, kind = changed
    tree = plan_tree(plan(kind, ("r", _actions(action, path, *pair))))
    lines = [block for block in tree.sections[0].entries[0].blocks if isinstance(block, Line)]
    assert _apart([text for line in lines for _, text in diff_rows(line)])
    if action is not SetValue:
        room = Room(width, verbose=False)
        assert _apart([" ".join(span.text for row in content(line, room) for span in row) for line in lines])


@hostile.RENDERED
@given(look_alikes())
def test_resources_that_look_alike_are_told_apart(pair: tuple[str, str]) -> None:
    tree = plan_tree(plan(Kind.CERTIFICATION, *((name, ()) for name in pair)))
    assert _apart([entry.name for section in tree.sections for entry in section.entries])
