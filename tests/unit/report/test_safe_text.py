import unicodedata

import pytest

from trueup.model.lookalikes import escaped
from trueup.report.safe_text import columns, cut, distinguished_pair, quoted, shorten, shorten_at_difference, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("Grüße, 你好", "Grüße, 你好"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x00\x07\x7f\x9b", r"\x00\x07\x7f\x9b"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("no\u00a0break", r"no\xa0break"),
        ("line\u2028end", r"line\u2028end"),
        ("lone \ud800 surrogate", r"lone \ud800 surrogate"),
        ("tag \U000e0041", r"tag \U000e0041"),
    ],
)
def test_invisible_characters_are_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_empty_texts_and_blanks_at_an_end_are_quoted() -> None:
    assert [quoted(""), quoted(" a"), quoted("a "), quoted("a b")] == ['""', '" a"', '"a "', "a b"]


def test_values_that_look_alike_are_spelled_out() -> None:
    composed, decomposed = "é", unicodedata.normalize("NFD", "é")
    assert distinguished_pair(composed, decomposed) == ("é", f"{decomposed} (U+0301 COMBINING ACUTE ACCENT)")
    assert distinguished_pair("a\nb", r"a\nb") == (r"a\nb (U+000A)", r"a\nb")
    assert distinguished_pair("ACME-001", "ACME\u2013001") == ("ACME-001", "ACME\u2013001 (U+2013 EN DASH)")
    assert distinguished_pair("ACME-001", "ACME\u2013001", 20) == ('"ACME-001"', r'"ACME\u2013001"')
    assert distinguished_pair("a\u0430", "\u0430a") == (r'"a\u0430"', r'"\u0430a"')
    assert distinguished_pair("old", "new") == ("old", "new")


def test_values_that_look_alike_where_they_are_cut_are_spelled_out() -> None:
    long = "x" * 100
    before, after = distinguished_pair(f"a\u2013b{long}1", f"a-b{long}2", 30)
    assert before.startswith(r'"a\u2013b')
    assert after.startswith('"a-b')


def test_our_quotes_differ_from_quotes_of_a_value() -> None:
    assert distinguished_pair(" a", '" a"') == ('" a"', '"" a""')


def test_spelling_out_keeps_different_texts_different() -> None:
    assert escaped("\\n") != escaped("\n")


def test_wide_and_combining_characters_are_counted_as_they_are_drawn() -> None:
    assert [columns("abc"), columns("你好"), columns("e\u0301")] == [3, 4, 1]
    assert [cut("abc", 2), cut("你好吗", 3), cut("你好", 9)] == [2, 1, 2]


def test_a_long_value_keeps_its_two_ends() -> None:
    assert shorten("abcdefghijklmnopqrstuvwxyz", 9) == "abcd…wxyz"
    assert shorten("short", 9) == "short"
    assert columns(shorten("你" * 30, 9)) <= 9


def test_shortening_keeps_the_difference_visible() -> None:
    before, after = shorten_at_difference("x" * 100 + "old", "x" * 100 + "new", 20)
    assert before.endswith("old")
    assert after.endswith("new")
    assert max(len(before), len(after)) <= 20


def test_shortening_does_not_make_a_longer_text_look_like_its_beginning() -> None:
    before, after = shorten_at_difference("x" * 100, "x" * 100 + "y", 20)
    assert before != after
    assert after.endswith("y")
