"""Commands in comments: ``/trueup plan``, ``/trueup apply`` and ``/trueup adopt``.

A comment is not trusted. It counts as one of three words, and GitHub is asked whether its writer may push. No command
plans or applies here: it repeats or starts a run of the workflow, which has the rules and the credentials for that.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from trueup.github.api import TRIES, ApiAnswer, Rest
from trueup.github.comment import NotPosted, Posted, read_marker, reason_of
from trueup.github.context import CommentEvent, Context
from trueup.github.members import member_text, number_at, objects_in
from trueup.report.markdown import code, prose


class Command(StrEnum):
    """A command; its value is the word behind ``/trueup``."""

    PLAN = "plan"
    APPLY = "apply"
    ADOPT = "adopt"


_LINE: Final = re.compile(rf"/trueup[ \t]+(?P<word>{'|'.join(Command)})[ \t]*")


def parse(body: str) -> Command | None:
    """Return the command that the first line of a comment consists of, or None.

    Nothing may be in front of it: a quotation begins with ``>``, and four spaces make it an example.
    """
    found = _LINE.fullmatch(body.partition("\n")[0].removesuffix("\r"))
    return None if found is None else Command(found["word"])


def is_from_a_person(event: CommentEvent) -> bool:
    """Return whether a comment is new and a person wrote it: an edited one may be older than what it is about."""
    return event.action == "created" and event.kind == "User"


_LOGIN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""A login; one that an enterprise manages has an underscore. It becomes a part of a path."""

_MAY_PUSH: Final = frozenset({"admin", "write"})
"""Permissions that include pushing; GitHub reports the role ``maintain`` as ``write``, and ``triage`` as ``read``
(docs.github.com, "Get repository permissions for a user")."""

_DENIED: Final = "The job of the commands needs the permission actions: write."
_NOT_FOUND: Final = 404
_PAGE: Final = 100
"""Items of a list that are looked at: the newest ones."""


