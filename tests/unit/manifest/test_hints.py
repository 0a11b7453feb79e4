"""Hints of schema violations, followed: one line with a mistake, and what the hint makes of it."""

import pytest

from hints import follow
from trueup.errors import Diagnostic
from trueup.manifest.suggestions import MOVED_FIELDS, RENAMED
from trueup.manifest.validate import check_text

CONNECTOR = """\
apiVersion: trueup/v1
kind: Connector
metadata:
  key: acme-tax
spec:
  name: Acme Tax
"""
CERTIFICATION = """\
apiVersion: trueup/v1
kind: Certification
metadata:
  externalId: ACME-1
spec:
  url: https://acme.example/epd.pdf
"""
DEPLOYMENT = """\
apiVersion: trueup/v1
kind: Deployment
metadata:
  key: acme-tax
spec:
  region: europe-west1.gcp
"""
VOC = "  voc: {content: {densityLimitGL: 1, %s}}"


def said(text: str) -> dict[str, object]:
    (found,) = check_text(text.encode(), "a.yaml").diagnostics
    return as_json(found)


def as_json(found: Diagnostic) -> dict[str, object]:
    place = {"line": found.position.line, "column": found.position.column}
    return {"code": found.code, "message": found.message, "path": found.path, "hint": found.hint, "position": place}


@pytest.mark.parametrize(
    ("head", "line", "hint"),
    [
        (CERTIFICATION, "  issueDate: 20240215", "Write: issueDate: 2024-02-15"),
        (CERTIFICATION, "  issueDate: '20240215'", ""),
        (CERTIFICATION, "  issueDate: 15.9.2008", ""),
        (CERTIFICATION, "  issueDate: 2008/9/15", ""),
        (CERTIFICATION, "  brands: ACME", "Write: brands: [{name: ACME}]"),
        (CERTIFICATION, "  brands: [ACME]", "Write: {name: ACME}"),
        (CERTIFICATION, "  brands:\n    - ACME", "Write: {name: ACME}"),
        (CERTIFICATION, "  brands: 'Acme, Inc.'", "Write: brands: [{name: 'Acme, Inc.'}]"),
        (CERTIFICATION, "  brands: [' ACME ']", "Write: {name: ACME}"),
        (CERTIFICATION, "  brands: 4711", "Write: brands: [{name: '4711'}]"),
        (CERTIFICATION, "  brands: {name: ACME}", "Write it as a list of one: put a hyphen"),
        (CERTIFICATION, "  brands:\n    name: ACME", "Write it as a list of one: put a hyphen"),
        (CERTIFICATION, "  standard: EPD", "Write: standard: {code: EPD}"),
        (CERTIFICATION, "  standard: 9001", "Write: standard: {code: '9001'}"),
        (CERTIFICATION, "  standard: [{code: EPD}]", "Write: standard: {code: EPD}"),
        (CERTIFICATION, "  reportingBody: Veritas", "Write: reportingBody: {name: Veritas}"),
        (CERTIFICATION, "  channels: ORIGIN", "Write: channels: [{name: ORIGIN}]"),
        (CERTIFICATION, "  channels: [{name: origin}]", "Did you mean 'ORIGIN'?"),
        (CERTIFICATION, "  contacts: SALES", "Write: contacts: [{externalId: SALES}]"),
        (CERTIFICATION, "  certificateNumber: 4711", "Put quotes around it."),
        (CERTIFICATION, "  certificateNumber: 000123", "If it is meant as text, put quotes around it: '000123'."),
        (CERTIFICATION, VOC % "containsAddedMCPCE: yes", "Write true: yes, no, on and off are texts in YAML 1.2."),
        (CERTIFICATION, "  voc: {emission: {densityMin: '12,5'}}", ""),
        (CONNECTOR.replace("  name: Acme Tax\n", ""), "  name: TRUE", "Put quotes around it."),
        (CONNECTOR, "  description:", "Leave the field out to not manage it."),
        (CONNECTOR, "  repository: {url: git@acme.example:a/b.git, tag: 2.10}", "Put quotes around it."),
        (CONNECTOR, "  integrationTypes: tax", "Write it as a list of one: put a hyphen"),
        (CONNECTOR, "  integrationTypes: {tax: true, psp: true}", "Write: integrationTypes: [tax, psp]"),
        (CONNECTOR, "  integrationTypes: Tax", "Write: integrationTypes: [tax]"),
        (CONNECTOR, "  integrationType: tax", "Did you mean 'integrationTypes'? Write: integrationTypes: [tax]"),
        (CONNECTOR, "  integrationType: [tax]", "Did you mean 'integrationTypes'?"),
        (CONNECTOR, "  integrationType:\n    tax", "Did you mean 'integrationTypes'? Write: integrationTypes: [tax]"),
        (CONNECTOR, "  creator: {noOfContributors: '4'}", "Leave the quotes out."),
        (CONNECTOR, "  creator: {noOfContributors: '007'}", "Write: noOfContributors: 7"),
        (CONNECTOR, "  creator: [{email: dev@acme.example}]", "Write: creator: {email: dev@acme.example}"),
        (CONNECTOR, "lifecycle: {previewable: yes}", "Write true: yes, no, on and off are texts in YAML 1.2."),
        (CONNECTOR, "lifecycle: {previewable: Off, listed: true}", "Write false: yes, no, on and off are texts"),
        (CONNECTOR, "lifecycle: {previewable: 'true'}", "Leave the quotes out."),
        (CONNECTOR, "lifecycle: {publish: Privat}", "Did you mean 'private'?"),
        (CONNECTOR, "lifecycle: {certificationComments: Ready.}", "Write it as a list of one: put a hyphen"),
    ],
)
def test_what_a_hint_says_is_valid(head: str, line: str, hint: str) -> None:
    text = f"{head}{line}\n"
    found = said(text)
    assert str(found["hint"]).startswith(hint) if hint else not found["hint"], found
    made = follow(text, found)
    assert made is not None
    assert check_text(made.encode(), "a.yaml").diagnostics == ()


