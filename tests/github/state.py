"""What the stand-in for GitHub keeps of one repository, and plain methods to arrange and to look at it.

The rules that its REST API follows are in the modules named after the pages of GitHub's documentation.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, Literal

from repositories import Work

BOT: Final = "github-actions[bot]"
TOKEN: Final = "canary-github-token"
"""Known from the start, with what the reusable workflow's job ``apply`` may do."""
WORKFLOW: Final = ".github/workflows/trueup.yml"
BEGIN: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Access = Literal["read", "write"]
Role = Literal["admin", "maintain", "write", "triage", "read", "none"]
READ_ONLY: Final[Mapping[str, Access]] = {
    "contents": "read",
    "actions": "read",
    "deployments": "read",
    "issues": "read",
    "pull_requests": "read",
}
"""What the token of a fork's run or of Dependabot's may do at most (actions/reference/workflow-syntax)."""


@dataclass(frozen=True)
class Token:
    """An account, and what it may do by the name of a permission, as a workflow writes it with underscores."""

    login: str
    permissions: Mapping[str, Access]


@dataclass(frozen=True)
class Repository:
    id: int
    full_name: str
    default_branch: str = "main"
    fork: bool = False

    @property
    def owner(self) -> str:
        return self.full_name.partition("/")[0]


@dataclass
class Comment:
    id: int
    number: int
    author: str
    body: str
    created_at: str
    updated_at: str
    reactions: list[tuple[int, str, str]] = field(default_factory=list)
    """Identifier, login and content."""


@dataclass
class Pull:
    """The part of an issue that only a pull request has; ``introduced`` are the commits that its merge added.

    ``source`` is the repository of the head, or None after that was deleted.
    """

    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    source: Repository | None
    draft: bool = False
    merged_at: str | None = None
    merge_commit_sha: str | None = None
    introduced: tuple[str, ...] = ()


@dataclass
class Issue:
    """An issue or a pull request: "every pull request is an issue" (rest/issues/issues)."""

    id: int
    number: int
    author: str
    title: str
    body: str
    created_at: str
    updated_at: str
    state: Literal["open", "closed"] = "open"
    closed_at: str | None = None
    locked: bool = False
    labels: list[str] = field(default_factory=list)
    reactions: list[tuple[int, str, str]] = field(default_factory=list)
    pull: Pull | None = None

    @property
    def its_pull(self) -> Pull:
        assert self.pull is not None
        return self.pull


@dataclass
class Run:
    id: int
    event: str
    head_sha: str
    head_branch: str
    path: str
    source: Repository
    created_at: str
    status: str = "completed"
    conclusion: str | None = "success"
    attempt: int = 1
    actor: str = "ann"
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Artifact:
    id: int
    run: Run
    name: str
    content: bytes
    digest: str | None
    created_at: str
    expired: bool = False


@dataclass
class Status:
    id: int
    state: str
    description: str
    log_url: str
    environment: str
    environment_url: str
    creator: str
    created_at: str


@dataclass
class Deployment:
    id: int
    sha: str
    ref: str
    task: str
    environment: str
    payload: Mapping[str, Any] | str
    description: str | None
    transient: bool
    production: bool
    creator: str
    created_at: str
    statuses: list[Status] = field(default_factory=list)
    """The oldest first."""

    @property
    def state(self) -> str:
        """Return the newest state, or nothing where no status was created."""
        return self.statuses[-1].state if self.statuses else ""