def may(rest: Rest, context: Context, login: str) -> bool | NotPosted:
    """Ask GitHub whether a user may push to the repository; NotPosted when it does not say."""
    if not _LOGIN.fullmatch(login):
        return False
    answer = rest.read(f"/repos/{context.repository}/collaborators/{login}/permission")
    if answer.status == _NOT_FOUND:
        return False
    if not answer.good:
        return NotPosted(reason_of(answer))
    return member_text(answer.content, "permission") in _MAY_PUSH


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The end of a command. ``refusal`` is the reason why nothing was done, empty if it was done.

    ``url`` is the page that shows what was started, or what is in the way; empty without one.
    """

    refusal: str = ""
    url: str = ""

    @property
    def text(self) -> str:
        """Return the answer to show, as Markdown in one line."""
        return f"{prose(self.refusal)}{f' {self.url}' if self.url else ''}"


_WHERE: Final[Mapping[Command, str]] = {
    Command.PLAN: "/trueup plan is a command for pull requests.",
    Command.APPLY: "/trueup apply is a command for merged pull requests and for the issue about drift.",
    Command.ADOPT: "/trueup adopt is a command for the issue about drift.",
}


class _Refused(Exception):
    def __init__(self, reason: str, url: str = "") -> None:
        super().__init__(reason)
        self.answered = Answered(refusal=reason, url=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Commands in one repository.

    ``workflow`` is the file name of the workflow that plans and applies. ``author`` is the login that writes the issue
    about drift. ``adopt`` opens the pull request of ``/trueup adopt``, given the key of that issue.
    """

    rest: Rest
    context: Context
    workflow: str
    author: str
    adopt: Callable[[str], Posted | NotPosted]

    def act(self, command: Command, event: CommentEvent) -> Answered:
        """Do what a command asks for, or return why not. No answer of GitHub makes it raise."""
        try:
            match command, "" if event.on_pull else self._drift_key(event.number):
                case Command.PLAN, "" if event.on_pull:
                    return self._plan(event.number)
                case Command.APPLY, "" if event.on_pull:
                    return self._apply(event.number)
                case Command.APPLY, key if key:
                    return self._start()
                case Command.ADOPT, key if key:
                    return self._adopt(key)
                case _:
                    return Answered(refusal=_WHERE[command])
        except _Refused as refused:
            return refused.answered

    def _drift_key(self, number: int) -> str:
        """Return the key of an issue about drift, empty for any other issue."""
        issue = self._read(f"issues/{number}")
        marker = read_marker(member_text(issue, "body"))
        # Anyone can open an issue with this marker, so its author must be right too.
        own = member_text(issue, "user", "login").casefold() == self.author.casefold()
        return marker.key if own and marker is not None and marker.what == "issue" else ""

    def _plan(self, number: int) -> Answered:
        """Repeat the newest run of the pull request's last commit.

        A repeated run has the code, the event and the permissions of the first one: a fork's gets no secrets.
        """
        pull = self._read(f"pulls/{number}")
        if member_text(pull, "state") != "open":
            raise _Refused("This pull request is closed. Its plan cannot change anymore.")
        return self._repeat(self._run_of(pull))

    def _apply(self, number: int) -> Answered:
        """Repeat the newest run of the default branch, which applies what merged pull requests showed."""
        pull = self._read(f"pulls/{number}")
        merged = member_text(pull, "merged_at")
        if not merged:
            raise _Refused(
                "This pull request is open. Merging it applies its plan."
                if member_text(pull, "state") == "open"
                else "This pull request was closed without a merge, so there is nothing to apply."
            )
        branch = self.context.default_branch
        if member_text(pull, "base", "ref") != branch:
            raise _Refused(f"This pull request was not merged into {branch}, the only branch that is applied.")
        self._check_approved(self._run_of(pull))
        # Both are times in UTC of the same form, so they compare as texts.
        run = self._newest(event="push", branch=branch)
        if run is None or member_text(run, "created_at") < merged:
            raise _Refused(
                f"There is no run of {self.workflow} for {branch} since the merge. Start the workflow by hand: it "
                "plans first."
            )
        return self._repeat(run)

    def _check_approved(self, run: Mapping[str, Any]) -> None:
        """Raise _Refused unless a run was green and kept its plan: that plan is all that an apply may send."""
        if member_text(run, "conclusion") != "success":
            raise _Refused("The last run of this pull request is not green.", self._page(run))
        kept = self._read(f"actions/runs/{number_at(run, 'id')}/artifacts", per_page=_PAGE)
        if not any(
            member_text(artifact, "name").startswith("trueup-plan-") and not artifact.get("expired")
            for artifact in objects_in(kept, "artifacts")
        ):
            raise _Refused(
                "The plan of this pull request is not kept anymore. Start the workflow by hand: it plans first.",
                self._page(run),
            )

    def _start(self) -> Answered:
        """Start the workflow on the default branch."""
        # Not sent twice: without an answer it is unknown whether it started, and a second one would apply again.
        path = f"actions/workflows/{self.workflow}/dispatches"
        answer = self.rest.post(f"{self._api}/{path}", {"ref": self.context.default_branch})
        if not answer.good:
            raise _Refused(reason_of(answer, _DENIED))
        return Answered(url=f"{self._pages}/actions/workflows/{self.workflow}")

    def _adopt(self, key: str) -> Answered:
        match self.adopt(key):
            case NotPosted(reason):
                return Answered(refusal=reason, url=self.context.run_url)
            case Posted(_, _, url):
                return Answered(url=url)

    def _repeat(self, run: Mapping[str, Any]) -> Answered:
        page, path = self._page(run), f"actions/runs/{number_at(run, 'id')}"
        if member_text(run, "status") != "completed":
            raise _Refused("This run has not ended.", page)
        answer = ApiAnswer(None)
        for _ in range(TRIES):
            answer = self.rest.post(f"{self._api}/{path}/rerun", {})
            if not answer.lost:
                break
            # The run may have started again although the answer was lost.
            if number_at(self._read(path), "run_attempt") > number_at(run, "run_attempt"):
                return Answered(url=page)
        if not answer.good:
            raise _Refused(reason_of(answer, _DENIED), page)
        return Answered(url=page)

    def _run_of(self, pull: Any) -> Mapping[str, Any]:
        found = self._newest(event="pull_request", head_sha=member_text(pull, "head", "sha"))
        if found is None:
            raise _Refused(f"There is no run of {self.workflow} for the last commit of this pull request.")
        return found

    def _newest(self, **params: str) -> Mapping[str, Any] | None:
        """Return the newest run of the workflow."""
        runs = objects_in(self._read("actions/runs", per_page=_PAGE, **params), "workflow_runs")
        # The file may be followed by the branch that it was read from.
        file = f".github/workflows/{self.workflow}"
        ours = (run for run in runs if member_text(run, "path").partition("@")[0] == file)
        return max(ours, key=lambda run: number_at(run, "id"), default=None)

    @property
    def _api(self) -> str:
        return f"/repos/{self.context.repository}"

    @property
    def _pages(self) -> str:
        return f"{self.context.server_url}/{self.context.repository}"

    def _page(self, run: Mapping[str, Any]) -> str:
        return f"{self._pages}/actions/runs/{number_at(run, 'id')}"

    def _read(self, path: str, **params: str | int) -> Any:
        answer = self.rest.read(f"{self._api}/{path}", **params)
        if not answer.good:
            raise _Refused(reason_of(answer, _DENIED))
        return answer.content


def react(rest: Rest, context: Context, event: CommentEvent, content: str) -> ApiAnswer:
    """Add a reaction of the token's user to a comment: ``eyes``, ``+1`` or ``confused``."""
    path = f"/repos/{context.repository}/issues/comments/{event.id}/reactions"
    return rest.post(path, {"content": content})


def answer_refusal(
    rest: Rest, context: Context, event: CommentEvent, command: Command, answered: Answered
) -> ApiAnswer:
    """Write why a command was refused below its comment, once: a lost answer is not repeated."""
    body = f"{code(f'/trueup {command}')} was not done. {answered.text}\n"
    return rest.post(f"/repos/{context.repository}/issues/{event.number}/comments", {"body": body})
