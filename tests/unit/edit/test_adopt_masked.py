"""Adopt what was changed in a live deployment, whose secrets are masked."""

from typing import Any, Final

from trueup.edit.adopt import ASKED, MASKED, PROCESS, Adoption, adopt
from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind
from trueup.plan.drift import resource_drift
from unit.edit.adopting import PROJECT, manifests

TEXT: Final = """\
apiVersion: trueup/v1
kind: Deployment
metadata: {key: acme-tax-live}
spec:
  connector: {key: acme-tax}
  type: sandbox
  region: europe-west1.gcp
  applications:
    calculator:
      standardConfiguration:
        RATE_TABLE: eu   # the table of the team
      securedConfiguration:
        API_TOKEN: {fromEnv: ACME_API_TOKEN, revision: "1"}
"""


def adopted(
    text: str = TEXT, *, rate: str = "eu", token: bool = True, tag: str = "v1", **members: Any
) -> tuple[str, Adoption]:
    """Return the file after adopting a live deployment with this value, with or without the secret."""
    answer = {
        "id": "c1",
        "version": 2,
        "type": "sandbox",
        "connector": {"id": "5a", "key": "acme-tax", "version": 7, "repository": {"tag": "v1"}},
        "deployedRegion": "europe-west1.gcp",
        "applications": [
            {
                "applicationName": "calculator",
                "standardConfiguration": [{"key": "RATE_TABLE", "value": rate}],
                "securedConfiguration": [{"key": "API_TOKEN", "value": "****"}] if token else [],
            }
        ],
        "status": "Deployed",
        **members,
    }
    kind = KINDS[Kind.DEPLOYMENT]
    live = kind.dependencies.relate(kind.observe(answer), {"version": 7, "repository": {"tag": tag}})
    (manifest,) = manifests(text)
    after, (adoption,) = adopt(PROJECT, "tax.yaml", text.encode(), [resource_drift(manifest, manifest, live)])
    return after.decode(), adoption


def reasons(adoption: Adoption) -> list[str]:
    return [reason for _, reason in adoption.refused]


def test_a_changed_value_is_written_at_its_place() -> None:
    text, adoption = adopted(rate="us")
    assert (text, reasons(adoption)) == (TEXT.replace("RATE_TABLE: eu ", "RATE_TABLE: us "), [])


def test_nothing_of_a_masked_value_is_written() -> None:
    assert adopted()[0] == TEXT


def test_a_secret_that_is_gone_is_left_to_a_person() -> None:
    text, adoption = adopted(token=False)
    assert (text, reasons(adoption)) == (TEXT, [MASKED])


def test_a_value_is_adopted_although_a_secret_cannot_be() -> None:
    text, adoption = adopted(rate="us", token=False)
    assert (text, reasons(adoption)) == (TEXT.replace("RATE_TABLE: eu ", "RATE_TABLE: us "), [MASKED])


def test_a_failed_run_is_no_value() -> None:
    text, adoption = adopted(status="Failed")
    assert (text, reasons(adoption)) == (TEXT, [PROCESS])


def test_newer_code_that_the_manifest_follows_is_no_value() -> None:
    follows = f"{TEXT}lifecycle: {{follow: true}}\n"
    text, adoption = adopted(follows, tag="v2")
    assert (text, reasons(adoption)) == (follows, [ASKED])
