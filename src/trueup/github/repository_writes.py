"""Open pull requests through GitHub's REST API: with changed files, or with an empty commit that asks for a new plan.

Blobs, trees and commits are addressed by their content, so a repeated request does no harm. The branch is the first
thing that people see, and it is created once: its name has the number of the run.
"""

import base64
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from trueup.github.api import TRIES, ApiAnswer, Rest
from trueup.github.comment import UNPROCESSABLE, NotPosted, Posted, reason_of
from trueup.github.context import Context
from trueup.github.members import member_text, number_at, objects_in
from trueup.report.markdown import code

_MARKER: Final = re.compile(r"\A<!-- trueup:v1 files=(?P<digest>[0-9a-f]{16}) -->")

_MODE: Final = "100644"
_EXECUTABLE: Final = "100755"
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403

_PERMISSIONS: Final = (
    "The token cannot push a branch and open a pull request here. A GitHub App needs the repository permissions "
    "Contents and Pull requests, both Read and write."
)
_ACTIONS_REFUSED: Final = "GitHub Actions is not permitted"
"""The start of GitHub's message when the settings of the repository forbid pull requests of a job's own token."""


class _Refused(Exception):
    """Raised with the reason why there is no pull request, as a sentence to show."""


def open_pull(  # noqa: PLR0913 - one keyword for each part of a pull request
    rest: Rest,
    context: Context,
    *,
    branch: str,
    title: str,
    body: str,
    files: Mapping[str, bytes],
    executable: Collection[str] = (),
) -> Posted | NotPosted:
    """Open a pull request that changes these files, or return the open one of this ``branch``.

    ``branch`` is the start of the branch's name; the number of the run is appended, so that a branch that an earlier
    pull request left behind is never changed. ``files`` maps paths relative to the repository's root to contents;
    without files, the commit is empty. ``executable`` are the paths of executable files. The commit's parent is
    ``context.head``, the commit that the contents were made from: what was pushed since then is merged by git, not
    overwritten. No answer of GitHub makes it raise.
    """
    writing = _Writing(rest, context, branch)
    try:
        return writing.pull(title, f"<!-- trueup:v1 files={_digest(files)} -->\n{body}", files, executable)
    except _Refused as refused:
        return NotPosted(str(refused))


def follow_up(rest: Rest, context: Context, *, key: str, left: Sequence[str]) -> Posted | NotPosted | None:
    """Open a pull request with an empty commit, whose plan shows what an apply left; None if it left nothing.

    ``left`` are the names of the resources that a plan could send. One is open at a time for each ``key``.
    """
    if not left:
        return None
    listed = "".join(f"- {code(name)}\n" for name in left[:_LISTED])
    more = f"- and {len(left) - _LISTED:,} more\n" if len(left) > _LISTED else ""
    return open_pull(
        rest,
        context,
        branch=f"trueup/follow-up-{key}",
        title="Plan again what an apply left",
        body=f"[This run]({context.run_url}) did not apply all that is merged. Left:\n\n{listed}{more}\n"
        "The commit of this pull request is empty. Its plan compares the manifests with live as it is now; "
        "merging the pull request applies that plan.\n",
        files={},
    )


_LISTED: Final = 100
"""Resources that are named; further ones are only counted."""


