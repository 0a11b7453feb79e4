import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.kinds.tree import spelled
from trueup.manifest.yaml_scalars import DIGITS_AT_MOST, SUSPECTS, BadNumber, plain_value, sendable

CORE = [
    # YAML 1.2.2 section 10.3.2, and what YAML 1.1 reads differently.
    ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
    ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"),
    ("false", False), ("False", False), ("FALSE", False),
    ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("NO", "NO"),
    ("0", 0), ("12", 12), ("-19", -19), ("1.50", Decimal("1.50")), ("-0.50", Decimal("-0.50")), ("0.0", Decimal("0.0")),
    ("0b1", "0b1"), ("-0o7", "-0o7"), ("1_000", "1_000"), ("1:30", "1:30"), ("190:20:30", "190:20:30"), ("1,5", "1,5"),
    ("0o8", "0o8"), ("0xG", "0xG"), ("٣", "٣"),
    (".", "."), ("-", "-"), ("+", "+"), ("1.2.3", "1.2.3"), ("1e", "1e"), ("e5", "e5"), ("v1.0", "v1.0"),
    ("2008-09-15", "2008-09-15"), ("2008-09-15T15:53:00Z", "2008-09-15T15:53:00Z"), ("=", "="), ("<<", "<<"),
]  # fmt: skip


@pytest.mark.parametrize(("scalar", "value"), CORE)
def test_plain_scalars_have_the_values_of_yaml_1_2(scalar: str, value: object) -> None:
    read = plain_value(scalar)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("digits", ["1.50", "0.10", "2.0", "100.00", "0.0", "-0.50", "12345678901234567890.123456789"])
def test_a_decimal_keeps_its_digits(digits: str) -> None:
    assert str(plain_value(digits)) == digits


SPELLINGS = [
    (".5", "0.5"), ("-.5", "-0.5"), ("+.5", "0.5"), ("5.", "5"), ("0.", "0"), ("1e3", "1000"), ("1.50E+1", "15.0"),
    ("1.5e-3", "0.0015"), ("0e0", "0"), ("-2E+05", "-200000"), ("0x1F", "31"), ("0o17", "15"), ("007", "7"),
    ("00", "0"), ("-007.50", "-7.50"), ("00.5", "0.5"), ("+5", "5"), ("-0", "0"), ("-0.00", "0.00"), ("-0e5", "0"),
    ("1e64", "1" + "0" * 64), ("0x" + "f" * 50, str(16**50 - 1)),
]  # fmt: skip


@pytest.mark.parametrize(("scalar", "use"), SPELLINGS)
def test_a_number_that_would_not_be_sent_as_it_was_typed_is_refused_with_the_spelling_to_use(
    scalar: str, use: str
) -> None:
    with pytest.raises(BadNumber, match="this notation") as refused:
        plain_value(scalar)
    assert refused.value.use == use
    assert scalar[:1] in SUSPECTS


@pytest.mark.parametrize(
    ("text", "use"), [*SPELLINGS, ("1_000", "1000"), ("-1_000.50", "-1000.50"), ("12.50", "12.50")]
)
def test_the_spelling_to_use_is_a_fixed_point(text: str, use: str) -> None:
    assert sendable(text) == use
    assert sendable(use) == use or len(use) > DIGITS_AT_MOST


@pytest.mark.parametrize(
    "text", ["", "a", "1,5", "1__0", "_1", "1:30", "0b1", "1e999", "1e9999999999999999999999", "9" * 65]
)
def test_a_text_that_is_no_number_or_too_long_cannot_be_sent_as_one(text: str) -> None:
    assert not sendable(text)


@given(st.from_regex(r"[-+]?(?:[0-9]{1,9}(?:[.][0-9]{0,9})?|[.][0-9]{1,9})(?:[eE][-+]?[0-9])?", fullmatch=True))
def test_a_number_is_sent_in_the_digits_that_were_typed(scalar: str) -> None:
    use = sendable(scalar)
    if use != scalar:
        with pytest.raises(BadNumber) as refused:
            plain_value(scalar)
        assert refused.value.use == use
        assert Decimal(use) == Decimal(scalar)
    assert spelled(plain_value(use)) == use == sendable(use)
    json.loads(use)


@pytest.mark.parametrize("scalar", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN"])
def test_infinity_and_not_a_number_are_refused(scalar: str) -> None:
    with pytest.raises(BadNumber, match="not a number"):
        plain_value(scalar)


@pytest.mark.parametrize(
    "scalar", ["9" * (DIGITS_AT_MOST + 1), "0x" + "f" * DIGITS_AT_MOST, "0." + "1" * DIGITS_AT_MOST]
)
def test_a_number_without_end_is_refused(scalar: str) -> None:
    with pytest.raises(BadNumber, match="more than 64"):
        plain_value(scalar)


@pytest.mark.parametrize("scalar", ["1e65", "1e-65", "1e999999999", "12e64"])
def test_a_number_too_large_to_be_written_out_is_refused(scalar: str) -> None:
    with pytest.raises(BadNumber, match="exponent"):
        plain_value(scalar)


def test_a_number_at_the_bounds_is_accepted() -> None:
    assert plain_value("9" * DIGITS_AT_MOST) == 10**DIGITS_AT_MOST - 1
    digits = "0." + "1" * (DIGITS_AT_MOST - 2)
    assert str(plain_value(digits)) == digits


def test_every_value_that_is_not_text_starts_with_a_suspect() -> None:
    assert all(scalar[:1] in SUSPECTS for scalar, value in CORE if value != scalar)
    assert "v" not in SUSPECTS
