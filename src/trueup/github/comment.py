"""Keep one comment of ours on a pull request, and one issue of ours about drift."""

from collections.abc import Callable
from typing import Final

from trueup.github.api import Rest
from trueup.github.context import Context
from trueup.github.marker import Marker
from trueup.github.sticky import NotPosted, Place, Posted, Sticky

AUTHOR: Final = "github-actions[bot]"
"""Who writes with the token that a runner gives to a job."""

Write = Callable[[int], str]
"""Return the text within a budget of bytes."""


def post_comment(  # noqa: PLR0913 - one keyword a thing that a workflow can choose
    rest: Rest, context: Context, *, key: str, author: str, render: Write, recreate: bool
) -> Posted | NotPosted:
    """Bring the comment of this key up to date; never raises for what GitHub answers."""
    if context.pull is None:
        return NotPosted("This run is not about a pull request.")
    root = f"/repos/{context.repository}/issues"
    place = Place(texts=f"{root}/{context.pull}/comments", text=f"{root}/comments/{{id}}")
    marker = Marker(what="comment", key=key, run=context.run)
    return Sticky(rest, place, author=author, marker=marker).post(render, recreate=recreate)


def post_issue(  # noqa: PLR0913 - the same
    rest: Rest, context: Context, *, key: str, author: str, title: str, render: Write | None
) -> Posted | NotPosted | None:
    """Open the issue of this key or bring it up to date; with no text (``render`` None) close it if it is open."""
    root = f"/repos/{context.repository}/issues"
    place = Place(texts=root, text=f"{root}/{{id}}", params={"state": "open"}, beside={"title": title})
    sticky = Sticky(rest, place, author=author, marker=Marker(what="issue", key=key, run=context.run))
    return sticky.close() if render is None else sticky.post(render)
