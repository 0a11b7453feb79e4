"""A team at GitHub whose action ends its runs, for tests of what its pull requests and issues say."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from github.state import TOKEN, State
from trueup.cli.github.connection import open_rest
from trueup.cli.github.end import perform
from trueup.cli.github.scope import scope_and_folder
from trueup.github.context import read_context
from trueup.github.endings import announce
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.found import Found, FoundPull, NoPlan
from trueup.github.inputs import read_inputs
from trueup.github.workflow import WorkflowStep
from trueup.model.plan import Plan, ResourcePlan, Verdict
from trueup.model.run import Outcome, Status
from trueup.plan.whole import with_resources
from trueup.report.document import render_document
from trueup.report.result import Result
from unit.report.samples import connector, outcome, resource
from unit.report.samples import plan as sample


def plan(*resources: ResourcePlan) -> Plan:
    """Return a plan with its own hash, as a document needs it."""
    return with_resources(sample(), tuple(sorted(resources, key=lambda of: of.identity)))


NOTHING = Result(command="plan", status=0, plan=plan(resource(connector("same"), Verdict.UNCHANGED)))
APPLY = {"command": "apply", "approved": "auto", "applied": "auto"}


@dataclass
class Team:
    """A repository of a team at GitHub, and the steps of its action; ``project`` is the folder of the project."""

    folder: Path
    state: State
    url: str
    project: str = "."
    run: int = 0

    def step(
        self, *, pull: int | None, inputs: Mapping[str, str] | None = None, **given: str
    ) -> tuple[WorkflowStep, io.StringIO]:
        """Return the next step: each run has a higher number, unless it is given."""
        self.run += 1
        asked = {**(inputs or {}), **{name: value for name, value in given.items() if not name.isupper()}}
        base = {"ref": "main", "sha": "b" * 40}
        head = {"sha": "a" * 40, "repo": {"full_name": self.state.full_name}}
        event = {"pull_request": {"number": pull, "head": head, "base": base}} if pull else {}
        file = self.folder / f"event-{self.run}.json"
        file.write_text(json.dumps({**event, "repository": {"default_branch": "main"}}))
        output = self.folder / "output"
        output.write_text("")
        env = {
            "GITHUB_API_URL": self.url,
            "GITHUB_EVENT_NAME": "pull_request" if pull else "push",
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF": f"refs/pull/{pull}/merge" if pull else "refs/heads/main",
            "GITHUB_REPOSITORY": self.state.full_name,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": str(self.run),
            "GITHUB_SHA": "a" * 40,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_WORKSPACE": str(self.folder / "work"),
            "RUNNER_TEMP": str(self.folder),
            **{name: value for name, value in given.items() if name.isupper()},
            **{f"TRUEUP_INPUT_{name.upper()}": value for name, value in asked.items()},
        }
        log = io.StringIO()
        cwd = self.folder / "work" / self.project
        return WorkflowStep(env=env, cwd=cwd, out=log, sleep=lambda _: None), log

    def end(
        self,
        report: Result | None,
        *,
        pull: int | None = None,
        found: Found | None = None,
        reason: str = "",
        inputs: Mapping[str, str] | None = None,
        **given: str,
    ) -> str:
        """Run the last step after a run with this result, and return its log."""
        if report is not None:
            file = self.folder / f"document-{self.run}.json"
            file.write_text(render_document(report))
            given |= {"TRUEUP_DOCUMENT": str(file), "TRUEUP_STATUS": str(report.status)}
        if found is not None:
            files = StepFolder.new({"RUNNER_TEMP": str(self.folder)})
            for of_pull in found.pulls:
                for name in of_pull.files:
                    (files.path / name).write_text((self.folder / name).read_text())
            files.write_found(found)
            given[VARIABLE] = str(files.path)
        of, log = self.step(pull=pull, inputs=inputs, TRUEUP_REASON=reason, **given)
        assert perform(of) == 0
        return log.getvalue()

    def announce(self, found: Found) -> None:
        """Say that an apply begins, as the first step does."""
        of, _ = self.step(pull=None, inputs=APPLY)
        inputs, context = read_inputs(of.env), read_context(of.env, of.cwd)
        scope, folder = scope_and_folder(inputs, of.cwd, of.env)
        with open_rest(of, context) as rest:
            announce(rest, context, inputs, found, scope=scope, folder=folder)

    def keep(self, name: str, of: Plan) -> str:
        """Keep the document of a pull request's plan, and return its name."""
        (self.folder / name).write_text(render_document(Result(command="plan", status=2, plan=of)))
        return name

    def says(self, pull: int) -> list[str]:
        """Return the comments of a pull request without the markers."""
        return [comment.body.partition("\n")[2] for comment in self.state.comments_of(pull)]

    def opened(self, count: int = 1) -> list[int]:
        return [self.state.add_pull("a" * 40).number for _ in range(count)]


def merged(number: int, *files: str, reason: NoPlan | None = None) -> FoundPull:
    return FoundPull(number=number, url="", title="T", commits=("a" * 40,), files=files, reason=reason)


def planned(*resources: ResourcePlan) -> Result:
    return Result(command="plan", status=2, plan=plan(*resources))


def applied(*outcomes: Outcome, status: int = 0, of: Plan) -> Result:
    return Result(command="apply", status=status, plan=of, outcomes=outcomes)


def done(of: ResourcePlan) -> Outcome:
    return outcome(of, Status.APPLIED, done=tuple(p.action for p in of.actions), requests=1)


def undone(of: ResourcePlan, status: Status) -> Outcome:
    return outcome(of, status, message="It was not done.", left=tuple(p.action for p in of.actions))
