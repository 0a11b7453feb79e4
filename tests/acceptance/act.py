"""Run a workflow of the examples with ``act``, for the stories of :mod:`acceptance.stories` and for others.

The team's repository has the file of the documentation, the action and what it calls are those of this repository. What
``act`` cannot express stays with the interpreter of :mod:`acceptance.jobs`, or with the story:

- All jobs have one token, with what the calling job or any job of the workflow may do, and not with what the
  ``permissions`` of each job say.
- act copies the checkout. It is a clone with the whole history, whatever ``fetch-depth`` says.
- act knows no queue of ``concurrency``: a story says which run GitHub drops. It knows no reviewers and no secrets of an
  ``environment``, and no ``cache-mode`` either.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import yaml

from acceptance.jobs import Job, Ran, Start, check_out
from acceptance.runner import Consumer, example
from acceptance.runner import Ran as Acted
from github.state import READ_ONLY, State
from repositories import git

EXAMPLES: Final = {".github/workflows/trueup.yml": "trueup", ".github/workflows/trueup-commands.yml": "commands"}
"""The documentation's file that calls a workflow."""

TOKEN: Final = "canary-of-the-run"


@dataclass(frozen=True)
class Act:
    """The engine that is real."""

    state: State
    consumer: Consumer

    def ran(self, start: Start) -> list[Ran]:
        """Run a workflow to its end; return how each leg ended."""
        consumer, state = self.consumer, self.state
        check_out(state, start.event, consumer.place, 0)
        git(consumer.place, "remote", "add", "origin", f"https://github.com/{state.full_name}.git")
        workflow = _calling(start) if start.workflow in EXAMPLES else example(Path(start.workflow).stem)
        asked = [permission for job in workflow["jobs"].values() for permission in job["permissions"].items()]
        # Writing includes reading, and comes last here.
        may = {name.replace("-", "_"): access for name, access in sorted(asked, key=itemgetter(1))}
        foreign = start.event.is_foreign(state)
        state.allow(TOKEN, **{name: READ_ONLY[name] if foreign else access for name, access in may.items()})
        file = consumer.folder / "caller.yml"
        file.write_text(yaml.safe_dump(workflow, sort_keys=False))
        env = start.event.variables(state, start.run, consumer.folder)
        payload = Path(env.pop("GITHUB_EVENT_PATH"))
        secrets = {"GITHUB_TOKEN": TOKEN, **start.secrets}
        acted = consumer.act(file, start.event.name, payload, secrets=secrets, env=env, lost_at=start.lost_at)
        assert acted.status == 0 or acted.records, acted.text
        assert "Traceback" not in acted.text, acted.text
        self._check_secrets(acted, secrets.values())
        self._keep(start)
        shutil.rmtree(consumer.place)
        jobs = list(_jobs(acted.records))
        legs = range(1, len(start.legs) + 1)
        return [Ran(start.run, [job for of, job in jobs if of in (leg, 0)]) for leg in legs]

    def _check_secrets(self, acted: Acted, secrets: Iterable[str]) -> None:
        """Check that no secret is in the log, on GitHub, or in a file that is left on the machine."""
        left = [file for file in self.consumer.folder.rglob("*") if file.is_file() and not file.is_symlink()]
        seen = b"".join(file.read_bytes() for file in left)
        comments = "".join(comment.body for comment in self.state.comments.values())
        for canary in secrets:
            assert canary not in acted.text + comments
            assert canary.encode() not in seen

    def _keep(self, start: Start) -> None:
        """Give GitHub what the run has uploaded."""
        for folder in sorted(self.consumer.artifacts.glob("*")):
            files = {file.name: file.read_bytes() for file in folder.iterdir()}
            self.state.keep_plan(start.run, folder.name, files)
        shutil.rmtree(self.consumer.artifacts, ignore_errors=True)


def _calling(start: Start) -> Any:
    """Return the documentation's file, with the inputs of the story."""
    workflow = example(EXAMPLES[start.workflow])
    (job,) = workflow["jobs"].values()
    job.pop("cache-mode", None)
    job["secrets"]["TRUEUP_TOKEN"] = "${{ secrets.TRUEUP_TOKEN }}"
    match start.legs:
        case [given]:
            job["with"] = dict(given)
        case legs:
            job["strategy"] = {"matrix": {"include": [dict(leg) for leg in legs]}}
            job["with"] = {name: f"${{{{ matrix.{name} }}}}" for name in {name: None for leg in legs for name in leg}}
    return workflow


def _jobs(records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Job]]:
    """Yield the jobs that began, each with the number of its leg, 0 where there is no matrix.

    act names a job of a called workflow by the calling job, by the workflow and by itself: ``trueup-2/trueup/plan``.
    """
    of: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        if "step" in record or "jobResult" in record:
            of.setdefault(record["job"].strip(), []).append(record)
    for name, own in of.items():
        acted = Acted(0, own, "")
        (identifier,) = {record["jobID"] for record in own}
        result = acted.ended.get(identifier, "failure")
        leg = name.partition("/")[0].rpartition("-")[2]
        yield int(leg) if leg.isdecimal() else 0, Job(identifier, result, acted.log, acted.summary(), acted.outputs())
