"""The targets of a run, and the collections of resources to which they lead."""

from typing import Final

from trueup.model.identity import Identity, Kind

CONNECT: Final = "connect"
ORIGIN: Final = "origin"
OUTLET: Final = "outlet"
"""A second target: another project of the organization of ``connect``."""

PROJECTS: Final = {CONNECT: "sandbox", OUTLET: "outlet"}
"""The keys of the projects, by target."""

PROJECTS_OF_CLIENTS: Final = {f"client-of-{project}": project for project in PROJECTS.values()}
"""The projects for which the tokens of a client are, by the client's id."""

Slot = tuple[str, str]
"""A collection and a name in it. A collection is ``connect`` (drafts), ``origin`` or the key of a project."""


def kind_of(slot: Slot) -> Kind:
    """Return the kind of the resources in a slot."""
    return {CONNECT: Kind.CONNECTOR, ORIGIN: Kind.CERTIFICATION}.get(slot[0], Kind.DEPLOYMENT)


def is_deployment(slot: Slot) -> bool:
    """Return whether a slot holds deployments."""
    return kind_of(slot) is Kind.DEPLOYMENT


def world_of(slot: Slot) -> str:
    """Return the world of the sandbox in which a slot is."""
    return ORIGIN if slot[0] == ORIGIN else CONNECT


def collection_of(identity: Identity) -> str:
    """Return the collection of the resource with this identity."""
    return PROJECTS[identity.target] if identity.kind is Kind.DEPLOYMENT else identity.target
