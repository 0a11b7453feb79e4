from trueup.report.layout import wrap
from trueup.report.tree import Role, Span


def _lines(spans: list[Span], room: int) -> list[str]:
    return ["".join(span.text for span in line) for line in wrap(spans, room)]


def test_lines_break_at_blanks() -> None:
    assert _lines([Span("one two three")], 8) == ["one two", "three"]


def test_spans_that_touch_stay_together() -> None:
    assert _lines([Span("see "), Span("connectors"), Span(".yaml")], 15) == ["see", "connectors.yaml"]


def test_a_word_longer_than_the_room_is_broken() -> None:
    assert _lines([Span("a " + "b" * 12)], 5) == ["a", "bbbbb", "bbbbb", "bb"]


def test_wide_characters_do_not_stick_out() -> None:
    assert _lines([Span("你好吗")], 4) == ["你好", "吗"]


def test_a_gap_within_a_line_is_kept() -> None:
    assert _lines([Span("+ a  - b and more")], 8) == ["+ a  - b", "and more"]


def test_every_part_keeps_its_role() -> None:
    (first, second) = wrap([Span("old", Role.BEFORE), Span(" "), Span("new", Role.AFTER)], 4)
    assert [span for span in first + second if span.text.strip()] == [
        Span("old", Role.BEFORE),
        Span("new", Role.AFTER),
    ]


def test_a_character_wider_than_the_room_is_still_printed() -> None:
    assert "".join(_lines([Span("你")], 1)).strip() == "你"


def test_a_space_keeps_the_role_of_its_span() -> None:
    assert wrap([Span("old and new", Role.BEFORE)], 8) == [[Span("old and", Role.BEFORE)], [Span("new", Role.BEFORE)]]


def test_a_line_that_is_wrapped_keeps_its_indentation() -> None:
    assert _lines([Span("  one two three")], 8) == ["  one", "two", "three"]
    assert _lines([Span("  longest")], 6) == ["  long", "est"]
    assert _lines([Span("      one")], 6) == ["one"]
