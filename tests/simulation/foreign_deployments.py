"""Change deployments as other users do: their values, their state, their rollouts and their end."""

from collections.abc import Callable, Mapping
from typing import Final

from simulation.layout import APPLICATIONS, GLOBAL, SECURED, STANDARD, Json
from simulation.random_streams import Chance
from trueup.sandbox.connect.deployment_pipeline import CONTENT
from trueup.sandbox.connect.deployment_writes import delete
from trueup.sandbox.connect.errors import Failure
from trueup.sandbox.effects import Edit
from trueup.sandbox.foreign_edits import edit_resource
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox

_WORDS: Final = ("info", "debug", "2026.2", "orders", "USD")


def change_deployment(sandbox: Sandbox, world: str, name: str, deployment: Document, chance: Chance) -> str:
    """Do something to a deployment; return what, empty if the platform refused it. ``name`` is PROJECT/KEY."""
    edits: Mapping[str, Callable[[], Edit | None]] = {
        "changed a value": lambda: _edit(name, _value(chance, deployment, STANDARD, chance.choice(_WORDS))),
        "changed a secret": lambda: _edit(name, _value(chance, deployment, SECURED, "foreign")),
        "changed its status": lambda: _edit(name, {"status": chance.choice(("Failed", "Deployed", "UndeployFailed"))}),
        "let its next run fail": lambda: _edit(name, {"_sandbox.next": {"deployment": "Failed"}}),
        "let its removal fail": lambda: _edit(name, {"_sandbox.next": {"undeploy": "UndeployFailed"}}),
        "touched": lambda: _edit(name, {"status": deployment["status"]}),
        "redeployed": lambda: _run(name, redeploy={}),
        "redeployed with newer code": lambda: _run(name, redeploy={"updateConnector": True}),
        "rolled back": lambda: _run(name, rollback=1),
    }
    if chance.happens(0.08):
        return _delete(sandbox, world, deployment)
    # Only some platforms keep revisions, so that a rollback would hardly ever be drawn.
    keeps = sandbox.settings.deployment_revisions == "on"
    what = "rolled back" if keeps and chance.happens(0.5) else chance.choice([*edits])
    if keeps and what == "rolled back" and not deployment["_sandbox"]["revisions"]:
        edit_resource(sandbox, world, _first_revision(name, deployment))
    edit = edits[what]()
    return f"deployment: {what}" if edit is not None and edit_resource(sandbox, world, edit) else ""


def _value(chance: Chance, deployment: Document, side: str, value: str) -> dict[str, Json]:
    places = [f"{APPLICATIONS}.{name}" for name in deployment["applications"]] + [GLOBAL]
    paths = [
        f"{place}.{side}.{key}"
        for place, stored in zip(
            places, [*deployment["applications"].values(), deployment["globalConfiguration"]], strict=True
        )
        for key in stored[side]
    ]
    if not paths:
        return {}
    return {chance.choice(paths): None if chance.happens(0.15) else value}


def _edit(name: str, changes: dict[str, Json]) -> Edit | None:
    return Edit(kind="deployment", name=name, changes=changes) if changes else None


def _first_revision(name: str, deployment: Document) -> Edit:
    """Return the edit that keeps what was deployed before the run, which a seed has no revision of."""
    content = {part: deployment[part] for part in CONTENT}
    return Edit(kind="deployment", name=name, changes={"_sandbox.revisions": [{"revision": 1, "content": content}]})


def _run(name: str, **asked: Json) -> Edit:
    return Edit(kind="deployment", name=name, changes=None, **asked)


def _delete(sandbox: Sandbox, world: str, deployment: Document) -> str:
    project = deployment["_sandbox"]["project"]
    try:
        with sandbox.store.transaction():
            delete(sandbox, world, project, deployment["id"])
    except Failure:
        return ""
    return "deployment: asked to delete"
