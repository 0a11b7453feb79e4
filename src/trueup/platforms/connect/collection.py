"""The collections of Connect: the calls that read a resource of one, and the values taken from an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeGuard

from trueup.errors import UnexpectedAnswer
from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind
from trueup.model.live import Lifecycle, Live
from trueup.platforms.address import path_segment
from trueup.platforms.client import Call
from trueup.platforms.transport import shorten_body, text_of

Representation = Mapping[str, object]
"""The JSON object of a resource, such as a ConnectorStaged (``connect-api.md`` section 3)."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of resources with ids and optional keys; ``noun`` is the name of one in messages.

    ``hide`` masks secrets in the texts that a platform or an application has written; without it, there are none.
    ``bodyless``: an answer to a write may have no body.
    """

    kind: Kind
    path: str
    noun: str
    hide: Callable[[str], str] | None = None
    bodyless: bool = False

    def observe(self, document: Representation) -> Live:
        """Return the live state of a resource; raises ``UnexpectedAnswer`` when a field has an unexpected form."""
        live = KINDS[self.kind].observe(document)
        if live.lifecycle is None or self.hide is None:
            return live
        return replace(live, lifecycle=_hidden(live.lifecycle, self.hide))

    def by_key(self, key: str, purpose: str = "") -> Call:
        """Return the call that reads the resource with this key."""
        path = f"{self.path}/key={path_segment(key)}"
        return Call(method="GET", path=path, purpose=purpose or f"read {self.kind} {key}")

    def by_id(self, remote_id: str, key: str) -> Call:
        """Return the call that reads the resource with this id; ``key`` is for messages."""
        return Call(method="GET", path=self.path_of(remote_id), purpose=f"read {self.kind} {key}")

    def path_of(self, remote_id: str) -> str:
        """Return the path of the resource with this id."""
        return f"{self.path}/{path_segment(remote_id)}"

    def observe_as(self, document: Representation, key: str, remote_id: str = "") -> Live:
        """Return the live state of the resource with this key; raises ``UnexpectedAnswer`` when it is another one.

        A resource without a key is accepted if it has the id ``remote_id``: then it has lost its key.
        """
        if document.get("key") == key:
            return self.observe(document)
        # Seen once: the platform had set the key of a draft to null (connect-api.md section 3). The id stays.
        if remote_id and document.get("id") == remote_id and not document.get("key"):
            return replace(self.observe(document), lost_key=True)
        raise UnexpectedAnswer(f"trueup asked for the {self.noun} {key!r} and received {self._named(document)}")

    def id_of(self, document: Representation) -> str:
        """Return the resource's id; raises ``UnexpectedAnswer`` when it has none."""
        found = document.get("id")
        if not isinstance(found, str) or not found:
            raise UnexpectedAnswer(f"the platform listed a {self.noun} without an id: {self._named(document)}")
        return found

    def _named(self, document: Representation) -> str:
        found, key = (shorten_body(text_of(document.get(name))) for name in ("id", "key"))
        return f"the {self.noun.rpartition(' ')[2]} with id {found!r} and key {key!r}"


def _hidden(lifecycle: Lifecycle, hide: Callable[[str], str]) -> Lifecycle:
    """Return a lifecycle without secrets in its texts: a script of an application can print what it was given."""
    report = [replace(one, title=hide(one.title), message=hide(one.message)) for one in lifecycle.publish_report]
    outputs = [(name, hide(value)) for name, value in lifecycle.outputs]
    return replace(lifecycle, publish_report=tuple(report), outputs=tuple(outputs))


DRAFTS: Final = Collection(Kind.CONNECTOR, "/connectors/drafts", "connector draft")


def deployments(project: str, hide: Callable[[str], str] | None = None) -> Collection:
    """Return the deployments of a project, which is a project key (``deployment-api.md`` section 1)."""
    # A missing body is no failure (deployment-api.md section 13).
    return Collection(Kind.DEPLOYMENT, f"/{path_segment(project)}/deployments", "deployment", hide, bodyless=True)


def is_resource(result: object) -> TypeGuard[Representation]:
    """Return whether a result of a listing is an object with an id, and with no key or a text as key."""
    if not isinstance(result, dict) or not isinstance(result.get("id"), str) or not result["id"]:
        return False
    return result.get("key") is None or isinstance(result["key"], str)
