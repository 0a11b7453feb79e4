import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED

pytestmark = [pytest.mark.process, pytest.mark.slow]

COUNT = 3
MATRIX = [(("--shard", f"{index}/{COUNT}"), dict[str, str]()) for index in range(1, COUNT + 1)]
INDEXED = [
    (("--shard", "auto"), {"JOB_COMPLETION_INDEX": str(index), "TRUEUP_SHARDS": str(COUNT)}) for index in range(COUNT)
]
Job = tuple[Sequence[str], Mapping[str, str]]


def run_jobs(place: Path, jobs: Sequence[Job], *command: str) -> list[str]:
    """Run every job as a process of its own, side by side, each in a copy of its own, and keep what each printed."""

    def one(number: int) -> str:
        shard, variables = jobs[number]
        copy = place.with_name(f"copy-{command[0]}-{number}")
        shutil.copytree(place, copy)
        done = trueup(*command, *shard, "--format", "json", cwd=copy, env={**CREDENTIALS, **variables})
        file = place / f"shard-{number}.json"
        file.write_text(done.out)
        return file.name

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(one, range(len(jobs))))


def without_what_only_a_listing_tells(document: Any) -> Any:
    plan = {name: part for name, part in document["plan"].items() if name not in {"unmanaged", "checksum"}}
    return {**document, "plan": plan}


@pytest.mark.parametrize("jobs", [MATRIX, INDEXED], ids=["matrix", "indexed job"])
def test_jobs_side_by_side_plan_like_one(tmp_path: Path, jobs: Sequence[Job]) -> None:
    place = quickstart(tmp_path)
    with served("--seed", "live.yaml", cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        whole = trueup("plan", "--format", "json", cwd=place, env=CREDENTIALS)
        joined = trueup("merge", *run_jobs(place, jobs, "plan"), "--format", "json", cwd=place)
        assert joined.status == whole.status
        assert without_what_only_a_listing_tells(joined.document) == without_what_only_a_listing_tells(whole.document)


def test_jobs_side_by_side_apply_like_one(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    with served("--seed", "live.yaml", cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        joined = trueup("merge", *run_jobs(place, INDEXED, "apply", "--yes"), "--format", "json", cwd=place)
        again = trueup("plan", "--detailed-exitcode", "--select", "demo=ok", cwd=place, env=CREDENTIALS)
    assert joined.status == 3
    assert {o["status"] for o in joined.document["outcomes"]} == {"applied", "unchanged", "blocked"}
    assert again.status == 0


def test_a_job_that_was_lost_is_named(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    names = run_jobs(place, INDEXED, "validate")
    (place / names[1]).write_text("")
    assert "it is empty" in trueup("merge", *names, cwd=place).err
    lost = trueup("merge", names[0], names[2], "--format", "json", cwd=place)
    assert lost.status == 3
    assert [d["message"] for d in json.loads(lost.out)["diagnostics"]] == ["Shard 2/3 of the same run is not given."]
