"""Read the context that a GitHub runner gives to a step: environment variables, and a file with the event."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Final
from urllib.parse import quote

from trueup.bounded import count
from trueup.errors import Diagnostic, UsageError

LARGEST_EVENT: Final = 25 * 1024 * 1024
"""Bytes of an event file that are read; GitHub sends no larger payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunId:
    """The number and attempt of a run, ordered in time: numbers grow, and a run that is repeated keeps its number."""

    number: int
    attempt: int

    def __lt__(self, other: "RunId") -> bool:
        """Return whether this run started before the other."""
        return (self.number, self.attempt) < (other.number, other.attempt)

    def __str__(self) -> str:
        """Return ``number.attempt``."""
        return f"{self.number}.{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentEvent:
    """A comment that started a run; its texts are not trusted.

    ``action`` is ``created``, ``edited`` or ``deleted``. ``login`` wrote the comment and ``kind`` is the type of that
    account (``User``, ``Bot``). ``number`` is that of the issue or pull request, and ``on_pull`` says which it is.
    """

    action: str
    id: int
    body: str
    login: str
    kind: str
    number: int
    on_pull: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The run, repository and pull request of a step.

    ``head`` is the commit that links lead to: for a pull request its head, not the test merge that GitHub checks out.
    ``base`` is the base commit of a pull request, empty for other events. ``pull`` is the number of the pull request,
    None for other events. ``fork``: the pull request comes from another repository, so the token cannot write.
    ``prefix`` is the folder of the step relative to the repository's root, with a trailing slash, or empty.

    ``branch`` is the branch that was pushed or that the run was started on, or the target branch of a pull request or
    merge group; empty for a tag. ``before`` is the commit that the branch had before a push, empty for a new branch.
    ``merge_group_base`` is the commit that a merge group starts from.
    """

    event: str
    repository: str
    head: str
    base: str
    pull: int | None
    fork: bool
    run: RunId
    server_url: str
    api_url: str
    prefix: str = ""
    branch: str = ""
    default_branch: str = ""
    before: str = ""
    merge_group_base: str = ""
    comment: CommentEvent | None = None

    @property
    def run_url(self) -> str:
        """Return the address of this run's page."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run.number}/attempts/{self.run.attempt}"

    @property
    def commit_url(self) -> str:
        """Return the address of the head commit's page."""
        return f"{self.server_url}/{self.repository}/commit/{self.head}"

    def line_url(self, file: str, line: int) -> str:
        """Return the address of a line of a file in the head commit."""
        path = quote(f"{self.prefix}{file}", safe="/", errors="replace")
        return f"{self.server_url}/{self.repository}/blob/{self.head}/{path}#L{line}"

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return the diagnostic with its file relative to the repository's root, as annotations need it."""
        position = diagnostic.position
        if not self.prefix or PurePosixPath(position.file).is_absolute():
            return diagnostic
        return replace(diagnostic, position=replace(position, file=normpath(f"{self.prefix}{position.file}")))


def read_context(env: Mapping[str, str], cwd: Path) -> Context:
    """Read the context of a step that runs in ``cwd``.

    Raises :class:`~trueup.errors.UsageError` when a variable that every runner sets is missing.
    """
    event = _event(env.get("GITHUB_EVENT_PATH", ""))
    pull = _mapping(event.get("pull_request"))
    head, base = _mapping(pull.get("head")), _mapping(pull.get("base"))
    group = _mapping(event.get("merge_group"))
    return Context(
        event=env.get("GITHUB_EVENT_NAME", ""),
        repository=_needed(env, "GITHUB_REPOSITORY"),
        # For a pull request, GITHUB_SHA is the test merge and not a commit of the branch.
        head=_text(head.get("sha")) or env.get("GITHUB_SHA", ""),
        base=_text(base.get("sha")),
        pull=_number(pull.get("number")),
        # The repository is null if the fork was deleted; that counts as a fork as well.
        fork=bool(pull) and _text(_mapping(head.get("repo")).get("full_name")) != env.get("GITHUB_REPOSITORY"),
        run=RunId(number=_digits(env, "GITHUB_RUN_ID"), attempt=_digits(env, "GITHUB_RUN_ATTEMPT")),
        server_url=env.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/"),
        api_url=env.get("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
        prefix=_prefix(env.get("GITHUB_WORKSPACE", ""), cwd),
        branch=_text(base.get("ref")) or _branch(_text(group.get("base_ref")) or env.get("GITHUB_REF", "")),
        default_branch=_text(_mapping(event.get("repository")).get("default_branch")),
        # A pull request's event can have this member too: the commit that its branch had.
        before=_commit(event.get("before")) if env.get("GITHUB_EVENT_NAME") == "push" else "",
        merge_group_base=_commit(group.get("base_sha")),
        comment=_comment(event),
    )


def _comment(event: Mapping[str, Any]) -> CommentEvent | None:
    comment, issue = _mapping(event.get("comment")), _mapping(event.get("issue"))
    number, of = _number(comment.get("id")), _number(issue.get("number"))
    if number is None or of is None:
        return None
    user = _mapping(comment.get("user"))
    return CommentEvent(
        action=_text(event.get("action")),
        id=number,
        body=_text(comment.get("body")),
        login=_text(user.get("login")),
        kind=_text(user.get("type")),
        number=of,
        # An event about a comment is the same for both; only the issue of a pull request has this member.
        on_pull="pull_request" in issue,
    )


def _branch(reference: str) -> str:
    heads = "refs/heads/"
    return reference.removeprefix(heads) if reference.startswith(heads) else ""


def _event(path: str) -> Mapping[str, Any]:
    """Return the event, or an empty one when it cannot be read: that must not fail a plan."""
    try:
        with Path(path).open("rb") as file:
            return _mapping(json.loads(file.read(LARGEST_EVENT)))
    except (OSError, ValueError, RecursionError):
        # RecursionError: the JSON is nested too deeply.
        return {}


def _needed(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        message = f"{name} is not set: this command runs in a GitHub workflow."
        raise UsageError(message)
    return env[name]


def _digits(env: Mapping[str, str], name: str) -> int:
    return count(env.get(name)) or 0


def _prefix(workspace: str, cwd: Path) -> str:
    # Both resolved: the workspace of a self-hosted runner may be a symlink.
    root = Path(workspace).resolve()
    folder = cwd.resolve()
    if not workspace or folder == root or root not in folder.parents:
        return ""
    return f"{folder.relative_to(root).as_posix()}/"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_commit(value: object) -> bool:
    """Return whether a value is the full id of a commit; only zeros, which GitHub sends for "none", are not."""
    return isinstance(value, str) and _COMMIT.fullmatch(value) is not None and value.strip("0") != ""


def _commit(value: object) -> str:
    return _text(value) if is_commit(value) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    # A bool is an int in Python, but true is not a number in JSON.
    return value if isinstance(value, int) and not isinstance(value, bool) else None
