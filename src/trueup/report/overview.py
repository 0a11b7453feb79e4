"""Say of a whole report what a reader must not miss: what cannot be undone, and what happens where."""

from collections import Counter
from collections.abc import Iterator

from trueup.model.plan import Verdict
from trueup.report.tree import Entry, Line, Role, Tree


def entries_of(tree: Tree) -> Iterator[Entry]:
    """Yield every resource, section by section."""
    for section in tree.sections:
        yield from section.entries


def destroys(entry: Entry) -> bool:
    """Return whether something of this resource will be, or was, deleted, unlisted or unpublished."""
    if entry.word == Verdict.DELETE:
        return True
    lines = (block for block in entry.blocks if isinstance(block, Line) and not block.held)
    return any(tag.role is Role.PROBLEM for line in lines for tag in line.tags)


def words_of(tree: Tree) -> list[str]:
    """Return the verdicts or statuses that the report counts at all, in the order in which its total tells them."""
    return [word for word, number in tree.counts.items() if number]


def by_target(tree: Tree) -> dict[str, Counter[str]]:
    """Return how many resources of each target have which verdict or status; targets by name."""
    counts: dict[str, Counter[str]] = {}
    for entry in entries_of(tree):
        counts.setdefault(entry.target, Counter())[entry.word] += 1
    return dict(sorted(counts.items()))
