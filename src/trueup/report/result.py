"""The result of a command; everything that is printed, written or posted is made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trueup.errors import Diagnostic, TrueupError, explained
from trueup.model.position import COMMIT_DIGITS

if TYPE_CHECKING:
    # Every start imports this module, and most runs have neither a plan nor outcomes.
    from trueup.model.plan import Drift, Plan
    from trueup.model.run import Outcome, Run
    from trueup.plan.shard import Shard
    from trueup.report.tree import ReportTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The commit of the work tree and the id of the CI run; each is empty when there is none.

    ``files`` is a hash of the project file and the manifests on disk, committed or not. It is empty when the run ended
    before it had read them.
    """

    commit: str = ""
    run: str = ""
    files: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Return the commit and the run, which all shards of one run share."""
        return self.commit, self.run

    def __str__(self) -> str:
        """Return the commit and the run as text for messages."""
        commit = f"commit {self.commit[:COMMIT_DIGITS]}" if self.commit else "no commit"
        return f"{commit}, {f'run {self.run}' if self.run else 'no run'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a command; ``status`` is its exit status.

    ``tree`` is the report of a command with neither a plan nor drift, and ``also`` are additional members of its JSON
    document. ``runs`` are recorded runs, for the command ``runs``. ``summary`` is the closing text of a command without
    a report. ``error`` ended the run early. ``shard`` is the part of the manifests that the command processed, None for
    all of them; ``provenance`` then names the commit, run and files. ``file`` is the document that the result was read
    from: such a result has no runs, and only the message of its error.
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
    provenance: Provenance = field(default_factory=Provenance)
    file: str = ""

    @property
    def error_text(self) -> str:
        """Return the message of the error, empty without one."""
        return "" if self.error is None else explained(self.error)
