"""How a kind depends on resources of other kinds: what is read, what comes first, and what would be refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trueup.model.action import Action, Finding
from trueup.model.identity import Kind
from trueup.model.live import Lifecycle, Live
from trueup.model.value import Desired

PUBLISHED_RELEASE: Final = "published"
STAGED_RELEASE: Final = "staged"
"""What a connector offers to deployments: its published release, and that of its draft."""

Reference = tuple[Kind, str]
"""A resource on which another one depends: its kind, and the value that identifies it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The functions of a kind about what its resources depend on. The defaults are those of a kind without any.

    ``refers`` returns the other resources on which a resource depends; None if the kind never depends on one. ``needs``
    returns whether these actions must wait for them, and ``rests_on`` whether a plan made from this state must, because
    the state is the one that ``expects`` returned for this offer. ``expects`` returns a live resource as it is when one
    of them offers this. ``source`` returns a reference to what a resource depends on, in the platform's own form, None
    for nothing. Readers read what it refers to: ``relate`` adds it to a live resource, and ``refusals`` returns what
    the platform would refuse about actions because of it. ``stays`` returns what remains true of what was read when one
    of them has been changed and offers this.
    """

    refers: Callable[[Desired], Sequence[Reference]] | None = None
    needs: Callable[[Sequence[Action]], bool] = lambda _: False
    rests_on: Callable[[Lifecycle, Mapping[str, str]], bool] = lambda *_: False
    expects: Callable[[Live, Mapping[str, str]], Live] = lambda live, _: live
    source: Callable[[Desired], Mapping[str, object] | None] = lambda _: None
    relate: Callable[[Live, Mapping[str, object]], Live] = lambda live, _: live
    refusals: Callable[[Desired, Sequence[Action], Mapping[str, object]], Iterable[Finding]] = lambda *_: ()
    stays: Callable[[Desired, Mapping[str, object], Mapping[str, str]], Mapping[str, object]] = lambda *_: {}


NO_DEPENDENCIES: Final = Dependencies()
