"""Draw deployments: what a manifest wants, what is live, and what others change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from simulation import vocabulary
from simulation.layout import APPLICATIONS, GLOBAL, SECURED, STANDARD, Json, at
from simulation.places import PROJECTS
from simulation.random_streams import Chance
from trueup.sandbox.connect.connectors import ANY_TAG

SERVICE: Final = "tax"
"""The application that the sandbox declares for every repository of the vocabulary."""
_JOB: Final = "nightly"
_EVENT: Final = "events"
_VALUES: Final = {
    (SERVICE, "LOG_LEVEL"): ("info", "debug", "warn"),
    (SERVICE, "RELEASE"): ("2026.1", "2026.2"),
    (_EVENT, "TOPIC"): ("orders", "carts"),
}
_SHARED: Final = {"CTP_REGION": ("europe", "us"), "CURRENCY": ("EUR", "USD")}
_REVISIONS: Final = ("1", "2")
_SCHEDULES: Final = ("0 3 * * *", "30 4 * * 1")
_POLICIES: Final = (
    {"strategy": "exponential-backoff", "minBackoffSeconds": 10, "maxBackoffSeconds": 300},
    {"strategy": "exponential-backoff", "minBackoffSeconds": 10, "maxBackoffSeconds": 60, "maxAttempts": 20},
)


def _declared(name: str, type_: str, standard: Sequence[str], secured: Sequence[str] = ()) -> Json:
    return {
        "applicationName": name,
        "applicationType": type_,
        STANDARD: [{"key": key, "description": key, "required": False} for key in standard],
        SECURED: [{"key": key, "description": key, "required": True} for key in secured],
    }


def _contract(*applications: Json, shared: Sequence[str] = (*_SHARED,)) -> Json:
    return {
        "configurations": list(applications),
        GLOBAL: {
            STANDARD: [{"key": key, "description": key, "required": False} for key in shared],
            SECURED: [{"key": "VAULT_TOKEN", "description": "Token", "required": False}],
        },
    }


CONTRACTS: Final[Mapping[str, Json]] = {
    ANY_TAG: _contract(
        _declared(SERVICE, "service", ("LOG_LEVEL", "RELEASE"), ("API_KEY",)),
        _declared(_JOB, "job", ()),
        _declared(_EVENT, "event", ("TOPIC",)),
    ),
    "v1.1.0": _contract(
        _declared(SERVICE, "service", ("LOG_LEVEL", "RELEASE", "FEATURE"), ("API_KEY",)),
        _declared(_JOB, "job", ()),
        shared=("CTP_REGION",),
    ),
}
"""What a connector declares by tag, if it has more than the sandbox declares for every repository."""
_PLAIN: Final = {"configurations": [_declared(SERVICE, "service", ("LOG_LEVEL", "RELEASE"), ("API_KEY",))]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a deployment is made of: a connector, as its seed has it, or None while there is none."""

    key: str
    target: str
    connector: str
    draft: Json | None
    staged: bool
    rich: bool


def secret(name: str, revision: str) -> str:
    """Return the secret of this name and revision, as the environment of an attempt has it."""
    return f"{name}/{revision}"


def references(spec: Json) -> list[Json]:
    """Return the references of a spec to secrets."""
    configurations = [at(spec, GLOBAL), *(at(spec, APPLICATIONS) or {}).values()]
    return [reference for one in configurations for reference in (at(one, SECURED) or {}).values()]


def draw_spec(chance: Chance, made: Made, regions: Sequence[str]) -> dict[str, Json]:
    """Draw what a manifest wants; ``regions`` are those of the connector, empty for all."""
    everywhere = not regions or chance.happens(0.04)
    spec: dict[str, Json] = {
        "connector": {"key": made.connector, **({"staged": True} if made.staged else {})},
        "region": chance.choice(vocabulary.REGIONS if everywhere else regions),
        **draw_values(chance, made),
    }
    if made.draft is not None and "id" in made.draft and chance.happens(0.3):
        spec["connector"] = {**spec["connector"], "id": made.draft["id"]}
        del spec["connector"]["key"]
    if chance.happens(0.6):
        usual = ("preview",) if made.staged else ("sandbox", "production")
        spec["type"] = chance.choice(usual if chance.happens(0.95) else ("preview", "production"))
    return spec


