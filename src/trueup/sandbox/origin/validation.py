"""The check of one item of a create or update request, which yields edits or messages.

Messages count items and elements from 1 (``certifications[1]``, ``contact[1]``), as the error sample does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trueup.sandbox.origin.edits import Add, Clear, Edit, Put, Remove
from trueup.sandbox.origin.shape import (
    BODY_NAME,
    GL_SPELLINGS,
    STANDARD_CODE,
    Collection,
    Leaf,
    Member,
    Need,
    Path,
    Section,
    element_key,
    fits,
    natural_key,
    normalised,
)
from trueup.sandbox.settings import Settings

BEHAVIORS = ("ADD", "REMOVE")


@dataclass(slots=True, kw_only=True)
class ItemCheck:
    """The check of one item, with the edits and messages found so far.

    ``where`` is the name of the item in messages. An item that is ``creating`` has no ``collectionBehavior``.
    """

    where: str
    creating: bool
    settings: Settings
    edits: list[Edit] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def section(self, section: Section, body: Mapping[str, object], path: Path = ()) -> None:
        """Check an object whose fields are updated one by one."""
        self._unknown(body, {member.name for member in section.members}, path)
        if section.choice:
            self._choice(section, body, path)
            return
        for member in section.members:
            if member.name in body:
                self._member(member, body[member.name], (*path, member.name))
            elif _need(member) is Need.ALWAYS:
                self.require(".".join((*path, member.name)))

    def require(self, name: str) -> None:
        """Add the message that the item lacks a field."""
        self.messages.append(f"{self.where} require one {name}")

    def invalid(self, value: object, label: str, allowed: Iterable[str]) -> None:
        """Add the message that the value of a field is not allowed."""
        message = f"{self.where} has invalid value ''{_shown(value)}'' for field {label}."
        listed = ",".join(allowed)
        self.messages.append(f"{message} Allowed value(s) : [{listed}]" if listed else message)

    def text(self, leaf: Leaf, value: object, label: str) -> str | None:
        """Return the text as it is stored; None, after adding a message, if it is invalid."""
        if not isinstance(value, str):
            self.invalid(value, label, (leaf.form.value,))
            return None
        if leaf.allowed and value not in leaf.allowed:
            self.invalid(value, label, leaf.allowed)
            return None
        # A platform that trims texts checks the trimmed text.
        if not fits(leaf.form, value.strip() if self.settings.origin_trim else value):
            self.invalid(value, label, (leaf.form.value,))
            return None
        return normalised(leaf.form, value, self.settings)

    def _member(self, member: Member, value: object, path: Path) -> None:
        if is_empty(value):
            # What an empty value does is not documented, so a switch decides before its form is checked (origin-api.md
            # section 12).
            self._empty(member, value, path)
            return
        match member:
            case Leaf():
                self._leaf(member, value, path)
            case Section() if isinstance(value, Mapping):
                self.section(member, value, path)
            case Section():
                self.invalid(value, ".".join(path), ("object",))
            case Collection():
                self._collection(member, value, path)

    def _leaf(self, leaf: Leaf, value: object, path: Path) -> None:
        known = {STANDARD_CODE: self.settings.origin_standards, BODY_NAME: self.settings.origin_reporting_bodies}
        text = self.text(leaf, value, ".".join(path))
        if text is None:
            return
        if known.get(path) and text not in known[path]:
            self.invalid(text, ".".join(path), ())
        self.edits.append(Put(path, text))

    def _choice(self, section: Section, body: Mapping[str, object], path: Path) -> None:
        sent = [name for name in _names(section) if not is_empty(body.get(name))]
        if len(sent) != 1:
            allowed = " or ".join(".".join((*path, name)) for name in _names(section))
            self.messages.append(f"{self.where} require {'only ' if sent else ''}one {allowed}")
            return
        for member in section.members:
            if member.name in sent:
                self._member(member, body[member.name], (*path, member.name))
            else:
                if member.name in body and self.settings.origin_empty_values == "reject":
                    self.invalid(body[member.name], ".".join((*path, member.name)), ())
                # The other field of the choice is unset: only one may be set.
                self.edits.append(Put((*path, member.name), None))

    def _collection(self, collection: Collection, value: object, path: Path) -> None:
        # The error sample sends a bare object where a list belongs, and its message counts it as the first element.
        elements = value if isinstance(value, list) else [value]
        edits: list[Add | Remove] = []
        for number, element in enumerate(elements, start=1):
            label = ".".join((*path[:-1], f"{collection.singular}[{number}]"))
            if isinstance(element, Mapping):
                edits += self._element(collection, element, path, label)
            else:
                self.invalid(element, label, ("object",))
        self._clashes(edits, path)
        # In which order a REMOVE and an ADD of one key apply is not documented (origin-api.md section 4.2).
        self.edits += reversed(edits) if self.settings.origin_remove_and_add == "reverse" else edits

    def _element(
        self, collection: Collection, body: Mapping[str, object], path: Path, label: str
    ) -> Iterable[Add | Remove]:
        behavior = self._behavior(body, label)
        removing = behavior == "REMOVE"
        key = {path[-1] for path in natural_key(collection, self.settings)} if removing else None
        # A creation has no collectionBehavior (origin-api.md section 3.1): there it counts as an unknown field.
        own = {name: value for name, value in body.items() if self.creating or name != "collectionBehavior"}
        element = self._attributes(collection.members, own, label, key)
        if behavior is None:
            return ()
        if removing:
            return (Remove(path, collection, element, label),)
        return (Add(path, collection, element),)

    def _behavior(self, body: Mapping[str, object], label: str) -> str | None:
        value = body.get("collectionBehavior")
        # One sample leaves the behavior out, although the table requires it (origin-api.md section 11, row 8).
        if self.creating or (is_empty(value) and self.settings.origin_missing_behavior == "add"):
            return "ADD"
        if is_empty(value):
            self.require(f"{label}.collectionBehavior")
            return None
        if value not in BEHAVIORS:
            self.invalid(value, f"{label}.collectionBehavior", BEHAVIORS)
            return None
        return str(value)

    def _attributes(
        self, members: Iterable[Leaf | Section], body: Mapping[str, object], label: str, key: set[str] | None
    ) -> dict[str, object]:
        """Return the attributes of the element; ``key`` has the names needed to remove it, None if it is added."""
        members = tuple(members)
        self._unknown(body, {member.name for member in members}, (label,))
        carried: dict[str, object] = {}
        for member in members:
            value = body.get(member.name)
            if member.name in body and not (is_empty(value) and _is_needed(member, key)):
                self._attribute(member, value, f"{label}.{member.name}", key, carried)
            elif _is_needed(member, key):
                self.require(member.name)
        return carried

    def _attribute(
        self, member: Leaf | Section, value: object, label: str, key: set[str] | None, carried: dict[str, object]
    ) -> None:
        if is_empty(value):
            if self.settings.origin_empty_values == "clear":
                carried[member.name] = None
            elif self.settings.origin_empty_values == "reject":
                self.invalid(value, label, ())
        elif isinstance(member, Leaf):
            carried[member.name] = self.text(member, value, label)
        elif isinstance(value, Mapping):
            inner = (inner for inner in member.members if isinstance(inner, Leaf))
            carried[member.name] = self._attributes(inner, value, label, key)
        else:
            self.invalid(value, label, ("object",))

    def _empty(self, member: Member, value: object, path: Path) -> None:
        match self.settings.origin_empty_values:
            case "ignore":
                return
            case "reject":
                self.invalid(value, ".".join(path), ())
            case "clear":
                self._clear(member, path)

    def _clear(self, member: Member, path: Path) -> None:
        match member:
            case Leaf(need=Need.ALWAYS):
                self.require(".".join(path))
            case Leaf():
                self.edits.append(Put(path, None))
            case Collection():
                self.edits.append(Clear(path))
            case Section(choice=True):
                self.section(member, {}, path)
            case Section():
                for inner in member.members:
                    self._clear(inner, (*path, inner.name))

    def _clashes(self, edits: list[Add | Remove], path: Path) -> None:
        """Add messages about elements with the same key, where a switch forbids these."""
        seen: dict[tuple[object, ...], set[type]] = {}
        for edit in edits:
            key = element_key(edit.collection, edit.element, self.settings)
            kinds = seen.setdefault(key, set())
            repeated = type(edit) in kinds and self.settings.origin_duplicate_keys == "reject"
            mixed = bool(kinds - {type(edit)}) and self.settings.origin_remove_and_add == "reject"
            if repeated or mixed:
                shown = ", ".join(str(part) for part in key)
                self.messages.append(f"{self.where} has more than one ''{shown}'' in field {'.'.join(path)}")
            kinds.add(type(edit))

    def _unknown(self, body: Mapping[str, object], known: set[str], path: Path) -> None:
        for name in body:
            full = (*path, name)
            tolerated = self.settings.origin_unknown_fields == "ignore"
            # Two samples have this misspelling, so it has a switch of its own (origin-api.md section 11, row 1).
            if full in GL_SPELLINGS:
                tolerated = self.settings.origin_gl_spellings == "ignore"
            if name not in known and not tolerated:
                self.messages.append(f"{self.where} has unknown field {'.'.join(full)}")


def is_empty(value: object) -> bool:
    """Return whether a value is null, "", [] or {}."""
    return value is None or value in ("", [], {})


def _names(section: Section) -> tuple[str, ...]:
    return tuple(member.name for member in section.members)


def _need(member: Member) -> Need:
    return Need.NEVER if isinstance(member, Collection) else member.need


def _is_needed(member: Leaf | Section, key: set[str] | None) -> bool:
    if key is None:
        return member.need is not Need.NEVER
    # REMOVE needs the key only: samples omit other required members (origin-api.md section 11, row 13).
    return member.need is Need.ALWAYS and (isinstance(member, Section) or member.name in key)


def _shown(value: object) -> str:
    match value:
        case None:
            return "null"
        case str():
            return value
        case bool():
            return str(value).lower()
        case _:
            return str(value)
