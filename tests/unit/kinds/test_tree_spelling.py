"""Scalars as text."""

from decimal import Decimal

import pytest

from trueup.kinds.tree import spelled


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.50", "1.50"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (Decimal("1.50"), "1.50"),
        (Decimal("9.0"), "9.0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.0000001"), "0.0000001"),
        (Decimal("1E+999999"), "1E+999999"),
        (Decimal("0.10000000000000000001"), "0.10000000000000000001"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (250.0, "250.0"),
        (float("inf"), "Infinity"),
    ],
)
def test_scalars_keep_their_digits(value: object, text: str) -> None:
    assert spelled(value) == text


@pytest.mark.parametrize("value", [None, [], {}, b"a", object()])
def test_only_scalars_have_a_spelling(value: object) -> None:
    assert spelled(value) is None