def draw_values(chance: Chance, made: Made) -> dict[str, Json]:
    """Draw applications and global configuration of a manifest."""
    service: dict[str, Json] = {}
    applications = {SERVICE: service}
    for (name, key), values in _VALUES.items():
        if chance.happens(0.7) and (name == SERVICE or made.rich):
            applications.setdefault(name, {}).setdefault(STANDARD, {})[key] = chance.choice(values)
    if chance.happens(0.92):
        service[SECURED] = {"API_KEY": _reference(chance, made, "API_KEY")}
    if chance.happens(0.03):
        service.setdefault(STANDARD, {})["LOG_LEVLE"] = "info"
    spec: dict[str, Json] = {APPLICATIONS: applications}
    if made.rich:
        if chance.happens(0.5):
            applications[_JOB] = {"schedule": chance.choice(_SCHEDULES)}
        if chance.happens(0.4):
            applications.setdefault(_EVENT, {})["retryPolicy"] = chance.choice(_POLICIES)
        shared = {key: chance.choice(values) for key, values in _SHARED.items() if chance.happens(0.4)}
        spec |= {GLOBAL: {STANDARD: shared}} if shared else {}
        if chance.happens(0.3):
            spec.setdefault(GLOBAL, {})[SECURED] = {"VAULT_TOKEN": _reference(chance, made, "VAULT_TOKEN")}
    return spec


def _reference(chance: Chance, made: Made, key: str) -> Json:
    name = f"{made.target}_{made.key}_{key}".upper().replace("-", "_")
    return {"fromEnv": name, "revision": chance.choice(_REVISIONS)}


def with_revisions(chance: Chance, spec: Json) -> dict[str, Json]:
    """Return a spec whose secrets may have other revisions: what an earlier commit wanted."""

    def earlier(node: Json) -> Json:
        if not isinstance(node, dict):
            return node
        if "fromEnv" in node:
            return {**node, "revision": chance.choice(_REVISIONS)}
        return {name: earlier(inner) for name, inner in node.items()}

    return {name: earlier(inner) for name, inner in spec.items()}


def draw_live(chance: Chance, made: Made, spec: Json) -> dict[str, Json]:
    """Draw the seed of a deployment that is near to what is wanted; the connector must be there."""
    assert made.draft is not None
    published = {} if made.staged else (made.draft.get("sandbox") or {}).get("connector") or {}
    tag = (published.get("repository") or made.draft["repository"])["tag"]
    reference: dict[str, Json] = {"key": made.connector, "staged": made.staged}
    if chance.happens(0.4):
        tag = chance.choice(vocabulary.TAGS)
        reference |= {"repository": {**made.draft["repository"], "tag": tag}}
        reference |= {} if made.staged else {"version": max(1, made.draft["version"] - 1)}
    contract = (CONTRACTS.get(tag) or CONTRACTS[ANY_TAG]) if made.rich else _PLAIN
    given = {one["applicationName"]: one for one in contract["configurations"]}
    if made.rich and chance.happens(0.06):
        del given[_JOB]
    live: dict[str, Json] = {
        "projectKey": PROJECTS[made.target],
        "key": made.key,
        "type": "preview" if made.staged else spec.get("type", "sandbox"),
        "connector": reference,
        "region": spec["region"] if chance.happens(0.96) else chance.choice(vocabulary.REGIONS),
        "configurations": [_entry(chance, name, one, at(spec, APPLICATIONS) or {}) for name, one in given.items()],
        GLOBAL: {
            STANDARD: _near(chance, contract.get(GLOBAL), STANDARD, at(spec, GLOBAL), ("EUR", "us")),
            SECURED: _near(chance, contract.get(GLOBAL), SECURED, at(spec, GLOBAL), ("foreign",)),
        },
    }
    if not made.staged and live["type"] == "preview":
        live["type"] = "sandbox"
    if chance.happens(0.15):
        live["status"] = chance.choice(("Failed", "Failed", "UndeployFailed", "Draft"))
    elif chance.happens(0.03):
        live["status"] = chance.choice(("Queued", "Deploying", "Undeploying"))
    return live


def _entry(chance: Chance, name: str, declared: Json, wanted: Json) -> Json:
    own = wanted.get(name) or {}
    entry: dict[str, Json] = {
        "applicationName": name,
        STANDARD: _near(chance, declared, STANDARD, own, ("info", "2026.1", "orders")),
        SECURED: _near(chance, declared, SECURED, own, ("foreign",)),
    }
    if declared["applicationType"] == "job" and chance.happens(0.6):
        entry["schedule"] = own.get("schedule", _SCHEDULES[0]) if chance.happens(0.6) else _SCHEDULES[1]
    if declared["applicationType"] == "event" and chance.happens(0.6):
        entry["retryPolicy"] = own.get("retryPolicy", _POLICIES[0]) if chance.happens(0.6) else _POLICIES[1]
    return entry


def _near(chance: Chance, declared: Json, side: str, wanted: Json, others: Sequence[str]) -> list[Json]:
    """Return values of declared keys, of which some are the wanted ones."""
    found = []
    for key in (one["key"] for one in (declared or {}).get(side, ())):
        value = (at(wanted, side) or {}).get(key)
        if isinstance(value, dict):
            value = secret(value["fromEnv"], value["revision"])
        if value is not None and chance.happens(0.7):
            found.append({"key": key, "value": value})
        elif side == SECURED or chance.happens(0.6):
            found.append({"key": key, "value": chance.choice(others)})
    return found
