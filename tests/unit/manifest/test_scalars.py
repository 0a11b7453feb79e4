from decimal import Decimal

import pytest

from trueup.manifest.scalars import DIGITS_AT_MOST, SUSPECTS, BadNumber, plain_value

CORE = [
    # YAML 1.2.2 section 10.3.2, and what YAML 1.1 reads differently.
    ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
    ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"),
    ("false", False), ("False", False), ("FALSE", False),
    ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("NO", "NO"),
    ("0", 0), ("12", 12), ("+12", 12), ("-19", -19), ("0123", 123), ("0o7", 7), ("0o17", 15), ("0x3A", 58),
    ("0x1f", 31),
    ("0b1", "0b1"), ("-0o7", "-0o7"), ("1_000", "1_000"), ("1:30", "1:30"), ("190:20:30", "190:20:30"), ("1,5", "1,5"),
    ("0o8", "0o8"), ("0xG", "0xG"), ("٣", "٣"),
    ("0.", Decimal(0)), (".5", Decimal("0.5")), ("-.5", Decimal("-0.5")), ("+12e03", Decimal(12000)),
    ("-2E+05", Decimal(-200000)), ("1e3", Decimal(1000)), ("1.5e-3", Decimal("0.0015")),
    (".", "."), ("-", "-"), ("+", "+"), ("1.2.3", "1.2.3"), ("1e", "1e"), ("e5", "e5"), ("v1.0", "v1.0"),
    ("2008-09-15", "2008-09-15"), ("2008-09-15T15:53:00Z", "2008-09-15T15:53:00Z"), ("=", "="), ("<<", "<<"),
]  # fmt: skip


@pytest.mark.parametrize(("scalar", "value"), CORE)
def test_plain_scalars_have_the_values_of_yaml_1_2(scalar: str, value: object) -> None:
    read = plain_value(scalar)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("digits", ["1.50", "0.10", "2.0", "100.00", "1.50E+3", "12345678901234567890.123456789"])
def test_a_decimal_keeps_its_digits(digits: str) -> None:
    assert str(plain_value(digits)) == digits


@pytest.mark.parametrize("scalar", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN"])
def test_what_is_no_number_is_refused(scalar: str) -> None:
    with pytest.raises(BadNumber, match="not a number"):
        plain_value(scalar)


@pytest.mark.parametrize(
    "scalar", ["9" * (DIGITS_AT_MOST + 1), "0x" + "f" * DIGITS_AT_MOST, "0." + "1" * DIGITS_AT_MOST]
)
def test_a_number_without_end_is_refused(scalar: str) -> None:
    with pytest.raises(BadNumber, match="more than 64"):
        plain_value(scalar)
    assert plain_value(scalar[:DIGITS_AT_MOST]) is not None


@pytest.mark.parametrize("scalar", ["1e65", "1e-65", "1e999999999", "12e64"])
def test_a_number_too_large_to_be_written_out_is_refused(scalar: str) -> None:
    with pytest.raises(BadNumber, match="exponent"):
        plain_value(scalar)


def test_a_number_at_the_bounds_is_taken() -> None:
    assert plain_value("1e64") == Decimal(10) ** 64
    assert plain_value("9" * DIGITS_AT_MOST) == 10**DIGITS_AT_MOST - 1


def test_whatever_is_not_text_starts_like_a_suspect() -> None:
    assert all(scalar[:1] in SUSPECTS for scalar, value in CORE if value != scalar)
    assert "v" not in SUSPECTS
