"""Renderers for entries of the list of codes: what each means, why, and what to do."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from trueup.model.codes import CODES, Code, Group
from trueup.plan.codec import JsonObject
from trueup.report.document import refused
from trueup.report.layout import filled, painted
from trueup.report.tree import Role

# Meanings are written in Markdown, with single stars around the names of states.
_EMPHASIS: Final = re.compile(r"[*](\w+)[*]")
_LABEL: Final = 9
"""Columns of the longest label, ``Example``, and the two spaces after it."""


def rendered_codes(codes: Sequence[Code], *, markdown: bool, width: int, color: bool) -> str:
    """Return Markdown, or the text of codes in lines of at most ``width`` columns: in full if they have one name."""
    if markdown:
        return codes_markdown(codes)
    render = codes_text if len({code.name for code in codes}) == 1 else list_text
    return render(codes, width=width, color=color)


def codes_of(document: object, *, file: str) -> Sequence[Code]:
    """Return the codes of a document of the command explain.

    Their texts are those of this version, so that a file cannot add any. Raises InvalidInput when it has other codes.
    """
    named = document.get("codes") if isinstance(document, dict) else None
    listed = named if isinstance(named, list) else ()
    wanted = [(str(code.get("group")), str(code.get("code"))) for code in listed if isinstance(code, dict)]
    known = {(code.group.name.lower(), code.name): code for code in CODES}
    if not wanted or not all(names in known for names in wanted):
        raise refused(file, "document-format", "The document has codes that this version of trueup does not have.")
    return [known[names] for names in wanted]


def codes_text(codes: Sequence[Code], *, width: int, color: bool) -> str:
    """Return each code in full, in lines of at most ``width`` columns."""
    return "\n".join("".join(f"{line}\n" for line in _whole(code, width, color=color)) for code in codes)


def list_text(codes: Sequence[Code], *, width: int, color: bool) -> str:
    """Return the names and meanings of all codes under the headings of their groups."""
    groups = (
        [painted(group, Role.STRONG, color=color), *(f"  {_line(code, width)}" for code in members)]
        for group, members in _grouped(codes)
    )
    return "\n".join("".join(f"{line}\n" for line in lines) for lines in groups)


def codes_markdown(codes: Sequence[Code]) -> str:
    """Return a heading and a Markdown table for each group."""
    return "\n".join(f"## {group}\n\n{codes_table(members)}" for group, members in _grouped(codes))


def codes_table(codes: Sequence[Code]) -> str:
    """Return a Markdown table of codes, with a column for levels if a code has one."""
    leveled = any(code.level for code in codes)
    head = ("code", *(("level",) if leveled else ()), "means", "what to do", "example")
    rows = [
        (f"`{code.name}`", *((code.level,) if leveled else ()), _meaning(code), code.fix, f"`{code.example}`")
        for code in codes
    ]
    # A pipe begins another cell, even inside a code span.
    lines = [head, tuple("---" for _ in head), *(tuple(text.replace("|", r"\|") for text in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _meaning(code: Code) -> str:
    """Return what a code means, and why, in Markdown."""
    return f"{code.meaning.removesuffix('.')}. {code.why}"


def code_to_json(code: Code) -> JsonObject:
    """Return a code as JSON; ``level`` is null for codes without one."""
    return {
        "code": code.name,
        "group": code.group.name.lower(),
        "level": code.level or None,
        "means": code.meaning,
        "why": code.why,
        "do": code.fix,
        "example": code.example,
    }


def _grouped(codes: Sequence[Code]) -> Iterator[tuple[Group, list[Code]]]:
    return ((group, list(members)) for group, members in groupby(codes, attrgetter("group")))


def _whole(code: Code, width: int, *, color: bool) -> Iterator[str]:
    heading = f"{code.group}, {code.level}" if code.level else str(code.group)
    yield f"{painted(code.name, Role.STRONG, color=color)}  {painted(heading, Role.MUTED, color=color)}"
    # Two columns less, for the indentation.
    yield f"  {filled(_plain(code.meaning), width - 2)}"
    for label, text in (("Why", code.why), ("Do", code.fix)):
        if text:
            yield f"  {label:{_LABEL}}{filled(_plain(text), width - 2, hang=_LABEL + 2)}"
    # Not wrapped: an example is copied, and a line break would become part of it.
    yield f"  {'Example':{_LABEL}}{code.example}"


def _line(code: Code, width: int) -> str:
    level = f"{code.level}: " if code.level else ""
    # Indented further than the next name, so that the names form a column of their own.
    return filled(f"{code.name}  {level}{_plain(code.meaning)}", width - 2, hang=6)


def _plain(text: str) -> str:
    """Return a text as a sentence without the stars of Markdown."""
    plain = _EMPHASIS.sub(r"\1", text)
    return f"{plain[:1].upper()}{plain[1:]}"
