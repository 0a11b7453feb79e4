"""The targets of a run, and what the environment of an attempt has for them."""

from collections.abc import Iterable, Mapping
from typing import Final

from simulation.deployments import references, secret
from simulation.layout import Json
from simulation.places import CONNECT, ORIGIN, OUTLET, PROJECTS, PROJECTS_OF_CLIENTS
from trueup.model.identity import ConnectTarget, OriginTarget, TargetAddress, Targets
from trueup.model.position import Position

_NOWHERE: Final = Position("trueup.yaml", 1, 1)
_URL: Final = f"https://sandbox/worlds/{CONNECT}"
_CLIENTS: Final = {CONNECT: "CTP_CLIENT", OUTLET: "OUTLET_CLIENT"}
"""The beginnings of the names of variables with credentials, by target."""


def _connect(name: str) -> ConnectTarget:
    return ConnectTarget(
        name=name,
        api_url=_URL,
        auth_url=_URL,
        position=_NOWHERE,
        project_key=PROJECTS[name],
        client_id_env=f"{_CLIENTS[name]}_ID",
        client_secret_env=f"{_CLIENTS[name]}_SECRET",
    )


TARGETS: Final[Targets] = {
    CONNECT: _connect(CONNECT),
    OUTLET: _connect(OUTLET),
    ORIGIN: OriginTarget(name=ORIGIN, base_url="https://sandbox", position=_NOWHERE, sandbox=True),
}
PLACES: Final[Mapping[str, TargetAddress]] = {name: target.place for name, target in TARGETS.items()}


def credentials() -> dict[str, str]:
    """Return the variables with the credentials of the targets."""
    clients = zip(_CLIENTS.values(), PROJECTS_OF_CLIENTS, strict=True)
    return {f"{variable}_ID": client for variable, client in clients} | {
        f"{client}_SECRET": "not-a-secret" for client in _CLIENTS.values()
    }


def secrets_of(specs: Iterable[Json]) -> dict[str, str]:
    """Return the variables with the secrets to which these specs refer."""
    return {
        reference["fromEnv"]: secret(reference["fromEnv"], reference["revision"])
        for spec in specs
        for reference in references(spec)
    }
