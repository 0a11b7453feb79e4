import copy
import json
import pickle
from pathlib import Path

import pytest

from trueup.errors import InvalidInput
from trueup.platforms.credentials import AccessToken, ClientCredentials, Secret, masked, resolve_credentials
from unit.platforms.doubles import AT, CONNECT, ENV, ORIGIN


def test_no_form_of_output_shows_a_secret() -> None:
    secret = Secret("swordfish")
    shown = f"{secret} {secret!r} {secret!s} {secret:>9} {[secret]} {ClientCredentials(secret, secret)} %s" % secret
    assert "swordfish" not in shown
    assert shown.startswith("*** Secret(***) *** " + " " * 6 + "***")


@pytest.mark.parametrize("save", [json.dumps, pickle.dumps, copy.deepcopy])
def test_a_secret_cannot_be_saved(save: object) -> None:
    with pytest.raises(TypeError):
        save(Secret("swordfish"))  # type: ignore[operator]


def test_secrets_are_equal_when_their_texts_are() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert Secret("swordfish").reveal() == "swordfish"


def test_each_target_gets_its_own_credentials() -> None:
    found = resolve_credentials({"eu": CONNECT, "origin": ORIGIN}, ENV)
    assert found == {
        "eu": ClientCredentials(Secret("the-client"), Secret("client-secret-value")),
        "origin": AccessToken(Secret("origin-token")),
    }


def test_a_file_may_hold_the_secret_and_end_with_a_line_break(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    found = resolve_credentials({"origin": ORIGIN}, {"ORIGIN_ACCESS_TOKEN_FILE": str(tmp_path / "token")})
    assert found == {"origin": AccessToken(Secret("from-a-file"))}


def test_all_missing_variables_are_named_at_once_at_their_targets() -> None:
    with pytest.raises(InvalidInput) as raised:
        resolve_credentials({"eu": CONNECT, "origin": ORIGIN}, {"CTP_CLIENT_SECRET": ""})
    diagnostics = raised.value.diagnostics
    assert [d.code for d in diagnostics] == ["missing-credential"] * 3
    assert {d.position for d in diagnostics} == {AT}
    texts = [d.message for d in diagnostics]
    assert all(name in text for name, text in zip(ENV, texts, strict=True))


def test_a_target_in_the_sandbox_needs_no_credentials() -> None:
    in_sandbox = type(ORIGIN)(name="origin", base_url="", position=AT, sandbox=True)
    assert resolve_credentials({"origin": in_sandbox}, {}) == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing-credential"),
        (b"\n", "missing-credential"),
        (b"\xff\xfe", "unusable-credential"),
        (b"two lines\nof text", "unusable-credential"),
        (b"x" * 70_000, "unusable-credential"),
    ],
)
def test_a_file_without_a_credential_is_reported(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(InvalidInput) as raised:
        resolve_credentials({"origin": ORIGIN}, {"ORIGIN_ACCESS_TOKEN_FILE": str(tmp_path / "token")})
    assert [d.code for d in raised.value.diagnostics] == [code]
    assert "xxx" not in str(raised.value)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        resolve_credentials({"origin": ORIGIN}, {"ORIGIN_ACCESS_TOKEN_FILE": str(tmp_path / "none")})


def test_a_variable_and_its_file_together_are_ambiguous(tmp_path: Path) -> None:
    both = {"ORIGIN_ACCESS_TOKEN": "swordfish", "ORIGIN_ACCESS_TOKEN_FILE": str(tmp_path / "token")}
    with pytest.raises(InvalidInput, match="Both ORIGIN_ACCESS_TOKEN and") as raised:
        resolve_credentials({"origin": ORIGIN}, both)
    assert "swordfish" not in str(raised.value)


@pytest.mark.parametrize("value", ["sword fish", "swordfish\nX-Evil: 1", "sw\u00f6rdfish", "swordfish\x00"])
def test_a_value_that_does_not_fit_into_a_header_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        resolve_credentials({"origin": ORIGIN}, {"ORIGIN_ACCESS_TOKEN": value})
    assert "fish" not in str(raised.value)


GOOD = {"ORIGIN_ACCESS_TOKEN": "swordfish"}


@pytest.mark.parametrize(
    ("given", "hint", "then"),
    [
        ({}, "Set ORIGIN_ACCESS_TOKEN, or", GOOD),
        (
            {},
            "or ORIGIN_ACCESS_TOKEN_FILE to the path of a file that contains it.",
            {"ORIGIN_ACCESS_TOKEN_FILE": "good"},
        ),
        ({"ORIGIN_ACCESS_TOKEN_FILE": "empty"}, "Put the credential into it.", {"ORIGIN_ACCESS_TOKEN_FILE": "good"}),
        ({"ORIGIN_ACCESS_TOKEN_FILE": "none"}, "Name a readable file.", {"ORIGIN_ACCESS_TOKEN_FILE": "good"}),
        ({"ORIGIN_ACCESS_TOKEN_FILE": "long"}, "Name a file that contains only", {"ORIGIN_ACCESS_TOKEN_FILE": "good"}),
        ({"ORIGIN_ACCESS_TOKEN_FILE": "binary"}, "Name a file that contains the", {"ORIGIN_ACCESS_TOKEN_FILE": "good"}),
        ({**GOOD, "ORIGIN_ACCESS_TOKEN_FILE": "good"}, "Unset one of them.", GOOD),
        ({**GOOD, "ORIGIN_ACCESS_TOKEN_FILE": "good"}, "Unset one of them.", {"ORIGIN_ACCESS_TOKEN_FILE": "good"}),
        ({"ORIGIN_ACCESS_TOKEN": "a swordfish"}, "Copy the credential again, without anything around it.", GOOD),
    ],
)
def test_what_a_hint_says_gives_a_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], hint: str, then: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {"empty": b"", "good": b"swordfish\n", "long": b"x" * 70_000, "binary": b"\xff\xfe"}.items():
        Path(name).write_bytes(content)
    with pytest.raises(InvalidInput) as raised:
        resolve_credentials({"origin": ORIGIN}, given)
    (found,) = raised.value.diagnostics
    assert hint in found.hint
    assert found.path == "targets.origin"
    assert resolve_credentials({"origin": ORIGIN}, then) == {"origin": AccessToken(Secret("swordfish"))}


def test_a_secret_is_masked_in_every_spelling_and_the_longest_first() -> None:
    text = 'a/b"c a%2Fb%22c a/b\\"c YS9iImM= YS9iImM xa/b"cy'
    assert masked(text, [Secret("b"), Secret('a/b"c')]) == "*** *** *** *** *** x***y"


def test_a_short_secret_is_masked_and_a_short_id_is_not() -> None:
    assert masked("InvalidQueryParam", [Secret("id", is_id=True)]) == "InvalidQueryParam"
    assert masked("the id abc", [Secret("abc", is_id=True)]) == "the id abc"
    assert masked("the secret abc", [Secret("abc")]) == "the secret ***"


def test_a_client_id_is_masked_as_a_whole_word_only() -> None:
    known = [Secret("Operation", is_id=True)]
    assert masked("PendingOperation of Operation: Operation-x", known) == "PendingOperation of ***: Operation-x"
