"""All invariants."""

from collections.abc import Callable, Iterator
from typing import Final

from simulation.invariants.approved_actions import check_shown
from simulation.invariants.connector_first import check_order
from simulation.invariants.convergence import check_convergence
from simulation.invariants.duplicate_creations import check_creates
from simulation.invariants.evidence import Evidence, Violation
from simulation.invariants.foreign_edits import check_edits
from simulation.invariants.journal import check_journal
from simulation.invariants.outages import check_outages
from simulation.invariants.outcomes import check_outcomes
from simulation.invariants.protected import check_protected
from simulation.invariants.published_content import check_content
from simulation.invariants.replaced import check_replaced
from simulation.invariants.rollouts import check_rollouts
from simulation.invariants.secrets_kept import check_kept
from simulation.invariants.secrets_sent import check_secrets
from simulation.invariants.stops import check_stops
from simulation.run import FinishedRun

CHECKS: Final[tuple[Callable[[Evidence], Iterator[Violation]], ...]] = (
    check_edits,
    check_creates,
    check_shown,
    check_content,
    check_convergence,
    check_outcomes,
    check_journal,
    check_protected,
    check_replaced,
    check_stops,
    check_outages,
    check_rollouts,
    check_order,
    check_secrets,
    check_kept,
)


def check_invariants(finished: FinishedRun) -> list[Violation]:
    """Return the violations of a run."""
    evidence = Evidence(finished)
    return [violation for check_one in CHECKS for violation in check_one(evidence)]
