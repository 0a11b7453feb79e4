"""Describe live resources in new manifests, so that the first plan is empty; the results of an import; file names.

Each manifest is verified: it is read and checked like any other, and planned against the live state that it describes.
A field that no manifest can express is left out, with the reason.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from trueup.edit.changes import element, named_element, spelled_value
from trueup.edit.yaml_style import Tree, UnquotedScalar, compose
from trueup.errors import Severity
from trueup.kinds.registry import KINDS
from trueup.kinds.tree import put_at
from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.action import FieldAction
from trueup.model.field import ChoiceField, Field, GroupField, KeyedField, MembersField, ScalarField, SetField
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.plan import Verdict
from trueup.model.position import Position
from trueup.model.secret import proposed_reference
from trueup.model.value import Attributes, ElementKey, Elements, Known, Members, NotReturned, Parts, Value
from trueup.plan.masked import NOT_COMPARED, masked_paths
from trueup.plan.resource import plan_resource

_Steps = tuple[str, ...]

LIVE_LIFECYCLE: Final = "# The live state. Uncomment it to have trueup keep it after every change:\n"
"""The comment above a lifecycle block that is commented out."""

PROPOSED: Final = "# The platform shows no secured value. Correct where each one is: fromEnv or fromFile.\n"
"""The comment above a manifest with proposed references."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The manifest of one live resource.

    ``text`` is empty if no manifest can be written, for the ``reason``. ``omitted`` are the paths of fields that are
    not in it, each with the reason; ``not_returned`` are the paths of those that the platform does not return.
    ``proposed`` are the paths of references that a person must correct, because the platform masks the values.
    ``follows`` are the reasons why the first plan starts a process although no value differs.
    """

    text: str
    omitted: tuple[tuple[str, str], ...] = ()
    not_returned: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    reason: str = ""


def describe(project: Project, identity: Identity, live: Live, *, lifecycle: bool = False) -> Description:
    """Return the manifest whose desired state is exactly the live state.

    With ``lifecycle`` the manifest also has the preview and the publication that the resource has reached; without,
    they are in a comment.
    """
    return _Describer(project, identity, live).described(lifecycle=lifecycle)


@dataclass(frozen=True, slots=True)
class _Describer:
    project: Project
    identity: Identity
    live: Live

    def described(self, *, lifecycle: bool) -> Description:
        """Return the whole description."""
        fields, omitted = self._fields()
        wrong, follows = self._checked(self._text(fields))
        if wrong:
            # If even a manifest without fields is refused, the resource cannot be described.
            impossible, follows = self._checked(self._text({}))
            if impossible:
                return Description(text="", reason=impossible)
            pieces, fields = [*fields.items()], {}
            omitted += [(".".join(path), why) for path, why in self._take(fields, pieces)]
        masked = self._masked()
        return Description(
            text=self._with_lifecycle(fields, wanted=lifecycle),
            omitted=tuple(omitted),
            not_returned=tuple(path for path, value in self.live.fields.items() if isinstance(value, NotReturned)),
            proposed=tuple(".".join(path) for path in fields if path in masked),
            follows=follows,
        )

    def _take(self, fields: dict[_Steps, Tree], pieces: Sequence[tuple[_Steps, Tree]]) -> list[tuple[_Steps, str]]:
        """Add the pieces that a manifest can express, in their order; return the others with the reasons."""
        together = {**fields, **dict(pieces)}
        wrong, _ = self._checked(self._text(together))
        if not wrong:
            fields |= together
            return []
        if len(pieces) == 1:
            return [(pieces[0][0], wrong)]
        middle = len(pieces) // 2
        return [*self._take(fields, pieces[:middle]), *self._take(fields, pieces[middle:])]

    def _fields(self) -> tuple[dict[_Steps, Tree], list[tuple[str, str]]]:
        """Return what can be written, by its steps below spec, and the paths of the rest with their reasons."""
        fields: dict[_Steps, Tree] = {}
        omitted: list[tuple[str, str]] = []
        for field in KINDS[self.identity.kind].fields:
            live = self.live.fields[field.path]
            # An unset field is left out: in a manifest, empty would mean managed and empty.
            if not isinstance(live, Known) or self._is_said(field):
                continue
            if isinstance(field, KeyedField) and field.names and isinstance(live.value, Elements):
                fields |= {field.place(key): self._element(field, key, has) for key, has in live.value.by_key.items()}
                continue
            if isinstance(live.value, Elements) and live.value.ambiguous:
                keys = ", ".join(" / ".join(key) for key in sorted(live.value.ambiguous))
                omitted.append((field.path, f"the platform has different elements with the same key: {keys}"))
                continue
            tree = _tree(field, live.value)
            if tree:
                fields[tuple(field.path.split("."))] = tree
        return fields, omitted

    def _is_said(self, field: Field) -> bool:
        """Return whether another field says what this one says."""
        other = field.instead_of if isinstance(field, ScalarField) else ""
        return bool(other) and isinstance(self.live.fields[other], Known)

    def _masked(self) -> set[_Steps]:
        """Return the places of the live elements that the platform masks."""
        kind = KINDS[self.identity.kind]
        found = ((kind.by_path[path], self.live.fields[path]) for path in masked_paths(kind))
        return {
            field.place(key)
            for field, live in found
            if isinstance(field, KeyedField) and isinstance(live, Known) and isinstance(live.value, Elements)
            for key in live.value.by_key
        }

    def _element(self, field: KeyedField, key: ElementKey, attributes: Attributes) -> Tree:
        """Return an element by name; in the place of a masked one, a reference that a person must correct."""
        given = proposed_reference((self.identity.value, *key)) if field.masked else attributes
        return named_element(field, given)

    def _text(self, fields: Mapping[_Steps, Tree]) -> str:
        metadata: dict[str, Tree] = {str(self.identity.field): self.identity.value}
        platform = KINDS[self.identity.kind].platform
        # The only target of a platform is found without a name.
        if sum(target.platform is platform for target in self.project.targets.values()) > 1:
            metadata["target"] = self.identity.target
        spec: dict[str, object] = {}
        for path, tree in fields.items():
            put_at(spec, path, tree)
        document = {"apiVersion": "trueup/v1", "kind": str(self.identity.kind), "metadata": metadata, "spec": spec}
        return compose(document)  # type: ignore[arg-type]  # put makes trees

    def _with_lifecycle(self, fields: Mapping[_Steps, Tree], *, wanted: bool) -> str:
        plain = self._text(fields)
        if not self._masked().isdisjoint(fields):
            plain = PROPOSED + plain
        reached = {} if self.live.lifecycle is None else KINDS[self.identity.kind].lifecycle.block(self.live.lifecycle)
        block = {name: _boolean(value) if isinstance(value, bool) else value for name, value in reached.items()}
        written = compose({"lifecycle": block}) if block else ""
        if not block or any(self._checked(plain + written)):
            return plain
        return plain + (written if wanted else LIVE_LIFECYCLE + "".join(f"# {line}\n" for line in written.splitlines()))

    def _checked(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return why this is not a valid manifest that changes no value, empty if it is one; and why it is not idle.

        It is not if its first plan starts a process.
        """
        loaded = load_texts(self.project, [("manifest", text.encode())])
        wrong = next((d for d in loaded.diagnostics if d.severity is Severity.ERROR), None)
        if wrong is not None:
            return f"a manifest cannot express it: {wrong.message.removesuffix('.')}", ()
        (manifest,) = loaded.manifests
        if manifest.identity != self.identity:
            return "a manifest cannot identify it", ()
        planned = plan_resource(manifest, self.live)
        changes = any(isinstance(step.action, FieldAction) for step in planned.actions)
        if changes or planned.verdict not in {Verdict.UNCHANGED, Verdict.UPDATE, Verdict.DEFERRED}:
            return "a manifest with it would change the resource", ()
        if planned.verdict is Verdict.UNCHANGED:
            return "", ()
        # Such as a second attempt after a failure.
        return "", tuple(p.finding.message for p in planned.findings if p.finding.code != NOT_COMPARED)


