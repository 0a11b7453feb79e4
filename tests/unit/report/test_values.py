import pytest

from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Members, Parts
from trueup.report.tree import ReportRow, Role, Span, Swap, TextPiece
from trueup.report.values import MOST_LINES, live_span, swap_pieces, text_rows


@pytest.mark.parametrize(
    ("live", "text"),
    [
        (Known("v1"), "v1"),
        (Known(4), "4"),
        (Known(Members(("a", "b"))), "a, b"),
        (Known(Members(())), "(empty)"),
        (Known(Parts({"url": "u", "tag": "t"})), "url u, tag t"),
        (Known(Elements({("ACME",): {"website": "w"}, ("a", "b"): {}})), "ACME (website w), a / b"),
        (ABSENT, "(unset)"),
        (NOT_RETURNED, "(not returned)"),
    ],
)
def test_a_live_value_is_shown_as_text(live: LiveValue, text: str) -> None:
    assert live_span(live).text == text


def test_an_unset_value_differs_from_the_text_unset() -> None:
    assert live_span(ABSENT).role is Role.UNSET
    assert live_span(Known("(unset)")).role is Role.VALUE


def _swap(before: str, after: str, name: str = "") -> Swap:
    return Swap(Span(before, Role.BEFORE), Span(after, Role.AFTER), name)


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        (Known("a"), Known("b"), [_swap("a", "b")]),
        (
            Known(Members(("a", "b"))),
            Known(Members(("b", "c"))),
            [Span("c", Role.ADDED), Span("a", Role.REMOVED)],
        ),
        (ABSENT, Known(Members(("a",))), [Span("a", Role.ADDED)]),
        (
            Known(Parts({"url": "u", "tag": "1"})),
            Known(Parts({"url": "u", "tag": "2"})),
            [_swap("1", "2", "tag")],
        ),
        (Known(Parts({"name": "V"})), Known(Parts({"selfReported": "TRUE"})), [_swap("name V", "selfReported TRUE")]),
    ],
)
def test_only_differences_are_shown(before: LiveValue, after: LiveValue, pieces: list[TextPiece]) -> None:
    assert list(swap_pieces(before, after)) == pieces


def test_a_field_that_was_not_returned_is_marked() -> None:
    (piece,) = swap_pieces(NOT_RETURNED, Known(Members(("a",))))
    assert isinstance(piece, Swap)
    assert (piece.before.text, piece.before.role, piece.after.text) == ("(not returned)", Role.UNSET, "a")


def test_a_text_of_several_lines_is_compared_line_by_line() -> None:
    rows = text_rows(Known("a\nb\nc\nd\ne\nf"), Known("A\nb\nc\nd\ne\nF"))
    assert rows == (
        ReportRow("-", "a"),
        ReportRow("+", "A"),
        ReportRow(" ", "b"),
        ReportRow("", "…"),
        ReportRow(" ", "e"),
        ReportRow("-", "f"),
        ReportRow("+", "F"),
    )


def test_a_text_of_one_line_and_an_endless_one_are_not_compared_line_by_line() -> None:
    assert text_rows(Known("a"), Known("b")) == ()
    assert text_rows(Known("a\n" * MOST_LINES), Known("b")) == ()


def test_a_line_replaced_by_one_that_looks_the_same_is_spelled_out() -> None:
    rows = text_rows(Known("a\nM\u00fcller\nx y\nz"), Known("a\nMu\u0308ller\nx\u00a0y\nZ"))
    assert [(row.sign, row.text) for row in rows if row.sign != " "] == [
        ("-", "M\u00fcller"),
        ("-", "x y"),
        ("-", "z"),
        ("+", "Mu\u0308ller (U+0308 COMBINING DIAERESIS)"),
        ("+", r"x\xa0y"),
        ("+", "Z"),
    ]
