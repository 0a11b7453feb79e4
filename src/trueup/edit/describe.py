"""Describe live resources in new manifests, so that the first plan is empty; the results of an import; file names.

Each manifest is verified: it is read and checked like any other, and planned against the live state that it describes.
A field that no manifest can express is left out, with the reason.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from trueup.edit.changes import element, named_element, spelled_value
from trueup.edit.yaml_style import Tree, UnquotedScalar, compose
from trueup.errors import Severity
from trueup.kinds.registry import KINDS
from trueup.kinds.tree import put
from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.field import ChoiceField, Field, GroupField, KeyedField, MembersField, ScalarField, SetField
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.plan import Verdict
from trueup.model.position import Position
from trueup.model.value import Elements, Known, Members, NotReturned, Parts, Value
from trueup.plan.resource import plan_resource

LIVE_LIFECYCLE: Final = "# The live state. Uncomment it to have trueup keep it after every change:\n"
"""The comment above a lifecycle block that is commented out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The manifest of one live resource.

    ``text`` is empty if no manifest can be written, for the ``reason``. ``omitted`` are the paths of fields that are
    not in it, each with the reason; ``not_returned`` are the paths of those that the platform does not return.
    """

    text: str
    omitted: tuple[tuple[str, str], ...] = ()
    not_returned: tuple[str, ...] = ()
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
        wrong = self._wrong(self._text(fields))
        if wrong:
            # If even a manifest without fields is refused, the resource cannot be described.
            impossible = self._wrong(self._text({}))
            if impossible:
                return Description(text="", reason=impossible)
            # Each field is tried alone, to find those that no manifest can express.
            reasons = {path: self._wrong(self._text({path: tree})) for path, tree in fields.items()}
            omitted += [(path, why) for path, why in reasons.items() if why]
            fields = {path: tree for path, tree in fields.items() if not reasons[path]}
            wrong = self._wrong(self._text(fields))
        if wrong:
            return Description(text="", reason=wrong)
        return Description(
            text=self._with_lifecycle(fields, wanted=lifecycle),
            omitted=tuple(omitted),
            not_returned=tuple(path for path, value in self.live.fields.items() if isinstance(value, NotReturned)),
        )

    def _fields(self) -> tuple[dict[str, Tree], list[tuple[str, str]]]:
        """Return the fields that can be written, by path, and the paths of the others with their reasons."""
        fields: dict[str, Tree] = {}
        omitted: list[tuple[str, str]] = []
        for field in KINDS[self.identity.kind].fields:
            live = self.live.fields[field.path]
            # An unset field is left out: in a manifest, empty would mean managed and empty.
            if not isinstance(live, Known):
                continue
            if isinstance(live.value, Elements) and live.value.ambiguous:
                keys = ", ".join(" / ".join(key) for key in sorted(live.value.ambiguous))
                omitted.append((field.path, f"the platform has different elements with the same key: {keys}"))
                continue
            tree = _tree(field, live.value)
            if tree:
                fields[field.path] = tree
        return fields, omitted

    def _text(self, fields: Mapping[str, Tree]) -> str:
        metadata: dict[str, Tree] = {str(self.identity.field): self.identity.value}
        platform = KINDS[self.identity.kind].platform
        # The only target of a platform is found without a name.
        if sum(target.platform is platform for target in self.project.targets.values()) > 1:
            metadata["target"] = self.identity.target
        spec: dict[str, object] = {}
        for path, tree in fields.items():
            _put(spec, KINDS[self.identity.kind].by_path[path], tree)
        document = {"apiVersion": "trueup/v1", "kind": str(self.identity.kind), "metadata": metadata, "spec": spec}
        return compose(document)  # type: ignore[arg-type]  # put makes trees

    def _with_lifecycle(self, fields: Mapping[str, Tree], *, wanted: bool) -> str:
        plain = self._text(fields)
        reached = {} if self.live.lifecycle is None else KINDS[self.identity.kind].lifecycle.block(self.live.lifecycle)
        block = {name: _boolean(value) if isinstance(value, bool) else value for name, value in reached.items()}
        written = compose({"lifecycle": block}) if block else ""
        if not block or self._wrong(plain + written):
            return plain
        return plain + (written if wanted else LIVE_LIFECYCLE + "".join(f"# {line}\n" for line in written.splitlines()))

    def _wrong(self, text: str) -> str:
        """Return why this is not a valid manifest with an empty plan, empty if it is one."""
        loaded = load_texts(self.project, [("manifest", text.encode())])
        wrong = next((d for d in loaded.diagnostics if d.severity is Severity.ERROR), None)
        if wrong is not None:
            return f"a manifest cannot express it: {wrong.message.removesuffix('.')}"
        (manifest,) = loaded.manifests
        if manifest.identity != self.identity:
            return "a manifest cannot identify it"
        planned = plan_resource(manifest, self.live)
        if planned.verdict is not Verdict.UNCHANGED or planned.actions:
            return "a manifest with it would change the resource"
        return ""


def _put(spec: dict[str, object], field: Field, tree: Tree) -> None:
    """Put the tree of a field into a spec; several fields can be below one name of the user's choice."""
    if not isinstance(field, KeyedField) or not field.names:
        put(spec, field.path, tree)
        return
    assert isinstance(tree, Mapping)
    for name, element_tree in tree.items():
        put(spec, name, element_tree)


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
        case KeyedField(names=names), Elements(by_key) if names:
            return {".".join(field.place(key)): named_element(field, given) for key, given in by_key.items()}
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