@pytest.mark.parametrize(
    "line",
    [
        "  integrationTypes: payments",
        "  integrationTypes: 7",
        "  repository: git@acme.example:a/b.git",
        "  creator: Jane Roe",
        "  creator: {noOfContributors: four}",
        "  creator: {noOfContributors: 4.5}",
        "  supportedRegions: [[]]",
        "  creator:\n    email:",
        '  integrationTypes: "a\\nb"',
        "  supportedRegions: {a: b}",
    ],
)
def test_what_no_change_of_the_value_makes_valid_has_no_hint(line: str) -> None:
    found = said(f"{CONNECTOR}{line}\n")
    assert found["hint"] == ""


@pytest.mark.parametrize("line", ["  issueDate: 12", '  brands: "a\\nb"', f"  brands: {'x' * 200}", "  standard: ''"])
def test_no_hint_is_empty_or_cannot_be_typed(line: str) -> None:
    assert said(f"{CERTIFICATION}{line}\n")["hint"] == ""


def test_a_mapping_that_is_wanted_is_shown() -> None:
    (found,) = check_text(f"{CONNECTOR}  repository: git@acme.example:a/b.git\n".encode(), "a").diagnostics
    assert found.allowed == "A mapping, for example {url: git@github.com:acme/connect-tax.git, tag: v1.4.0}."


def test_a_number_that_a_field_refuses_is_not_offered() -> None:
    (text,) = check_text(f"{CERTIFICATION}  certificateNumber: 000123\n".encode(), "a").diagnostics
    assert text.allowed == ""
    (number,) = check_text(f"{CERTIFICATION}  voc: {{emission: {{densityMin: 007}}}}\n".encode(), "a").diagnostics
    assert (number.allowed, number.hint) == ("The number 7.", "")


