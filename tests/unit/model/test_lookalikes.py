import unicodedata

import pytest

from trueup.model.lookalikes import (
    curly,
    distinct,
    distinguishable,
    escaped,
    is_invisible,
    look,
    odd,
    repaired,
    skeleton,
    spelled_out,
)

PLAIN = "ACME-001"


@pytest.mark.parametrize(
    "other",
    [
        "ACME\u2013001",
        "ACME\u2010001",
        "ACME\u2212001",
        " ACME-001",
        "ACME-001\u00a0",
        "ACME-001\u200b",
        "AC\u00adME-001",
        "\ufeffACME-001",
        "\u202eACME-001",
        "ACME\ufe0f-001",
        "ACME-001\u115f",
        "ACME-001\u3164",
        "\u0410\u0421\u041c\u0415-001",
        "\u0391C\u039cE-001",
        "\uff21\uff23\uff2d\uff25\uff0d\uff10\uff10\uff11",
        "acme-001",
        "\u0430cme-001",
    ],
)
def test_texts_that_look_alike_have_one_skeleton(other: str) -> None:
    assert skeleton(other) == skeleton(PLAIN)
    assert distinct(distinguishable([PLAIN, other])) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME-O1", "ACME-01"),
        ("ACME-I", "ACME-1"),
        ("ACME-l", "ACME-I"),
        ("ACME-001", "ACME001"),
        ("5 \u00b5m", "5 mm"),
        ("Declare\u2122", "Declare\u2120"),
        ("M\u00fcller", "Muller"),
        ("\u4f60\u597d", "\u4f60"),
    ],
)
def test_texts_with_visible_differences_do_not_look_alike(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_the_forms_of_a_letter_and_runs_of_blanks_look_alike() -> None:
    composed = "M\u00fcller"
    assert look(composed) == look(unicodedata.normalize("NFD", composed)) == look("Mu\u034f\u0308ller")
    assert look("a  b ") == look("a b") == look("a\u3000b")
    assert look("\u0412") == "B"


def test_words_of_another_script_look_alike_in_either_case() -> None:
    assert skeleton("\u0412\u0415\u0421\u041d\u0410") == skeleton("\u0432\u0435\u0441\u043d\u0430")
    assert skeleton("Stra\u00dfe") == skeleton("STRASSE")


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("ACME-001", "ACME-001"),
        (" ACME 001 ", "ACME 001"),
        ("\u201cACME-001\u201d", "ACME-001"),
        ("\u2018 ACME-001\u2019", "ACME-001"),
        ("ACME-001\u00a0", "ACME-001"),
        ("ACME\u00a0001", "ACME 001"),
        ("ACME\u3164001", "ACME 001"),
        ("ACME\u200b-001\ufeff", "ACME-001"),
        ("12\u201d pipe", '12" pipe'),
        ("O\u2019Neill", "O'Neill"),
        ("ACME\u2013001", "ACME\u2013001"),
        ("Declare\u2122", "Declare\u2122"),
        ("\u200b ", ""),
    ],
)
def test_repairing_an_identifier_is_idempotent(text: str, fixed: str) -> None:
    assert repaired(text) == repaired(fixed) == fixed


def test_an_apostrophe_between_letters_may_be_curly() -> None:
    assert repaired("O\u2019Neill", apostrophes=True) == "O\u2019Neill"
    assert repaired("\u2019Neill\u2019", apostrophes=True) == "Neill"
    assert curly("O\u2019Neill\u2019s 2\u2019", apostrophes=True) == ["\u2019"]
    assert curly("O\u2019Neill", apostrophes=True) == []


def test_odd_characters_are_named() -> None:
    assert spelled_out("ACME\u2013001") == "ACME\u2013001 (U+2013 EN DASH)"
    assert spelled_out("a\u200b\u200bb\x07") == "a\u200b\u200bb\x07 (U+200B ZERO WIDTH SPACE, U+0007)"
    assert spelled_out("\u0410\u0421\u041c\u0415").endswith("and 1 more)")
    assert spelled_out(unicodedata.normalize("NFD", "M\u00fcller")).endswith("(U+0308 COMBINING DIAERESIS)")
    assert spelled_out("\u2126").endswith("(U+2126 OHM SIGN)")
    assert spelled_out("\uff21").endswith("(U+FF21 FULLWIDTH LATIN CAPITAL LETTER A)")


@pytest.mark.parametrize(
    "text",
    ["ACME 001", "M\u00fcller", "Declare\u2122", "\u4f60\u597d", "\u0412\u0435\u0441\u043d\u0430 \u0416", "m\u00b2"],
)
def test_common_texts_have_no_odd_characters(text: str) -> None:
    assert odd(text) == []


def test_texts_that_names_cannot_distinguish_are_escaped() -> None:
    assert distinguishable(["a\u0430", "\u0430a"]) == [r'"a\u0430"', r'"\u0430a"']
    assert distinguishable(["a  b", "a b"]) == [r'"a \x20b"', '"a b"']
    assert escaped("\\n") != escaped("\n")


def test_every_character_that_unicode_lets_ignore_is_invisible() -> None:
    assert all(
        map(is_invisible, "\u00ad\u034f\u061c\u115f\u17b4\u180e\u200d\u2060\u3164\ufe0f\uffa0\U000e0100\x00\t\u2003")
    )
    assert not any(map(is_invisible, "a \u00fc\u2013\u2122\u4f60"))
