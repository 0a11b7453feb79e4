"""Keep one comment of trueup on a pull request, and one issue about drift, up to date.

In order: the hidden marker by which a text is recognised, the :class:`Sticky` text that is updated, and the two kinds
of it: comment and issue.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from trueup.github.api import TRIES, ApiAnswer, Rest
from trueup.github.budget import COMMENT_BYTES
from trueup.github.context import Context, RunId
from trueup.report.safe_text import shorten, visible

# Only at the start of a text: anywhere else the marker is a quotation, for example in a reply. The digits are bounded,
# since int() refuses very long ones.
_LINE: Final = re.compile(
    r"\A<!-- trueup:v2 (?P<what>comment|issue) key=(?P<key>[0-9a-f]{16}) "
    r"run=(?P<number>[0-9]{1,18})\.(?P<attempt>[0-9]{1,18}) -->"
)

FOLDED_MARKER: Final = "<!-- trueup:v2 folded -->"
"""The first line of a text that a newer one has replaced; it is ignored from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """The subject of a text and the run that wrote it; ``what`` is ``comment`` or ``issue``."""

    what: str
    key: str
    run: RunId

    def __str__(self) -> str:
        """Return the hidden line: an HTML comment of ASCII only, which no key can end early."""
        return f"<!-- trueup:v2 {self.what} key={self.key} run={self.run} -->"


def read_marker(body: str) -> Marker | None:
    """Return the marker at the start of a text, or None."""
    found = _LINE.match(body)
    if found is None:
        return None
    run = RunId(number=int(found["number"]), attempt=int(found["attempt"]))
    return Marker(what=found["what"], key=found["key"], run=run)


BUDGETS: Final = (COMMENT_BYTES, 24_000, 8_000)
"""Bytes of a text: the usual limit, and smaller ones to try when GitHub refuses the text as too long."""

_WORDS: Final = 300
"""Columns of GitHub's message that are shown."""

NO_PERMISSION: Final = "Resource not accessible by"
"""The start of GitHub's message when the token lacks a permission."""

_GONE: Final = frozenset({404, 410})
UNPROCESSABLE: Final = 422

_T = TypeVar("_T")

