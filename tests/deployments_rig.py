"""Run trueup on the sandbox's deployments in tests: one target, one clock on both sides, manifests as YAML text."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import yaml

from connect_api import WORLD
from deployments_api import PROJECT, DeploymentsApi
from trueup.apply.context import DEFAULT_OPTIONS, ApplyOptions
from trueup.apply.journal import Journal
from trueup.apply.run import apply_plan
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.identity import ConnectTarget
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.model.plan import DEFAULT_RULES, Base, Plan, PlanRules, ResourcePlan
from trueup.model.position import COMMIT_DIGITS, Position
from trueup.model.reader import Wanted
from trueup.model.run import Outcome
from trueup.plan.build import build_plan
from trueup.plan.three_way import Since
from trueup.platforms.open import Platforms, open_platforms
from trueup.sandbox.effects import edit_from_json
from trueup.sandbox.foreign_edits import edit_resource
from trueup.sandbox.request_log import sealed
from trueup.sandbox.store import Document
from unit.apply.fakes import MemoryJournal
from unit.platforms.doubles import quick_settings

T = TypeVar("T")

TARGET: Final = ConnectTarget(
    name=WORLD,
    api_url="",
    auth_url="",
    position=Position("trueup.yaml", 1, 1),
    sandbox=True,
    project_key=PROJECT,
)
SECRETS: Final[Mapping[str, str]] = {"ACME_API_TOKEN": "s3cr3t-01", "NEW_TOKEN": "s3cr3t-02", "THIRD": "s3cr3t-03"}
TOKEN: Final = {"fromEnv": "ACME_API_TOKEN", "revision": "1"}
SPEC: Final[Mapping[str, Any]] = {
    "connector": {"key": "acme-tax"},
    "type": "sandbox",
    "region": "europe-west1.gcp",
    "globalConfiguration": {"standardConfiguration": {"CTP_REGION": "europe-west1.gcp"}},
    "applications": {
        "calculator": {"standardConfiguration": {"RATE_TABLE": "eu"}, "securedConfiguration": {"API_TOKEN": TOKEN}},
        "nightly": {},
    },
}
"""The deployment of example 1 of ``deployment-api.md`` section 15."""
CONNECTOR_SPEC: Final[Mapping[str, Any]] = {
    "name": "Acme Tax",
    "creator": {"email": "dev@acme.example"},
    "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1.5.0"},
}


def with_values(*changes: tuple[str, object], spec: Mapping[str, Any] = SPEC) -> dict[str, Any]:
    """Return a spec with other values at these dotted paths; None removes one."""
    copy: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(spec)))
    for path, value in changes:
        *above, last = path.split(".")
        node = copy
        for step in above:
            node = node.setdefault(step, {})
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
    return copy


def read(text: str, name: str = "tax.yaml") -> Manifest:
    """Return the one manifest of a text, which must be valid."""
    project = Project(root=Path(), file=None, manifests=(), targets={WORLD: TARGET}, seed=None)
    loaded = load_texts(project, [(name, text.encode())])
    assert not loaded.diagnostics, loaded.diagnostics
    (found,) = loaded.manifests
    return found


def deployment(spec: Mapping[str, Any] = SPEC, key: str = "acme-tax-live", **lifecycle: object) -> Manifest:
    """Return the manifest of a deployment; its YAML text has one line for each member."""
    return _manifest("Deployment", key, spec, lifecycle)


def connector(spec: Mapping[str, Any] = CONNECTOR_SPEC, **lifecycle: object) -> Manifest:
    """Return the manifest of the connector."""
    return _manifest("Connector", "acme-tax", spec, lifecycle)


def _manifest(kind: str, key: str, spec: Mapping[str, Any], lifecycle: Mapping[str, object]) -> Manifest:
    document = {"apiVersion": "trueup/v1", "kind": kind, "metadata": {"key": key, "target": WORLD}, "spec": dict(spec)}
    return read(yaml.safe_dump(document | ({"lifecycle": dict(lifecycle)} if lifecycle else {}), sort_keys=False))


class _OneClock:
    """The sandbox's clock, for trueup: it sleeps by advancing it."""

    def __init__(self, api: DeploymentsApi) -> None:
        self._clock = api.clock

    def now(self) -> float:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        await asyncio.sleep(0)


