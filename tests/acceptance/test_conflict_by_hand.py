"""A field that was changed both in the manifest and live, in a team that has only the reusable workflow."""

from pathlib import Path
from typing import Final

import pytest

from pipeline.platform import FIELDS, Values
from pipeline.team import KEYS, founded

pytestmark = [pytest.mark.process, pytest.mark.slow]

FIRST: Final[Values] = {(key, name): "first" for key in KEYS for name in FIELDS}
SLOT: Final = ("tax", "name")


def test_a_conflict_stops_a_push_and_a_run_by_hand_overwrites_what_its_plan_shows(tmp_path: Path) -> None:
    with founded(tmp_path, FIRST) as team:
        team.platform.edit(SLOT, "edited live")
        pull = team.open({SLOT: "wanted"}, None)
        merged = team.merge([pull], "squash")
        assert merged is not None
        pushed = team.follow(*merged, None)
        assert pushed is not None
        assert (pushed.status, team.platform.live()[SLOT]) == (3, "edited live")
        by_hand = team.dispatch(None)
        assert by_hand is not None
        assert (by_hand.status, team.platform.live()[SLOT]) == (0, "wanted")
        plan, _ = team.jobs.summaries[-2:]
        assert "edited live" in plan