@dataclass
class State:
    """A repository at GitHub. ``work`` is its git, where a test needs it: ``github.merging`` merges in it."""

    work: Work | None = None
    full_name: str = "acme/connectors"
    private: bool = True
    people: dict[str, Role] = field(default_factory=lambda: {"ann": "write", "bob": "read"})
    actions_may_open_pulls: bool = False
    has_issues: bool = True
    tokens: dict[str, Token] = field(default_factory=dict)
    workflows: dict[str, set[str]] = field(default_factory=dict)
    """The events of each workflow, by its path."""
    checks: dict[str, dict[str, str]] = field(default_factory=dict)
    """The states of commits by commit and context."""
    limit: int = 1000
    used: int = 0
    requests: list[tuple[str, str]] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    """What was asked of the store of archives."""
    violations: list[str] = field(default_factory=list)
    """What GitHub's description says against requests and answers; ``served`` fails when there is something."""
    threads: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    deployed: dict[int, Deployment] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    """The numbers of deleted issues."""
    ids: "count[int]" = field(default_factory=lambda: count(100_001))

    def __post_init__(self) -> None:
        self.repository = Repository(42, self.full_name)
        self._moments = count()
        self.add_workflow(WORKFLOW, "pull_request", "push", "schedule", "workflow_dispatch", "merge_group")
        self.allow(TOKEN, contents="read", actions="read", deployments="write", issues="write", pull_requests="write")

    def moment(self) -> str:
        """Return the next moment; each is a second after the one before."""
        return f"{BEGIN + timedelta(seconds=next(self._moments)):%Y-%m-%dT%H:%M:%SZ}"

    def allow(self, token: str, *, login: str = BOT, **permissions: Access) -> None:
        """Make a token known, with nothing but these permissions."""
        self.tokens[token] = Token(login, permissions)

    def fork(self, owner: str) -> Repository:
        """Return the fork of an account; it is the same one at each call."""
        number = 43 + sum(map(ord, owner))
        return Repository(number, f"{owner}/{self.full_name.partition('/')[2]}", fork=True)

    def add_workflow(self, path: str, *events: str) -> None:
        self.workflows[path] = set(events)

    def add_issue(self, title: str, body: str = "", *, author: str = BOT, labels: tuple[str, ...] = ()) -> Issue:
        number, now = len(self.threads) + len(self.deleted) + 1, self.moment()
        made = Issue(next(self.ids), number, author, title, body, now, now, labels=list(labels))
        self.threads[number] = made
        return made

    def add_pull(  # noqa: PLR0913 - each has a default but the head
        self,
        head_sha: str,
        *,
        head_ref: str = "topic",
        base_ref: str = "",
        base_sha: str = "b" * 40,
        title: str = "Change",
        body: str = "",
        author: str = "ann",
        source: Repository | None = None,
    ) -> Issue:
        """Open a pull request without any git; ``source`` is this repository unless a fork is given."""
        made = self.add_issue(title, body, author=author)
        base = base_ref or self.repository.default_branch
        made.pull = Pull(head_ref, head_sha, base, base_sha, source or self.repository)
        return made

    def record_merge(self, number: int, *introduced: str) -> None:
        """Record that a pull request is merged, and with which commits; the last one is its merge commit."""
        thread = self.threads[number]
        now = self.moment()
        thread.state, thread.closed_at, thread.updated_at = "closed", now, now
        thread.its_pull.merged_at, thread.its_pull.merge_commit_sha = now, introduced[-1]
        thread.its_pull.introduced = introduced

    def add_comment(self, number: int, body: str, *, author: str = BOT) -> Comment:
        """Comment on an issue or a pull request; a number that is not known yet becomes a pull request."""
        if number not in self.threads:
            now = self.moment()
            pull = Pull("topic", "a" * 40, self.repository.default_branch, "b" * 40, self.repository)
            self.threads[number] = Issue(next(self.ids), number, "ann", "Change", "", now, now, pull=pull)
        now = self.moment()
        made = Comment(next(self.ids), number, author, body, now, now)
        self.comments[made.id] = made
        return made

    def add_run(  # noqa: PLR0913 - each has a default but the head
        self,
        head_sha: str,
        *,
        event: str = "pull_request",
        head_branch: str = "topic",
        path: str = WORKFLOW,
        source: Repository | None = None,
        status: str = "completed",
        conclusion: str | None = "success",
        actor: str = "ann",
    ) -> Run:
        made = Run(next(self.ids), event, head_sha, head_branch, path, source or self.repository, self.moment())
        made.status, made.conclusion, made.actor = status, conclusion if status == "completed" else None, actor
        self.runs[made.id] = made
        return made

    def keep_plan(self, run: Run, name: str, content: Mapping[str, bytes | str]) -> Artifact:
        """Keep files as an artifact of a run.

        Raise ValueError where the run has one of that name: artifacts are immutable (actions/upload-artifact).
        """
        return self.keep_archive(run, name, zipped(content))

    def keep_archive(self, run: Run, name: str, archive: bytes) -> Artifact:
        """Keep bytes as the archive of an artifact; they need not be a ZIP archive."""
        if any(a.run is run and a.name == name for a in self.artifacts.values()):
            message = f"Conflict: an artifact with the name {name} already exists on the workflow run"
            raise ValueError(message)
        made = Artifact(next(self.ids), run, name, archive, digest_of(archive), self.moment())
        self.artifacts[made.id] = made
        return made

    def expire(self, artifact: Artifact) -> None:
        """End an artifact's retention: it is still listed, and its archive is gone."""
        artifact.expired, artifact.content = True, b""

    def delete(self, artifact: Artifact) -> None:
        del self.artifacts[artifact.id]

    def poison(self, artifact: Artifact, content: Mapping[str, bytes | str]) -> None:
        """Exchange what an artifact holds, behind the digest that is listed."""
        artifact.content = zipped(content)

    def delete_issue(self, number: int) -> None:
        del self.threads[number]
        self.deleted.add(number)

    def comments_of(self, number: int) -> list[Comment]:
        """Return the comments on an issue or a pull request, in the order of their creation."""
        return [comment for comment in self.comments.values() if comment.number == number]

    def issues(self, state: str = "open") -> list[Issue]:
        """Return the issues that are no pull requests; ``state`` may be "all"."""
        return [t for t in self.threads.values() if t.pull is None and state in (t.state, "all")]

    def pulls(self, state: str = "open") -> list[Issue]:
        """Return the pull requests; ``state`` may be "all"."""
        return [t for t in self.threads.values() if t.pull is not None and state in (t.state, "all")]

    def deployments(self, environment: str = "") -> list[Deployment]:
        """Return the deployments, or those of an environment, in the order of their creation."""
        return [d for d in self.deployed.values() if environment in ("", d.environment)]

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Return the requests that were no questions, as method and path."""
        return [(method, target) for method, target in self.requests if method != "GET"]


def zipped(content: Mapping[str, bytes | str]) -> bytes:
    """Return an archive of files, the same one for the same files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        for name, text in content.items():
            members.writestr(zipfile.ZipInfo(name), text)
    return archive.getvalue()


def digest_of(archive: bytes) -> str:
    return f"sha256:{hashlib.sha256(archive).hexdigest()}"
