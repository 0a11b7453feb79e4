"""Find the credentials of every target in the environment, and keep them out of every text.

A variable ``NAME`` holds the secret itself, ``NAME_FILE`` the path of a file that holds it (the form in which
containers are given secrets).
"""

import base64
import hmac
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import quote

from trueup.errors import Diagnostic, InvalidInput
from trueup.model.identity import ConnectTarget, OriginTarget, Target, Targets

_LOG: Final = logging.getLogger("trueup.platforms")

_MASK: Final = "***"
_FILE_BYTES: Final = 65_536
"""No credential is longer; a longer file is the wrong file."""


SHORTEST_ID: Final = 8
"""Characters from which on an id is masked; a shorter one is an ordinary word as often as not."""


class Secret:
    """A text that no output may show: repr, str and format are masked, JSON and pickle refuse it.

    ``is_id``: it is a client id, which gives no access by itself. It is masked only as a whole word of
    :data:`SHORTEST_ID` characters or more, so that it takes nothing out of ordinary words.
    """

    __slots__ = ("_value", "is_id")

    def __init__(self, value: str, *, is_id: bool = False) -> None:
        self._value, self.is_id = value, is_id

    def reveal(self) -> str:
        """Return the text itself, for the header or body that carries it and for nothing else."""
        return self._value

    def spellings(self) -> frozenset[str]:
        """Return the forms in which others may repeat it: as it is, percent-encoded, within JSON, in base64."""
        if not self._value:
            return frozenset()
        inside_json = json.dumps(self._value)[1:-1]
        encoded = base64.b64encode(self._value.encode(errors="surrogateescape")).decode()
        quoted = quote(self._value, safe="", errors="surrogateescape")
        return frozenset({self._value, inside_json, quoted, encoded, encoded.rstrip("=")})

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
        message = "a secret cannot be copied into a file"
        raise TypeError(message)


def masked(text: str, secrets: Iterable[Secret]) -> str:
    """Return a text to show, with every spelling of every secret masked, the longest first."""
    known = {(spelling, secret.is_id) for secret in secrets for spelling in secret.spellings()}
    forms = [_pattern(spelling, is_id=is_id) for spelling, is_id in sorted(known, key=_longest_first)]
    pattern = "|".join(form for form in forms if form)
    return re.sub(pattern, _MASK, text) if pattern else text


def _longest_first(known: tuple[str, bool]) -> int:
    return -len(known[0])


def _pattern(spelling: str, *, is_id: bool) -> str:
    if not is_id:
        return re.escape(spelling)
    return rf"(?<![\w-]){re.escape(spelling)}(?![\w-])" if len(spelling) >= SHORTEST_ID else ""


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Hold the API client of a commercetools project."""

    client_id: Secret
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Hold the token that Origin issued."""

    token: Secret


Credentials = ClientCredentials | AccessToken


class _Unusable(Exception):
    """Say what is wrong with a variable, without its content."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def resolve_credentials(targets: Targets, env: Mapping[str, str]) -> Mapping[str, Credentials]:
    """Return the credentials of every target that is not the embedded sandbox, by target name.

    Raises :class:`~trueup.errors.InvalidInput` with one diagnostic for each variable that is missing or unusable, all
    of them at once, each at its target's position.
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
                message = f"target {name!r}: {wrong.message}"
                diagnostics.append(
                    Diagnostic(code=wrong.code, message=message, position=target.position, hint=wrong.hint)
                )
        _LOG.info("Target %s: credentials from %s.", name, " and ".join(_source(v, env) for v in found[name]))
    if diagnostics:
        raise InvalidInput(diagnostics)
    return {name: _credentials(targets[name], secrets) for name, secrets in found.items()}


def _variables(target: Target) -> Iterator[str]:
    match target:
        case ConnectTarget():
            yield target.client_id_env
            yield target.client_secret_env
        case OriginTarget():
            yield target.access_token_env


def _credentials(target: Target, secrets: Mapping[str, Secret]) -> Credentials:
    match target:
        case ConnectTarget():
            client_id = Secret(secrets[target.client_id_env].reveal(), is_id=True)
            return ClientCredentials(client_id, secrets[target.client_secret_env])
        case OriginTarget():
            return AccessToken(secrets[target.access_token_env])


def _secret(variable: str, env: Mapping[str, str]) -> Secret:
    value, path = env.get(variable, ""), env.get(f"{variable}_FILE", "")
    if value and path:
        message = f"both {variable} and {variable}_FILE are set"
        raise _Unusable("ambiguous-credential", message, "Unset one of them.")
    text = (_file(variable, path) if path else value).rstrip("\r\n")
    if not text:
        raise _Unusable(*_missing(variable, path))
    # Anything else would reach the HTTP library, whose complaint about a bad header quotes the header.
    if not (text.isascii() and text.isprintable()) or " " in text:
        where = f"the file that {variable}_FILE names" if path else variable
        message = (
            f"{where} holds characters that no credential has (spaces, line breaks, control or special characters)"
        )
        raise _Unusable("unusable-credential", message, "Copy the credential again, without anything around it.")
    return Secret(text)


def _source(variable: str, env: Mapping[str, str]) -> str:
    """Return the name of the variable that gives a credential, without its content."""
    return f"{variable}_FILE" if env.get(f"{variable}_FILE") else variable


def _missing(variable: str, path: str) -> tuple[str, str, str]:
    if path:
        return "missing-credential", f"the file that {variable}_FILE names is empty", "Put the credential into it."
    message = f"the environment variable {variable} is not set"
    return "missing-credential", message, f"Set {variable}, or {variable}_FILE to the path of a file that holds it."


def _file(variable: str, path: str) -> str:
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_FILE_BYTES + 1)
        if len(content) > _FILE_BYTES:
            message = f"the file that {variable}_FILE names is larger than {_FILE_BYTES} bytes"
            raise _Unusable("unusable-credential", message, "Name the file that holds the credential and nothing else.")
        return content.decode()
    except OSError as error:
        message = f"the file {path!r} that {variable}_FILE names cannot be read: {error.strerror}"
        raise _Unusable("missing-credential", message, "Name a file that exists and may be read.") from None
    except UnicodeDecodeError:
        message = f"the file that {variable}_FILE names is not text"
        raise _Unusable("unusable-credential", message, "Name the file that holds the credential as text.") from None
