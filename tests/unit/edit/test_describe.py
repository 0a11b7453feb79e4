"""Describe live resources in readable manifests."""

from dataclasses import replace
from typing import Any

import pytest

from trueup.edit.describe import LIVE_LIFECYCLE, Description, FileNames, describe
from trueup.kinds.registry import KINDS
from trueup.model.identity import ConnectTarget, Identity, IdField, Kind
from trueup.model.live import Lifecycle, Live
from unit.edit.adopting import PLACE, PROJECT

TAX = Identity("eu", Kind.CONNECTOR, IdField.KEY, "acme-tax")
EPD = Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "EPD-1")
DRAFT: dict[str, Any] = {
    "id": "1",
    "version": 3,
    "key": "acme-tax",
    "name": "Acme Tax",
    "creator": {"email": "dev@acme.example", "noOfContributors": 4},
    "repository": {"url": "git@github.com:acme/tax.git", "tag": "2.10"},
    "supportedRegions": ["europe-west1.gcp"],
}
TEXT = """\
apiVersion: trueup/v1
kind: Connector
metadata:
  key: acme-tax
spec:
  name: Acme Tax
  creator:
    email: dev@acme.example
    noOfContributors: 4
  repository:
    url: git@github.com:acme/tax.git
    tag: '2.10'
  supportedRegions:
    - europe-west1.gcp
"""


def connector(*, lifecycle: bool = False, **more: Any) -> Description:
    return describe(PROJECT, TAX, KINDS[Kind.CONNECTOR].observe({**DRAFT, **more}), lifecycle=lifecycle)


def certification(**given: Any) -> Description:
    return describe(PROJECT, EPD, KINDS[Kind.CERTIFICATION].observe({"originId": "o", "externalId": "EPD-1", **given}))


def test_a_manifest_has_exactly_the_live_fields() -> None:
    assert connector(description=None, privateProjects=[]) == Description(text=TEXT)


def test_long_texts_are_block_scalars() -> None:
    words = "Calculates sales tax in the cart and at checkout. " * 5 + "Yes."
    described = connector(description=words, documentationUrl="").text
    assert f"  description: >-\n    {words[:105].rstrip()}" in described
    assert max(map(len, described.splitlines())) <= 120  # a word more than the width, at most
    assert "  description: |-\n    One.\n\n      Two.\n" in connector(description="One.\n\n  Two.").text


def test_numbers_flags_and_dates_are_written_as_people_write_them() -> None:
    described = certification(
        issueDate="2008-09-15",
        reportingBody={"selfReported": "TRUE"},
        voc={"content": {"densityLimitGL": "40.50", "containsAddedMCPCE": "False"}},
        brands={"name": "no"},
    )
    spec = described.text[described.text.index("spec:") :]
    assert "  issueDate: 2008-09-15\n" in spec
    assert "  reportingBody:\n    selfReported: true\n" in spec
    assert "densityLimitGL: 40.50\n" in spec
    assert "containsAddedMCPCE: false\n" in spec
    assert "  brands:\n    - name: 'no'\n" in spec
    assert "url" in described.not_returned
    assert described.omitted == ()


def test_the_target_is_named_where_there_are_several() -> None:
    us = ConnectTarget(name="us", api_url="", auth_url="", position=PLACE, sandbox=True)
    project = replace(PROJECT, targets={**PROJECT.targets, "us": us})
    described = describe(project, TAX, KINDS[Kind.CONNECTOR].observe(DRAFT))
    assert described.text == TEXT.replace("  key: acme-tax\n", "  key: acme-tax\n  target: eu\n")


PUBLISHED = {"status": "Published", "alreadyListed": True, "hasChanges": False}


@pytest.mark.parametrize(
    ("state", "block"),
    [
        ({"isPreviewable": "true"}, ["previewable: true"]),
        (PUBLISHED, ["publish: private"]),
        ({**PUBLISHED, "private": False}, ["publish: certified", "listed: true"]),
        ({**PUBLISHED, "private": False, "alreadyListed": False}, ["publish: certified", "listed: false"]),
        ({"status": "InCertification"}, ["publish: certified"]),
        ({**PUBLISHED, "hasChanges": True}, []),
        ({"status": "Failed"}, []),
        ({"status": "Processing", "isPreviewable": "pending"}, []),
        ({"isPreviewable": "false"}, []),
    ],
)
def test_the_reached_lifecycle_is_a_comment_unless_it_is_requested(state: dict[str, Any], block: list[str]) -> None:
    lines = ["lifecycle:", *(f"  {line}" for line in block)] if block else []
    assert connector(**state).text == TEXT + (LIVE_LIFECYCLE if block else "") + "".join(
        f"# {line}\n" for line in lines
    )
    assert connector(lifecycle=True, **state).text == TEXT + "".join(f"{line}\n" for line in lines)


def test_a_field_that_no_manifest_can_express_is_left_out_with_the_reason() -> None:
    described = connector(supportedRegions=["mars-1.gcp"], description="\ud800", integrationTypes=["tax"])
    assert described.text == TEXT.replace("  supportedRegions:\n    - europe-west1.gcp\n", "").replace(
        "  creator:", "  integrationTypes:\n    - tax\n  creator:"
    )
    assert [path for path, _ in described.omitted] == ["description", "supportedRegions"]
    assert "mars-1.gcp" in dict(described.omitted)["supportedRegions"]


def test_different_elements_with_the_same_key_are_left_out_with_the_reason() -> None:
    described = certification(
        brands=[{"name": "A", "website": "x"}, {"name": "A", "website": "y"}], url="https://a.example"
    )
    assert described.omitted == (("brands", "the platform has different elements with the same key: A"),)
    assert "brands" not in described.text


def test_a_resource_that_no_manifest_can_identify_gets_none() -> None:
    identity = replace(TAX, value="not a key")
    described = describe(PROJECT, identity, KINDS[Kind.CONNECTOR].observe(DRAFT))
    assert (described.text, described.reason[:29]) == ("", "a manifest cannot express it:")


def test_a_changing_state_is_left_out() -> None:
    live = KINDS[Kind.CONNECTOR].observe(DRAFT)
    moving = Lifecycle(status="Odd", previewable="pending", private=True, listed=False, has_changes=True)
    described = describe(
        PROJECT, TAX, Live(fields=live.fields, remote_id="1", version=3, lifecycle=moving), lifecycle=True
    )
    assert described.text == TEXT


@pytest.mark.parametrize(
    ("value", "start"),
    [
        ("EPD-1", "EPD-1.yaml"),
        ("../../etc/passwd", "etc-passwd-"),
        (".hidden", "hidden-"),
        ("trueup", "trueup-"),
        ("con", "con-"),
        ("规格 1", "规格-1-"),
        ("x" * 256, "x" * 120 + "-"),
        ("///", ""),
    ],
)
def test_a_file_has_the_name_of_its_resource_as_far_as_possible(value: str, start: str) -> None:
    name = FileNames().name("f", Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, value))
    assert name.startswith(start)
    assert name.endswith(".yaml")
    assert (name == start) == start.endswith(".yaml")


def test_two_resources_never_share_a_file_even_if_case_is_ignored() -> None:
    names = FileNames()
    made = [names.name("f", replace(EPD, value=value)) for value in ("a", "A")]
    assert made[0] == "a.yaml"
    assert made[1].startswith("A-")
    assert names.name("g", replace(EPD, value="a")) == "a.yaml"
