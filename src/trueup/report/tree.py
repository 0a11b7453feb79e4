"""The content of a report, independent of how a renderer shows it.

A :class:`ReportTree` is built once, from a plan, from outcomes or from runs, and every renderer reads it. Renderers
never see model objects. Texts in the tree are raw: each renderer escapes markup and control characters for its format.
A span has a role, not a colour.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypedDict

from trueup.model.identity import Identity
from trueup.model.lookalikes import mistakable
from trueup.model.plan import Verdict
from trueup.model.position import Position


class Role(StrEnum):
    """The meaning of a span, from which each renderer chooses its look."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"
    VALUE = "value"
    """A value from a manifest or a platform; shortened when it is too long."""
    BEFORE = "before"
    AFTER = "after"
    ADDED = "added"
    REMOVED = "removed"
    UNSET = "unset"
    """A placeholder instead of a value: ``(unset)``."""
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    PROBLEM = "problem"
    CAUTION = "caution"


class Sign(StrEnum):
    """The one-character mark of a resource."""

    CREATE = "+"
    UPDATE = "~"
    DELETE = "-"
    PROBLEM = "!"
    WAITING = "?"
    SAME = "="
    DONE = "✓"


SIGN_ROLES: Final = {
    Sign.CREATE: Role.CREATE,
    Sign.UPDATE: Role.UPDATE,
    Sign.DELETE: Role.DELETE,
    Sign.PROBLEM: Role.PROBLEM,
    Sign.WAITING: Role.CAUTION,
    Sign.SAME: Role.MUTED,
    Sign.DONE: Role.CREATE,
}
"""The role of each sign, and so its colour."""


class Shown(StrEnum):
    """When a part is shown: ``FULL`` only with --verbose, ``BRIEF`` only without.

    ``FOLDED`` is like ``FULL``, and folded where the format can fold.
    """

    ALWAYS = "always"
    BRIEF = "brief"
    FULL = "full"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Span:
    """A text with one role."""

    text: str
    role: Role = Role.PLAIN

    def with_text(self, text: str) -> "Span":
        """Return a span of the same role with another text."""
        return Span(text, self.role)


@dataclass(frozen=True, slots=True)
class Swap:
    """A value that is replaced by another; ``name`` is the attribute, empty when the line's label names it."""

    before: Span
    after: Span
    name: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An attribute's name and value."""

    name: str
    value: Span


TextPiece = Span | Swap | Labelled


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of a text difference; ``sign`` is ``+``, ``-``, a space, or empty for omitted lines."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One action, or one field of a creation.

    ``label`` is a path in the manifest, and ``name`` the platform's own name of the action, empty without one. For
    elements of collections, ``subject`` is the element, and ``pieces`` are its attributes. ``sign`` marks the whole
    line as added or removed. ``rows`` are the difference of a multi-line text. ``tags`` are warnings (risk, cause).
    ``held``: nothing is sent for the resource.
    """

    label: str
    pieces: tuple[TextPiece, ...] = ()
    name: str = ""
    subject: str = ""
    sign: Sign | None = None
    rows: tuple[ReportRow, ...] = ()
    tags: tuple[Span, ...] = ()
    reason: str = ""
    held: bool = False
    shown: Shown = Shown.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Sentences about a resource.

    ``word`` is their level ("blocked"); ``path`` and ``place`` are the field and the position that they refer to.
    """

    word: str
    text: str
    role: Role
    path: str = ""
    code: str = ""
    place: Position | None = None


@dataclass(frozen=True, slots=True)
class Divider:
    """A text between two groups of lines."""

    text: str
    shown: Shown = Shown.ALWAYS


