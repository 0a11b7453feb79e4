"""Read the credentials of every target from the environment, and keep them out of every text.

A variable ``NAME`` contains the secret itself, ``NAME_FILE`` the path of a file with the secret, as containers provide
them.
"""

import base64
import hmac
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import quote, quote_plus

from trueup.errors import Diagnostic, InvalidInput
from trueup.model.identity import ConnectTarget, OriginTarget, Target, Targets

_LOG: Final = logging.getLogger("trueup.platforms")

_MASK: Final = "***"
_FILE_BYTES: Final = 65_536
"""No credential is longer; a longer file is the wrong file."""


SHORTEST_ID: Final = 8
"""Characters of the shortest client id that is masked; a shorter one may be an ordinary word."""


def _within_json(text: str, *, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


class Secret:
    """A text that no output may show: repr, str and format are masked, JSON and pickle refuse it.

    ``is_id``: it is a client id, which gives no access by itself. It is masked only as a whole word of at least
    :data:`SHORTEST_ID` characters, so that no part of an ordinary word is masked.
    """

    __slots__ = ("_value", "is_id")

    def __init__(self, value: str, *, is_id: bool = False) -> None:
        self._value, self.is_id = value, is_id

    def reveal(self) -> str:
        """Return the text itself; use it only for the header or body of a request."""
        return self._value

    def spellings(self) -> frozenset[str]:
        """Return the forms in which an answer may repeat it.

        They are the text itself, percent-encoded, in HTML, in base64, within JSON, and within JSON in a text of JSON,
        as when an error quotes the body of a request.
        """
        if not self._value:
            return frozenset()
        within = {_within_json(self._value, ascii_only=ascii_only) for ascii_only in (True, False)}
        within |= {_within_json(text, ascii_only=ascii_only) for text in within for ascii_only in (True, False)}
        encoded = base64.b64encode(self._value.encode(errors="surrogateescape")).decode()
        quoted = {form(self._value, safe="", errors="surrogateescape") for form in (quote, quote_plus)}
        return frozenset({self._value, escape(self._value), encoded, encoded.rstrip("="), *within, *quoted})

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        message = "a secret cannot be pickled"
        raise TypeError(message)


def masked(text: str, secrets: Iterable[Secret]) -> str:
    """Return a text with every spelling of every secret masked."""
    known = {(spelling, secret.is_id) for secret in secrets for spelling in secret.spellings()}
    # The longest first: where one secret begins with another, masking the short one would leave the rest readable.
    forms = [_pattern(spelling, is_id=is_id) for spelling, is_id in sorted(known, key=_longest_first)]
    pattern = "|".join(form for form in forms if form)
    return re.sub(pattern, _MASK, text) if pattern else text


def _longest_first(known: tuple[str, bool]) -> int:
    return -len(known[0])


def _pattern(spelling: str, *, is_id: bool) -> str:
    if not is_id:
        return re.escape(spelling)
    # Not `\b`: ids contain hyphens, and `\b` would match next to one.
    return rf"(?<![\w-]){re.escape(spelling)}(?![\w-])" if len(spelling) >= SHORTEST_ID else ""


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The API client of a commercetools project."""

    client_id: Secret
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The access token that Origin issued."""

    token: Secret


Credentials = ClientCredentials | AccessToken


class _Unusable(Exception):
    """Raised for a variable that cannot be used; its texts do not contain the variable's value."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def resolve_credentials(targets: Targets, env: Mapping[str, str]) -> Mapping[str, Credentials]:
    """Return the credentials of every target that is not the embedded sandbox, by target name.

    Raises :class:`~trueup.errors.InvalidInput` with one diagnostic for each missing or unusable variable, at its
    target's position.
    """
    found: dict[str, dict[str, Secret]] = {}
    diagnostics = []
    for name, target in targets.items():
        if target.sandbox:
            continue
        found[name] = {}
        for variable in _variables(target):
            try:
                found[name][variable] = _secret(variable, env)
            except _Unusable as wrong:
                diagnostics.append(
                    Diagnostic(
                        code=wrong.code,
                        message=f"{wrong.message}.",
                        position=target.position,
                        path=f"targets.{name}",
                        hint=wrong.hint,
                    )
                )
    if diagnostics:
        raise InvalidInput(diagnostics)
    for name in found:
        _LOG.info("Target %s: credentials from %s.", name, " and ".join(sources(targets[name], env)))
    return {name: _credentials(targets[name], secrets) for name, secrets in found.items()}


def credential_variables(targets: Targets) -> Iterator[str]:
    """Yield the names of the variables with the credentials of all targets."""
    for target in targets.values():
        yield from _variables(target)


def _variables(target: Target) -> Iterator[str]:
    match target:
        case ConnectTarget():
            yield target.client_id_env
            yield target.client_secret_env
        case OriginTarget():
            yield target.access_token_env


def file_variable(variable: str) -> str:
    """Return the name of the variable with the path of the file that contains the value of another one."""
    return f"{variable}_FILE"


def _credentials(target: Target, secrets: Mapping[str, Secret]) -> Credentials:
    match target:
        case ConnectTarget():
            client_id = Secret(secrets[target.client_id_env].reveal(), is_id=True)
            return ClientCredentials(client_id, secrets[target.client_secret_env])
        case OriginTarget():
            return AccessToken(secrets[target.access_token_env])


def _secret(variable: str, env: Mapping[str, str]) -> Secret:
    value, path = env.get(variable, ""), env.get(file_variable(variable), "")
    if value and path:
        message = f"Both {variable} and {variable}_FILE are set"
        raise _Unusable("ambiguous-credential", message, "Unset one of them.")
    text = (_file(variable, path) if path else value).rstrip("\r\n")
    if not text:
        raise _Unusable(*_missing(variable, path))
    # The HTTP library's error for an invalid header quotes the header, so such a text must not reach it.
    if not (text.isascii() and text.isprintable()) or " " in text:
        where = f"The file that {variable}_FILE names" if path else variable
        message = (
            f"{where} contains characters that no credential has (spaces, line breaks, control or special characters)"
        )
        raise _Unusable("unusable-credential", message, "Copy the credential again, without anything around it.")
    return Secret(text)


def sources(target: Target, env: Mapping[str, str]) -> list[str]:
    """Return the names of the variables that a target's credentials are read from."""
    return [f"{variable}_FILE" if env.get(file_variable(variable)) else variable for variable in _variables(target)]


def _missing(variable: str, path: str) -> tuple[str, str, str]:
    if path:
        return "missing-credential", f"The file that {variable}_FILE names is empty", "Put the credential into it."
    message = f"The environment variable {variable} is not set"
    return "missing-credential", message, f"Set {variable}, or {variable}_FILE to the path of a file that contains it."


def _file(variable: str, path: str) -> str:
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_FILE_BYTES + 1)
        if len(content) > _FILE_BYTES:
            message = f"The file that {variable}_FILE names is larger than {_FILE_BYTES} bytes"
            raise _Unusable("unusable-credential", message, "Name a file that contains only the credential.")
        return content.decode()
    except OSError as error:
        message = f"The file {path!r} that {variable}_FILE names cannot be read: {error.strerror}"
        raise _Unusable("missing-credential", message, "Name a readable file.") from None
    except UnicodeDecodeError:
        message = f"The file that {variable}_FILE names is not text"
        raise _Unusable("unusable-credential", message, "Name a file that contains the credential as text.") from None
