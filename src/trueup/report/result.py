"""What a command ends with; everything that is printed, written or posted is made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trueup.errors import Diagnostic, TrueupError
from trueup.report.provenance import Making

if TYPE_CHECKING:
    # Every start comes this way, and most of them have neither a plan nor outcomes.
    from trueup.model.plan import Drift, Plan
    from trueup.model.run import Outcome, Run
    from trueup.plan.shard import Shard
    from trueup.report.tree import ReportTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that a command has to say at its end; ``status`` is its exit status.

    ``tree`` is the report of a command that has one of its own, and ``also`` what only its own JSON document holds.
    ``runs`` are those on record, for commands about them. ``summary`` is a closing line of a command without a plan.
    ``error`` is what ended the run early. ``shard`` is the part of the estate that the command was about, None for all
    of it; ``making`` then says what the document was made from. ``file`` is the name of the document that the result
    was read from: it then has no tree, runs or members of its own, and of an error only the words.
    """

    command: str
    status: int
    diagnostics: tuple[Diagnostic, ...] = ()
    plan: "Plan | None" = None
    outcomes: "Sequence[Outcome] | None" = None
    drift: "Drift | None" = None
    tree: "ReportTree | None" = None
    runs: "Sequence[Run] | None" = None
    also: Mapping[str, object] = field(default_factory=dict)
    error: TrueupError | None = None
    summary: str = ""
    shard: "Shard | None" = None
    making: Making = field(default_factory=Making)
    file: str = ""

    @property
    def told(self) -> str:
        """Return the words of the error, empty without one."""
        return "" if self.error is None else str(self.error)
