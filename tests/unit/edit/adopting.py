"""Adopt live values in tests."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from trueup.diff.simulate import created
from trueup.edit.adopt import Adoption, adopt
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.identity import ConnectTarget, OriginTarget
from trueup.model.live import Live
from trueup.model.manifest import NO_LIFECYCLE, Manifest
from trueup.model.plan import ResourceDrift
from trueup.model.position import Position
from trueup.model.value import ABSENT, Elements, Known, LiveValue, Value
from trueup.plan.drift import resource_drift
from trueup.plan.masked import masked_paths, shown_as

PLACE = Position("trueup.yaml", 1, 1)
PROJECT = Project(
    root=Path("/"),
    file=None,
    manifests=(),
    targets={
        "eu": ConnectTarget(name="eu", api_url="", auth_url="", position=PLACE, sandbox=True),
        "origin": OriginTarget(name="origin", base_url="", position=PLACE, sandbox=True),
    },
    seed=None,
)
HEAD = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: tax}\nspec:\n"
EPD = "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: E1}\nspec:\n"


def manifests(text: str) -> tuple[Manifest, ...]:
    loaded = load_texts(PROJECT, [("tax.yaml", text.encode())])
    assert [d for d in loaded.diagnostics if d.severity == "error"] == []
    return loaded.manifests


def live_of(text: str, *, of: int = 0, **changed: Value | None) -> Live:
    """Return the manifest's desired state as live, except these values (``__`` is a dot, None is unset)."""
    manifest = manifests(text)[of]
    kind = KINDS[manifest.identity.kind]
    fields: dict[str, Any] = dict(created(kind.fields, kind.desired(manifest.spec)))
    fields |= {p.replace("__", "."): ABSENT if v is None else Known(v) for p, v in changed.items()}
    return Live(fields=fields, remote_id="id", version=1)


def as_read(kind: KindSpec, fields: Mapping[str, LiveValue]) -> Live:
    """Return live state as a platform shows it: of a masked element, only that it exists; no process is running."""
    masked = {path: shown_as(fields[path], Elements({})) for path in masked_paths(kind)}
    return Live(fields={**fields, **masked}, remote_id="id", version=1, lifecycle=kind.lifecycle.reached(NO_LIFECYCLE))


def drift_of(text: str, *, of: int = 0, **changed: Value | None) -> ResourceDrift:
    manifest = manifests(text)[of]
    return resource_drift(manifest, manifest, live_of(text, of=of, **changed))


def adopted(text: str, *, of: int = 0, **changed: Value | None) -> tuple[str, Adoption]:
    """Adopt these live values and return the new text."""
    content, (adoption,) = adopt(PROJECT, "tax.yaml", text.encode(), [drift_of(text, of=of, **changed)])
    new = content.decode()
    if not adoption.refused:
        again = manifests(new)[of]
        assert resource_drift(again, again, live_of(text, of=of, **changed)).changes == ()
    return new, adoption


def taken(text: str, *, of: int = 0, **changed: Value | None) -> str:
    new, adoption = adopted(text, of=of, **changed)
    assert adoption.refused == ()
    return new


def plain(node: Any) -> Any:
    """Return a drawn spec with numbers as text, for a writer of YAML or JSON without decimals."""
    match node:
        case Decimal():
            return str(node)
        case dict():
            return {key: plain(value) for key, value in node.items()}
        case list():
            return [plain(item) for item in node]
        case _:
            return node
