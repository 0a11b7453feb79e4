"""Results as tables and goals, and their Markdown."""

from dataclasses import asdict, dataclass
from typing import Any, Final

Cell = str | int | float | None
_WIDE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; ``note`` says what its figures are and how they were measured."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound (``wanted``, at least or at most) and the figure measured; None when it could not be measured."""

    text: str
    wanted: float
    measured: float | None
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        """Return whether the goal is reached, None when it was not measured."""
        if self.measured is None:
            return None
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of one benchmark; ``skipped`` says what could not be measured, and why."""

    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()
    skipped: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        goals = [{**asdict(goal), "reached": goal.reached} for goal in self.goals]
        return {"tables": [asdict(table) for table in self.tables], "goals": goals, "skipped": list(self.skipped)}


def render(report: Report) -> str:
    """Return a report as Markdown."""
    parts = [_table(table) for table in report.tables]
    if report.goals:
        rows = tuple((g.text, f"{'≥' if g.at_least else '≤'} {g.wanted:g}", g.measured, _word(g)) for g in report.goals)
        parts.append(_table(Table(title="Goals", columns=("goal", "wanted", "measured", ""), rows=rows)))
    parts += [f"**Skipped**: {words}\n" for words in report.skipped]
    return "\n".join(parts)


def _word(goal: Goal) -> str:
    return {True: "reached", False: "missed", None: "not measured"}[goal.reached]


def _table(table: Table) -> str:
    lines = [table.columns, tuple("---" for _ in table.columns), *(tuple(map(shown, row)) for row in table.rows)]
    body = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"### {table.title}\n\n{body}" + (f"\n{table.note}\n" if table.note else "")


def shown(cell: Cell) -> str:
    """Return a figure with its significant digits."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case int():
            return f"{cell:,}"
        case float() if abs(cell) >= _WIDE:
            return f"{cell:,.0f}"
        case float():
            return f"{cell:.3g}"


def ratio(some: float, other: float) -> float | None:
    """Return some / other, None where other is 0."""
    return some / other if other else None


def mib(memory: int) -> float:
    """Return bytes in MiB."""
    return memory / 1024**2
