"""What a report says, before a renderer decides how it looks.

A :class:`ReportTree` is built once, from a plan, from outcomes or from runs, and each renderer walks it. Renderers
never see model objects. Texts in the tree are raw: a renderer escapes what its medium would take for markup or control.
A span carries a role, never a colour.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from trueup.model.lookalikes import mistakable
from trueup.model.plan import Verdict
from trueup.model.position import Position


class Role(StrEnum):
    """Say what a span is, so that each medium can choose how it looks."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"
    VALUE = "value"
    """A value out of a manifest or from a platform, shortened where room is short."""
    BEFORE = "before"
    AFTER = "after"
    ADDED = "added"
    REMOVED = "removed"
    UNSET = "unset"
    """Words of ours in the place of a value: ``(unset)``."""
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    PROBLEM = "problem"
    CAUTION = "caution"


class Sign(StrEnum):
    """Mark a resource in one character."""

    CREATE = "+"
    UPDATE = "~"
    DELETE = "-"
    PROBLEM = "!"
    WAITING = "?"
    SAME = "="


SIGN_ROLES: Final = {
    Sign.CREATE: Role.CREATE,
    Sign.UPDATE: Role.UPDATE,
    Sign.DELETE: Role.DELETE,
    Sign.PROBLEM: Role.PROBLEM,
    Sign.WAITING: Role.CAUTION,
    Sign.SAME: Role.MUTED,
}
"""How a resource's sign is coloured."""


class Shown(StrEnum):
    """Say when a piece is shown: ``BRIEF`` stands in for ``FULL`` pieces where not everything is wanted."""

    ALWAYS = "always"
    BRIEF = "brief"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Span:
    """Hold a piece of text with one role."""

    text: str
    role: Role = Role.PLAIN

    def saying(self, text: str) -> "Span":
        """Return a span of the same role with another text."""
        return Span(text, self.role)


@dataclass(frozen=True, slots=True)
class Swap:
    """Hold a value that gives way to another; ``name`` is the part that changes, empty when the label says it."""

    before: Span
    after: Span
    name: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Hold the value of a named attribute."""

    name: str
    value: Span


TextPiece = Span | Swap | Said


@dataclass(frozen=True, slots=True)
class ReportRow:
    """Hold one line of a text difference; ``sign`` is ``+``, ``-``, a space, or empty for lines that are left out."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Hold one action, or one field of a creation.

    ``verb`` and ``subject`` are for elements of collections: what happens, and to which one; ``pieces`` then tell of
    its attributes. ``sign``: the line as a whole is something that comes or goes. ``rows`` are the difference of a
    text of several lines. ``tags`` warn (risk, cause). ``held``: belongs to a resource for which nothing is sent.
    """

    label: str
    pieces: tuple[TextPiece, ...] = ()
    verb: str = ""
    subject: str = ""
    sign: Sign | None = None
    rows: tuple[ReportRow, ...] = ()
    tags: tuple[Span, ...] = ()
    reason: str = ""
    held: bool = False
    shown: Shown = Shown.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Hold sentences about a resource.

    ``word`` grades them ("blocked"), ``path`` and ``place`` say what they are of.
    """

    word: str
    text: str
    role: Role
    path: str = ""
    code: str = ""
    place: Position | None = None


@dataclass(frozen=True, slots=True)
class Divider:
    """Hold words that part the lines before from those after."""

    text: str
    shown: Shown = Shown.ALWAYS


@dataclass(frozen=True, slots=True)
class Quote:
    """Hold a platform's own words, one text an error."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Hold one field at three moments."""

    path: str
    planned: Span
    now: Span
    wanted: Span
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold fields at planning, now, and as wanted."""

    title: str
    fields: tuple[Compared, ...]


Block = Line | Remark | Divider | Quote | Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntryNode:
    """Hold one resource: its headline, and below it what is to be said.

    ``word`` is its verdict or status, for counting and filtering; ``status`` is what the headline says of it.
    """

    sign: Sign
    word: str
    kind: str
    name: str
    target: str
    place: Position | None
    status: tuple[Span, ...] = ()
    notes: tuple[Span, ...] = ()
    blocks: tuple[Block, ...] = ()
    shown: Shown = Shown.ALWAYS

    def __post_init__(self) -> None:
        """Spell out elements and members that could be taken for another one of the same resource."""
        lines = [block for block in self.blocks if isinstance(block, Line)]
        spelled = mistakable([text for line in lines for text in _names(line)])
        if spelled:
            blocks = (_renamed(block, spelled) if isinstance(block, Line) else block for block in self.blocks)
            object.__setattr__(self, "blocks", tuple(blocks))


def _names(line: Line) -> Iterator[str]:
    if line.subject:
        yield line.subject
    yield from (piece.text for piece in line.pieces if isinstance(piece, Span))


def _renamed(line: Line, spelled: Mapping[str, str]) -> Line:
    pieces = (
        piece.saying(spelled.get(piece.text, piece.text)) if isinstance(piece, Span) else piece for piece in line.pieces
    )
    return replace(line, subject=spelled.get(line.subject, line.subject), pieces=tuple(pieces))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Hold entries that belong together; ``announced``: the title is needed even where signs tell the rest."""

    title: str
    entries: tuple[ReportEntryNode, ...]
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """Hold one sentence below everything."""

    spans: tuple[Span, ...]
    shown: Shown = Shown.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTree:
    """Hold a whole report.

    ``total`` is its one-line sum, ``counts`` the same as numbers by verdict or status, those that are zero included.
    ``several_targets``: a kind lives on more than one target, so that headlines must name it. ``notices`` are what is
    to be read before all else, a sentence each.
    """

    title: str
    total: tuple[Span, ...]
    counts: Mapping[str, int]
    sections: tuple[Section, ...] = ()
    closings: tuple[Closing, ...] = ()
    several_targets: bool = False
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Spell out resources that could be taken for another one of the report."""
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


def destroys(entry: ReportEntryNode) -> bool:
    """Return whether something of this resource will be, or was, deleted, unlisted or unpublished."""
    if entry.word == Verdict.DELETE:
        return True
    lines = (block for block in entry.blocks if isinstance(block, Line) and not block.held)
    return any(tag.role is Role.PROBLEM for line in lines for tag in line.tags)


def words_of(tree: ReportTree) -> list[str]:
    """Return the verdicts or statuses that the report counts at all, in the order in which its total tells them."""
    return [word for word, number in tree.counts.items() if number]


def by_target(tree: ReportTree) -> dict[str, Counter[str]]:
    """Return how many resources of each target have which verdict or status; targets by name."""
    counts: dict[str, Counter[str]] = {}
    for entry in entries_of(tree):
        counts.setdefault(entry.target, Counter())[entry.word] += 1
    return dict(sorted(counts.items()))


LONG = 40
"""From how many characters on a remark is worth a reference in its place."""


def told_once(entries: Iterable[ReportEntryNode]) -> tuple[ReportEntryNode, ...]:
    """Return the entries; a remark that an earlier one of the same target makes too becomes a reference to that."""
    first: dict[tuple[str, str], str] = {}
    return tuple(_referring(entry, first) for entry in entries)


def _referring(entry: ReportEntryNode, first: dict[tuple[str, str], str]) -> ReportEntryNode:
    here = f"{entry.kind} {entry.name}"
    blocks: list[Block] = []
    for block in entry.blocks:
        if isinstance(block, Remark) and len(block.text) >= LONG:
            where = first.setdefault((entry.target, block.text), here)
            blocks.append(block if where == here else replace(block, text=f"the same as {where}"))
        else:
            blocks.append(block)
    return replace(entry, blocks=tuple(blocks))
