"""Find the secrets to which manifests refer: in the environment and in files."""

import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from trueup.errors import Diagnostic
from trueup.kinds.registry import KINDS
from trueup.manifest.symlinks import is_below, resolve_within
from trueup.model.action import Action, AddElement, Create
from trueup.model.field import KeyedField
from trueup.model.identity import Identity, Kind
from trueup.model.plan import Plan
from trueup.model.position import Positions
from trueup.model.secret import SecretReference, stays_inside
from trueup.model.value import Attributes, Elements
from trueup.plan.digest import SENT
from trueup.platforms.credentials import Secret, file_variable, masked
from trueup.regular_file import read_named


@dataclass(frozen=True, slots=True)
class SecretSource:
    """The environment, and the folder from which the paths of files start.

    ``credentials`` are the variables with the credentials of targets, which are sent to no application. ``given`` are
    the secrets that were found, and their lines: an answer may repeat them.
    """

    env: Mapping[str, str] = field(repr=False)
    folder: Path
    credentials: frozenset[str] = frozenset()
    given: set[Secret] = field(default_factory=set)

    def hidden(self, text: str) -> str:
        """Return a text of an answer, with the secrets that it repeats masked."""
        return masked(text, self.given)

    def value(self, reference: SecretReference) -> str:
        """Return the secret of a reference; raise LookupError with a message that has no part of any secret."""
        if reference.misuse:
            raise LookupError(reference.misuse)
        if reference.env in {name for variable in self.credentials for name in (variable, file_variable(variable))}:
            message = f"the variable {reference.env} belongs to the credentials of a target"
            raise LookupError(message)
        place = f"the environment variable {reference.env}" if reference.env else f"the file {reference.file}"
        found = self.env.get(reference.env, "") if reference.env else self._content(reference.file)
        if not found:
            message = f"{place} is {'not set' if reference.env else 'empty'}"
            raise LookupError(message)
        if not found.strip("*"):
            # A value that was copied from an answer would replace the secret (deployment-api.md section 14).
            message = f"{place} has nothing but asterisks, which is how the platform shows a secret"
            raise LookupError(message)
        if not _is_text(found):
            message = f"{place} is not UTF-8 text"
            raise LookupError(message)
        self.given.update(Secret(part) for part in (found, *found.splitlines()) if len(part) >= _SHORTEST)
        return found

    def _content(self, file: str) -> str:
        """Return what a file contains, as far as it is a part of the secret; raise LookupError as ``value`` does."""
        try:
            content = read_named(self._real(file), _MOST_BYTES)
        except OSError as error:
            message = f"the file {file} cannot be read: {error.strerror}"
            raise LookupError(message) from None
        # A mark at the beginning and a line break at the end are what editors add.
        text = content.removeprefix(BOM_UTF8).decode(errors="surrogateescape")
        return text.removesuffix("\n").removesuffix("\r")

    def _real(self, file: str) -> str:
        """Return the resolved path of a file; raise LookupError if links lead out of the project's folder."""
        top = os.path.realpath(self.folder)
        real = resolve_within(self.folder / file)
        if not (is_below(real, top) and stays_inside(real.removeprefix(top).split("/"))):
            message = f"a link leads from the file {file} out of the project's folder, or into .git or .trueup"
            raise LookupError(message)
        given = (self.env.get(file_variable(variable), "") for variable in self.credentials)
        if real in {resolve_within(path) for path in given if path}:
            message = f"the file {file} contains a credential of a target"
            raise LookupError(message)
        return real


_SHORTEST: Final = 8
"""Characters of the shortest secret that is masked in an answer; a shorter one may be an ordinary word."""


def _is_text(found: str) -> bool:
    """Return whether every byte was UTF-8: the others were read as half of a pair of surrogates."""
    try:
        found.encode()
    except UnicodeEncodeError:
        return False
    return True


_MOST_BYTES: Final = 65_536
"""Size of the largest secret; the longest value of a manifest has as many characters."""


def missing_secrets(plan: Plan, source: SecretSource, manifests: Mapping[Identity, Positions]) -> list[Diagnostic]:
    """Return a diagnostic for each secret that an apply of the plan would send and that cannot be found.

    ``manifests`` has the positions of the manifests that are known; for others, that of the action is given.
    """
    found = (
        Diagnostic(
            code="missing-secret",
            message=f"{resource.identity} needs a secret that cannot be found: {reason}.",
            position=positions.at(("spec", *place)) if positions else step.position or resource.position,
            path="" if positions is None else ".".join(("spec", *place)),
            hint="Set the variable, or write the file, where trueup apply runs. A plan does not need it.",
        )
        for resource in plan.resources
        if resource.verdict in SENT
        for positions in [manifests.get(resource.identity)]
        for step in resource.actions
        for place, reason in _unresolved(resource.identity.kind, step.action, source)
    )
    # A manifest for several targets refers to it in one place.
    return list(dict.fromkeys(found))


def _unresolved(kind: Kind, action: Action, source: SecretSource) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path below spec of each secret of an action that cannot be found, and the reason."""
    for path, key, attributes in _elements(action):
        row = KINDS[kind].by_path[path]
        if isinstance(row, KeyedField) and row.masked:
            try:
                source.value(SecretReference.of(attributes))
            except LookupError as error:
                yield row.place(key), str(error.args[0])


def _elements(action: Action) -> Iterator[tuple[str, tuple[str, ...], Attributes]]:
    match action:
        case AddElement(path=path, key=key, attributes=attributes):
            yield path, key, attributes
        case Create(fields=fields):
            for path, value in fields.items():
                if isinstance(value, Elements):
                    yield from ((path, key, attributes) for key, attributes in value.by_key.items())
        case _:
            return