class _Watched(httpx.AsyncBaseTransport):
    """A transport into the sandbox that lets a test act before each request, or refuse to carry it."""

    def __init__(self, api: "DeploymentsRig") -> None:
        self._api = api

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for act in tuple(self._api.before_each):
            act(request)
        return await self._api.embedded.transport.handle_async_request(request)


class DeploymentsRig(DeploymentsApi):
    """A sandbox, and trueup with one target that leads there. ``before_each`` is called with each of its requests."""

    def __init__(self, connector: Mapping[str, object] | None = None, /, **switches: object) -> None:
        super().__init__(connector, **switches)
        self.before_each: list[Callable[[httpx.Request], None]] = []
        self.secrets = dict(SECRETS)
        self.transport: httpx.AsyncBaseTransport = _Watched(self)

    def base_url(self, world: str) -> str:
        """Return the address of the sandbox's world."""
        return self.embedded.base_url(world)

    def run(self, use: Callable[[Platforms], Awaitable[T]]) -> T:
        """Return the result of a function of the opened target."""

        async def run() -> T:
            targets = {WORLD: TARGET}
            async with open_platforms(
                targets, env=self.secrets, clock=_OneClock(self), sandbox=self, settings=quick_settings()
            ) as platforms:
                return await use(platforms)

        return asyncio.run(run())

    def plan(
        self, *manifests: Manifest, base: Sequence[Manifest] | None = None, rules: PlanRules = DEFAULT_RULES
    ) -> Plan:
        """Plan the manifests; ``base`` are those of the base."""
        since = None if base is None else _since(base)
        return self.run(lambda at: build_plan(manifests, at.readers, rules=rules, since=since, places=_PLACES))

    def apply(
        self, plan: Plan, options: ApplyOptions = DEFAULT_OPTIONS, journal: Journal | None = None
    ) -> tuple[Outcome, ...]:
        """Apply a plan; ``journal`` is in memory by default."""
        return self.run(
            lambda at: apply_plan(
                plan,
                readers=at.readers,
                writers=at.writers,
                journal=MemoryJournal() if journal is None else journal,
                clock=_OneClock(self),
                options=options,
            )
        )

    def applied(self, manifest: Manifest, **planning: Any) -> Outcome:
        """Plan and apply one manifest."""
        (outcome,) = self.apply(self.plan(manifest, **planning))
        return outcome

    def planned(self, manifest: Manifest, **planning: Any) -> ResourcePlan:
        """Plan one manifest."""
        (resource,) = self.plan(manifest, **planning).resources
        return resource

    def observed(self, manifest: Manifest) -> Live:
        """Return a live resource as trueup reads it."""
        kind = KINDS[manifest.identity.kind]
        wanted = Wanted(manifest.identity, source=kind.dependencies.source(kind.desired(manifest.spec)))
        reading = self.run(lambda at: at.readers[WORLD].read(wanted))
        assert isinstance(reading, Live), reading
        return reading

    def edit_now(self, edit: Document) -> None:
        """Change a resource as another client would, in the middle of a run."""
        assert edit_resource(self.sandbox, WORLD, edit_from_json(edit)) == 1

    def writes(self) -> list[tuple[str, Any]]:
        """Return each write that arrived since the last call: method and path, and its body with sealed secrets."""
        log = self.sandbox.log
        found = [
            (f"{each.method} {each.path}", each.body)
            for each in log.entries(WORLD)
            if each.method != "GET" and not each.path.startswith(("/oauth", "/_sandbox"))
        ]
        log.clear(WORLD)
        return found


def _since(base: Sequence[Manifest]) -> Since:
    commit = "0" * COMMIT_DIGITS
    return Since(base=Base(revision="main", commit=commit), manifests={each.identity: each for each in base})


_PLACES: Final = {WORLD: TARGET.place}


def as_logged(body: Document) -> Document:
    """Return a body as the log of the sandbox keeps it."""
    kept: Document = sealed(body)
    return kept
