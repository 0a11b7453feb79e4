"""Say once what holds for many resources of a target, as that nobody could read any of them."""

from collections.abc import Iterable
from dataclasses import replace

from trueup.report.tree import Block, Entry, Remark

LONG = 40
"""From how many characters on a remark is worth a reference in its place."""


def told_once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries; a remark that an earlier one of the same target makes too becomes a reference to that."""
    first: dict[tuple[str, str], str] = {}
    return tuple(_referring(entry, first) for entry in entries)


def _referring(entry: Entry, first: dict[tuple[str, str], str]) -> Entry:
    here = f"{entry.kind} {entry.name}"
    blocks: list[Block] = []
    for block in entry.blocks:
        if isinstance(block, Remark) and len(block.text) >= LONG:
            where = first.setdefault((entry.target, block.text), here)
            blocks.append(block if where == here else replace(block, text=f"the same as {where}"))
        else:
            blocks.append(block)
    return replace(entry, blocks=tuple(blocks))
