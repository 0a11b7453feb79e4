"""The registry of all kinds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

from trueup.kinds.base import KindSpec
from trueup.kinds.certification.kind import CERTIFICATION
from trueup.kinds.connector.kind import CONNECTOR
from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.model.action import Action, Create, Delete
from trueup.model.identity import Kind, Platform, Target


class Registry(Mapping[str, KindSpec]):
    """The kinds by name, in the order in which they are shown.

    Read the registry when it is used, not when a module is imported, because :meth:`with_kind` adds kinds.
    """

    def __init__(self, *specs: KindSpec) -> None:
        kinds = MappingProxyType({str(spec.kind): spec for spec in specs})
        # A context variable, so that tests that run concurrently do not see each other's kinds.
        self._kinds: ContextVar[Mapping[str, KindSpec]] = ContextVar("kinds", default=kinds)

    def __getitem__(self, name: str) -> KindSpec:
        return self._kinds.get()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds.get())

    def __len__(self) -> int:
        return len(self._kinds.get())

    def on(self, platform: Platform) -> list[KindSpec]:
        """Return the kinds of a platform."""
        return [spec for spec in self.values() if spec.platform is platform]

    def of(self, target: Target) -> list[KindSpec]:
        """Return the kinds that a target can have: those of its platform that need no field which it lacks."""
        return [spec for spec in self.on(target.platform) if spec.target_field not in target.lacking]

    @contextmanager
    def with_kind(self, spec: KindSpec) -> Iterator[None]:
        """Add a kind for the duration of the block, in this context only."""
        token = self._kinds.set({**self._kinds.get(), str(spec.kind): spec})
        try:
            yield
        finally:
            self._kinds.reset(token)


KINDS: Final = Registry(CONNECTOR, DEPLOYMENT, CERTIFICATION)


def platform_name(kind: Kind, action: Action) -> str:
    """Return the platform's name of an action; empty for one without a name, and for a creation or a deletion."""
    try:
        return "" if isinstance(action, Create | Delete) else KINDS[kind].action_name(action)
    except (KeyError, TypeError):
        # A document or journal of another version may contain an action that this kind does not have.
        return ""
