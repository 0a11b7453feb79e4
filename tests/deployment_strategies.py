"""Specs of deployments, and the answers that show what these want."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from strategy_values import LINE, REGIONS, Drawn
from trueup.model.identity import Kind


def deployment_specs(*, emptied: bool = False) -> st.SearchStrategy[dict[str, object]]:
    """Draw a spec with all that creation needs; mappings are never empty unless ``emptied``."""
    least = 0 if emptied else 1
    names = st.sampled_from(["LOG_LEVEL", "RATE_TABLE", "API-TOKEN"])
    secret = st.fixed_dictionaries({}, optional={"revision": st.sampled_from(["1", "2"])}).flatmap(
        lambda more: st.sampled_from([{"fromEnv": "ACME_TOKEN", **more}, {"fromFile": "secrets/a", **more}])
    )
    configuration: Mapping[str, Drawn] = {
        "standardConfiguration": st.dictionaries(names, LINE, min_size=least, max_size=2),
        "securedConfiguration": st.dictionaries(names, secret, min_size=least, max_size=2),
    }
    policy = st.fixed_dictionaries(
        {
            "strategy": st.just("exponential-backoff"),
            "minBackoffSeconds": st.integers(1, 10),
            "maxBackoffSeconds": st.integers(10, 600),
        },
        optional={"maxAttempts": st.integers(5, 100)},
    )
    application = st.fixed_dictionaries(
        {},
        optional={
            **configuration,
            "schedule": st.sampled_from(["0 3 * * *", "*/5 * * * *"]),
            "retryPolicy": policy | st.just({"strategy": "immediate"}),
        },
    ).filter(lambda drawn: emptied or drawn)
    connector = st.fixed_dictionaries(
        {"key": st.sampled_from(["acme-tax", "acme-psp"])}, optional={"staged": st.booleans()}
    )
    return st.fixed_dictionaries(
        {"connector": connector, "region": st.sampled_from(REGIONS)},
        optional={
            "type": st.sampled_from(["sandbox", "production"]),
            "globalConfiguration": st.fixed_dictionaries({}, optional=configuration).filter(
                lambda drawn: emptied or drawn
            ),
            "applications": st.dictionaries(
                st.sampled_from(["calculator", "report", "tax_sync"]), application, min_size=least, max_size=2
            ),
        },
    ).map(_with_type)


def _with_type(spec: dict[str, Any]) -> dict[str, Any]:
    """Give a deployment of a draft the only type that it can have."""
    return {**spec, "type": "preview"} if "type" in spec and spec["connector"].get("staged") else spec


def answer_of(kind: Kind, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a live resource that is as a spec wants it, in the platform's form, without what the platform assigns."""
    if kind is not Kind.DEPLOYMENT:
        return spec
    applications = [
        {"applicationName": name, **node, **_configuration(node)} for name, node in spec.get("applications", {}).items()
    ]
    return {
        "connector": {"id": "c-1", "key": spec["connector"]["key"]},
        # That it runs a draft is shown by its type alone.
        "type": spec.get("type", "preview" if spec["connector"].get("staged") else "sandbox"),
        "deployedRegion": spec["region"],
        "globalConfiguration": _configuration(spec.get("globalConfiguration", {})),
        "applications": applications,
    }


def _configuration(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        side: [{"key": key, "value": value if isinstance(value, str) else "****"} for key, value in values.items()]
        for side, values in node.items()
        if side.endswith("Configuration")
    }