class _Writing:
    """The writes for one pull request."""

    def __init__(self, rest: Rest, context: Context, branch: str) -> None:
        self._rest, self._context = rest, context
        self._root = f"/repos/{context.repository}"
        self._start = branch
        self._name = f"{branch}-{context.run.number}"

    def pull(self, title: str, body: str, files: Mapping[str, bytes], executable: Collection[str]) -> Posted:
        if (found := self._open()) is not None:
            return self._found(found, _digest(files))
        self._create_branch(title, self._tree(files, executable))
        request = {"title": title, "head": self._name, "base": self._context.default_branch, "body": body}
        answer = ApiAnswer(None)
        for _ in range(TRIES):
            answer = self._rest.post(f"{self._root}/pulls", request)
            if answer.good:
                return Posted("created", number_at(answer.content, "number"), member_text(answer.content, "html_url"))
            # It may have been opened although the answer was lost; GitHub answers 422 to the second one of a branch.
            if (answer.lost or answer.status == UNPROCESSABLE) and (found := self._open()) is not None:
                return self._found(found, _digest(files))
            if not answer.lost:
                break
        raise _Refused(f"{_reason(answer)} The branch {self._name} has the commit: open a pull request from it.")

    def _open(self) -> Mapping[str, Any] | None:
        """Return an open pull request of this repository whose branch is one of ours."""
        ours = re.compile(rf"{re.escape(self._start)}-[0-9]+")
        for page in self._rest.pages(f"{self._root}/pulls", state="open"):
            if not page.good or not isinstance(page.content, list):
                raise _Refused(_reason(page))
            for pull in objects_in(page.content):
                # The branch of a fork can have any name.
                here = member_text(pull, "head", "repo", "full_name") == self._context.repository
                if here and ours.fullmatch(member_text(pull, "head", "ref")):
                    return pull
        return None

    def _found(self, pull: Mapping[str, Any], digest: str) -> Posted:
        marker = _MARKER.match(member_text(pull, "body"))
        if marker is None or marker["digest"] != digest:
            raise _Refused(
                f"Pull request {number_at(pull, 'number')} is open and has other changes. "
                "Merge or close it, then try again."
            )
        return Posted("unchanged", number_at(pull, "number"), member_text(pull, "html_url"))

    def _tree(self, files: Mapping[str, bytes], executable: Collection[str]) -> str:
        """Return the tree of the parent with these files in it."""
        parent = member_text(self._read(f"git/commits/{self._context.head}").content, "tree", "sha")
        if not files:
            return parent
        entries = [
            {
                "path": path,
                "mode": _EXECUTABLE if path in executable else _MODE,
                "type": "blob",
                # In base64 every byte is kept: line ends, a byte order mark, other encodings.
                "sha": self._make("git/blobs", content=base64.b64encode(content).decode(), encoding="base64"),
            }
            for path, content in sorted(files.items())
        ]
        return self._make("git/trees", base_tree=parent, tree=entries)

    def _create_branch(self, message: str, tree: str) -> None:
        """Create the branch, or find the one that an earlier attempt of this run created."""
        answer = ApiAnswer(None)
        for _ in range(TRIES):
            known = self._rest.read(f"{self._root}/git/ref/heads/{self._name}")
            if known.good:
                return self._check(member_text(known.content, "object", "sha"), tree)
            if known.status != _NOT_FOUND:
                raise _Refused(_reason(known))
            commit = self._make("git/commits", message=message, tree=tree, parents=[self._context.head])
            answer = self._rest.post(f"{self._root}/git/refs", {"ref": f"refs/heads/{self._name}", "sha": commit})
            if answer.good:
                return None
            # Either the answer was lost, or the branch exists since it was looked for.
            if not (answer.lost or answer.status == UNPROCESSABLE):
                break
        raise _Refused(_reason(answer))

    def _check(self, tip: str, tree: str) -> None:
        found = self._read(f"git/commits/{tip}").content
        parents = [member_text(parent, "sha") for parent in objects_in(found, "parents")]
        if (member_text(found, "tree", "sha"), parents) != (tree, [self._context.head]):
            raise _Refused(f"The branch {self._name} exists and has other changes. Delete it, then try again.")

    def _read(self, path: str) -> ApiAnswer:
        answer = self._rest.read(f"{self._root}/{path}")
        if not answer.good:
            raise _Refused(_reason(answer))
        return answer

    def _make(self, path: str, **body: object) -> str:
        """Create a git object and return its id."""
        answer = ApiAnswer(None)
        for _ in range(TRIES):
            answer = self._rest.post(f"{self._root}/{path}", body)
            if not answer.lost:
                break
        made = member_text(answer.content, "sha") if answer.good else ""
        if not made:
            raise _Refused(_reason(answer))
        return made


def _reason(answer: ApiAnswer) -> str:
    """Return why GitHub refused, in words for the token that pushes."""
    if answer.status == _FORBIDDEN and answer.words.startswith(_ACTIONS_REFUSED):
        return (
            "The settings of this repository do not allow GitHub Actions to open pull requests. Give a token of a "
            "GitHub App instead, or allow it under Settings, Actions, General."
        )
    # GitHub answers 404 to a write for which the token lacks all access.
    return _PERMISSIONS if answer.status == _NOT_FOUND else reason_of(answer, _PERMISSIONS)


def _digest(files: Mapping[str, bytes]) -> str:
    return hashlib.sha256(b"".join(_framed(files))).hexdigest()[:16]


def _framed(files: Mapping[str, bytes]) -> Iterator[bytes]:
    for path, content in sorted(files.items()):
        yield f"{len(path.encode())} {len(content)}\n{path}".encode()
        yield content
