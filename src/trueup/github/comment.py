"""Keep one comment of ours on a pull request, and one issue of ours about drift."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from trueup.github.api import TRIES, ApiAnswer, Rest
from trueup.github.budget import COMMENT_BYTES
from trueup.github.context import Context, RunId
from trueup.report.safe_text import shorten, visible

_LINE: Final = re.compile(
    r"\A<!-- trueup:v1 (?P<what>comment|issue) key=(?P<key>[0-9a-f]{16}) "
    r"run=(?P<number>[0-9]{1,18})\.(?P<attempt>[0-9]{1,18}) -->"
)

FOLDED_MARKER: Final = "<!-- trueup:v1 folded -->"
"""What a text begins with that a newer one has replaced: it is never looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Hold what a text is about and which run wrote it; ``what`` is ``comment`` or ``issue``."""

    what: str
    key: str
    run: RunId

    def __str__(self) -> str:
        """Return the hidden line; it is of ASCII only and cannot end early, whatever the key was made from."""
        return f"<!-- trueup:v1 {self.what} key={self.key} run={self.run} -->"


def key_of(*parts: str) -> str:
    """Return the key of what these texts name: 16 hex digits, the same for the same texts in any order."""
    told = "\0".join(sorted(set(parts)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_marker(body: str) -> Marker | None:
    """Return the marker that a text begins with, or None; anywhere else it would be a quotation."""
    found = _LINE.match(body)
    if found is None:
        return None
    run = RunId(number=int(found["number"]), attempt=int(found["attempt"]))
    return Marker(what=found["what"], key=found["key"], run=run)


BUDGETS: Final = (COMMENT_BYTES, 24_000, 8_000)
"""Bytes of a text, and what is tried when GitHub says that it is too long."""

_WORDS: Final = 300
"""Columns of GitHub's own words that are shown."""

NO_PERMISSION: Final = "Resource not accessible by"
"""How GitHub's words begin when the token lacks a permission."""

_GONE: Final = frozenset({404, 410})
UNPROCESSABLE: Final = 422

_T = TypeVar("_T")

Render = Callable[[int], str]
"""Return the text within a budget of bytes, the marker at its start."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Hold where our text stands; ``how``: created, updated, unchanged, closed, or newer (another run's is kept)."""

    how: str
    id: int
    url: str


@dataclass(frozen=True, slots=True)
class NotPosted:
    """Hold why there is no text of ours, in a sentence for people."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPlace:
    """Say where texts stand: the path of their list, that of one of them (``{id}``), and what a new one carries."""

    texts: str
    text: str
    params: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Hold one text of ours."""

    id: int
    url: str
    body: str
    marker: Marker


class _Waited(Exception):
    """Time has passed, and nothing was written."""


class Sticky:
    """Hold a place, our name there, and the marker of this run's text."""

    def __init__(self, rest: Rest, place: CommentPlace, *, author: str, marker: Marker) -> None:
        self._rest = rest
        self._place = place
        self._author = author.casefold()
        self._marker = marker

    def find(self) -> list[Own] | NotPosted:
        """Return our texts about the same, the oldest first."""
        found: list[Own] = []
        for page in self._rest.pages(self._place.texts, **self._place.params):
            if not page.good or not isinstance(page.content, list):
                return NotPosted(reason_of(page))
            found += [own for item in page.content if (own := self._own(item)) is not None]
        return sorted(found, key=lambda own: own.id)

    def post(self, render: Render, *, recreate: bool = False) -> Posted | NotPosted:
        """Bring our text up to date, or write a new one and fold the old ones when ``recreate``."""
        return self._looking_again(lambda: self._post(render, recreate=recreate))

    def _looking_again(self, act: Callable[[], _T]) -> _T:
        """Begin anew after each wait: in the meantime a newer run may have written."""
        while True:
            with suppress(_Waited):
                return act()

    def _post(self, render: Render, *, recreate: bool) -> Posted | NotPosted:
        found = self.find()
        if isinstance(found, NotPosted):
            return found
        for own in found:
            if self._marker.run < own.marker.run:
                return Posted("newer", own.id, own.url)
        kept = None if recreate or not found else found[0]
        posted = self._within(render, kept, found)
        if isinstance(posted, Posted):
            self._fold([own for own in found if own.id != posted.id], posted)
            return self._settle_race(posted, render) if posted.how == "created" and not recreate else posted
        return posted

    def _within(self, render: Render, kept: Own | None, found: Sequence[Own]) -> Posted | NotPosted:
        """WriteText the text, a shorter one where it is refused."""
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
                    kept = None
            if kept is None:
                answer = self._create(body, found)
                if answer.good:
                    return Posted("created", _id(answer.content), _url(answer.content))
            if answer.status != UNPROCESSABLE:
                break
        return NotPosted(reason_of(answer))

    def _create(self, body: str, known: Sequence[Own]) -> ApiAnswer:
        before = {own.id for own in known}
        answer = ApiAnswer(None)
        for _ in range(TRIES):
            answer = self._write("POST", self._place.texts, {**self._place.beside, "body": body})
            if not answer.lost:
                break
            seen = self.find()
            if isinstance(seen, NotPosted):
                break
            if new := [own for own in seen if own.id not in before and own.marker == self._marker]:
                return ApiAnswer(201, {"id": new[0].id, "html_url": new[0].url})
        return answer

    def _settle_race(self, posted: Posted, render: Render) -> Posted:
        """Keep the oldest of ours where another run wrote one at the same time."""
        found = self.find()
        if isinstance(found, NotPosted) or not found or found[0].id == posted.id:
            return posted
        first = found[0]
        if not self._marker.run < first.marker.run and not self._update(first.id, {"body": render(BUDGETS[0])}).good:
            return posted
        kept = Posted("updated", first.id, first.url)
        self._fold([own for own in found if own.id != first.id], kept)
        return kept

    def _fold(self, others: Sequence[Own], kept: Posted) -> None:
        """Leave of other texts of ours one line that leads on; it is no matter when that fails."""
        for own in others:
            body = {"body": f"{FOLDED_MARKER}\nReplaced by {kept.url}\n"}
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
        """Close our open issues; None when there are none. One that a newer run wrote stays open."""
        return self._looking_again(self._close)

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

    def _own(self, item: object) -> Own | None:
        if not isinstance(item, dict) or "pull_request" in item:
            return None
        user = item.get("user")
        login = user.get("login") if isinstance(user, dict) else None
        body = item.get("body")
        if not isinstance(body, str) or not isinstance(login, str) or login.casefold() != self._author:
            return None
        marker = read_marker(body)
        if marker is None or (marker.what, marker.key) != (self._marker.what, self._marker.key):
            return None
        return Own(id=_id(item), url=_url(item), body=body, marker=marker)