def _tree(field: Field, value: Value) -> Tree:
    match field, value:
        case ScalarField(compare=compare), (str() | int()):
            return spelled_value(compare, str(value))
        case ((SetField() | MembersField()), Members(members)):
            return list(members)
        case GroupField(parts=names), Parts(parts):
            return {name: str(parts[name]) for name in names if name in parts}
        case ChoiceField(options=names, flags=flags), Parts(parts):
            return {name: _boolean(True) if name in flags else str(parts[name]) for name in names if name in parts}
        case KeyedField(), Elements(by_key):
            return [element(field, key, attributes) for key, attributes in by_key.items()]
        case _:
            message = f"{field.path} has a value that does not fit the type of the field"
            raise TypeError(message)


def _boolean(value: bool) -> UnquotedScalar:  # noqa: FBT001 - the value itself is what is spelled
    return UnquotedScalar("true" if value else "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A resource whose manifest is now in ``file``, or would be if the import were not a preview."""

    identity: Identity
    file: str
    description: Description


@dataclass(frozen=True, slots=True, kw_only=True)
class NotImported:
    """A resource without a manifest, and the reason.

    ``name`` is empty if the whole target is meant. ``failed``: the platform could not be read.
    """

    kind: str
    name: str
    target: str
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A resource that already has a manifest, at ``position``."""

    identity: Identity
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """The result of an import. ``written`` is false if the manifests were only shown."""

    imported: tuple[Imported, ...]
    not_imported: tuple[NotImported, ...]
    described: tuple[Described, ...]
    written: bool


_SUFFIX: Final = ".yaml"

# Most file systems allow 255 bytes for a name; a digest and a suffix are added to it.
_BYTES_AT_MOST: Final = 120
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:[.].*)?", re.IGNORECASE)
"""Names that Windows reserves for devices."""


class FileNames:
    """The names of new files, all different in a folder, also on file systems that ignore case."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def name(self, folder: str, identity: Identity) -> str:
        """Return the name of a resource's file in a folder.

        It is the identity itself if that is a valid name, else its valid characters followed by a digest.
        """
        plain = safe_file_name(identity.value)
        if plain != identity.value or _bad(plain) or (folder, plain.casefold()) in self._taken:
            # Different identities can become equal when characters are replaced.
            digest = sha256(repr(identity).encode("utf-8", "backslashreplace")).hexdigest()[:8]
            plain = f"{plain}-{digest}" if plain else digest
        self._taken.add((folder, plain.casefold()))
        return plain + _SUFFIX


def safe_file_name(text: str) -> str:
    """Return a text as a component of a path: letters, digits, and some punctuation between them."""
    # NFC, because some file systems treat different normalisation forms as one name.
    signs = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in normalize("NFC", text))
    # The cut may be in the middle of a character.
    short = signs.strip(".-").encode()[:_BYTES_AT_MOST].decode(errors="ignore")
    return short.strip(".-")


def _bad(name: str) -> bool:
    return name + _SUFFIX == PROJECT_FILE or _RESERVED.fullmatch(name) is not None