OLD_NAMES = {
    "noOfDevelopers": (CONNECTOR, "  creator: {noOfDevelopers: 4}"),
    "densityMinGL": (CERTIFICATION, "  voc: {emission: {densityMinGL: 4}}"),
    "densityMaxGL": (CERTIFICATION, "  voc: {emission: {densityMaxGL: 4}}"),
    "additionalDocuments": (CERTIFICATION, "  additionalDocuments: [{originalUrl: https://acme.example/a.pdf}]"),
    "customFeatures": (CERTIFICATION, "  customFeatures: [{name: a, value: b}]"),
    "regions": (CONNECTOR, "  regions: europe-west1.gcp"),
    "creatorEmail": (CONNECTOR, "  creator: {creatorEmail: dev@acme.example}"),
    "logo": (CONNECTOR, "  creator: {logo: https://acme.example/logo.png}"),
}


@pytest.mark.parametrize("name", RENAMED)
def test_the_right_name_of_a_field_is_valid(name: str) -> None:
    head, line = OLD_NAMES[name]
    text = f"{head}{line}\n"
    made = follow(text, said(text))
    assert made is not None
    assert check_text(made.encode(), "a.yaml").diagnostics == ()


MOVED = {
    "collectionBehavior": (CERTIFICATION, "  brands: [{name: A, collectionBehavior: ADD}]", "  brands: [{name: A}]"),
    "isPreviewable": (CONNECTOR, "  isPreviewable: 'true'", "lifecycle: {previewable: true}"),
    "certificationInfo": (CONNECTOR, "  certificationInfo: [Hi.]", "lifecycle: {certificationComments: [Hi.]}"),
    "status": (CONNECTOR, "  status: Published", "lifecycle: {publish: private}"),
    "key": (CONNECTOR.replace("  key: acme-tax\n", "  labels: {}\n"), "  key: acme-tax", "metadata: {key: acme-tax}"),
    "externalId": (CERTIFICATION, "  externalId: ACME-1", "metadata: {externalId: ACME-1}"),
    "originId": (CERTIFICATION, "  originId: O-1", "metadata: {originId: O-1}"),
    "locale": (CERTIFICATION, "  locale: de", "metadata: {externalId: ACME-1, locale: de}"),
    "state": (CERTIFICATION, "  state: present", "lifecycle: {state: present}"),
    "follow": (DEPLOYMENT, "  follow: true", "lifecycle: {follow: true}"),
    "runScripts": (DEPLOYMENT, "  runScripts: false", "lifecycle: {runScripts: false}"),
    "protect": (DEPLOYMENT, "  protect: true", "lifecycle: {protect: true}"),
    "publish": (CONNECTOR, "  publish: private", "lifecycle: {publish: private}"),
    "previewable": (CONNECTOR, "  previewable: true", "lifecycle: {previewable: true}"),
    "applications": (DEPLOYMENT, "applications: {tax: {}}", "  applications: {tax: {}}"),
    "labels": (CONNECTOR, "  labels: {team: tax}", "metadata: {key: acme-tax, labels: {team: tax}}"),
}
"""A line with a field in the wrong place, and what its hint says to write instead."""


@pytest.mark.parametrize("name", MOVED_FIELDS)
def test_a_field_is_valid_where_its_hint_says_it_belongs(name: str) -> None:
    head, line, instead = MOVED[name]
    hints = [found.hint for found in check_text(f"{head}{line}\n".encode(), "a.yaml").diagnostics]
    assert MOVED_FIELDS[name] in hints
    if instead.startswith("metadata"):
        start, rest = head.split("metadata:", 1)
        made = f"{start}{instead}\nspec{rest.split('spec', 1)[1]}"
    else:
        made = f"{head}{instead}\n"
    assert check_text(made.encode(), "a.yaml").diagnostics == ()