Render = Callable[[int], str]
"""A function that returns the text within a budget of bytes, with the marker at its start."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A text on GitHub; ``how``: created, updated, unchanged, closed, or newer (that of a newer run was kept).

    ``note`` is a sentence about what should be corrected although the text was posted, or empty.
    """

    how: str
    id: int
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotPosted:
    """The reason why no text was posted, as a sentence to show."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPlace:
    """Where texts are in the API.

    ``texts`` is the path of their list, with the query ``params``; ``text`` is the path of one of them, with ``{id}``.
    ``extra`` are the members that a new text has in addition to its body.
    """

    texts: str
    text: str
    params: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnText:
    """An existing text of trueup with the marker that is searched for."""

    id: int
    url: str
    body: str
    marker: Marker


class _Waited(Exception):
    """Raised after a wait for a rate limit; nothing was written."""


class Sticky:
    """A text in one place that each run updates; ``author`` is the login of its writer.

    If GitHub names another author for a text that was just created, that author counts from then on.
    """

    def __init__(self, rest: Rest, place: CommentPlace, *, author: str, marker: Marker) -> None:
        self._rest = rest
        self._place = place
        self._author = author.casefold()
        self._marker = marker
        self._note = ""

    def find(self) -> list[OwnText] | NotPosted:
        """Return the texts with this author, subject and key, the oldest first."""
        found: list[OwnText] = []
        for page in self._rest.pages(self._place.texts, **self._place.params):
            if not page.good or not isinstance(page.content, list):
                return NotPosted(reason_of(page))
            found += [own for item in page.content if (own := self._own(item)) is not None]
        return sorted(found, key=lambda own: own.id)

    def post(self, render: Render, *, recreate: bool = False, only_existing: bool = False) -> Posted | NotPosted | None:
        """Update the text; with ``recreate``, create a new one and fold the old ones.

        With ``only_existing``, no text is created, and None is returned when there is none.
        """
        return self._restarting(lambda: self._post(render, recreate=recreate, only_existing=only_existing))

    def _restarting(self, act: Callable[[], _T]) -> _T:
        """Start again after each wait: a newer run may have written in the meantime."""
        while True:
            with suppress(_Waited):
                return act()

    def _post(self, render: Render, *, recreate: bool, only_existing: bool) -> Posted | NotPosted | None:
        found = self.find()
        if isinstance(found, NotPosted):
            return found
        if only_existing and not found:
            return None
        # Runs may finish in another order than they started: an older one must not replace the text of a newer one.
        for own in found:
            if self._marker.run < own.marker.run:
                return Posted("newer", own.id, own.url)
        kept = None if recreate or not found else found[0]
        posted = self._within(render, kept, found)
        if isinstance(posted, Posted):
            self._fold([own for own in found if own.id != posted.id], posted)
            settled = self._settle_race(posted, render) if posted.how == "created" and not recreate else posted
            return replace(settled, note=self._note)
        return posted

    def _within(self, render: Render, kept: OwnText | None, found: Sequence[OwnText]) -> Posted | NotPosted:
        """Write the text, and a shorter one when GitHub refuses it as too long."""
        answer = ApiAnswer(None)
        for budget in BUDGETS:
            body = render(budget)
            if kept is not None and _same(kept.body, body):
                return Posted("unchanged", kept.id, kept.url)
            if kept is not None:
                answer = self._update(kept.id, {"body": body})
                if answer.good:
                    return Posted("updated", kept.id, kept.url)
                if answer.status in _GONE:
                    # Deleted since it was listed: create a new one.
                    kept = None
            if kept is None:
                answer = self._create(body, found)
                if answer.good:
                    self._heed_author(answer.content)
                    return Posted("created", _id(answer.content), _url(answer.content))
            # GitHub answers 422 to a text that is too long. A shorter one does not help against any other refusal.
            if answer.status != UNPROCESSABLE:
                break
        return NotPosted(reason_of(answer))

    def _heed_author(self, created: Any) -> None:
        """Count the author of a created text as ours from now on, and note that the input names another one."""
        login = _login(created)
        if login and login.casefold() != self._author:
            # Without this, each run would find nothing and create another text.
            self._note = (
                f"The token writes as {visible(login)}, and the input comment-author names {visible(self._author)}. "
                "Give the login of the token, so that the next run finds this text."
            )
            self._author = login.casefold()

    def _create(self, body: str, known: Sequence[OwnText]) -> ApiAnswer:
        before = {own.id for own in known}
        answer = ApiAnswer(None)
        for _ in range(TRIES):
            answer = self._write("POST", self._place.texts, {**self._place.extra, "body": body})
            if not answer.lost:
                break
            # The text may have been created although the answer was lost. Look for it before trying again, so that
            # there are not two.
            seen = self.find()
            if isinstance(seen, NotPosted):
                break
            if new := [own for own in seen if own.id not in before and own.marker == self._marker]:
                return ApiAnswer(201, {"id": new[0].id, "html_url": new[0].url})
        return answer

    def _settle_race(self, posted: Posted, render: Render) -> Posted:
        """Keep only the oldest text when another run created one at the same time."""
        # GitHub cannot create a text only if there is none. Both runs list again after creating theirs and keep the
        # same one, that with the lowest id.
        found = self.find()
        if isinstance(found, NotPosted) or not found or found[0].id == posted.id:
            return posted
        first = found[0]
        # If the other run is newer, its text stays. If the update fails, both texts stay rather than none.
        if not self._marker.run < first.marker.run and not self._update(first.id, {"body": render(BUDGETS[0])}).good:
            return posted
        kept = Posted("updated", first.id, first.url)
        self._fold([own for own in found if own.id != first.id], kept)
        return kept

    def _fold(self, others: Sequence[OwnText], kept: Posted) -> None:
        """Replace older texts by one line with a link; failures are ignored."""
        for own in others:
            body = {"body": f"{FOLDED_MARKER}\nReplaced by {kept.url}\n"}
            # Waits here without _Waited: starting again would post a second text.
            while self._rest.pause(self._rest.write("PATCH", self._place.text.format(id=own.id), body)):
                pass

    def _update(self, number: int, body: Mapping[str, object]) -> ApiAnswer:
        return self._write("PATCH", self._place.text.format(id=number), body)

    def _write(self, method: str, path: str, body: Mapping[str, object]) -> ApiAnswer:
        answer = self._rest.write(method, path, body)
        if self._rest.pause(answer):
            raise _Waited
        return answer

    def close(self) -> Posted | NotPosted | None:
        """Close the open issues and return the oldest, None when there are none; that of a newer run stays open."""
        return self._restarting(self._close)

    def _close(self) -> Posted | NotPosted | None:
        found = self.find()
        if isinstance(found, NotPosted):
            return found
        for own in found:
            if self._marker.run < own.marker.run:
                return Posted("newer", own.id, own.url)
        for own in found:
            answer = self._update(own.id, {"state": "closed", "state_reason": "completed"})
            if not answer.good:
                return NotPosted(reason_of(answer))
        return Posted("closed", found[0].id, found[0].url) if found else None

    def _own(self, item: object) -> OwnText | None:
        # The list of issues contains pull requests as well.
        if not isinstance(item, dict) or "pull_request" in item:
            return None
        body = item.get("body")
        # Anyone can copy the marker into a comment, so the author must be right too.
        if not isinstance(body, str) or _login(item).casefold() != self._author:
            return None
        marker = read_marker(body)
        if marker is None or (marker.what, marker.key) != (self._marker.what, self._marker.key):
            return None
        return OwnText(id=_id(item), url=_url(item), body=body, marker=marker)


_DENIED: Final = (
    "The token cannot write here. A pull request from a fork, or from Dependabot, has a read-only token; "
    "otherwise the job needs the permission pull-requests: write (issues: write for an issue)."
)


def reason_of(answer: ApiAnswer, denied: str = _DENIED) -> str:
    """Return one or two sentences that say why a request failed, with GitHub's message if there is one.

    ``denied`` is the sentence for a token without the permission.
    """
    words = shorten(visible(answer.words), _WORDS)
    quoted = f" GitHub says: {words}" if words else ""
    if answer.wait is not None:
        return f"GitHub asks to wait {answer.wait:,.0f} s, which is longer than trueup waits.{quoted}"
    match answer.status:
        case None:
            return "GitHub did not answer."
        case 401:
            return f"GitHub does not accept the token.{quoted}"
        # A locked conversation or an archived repository is a 403 too, with another message.
        case 403 if not words or words.startswith(NO_PERMISSION):
            return f"{denied}{quoted}"
        case 403:
            return f"GitHub refuses the request.{quoted}"
        # GitHub answers 404 instead of 403 where a token may not even know that something exists.
        case 404 | 410:
            return f"GitHub does not find it, or the token has no access to it.{quoted}"
        case 422:
            return f"GitHub refuses the text.{quoted}"
        case status:
            return f"GitHub answered with status {status}.{quoted}"


def _same(one: str, other: str) -> bool:
    """Return whether two texts are the same to GitHub, which changes line ends and removes trailing white space."""
    # An update without a difference would only count against the rate limit.
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _id(item: Any) -> int:
    """Return the number in the path of a text, 0 when there is none."""
    # An issue is addressed by its number, a comment by its id. An issue has both, a comment has only the id.
    found = item.get("number", item.get("id")) if isinstance(item, dict) else None
    return found if isinstance(found, int) else 0


def _login(item: Any) -> str:
    user = item.get("user") if isinstance(item, dict) else None
    login = user.get("login") if isinstance(user, dict) else None
    return login if isinstance(login, str) else ""


def _url(item: Any) -> str:
    found = item.get("html_url") if isinstance(item, dict) else None
    return found if isinstance(found, str) else ""


AUTHOR: Final = "github-actions[bot]"
"""The login of the writer when the token is the one that GitHub creates for a job."""


def post_comment(  # noqa: PLR0913 - one keyword for each choice of a workflow
    rest: Rest,
    context: Context,
    *,
    pull: int,
    marker: Marker,
    author: str,
    render: Render,
    recreate: bool = False,
    only_existing: bool = False,
) -> Posted | NotPosted | None:
    """Update or create the comment with this marker on a pull request; no answer of GitHub makes it raise.

    With ``only_existing`` it creates none, and returns None when there is none.
    """
    root = f"/repos/{context.repository}/issues"
    # A pull request is an issue to the API: the comments of reviews on lines of code are elsewhere.
    place = CommentPlace(texts=f"{root}/{pull}/comments", text=f"{root}/comments/{{id}}")
    sticky = Sticky(rest, place, author=author, marker=marker)
    return sticky.post(render, recreate=recreate, only_existing=only_existing)


def post_issue(  # noqa: PLR0913 - the same
    rest: Rest,
    context: Context,
    *,
    marker: Marker,
    author: str,
    title: str,
    render: Render | None,
    only_existing: bool = False,
) -> Posted | NotPosted | None:
    """Update or open the issue with this marker; without a text (``render`` None), close it if it is open.

    With ``only_existing`` it opens none, and returns None when none is open.
    """
    root = f"/repos/{context.repository}/issues"
    # Only open ones: after an issue was closed, new drift gets a new issue.
    place = CommentPlace(texts=root, text=f"{root}/{{id}}", params={"state": "open"}, extra={"title": title})
    sticky = Sticky(rest, place, author=author, marker=marker)
    return sticky.close() if render is None else sticky.post(render, only_existing=only_existing)
