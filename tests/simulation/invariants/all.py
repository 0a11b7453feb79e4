"""Let every judge see a run."""

from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.campaign.judges.content import judge_content
from benchmarks.campaign.judges.convergence import judge_convergence
from benchmarks.campaign.judges.creates import judge_creates
from benchmarks.campaign.judges.edits import judge_edits
from benchmarks.campaign.judges.evidence import Alarm, Evidence
from benchmarks.campaign.judges.journal import judge_journal
from benchmarks.campaign.judges.outages import judge_outages
from benchmarks.campaign.judges.outcomes import judge_outcomes
from benchmarks.campaign.judges.protected import judge_protected
from benchmarks.campaign.judges.replaced import judge_replaced
from benchmarks.campaign.judges.shown import judge_shown
from benchmarks.campaign.judges.stops import judge_stops
from benchmarks.campaign.lives import Lived

JUDGES: Final[tuple[Callable[[Evidence], Iterator[Alarm]], ...]] = (
    judge_edits,
    judge_creates,
    judge_shown,
    judge_content,
    judge_convergence,
    judge_outcomes,
    judge_journal,
    judge_protected,
    judge_replaced,
    judge_stops,
    judge_outages,
)


def judge(lived: Lived) -> list[Alarm]:
    """Return the alarms of a run."""
    evidence = Evidence(lived)
    return [alarm for judge_one in JUDGES for alarm in judge_one(evidence)]
