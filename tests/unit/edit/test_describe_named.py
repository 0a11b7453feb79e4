"""Describe live deployments, whose values have names and whose secrets are masked."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from trueup.edit.describe import PROPOSED, Description, describe
from trueup.kinds.registry import KINDS
from trueup.model.identity import ConnectTarget, Identity, IdField, Kind
from trueup.model.secret import proposed_reference
from unit.edit.adopting import PROJECT

LIVE: Final = Identity("eu", Kind.DEPLOYMENT, IdField.KEY, "acme-tax-live")
NIGHTLY: Final = {"applicationName": "nightly", "standardConfiguration": [], "securedConfiguration": []}
CALCULATOR: Final = {
    "applicationName": "calculator",
    "standardConfiguration": [{"key": "RATE_TABLE", "value": "eu"}],
    "securedConfiguration": [{"key": "API_TOKEN", "value": "****"}],
}
ANSWER: Final[Mapping[str, Any]] = {
    "id": "c1f7e2d0",
    "key": "acme-tax-live",
    "version": 2,
    "type": "sandbox",
    "connector": {"id": "5a0d8c1e", "key": "acme-tax", "version": 7, "repository": {"tag": "v1.4.0"}},
    "deployedRegion": "europe-west1.gcp",
    "applications": [CALCULATOR, {**NIGHTLY, "schedule": "0 2 * * *"}],
    "status": "Deployed",
}
TEXT: Final = """\
apiVersion: trueup/v1
kind: Deployment
metadata:
  key: acme-tax-live
spec:
  connector:
    key: acme-tax
    staged: false
  type: sandbox
  region: europe-west1.gcp
  applications:
    calculator:
      standardConfiguration:
        RATE_TABLE: eu
      securedConfiguration:
        API_TOKEN:
          fromEnv: ACME_TAX_LIVE_CALCULATOR_API_TOKEN
    nightly:
      schedule: 0 2 * * *
"""


def described(*applications: Mapping[str, object], **members: object) -> Description:
    whole = {**ANSWER, **({"applications": [*applications]} if applications else {}), **members}
    return describe(PROJECT, LIVE, KINDS[Kind.DEPLOYMENT].observe(whole))


def with_values(**values: str) -> Mapping[str, object]:
    listed = [{"key": key, "value": value} for key, value in values.items()]
    return {**NIGHTLY, "applicationName": "calculator", "standardConfiguration": listed}


def test_the_platforms_project_is_a_connect_target() -> None:
    assert isinstance(PROJECT.targets["eu"], ConnectTarget)


def test_a_manifest_has_all_that_is_live_and_references_for_what_is_masked() -> None:
    assert described().text == PROPOSED + TEXT


def test_the_references_are_named_that_a_person_must_correct() -> None:
    assert described().proposed == ("applications.calculator.securedConfiguration.API_TOKEN",)


@pytest.mark.parametrize("mask", ["****", "", "s3cr3t", None])
def test_nothing_that_the_platform_shows_of_a_secret_is_written(mask: str | None) -> None:
    secret = {**CALCULATOR, "securedConfiguration": [{"key": "API_TOKEN", "value": mask}]}
    assert described(secret, {**NIGHTLY, "schedule": "0 2 * * *"}).text == PROPOSED + TEXT


def test_without_secrets_there_is_no_comment_about_them() -> None:
    found = described(NIGHTLY)
    assert (found.text.partition("\n")[0], found.proposed) == ("apiVersion: trueup/v1", ())


def test_a_connector_without_a_returned_key_is_named_by_its_id() -> None:
    text = described(connector={"id": "5a0d8c1e", "version": 7}).text
    assert "  connector:\n    id: 5a0d8c1e\n    staged: false\n" in text


def test_only_the_value_that_no_manifest_can_express_is_left_out() -> None:
    found = described(with_values(RATE_TABLE="eu", NOTE="", LOG_LEVEL="info"))
    assert [path for path, _ in found.omitted] == ["applications.calculator.standardConfiguration.NOTE"]
    assert "        RATE_TABLE: eu\n        LOG_LEVEL: info\n" in found.text


def test_a_key_with_a_dot_is_left_out_and_not_split() -> None:
    found = described(with_values(RATE="eu", **{"RATE.TABLE": "us"}))
    assert [path for path, _ in found.omitted] == ["applications.calculator.standardConfiguration.RATE.TABLE"]
    assert "        RATE: eu\n" in found.text


def test_values_that_look_like_other_types_are_quoted() -> None:
    text = described(with_values(PORT_NUMBER="8080", DEBUG="true", NOTHING="null")).text
    assert "        PORT_NUMBER: '8080'\n        DEBUG: 'true'\n        NOTHING: 'null'\n" in text


def test_a_deployment_whose_last_run_failed_is_described_with_the_reason_for_another_run() -> None:
    found = described(NIGHTLY, status="Failed")
    assert (found.reason, found.omitted) == ("", ())
    assert [reason.partition(",")[0] for reason in found.follows] == ["Its last rollout ended as Failed"]


@pytest.mark.parametrize(
    ("names", "variable"),
    [
        (("acme-tax", "calculator", "API_TOKEN"), "ACME_TAX_CALCULATOR_API_TOKEN"),
        (("1-shop", "TOKEN"), "_1_SHOP_TOKEN"),
        (("-", "TOKEN"), "TOKEN"),
        (("shop", "a-.b", "c_D"), "SHOP_A_B_C_D"),
    ],
)
def test_the_proposed_variable_is_made_of_all_names(names: tuple[str, ...], variable: str) -> None:
    assert proposed_reference(names) == {"fromEnv": variable}


def test_a_long_proposed_variable_keeps_its_end() -> None:
    name = proposed_reference(("a" * 256, "b" * 256, "API_TOKEN"))["fromEnv"]
    assert (len(name), name[0], name[-10:]) == (256, "_", "_API_TOKEN")