def reason_of(answer: ApiAnswer) -> str:
    """Say in a sentence or two why GitHub did not do it, in its own words where it has some."""
    words = shorten(visible(answer.words), _WORDS)
    said = f" GitHub says: {words}" if words else ""
    if answer.wait is not None:
        return f"GitHub asks to come back in {answer.wait:,.0f} s, which is longer than a comment is waited for.{said}"
    match answer.status:
        case None:
            return "GitHub gave no answer."
        case 401:
            return f"GitHub does not accept the token.{said}"
        case 403 if not words or words.startswith(NO_PERMISSION):
            return (
                "The token may not write here. A pull request from a fork, or from Dependabot, has a read-only token; "
                f"otherwise the job needs the permission pull-requests: write (issues: write for an issue).{said}"
            )
        case 403:
            return f"GitHub refuses it.{said}"
        case 404 | 410:
            return f"GitHub does not find it, or the token may not see it.{said}"
        case 422:
            return f"GitHub refuses the text.{said}"
        case status:
            return f"GitHub answered with status {status}.{said}"


def _same(one: str, other: str) -> bool:
    """Compare texts as GitHub keeps them: with line ends of its own and nothing behind the last line."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _id(item: Any) -> int:
    """Return the number by which a text is addressed: an issue has one of its own beside the database's."""
    found = item.get("number", item.get("id")) if isinstance(item, dict) else None
    return found if isinstance(found, int) else 0


def _url(item: Any) -> str:
    found = item.get("html_url") if isinstance(item, dict) else None
    return found if isinstance(found, str) else ""


AUTHOR: Final = "github-actions[bot]"
"""Who writes with the token that a runner gives to a job."""

WriteText = Callable[[int], str]
"""Return the text within a budget of bytes."""


def post_comment(  # noqa: PLR0913 - one keyword a thing that a workflow can choose
    rest: Rest, context: Context, *, key: str, author: str, render: WriteText, recreate: bool
) -> Posted | NotPosted:
    """Bring the comment of this key up to date; never raises for what GitHub answers."""
    if context.pull is None:
        return NotPosted("This run is not about a pull request.")
    root = f"/repos/{context.repository}/issues"
    place = CommentPlace(texts=f"{root}/{context.pull}/comments", text=f"{root}/comments/{{id}}")
    marker = Marker(what="comment", key=key, run=context.run)
    return Sticky(rest, place, author=author, marker=marker).post(render, recreate=recreate)


def post_issue(  # noqa: PLR0913 - the same
    rest: Rest, context: Context, *, key: str, author: str, title: str, render: WriteText | None
) -> Posted | NotPosted | None:
    """Open the issue of this key or bring it up to date; with no text (``render`` None) close it if it is open."""
    root = f"/repos/{context.repository}/issues"
    place = CommentPlace(texts=root, text=f"{root}/{{id}}", params={"state": "open"}, beside={"title": title})
    sticky = Sticky(rest, place, author=author, marker=Marker(what="issue", key=key, run=context.run))
    return sticky.close() if render is None else sticky.post(render)
