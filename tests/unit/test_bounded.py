"""What others send, within bounds."""

import pytest

from trueup.bounded import parse_json

LONE = "\ud800".encode(errors="surrogatepass")


@pytest.mark.parametrize("half", [LONE, b"\\ud800", b"\\uDFFF", "\udfff".encode(errors="surrogatepass")])
def test_half_of_a_surrogate_pair_becomes_a_text_that_can_be_written(half: bytes) -> None:
    assert parse_json(b'{"' + half + b'": ["' + half + b'x"]}') == {"\ufffd": ["\ufffdx"]}


@pytest.mark.parametrize(
    "pair", [b"\\ud83d\\ude00", "\ud83d\ude00".encode(errors="surrogatepass"), "\U0001f600".encode()]
)
def test_both_halves_are_one_character(pair: bytes) -> None:
    assert parse_json(b'"' + pair + b'"') == "\U0001f600"


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be"])
def test_other_encodings_are_not_json(encoding: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json('"\ud800"'.encode(encoding, "surrogatepass"))