@dataclass(frozen=True, slots=True)
class Quote:
    """Messages of a platform, one text per error."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One field at three moments."""

    path: str
    planned: Span
    now: Span
    wanted: Span
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Fields with their values at planning, now, and as wanted."""

    title: str
    fields: tuple[Compared, ...]


Block = Line | Remark | Divider | Quote | Comparison


class _IdentityFields(TypedDict):
    kind: str
    name: str
    target: str


def identity_fields(identity: Identity) -> _IdentityFields:
    """Return the fields of an entry that say which resource it is about."""
    return {"kind": identity.kind, "name": identity.shown, "target": identity.target}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntryNode:
    """One resource: its headline and the blocks below it.

    ``word`` is its verdict or status, for counting and filtering; ``status`` is the text in the headline.
    """

    sign: Sign
    word: str
    kind: str
    name: str
    target: str
    place: Position | None = None
    status: tuple[Span, ...] = ()
    notes: tuple[Span, ...] = ()
    blocks: tuple[Block, ...] = ()
    shown: Shown = Shown.ALWAYS

    def __post_init__(self) -> None:
        """Spell out elements and members that look like another one of the same resource."""
        # In the tree, not in a renderer: all formats then name a resource in the same way.
        lines = [block for block in self.blocks if isinstance(block, Line)]
        spelled = mistakable([text for line in lines for text in _names(line)])
        if spelled:
            blocks = (_renamed(block, spelled) if isinstance(block, Line) else block for block in self.blocks)
            # The class is frozen; this is the one place that may set a field.
            object.__setattr__(self, "blocks", tuple(blocks))


def _names(line: Line) -> Iterator[str]:
    if line.subject:
        yield line.subject
    # Only single spans: they are members of a set. Swaps compare values, and renderers make these differ.
    yield from (piece.text for piece in line.pieces if isinstance(piece, Span))


def _renamed(line: Line, spelled: Mapping[str, str]) -> Line:
    pieces = (
        piece.with_text(spelled.get(piece.text, piece.text)) if isinstance(piece, Span) else piece
        for piece in line.pieces
    )
    return replace(line, subject=spelled.get(line.subject, line.subject), pieces=tuple(pieces))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of entries; ``announced``: text output prints the title, because signs do not imply it."""

    title: str
    entries: tuple[ReportEntryNode, ...]
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """One sentence at the end of a report."""

    spans: tuple[Span, ...]
    shown: Shown = Shown.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTree:
    """A whole report.

    ``total`` is its summary in one line; ``counts`` has the numbers by verdict or status, zeros included.
    ``several_targets``: a kind exists on more than one target, so headlines name the target. ``notices`` are sentences
    to show first.
    """

    title: str
    total: tuple[Span, ...]
    counts: Mapping[str, int]
    sections: tuple[Section, ...] = ()
    closings: tuple[Closing, ...] = ()
    several_targets: bool = False
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Spell out resources whose names look like another one in the report."""
        spelled = mistakable([entry.name for section in self.sections for entry in section.entries])
        if spelled:
            sections = (
                replace(section, entries=tuple(replace(e, name=spelled.get(e.name, e.name)) for e in section.entries))
                for section in self.sections
            )
            object.__setattr__(self, "sections", tuple(sections))


def entries_of(tree: ReportTree) -> Iterator[ReportEntryNode]:
    """Yield every resource, section by section."""
    for section in tree.sections:
        yield from section.entries


def closing_texts(tree: ReportTree) -> list[str]:
    """Return the sentences at the end of a report, without those that only the full form shows."""
    return [
        "".join(span.text for span in closing.spans) for closing in tree.closings if closing.shown is not Shown.FULL
    ]


def destroys(entry: ReportEntryNode) -> bool:
    """Return whether the entry has an action that deletes, unlists or unpublishes something."""
    if entry.word == Verdict.DELETE:
        return True
    # Actions that are held back are not sent, so they destroy nothing.
    lines = (block for block in entry.blocks if isinstance(block, Line) and not block.held)
    return any(tag.role is Role.PROBLEM for line in lines for tag in line.tags)


def words_of(tree: ReportTree) -> list[str]:
    """Return the verdicts or statuses with a count above zero, in the order of the total."""
    return [word for word, number in tree.counts.items() if number]


def by_target(tree: ReportTree) -> dict[str, Counter[str]]:
    """Return the number of resources by target and verdict or status, sorted by target."""
    counts: dict[str, Counter[str]] = {}
    for entry in entries_of(tree):
        counts.setdefault(entry.target, Counter())[entry.word] += 1
    # Sorted: the order of the sections changes from run to run, that of a table must not.
    return dict(sorted(counts.items()))


# Shorter remarks take no more room than the reference that would replace them.
LONG = 40
"""Number of characters from which a repeated remark is replaced by a reference."""


def without_repeats(entries: Iterable[ReportEntryNode], least: int = LONG) -> tuple[ReportEntryNode, ...]:
    """Return the entries; a remark of at least this length that repeats one of the same target becomes a reference."""
    # By target: the same text about another target is another problem.
    first: dict[tuple[str, str], str] = {}
    return tuple(_referring(entry, first, least) for entry in entries)


def _referring(entry: ReportEntryNode, first: dict[tuple[str, str], str], least: int) -> ReportEntryNode:
    name = f"{entry.kind} {entry.name}"
    blocks: list[Block] = []
    for block in entry.blocks:
        if isinstance(block, Remark) and len(block.text) >= least:
            original = first.setdefault((entry.target, block.text), name)
            blocks.append(block if original == name else replace(block, text=f"the same as {original}"))
        else:
            blocks.append(block)
    return replace(entry, blocks=tuple(blocks))
