"""The report of init, and its members of the JSON document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trueup.plan.codec import JsonObject
from trueup.report.tree import (
    Block,
    Closing,
    Line,
    Remark,
    ReportEntryNode,
    ReportRow,
    ReportTree,
    Role,
    Section,
    Shown,
    Sign,
    Span,
)
from trueup.report.values import counted


class FileFate(StrEnum):
    """What becomes of a file. ``LEFT``: the user has to do something by hand."""

    NEW = "new"
    EXTENDED = "extended"
    KEPT = "kept"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedFile:
    """A file of a new project: what it is, and what becomes of it.

    ``text`` is what is written, or what the user has to add; ``reason`` says why it is left to the user. ``following``
    is the next step after the file is written, empty for none.
    """

    name: str
    purpose: str
    fate: FileFate
    text: str = ""
    reason: str = ""
    following: str = ""


_SIGNS: Final = {
    FileFate.NEW: Sign.CREATE,
    FileFate.EXTENDED: Sign.UPDATE,
    FileFate.KEPT: Sign.SAME,
    FileFate.LEFT: Sign.PROBLEM,
}


def started_tree(files: Sequence[StartedFile], following: Sequence[str], *, git: bool, written: bool) -> ReportTree:
    """Return the report; without ``written`` it shows what would be written.

    ``following`` are the next steps. ``git``: the folder is made a repository.
    """
    made = [file for file in files if file.fate in {FileFate.NEW, FileFate.EXTENDED}]
    kept = [file for file in files if file.fate is FileFate.KEPT]
    left = [file for file in files if file.fate is FileFate.LEFT]
    sections = (
        Section(title="Left to you", entries=tuple(map(_entry, left)), announced=True),
        Section(title="Written" if written else "To be written", entries=tuple(map(_entry, made)), announced=True),
        Section(title="Kept as it is", entries=tuple(map(_entry, kept)), announced=True),
    )
    return ReportTree(
        title="Init",
        total=_total(len(made), len(kept), len(left), written=written),
        counts={"written": len(made), "kept": len(kept), "left": len(left)},
        sections=tuple(section for section in sections if section.entries),
        closings=tuple(_closings(following, git=git, written=written)),
    )


def started_to_json(files: Sequence[StartedFile], following: Sequence[str]) -> JsonObject:
    """Return each file with what became of it, and the next steps."""
    return {
        "files": [
            {"name": file.name, "purpose": file.purpose, "fate": file.fate, "reason": file.reason, "text": file.text}
            for file in files
        ],
        "next": list(following),
    }


def _closings(following: Sequence[str], *, git: bool, written: bool) -> Iterator[Closing]:
    if git:
        verb = "is now" if written else "would become"
        yield Closing((Span(f"The folder {verb} a git repository."),))
    for number, step in enumerate(following):
        yield Closing((Span(f"{'Then' if number else 'Next'}: {step}"),))


def _entry(file: StartedFile) -> ReportEntryNode:
    left = file.fate is FileFate.LEFT
    blocks: list[Block] = [Remark(word="not written", text=file.reason, role=Role.CAUTION)] if left else []
    if file.text:
        rows = tuple(ReportRow("+", line) for line in file.text.splitlines())
        # The command prints what is left to the user as it is: rows are shortened and wrapped.
        blocks.append(Line(label="", rows=rows, shown=Shown.FULL))
    return ReportEntryNode(
        sign=_SIGNS[file.fate], word=file.fate, kind=file.purpose, name=file.name, target="", blocks=tuple(blocks)
    )


def _total(made: int, kept: int, left: int, *, written: bool) -> tuple[Span, ...]:
    verb = "Wrote" if written else "Would write"
    spans = [Span(f"{verb} {counted(made, 'file')}" if made else "Nothing to write", Role.STRONG)]
    if kept:
        spans.append(Span(f"; {kept:,} kept as {'it is' if kept == 1 else 'they are'}"))
    if left:
        spans += [Span("; "), Span(f"{left:,} left to you", Role.CAUTION)]
    return (*spans, Span("."))
