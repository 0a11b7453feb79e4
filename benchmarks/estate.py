"""Make estates to measure with: manifests of about 40 lines as people write them, and what is live.

Everything follows from a resource's number, so that an estate of any size is the same in every run. A resource that is
``changed`` differs from what is live in two fields, as after a release: the version that it names and a text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.own_values import certification_manifest, connector_manifest

TYPES: Final = ("tax", "psp", "erp", "search", "email", "shipping", "pim", "oms")
REGIONS: Final = ("europe-west1.gcp", "us-central1.gcp", "australia-southeast1.gcp", "eu-central-1.aws")
TEAMS: Final = ("payments", "catalog", "checkout", "logistics")

PROJECT: Final = """\
apiVersion: trueup/v1
kind: Project
manifests: {manifests}
targets:
  origin: {{platform: origin, baseUrl: "{url}/worlds/origin/equinox"}}
"""
CONNECT: Final = '  {name}: {{platform: connect, apiUrl: "{url}/worlds/{name}", authUrl: "{url}/worlds/{name}"}}\n'

CREDENTIALS: Final = {"CTP_CLIENT_ID": "me", "CTP_CLIENT_SECRET": "mine", "ORIGIN_ACCESS_TOKEN": "origin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Say how large an estate is and how much of it differs from live.

    ``targets``: over how many organizations its connectors are spread. One of them tells about 21,000 by listing.
    ``own_values``: each manifest has values of its own, as real ones have; otherwise they repeat each other's lines.
    """

    connectors: int
    certifications: int = 0
    changed_percent: int = 0
    per_file: int = 1
    targets: int = 1
    own_values: bool = False

    @property
    def resources(self) -> int:
        """Return the number of manifests."""
        return self.connectors + self.certifications

    @property
    def changed(self) -> int:
        """Return how many manifests differ from live."""
        return sum(self.is_changed(number) for number in (*range(self.connectors), *range(self.certifications)))

    def is_changed(self, number: int) -> bool:
        """Return whether the resource of this number differs from live; changes are spread evenly."""
        return number % 100 < self.changed_percent

    def target(self, number: int) -> str:
        """Return the target of the connector of this number."""
        return f"connect-{number % self.targets}"


def connector_text(number: int, *, changed: bool = False, target: str = "connect-0") -> str:
    """Return a connector manifest of 39 lines."""
    return f"""\
# Owned by the team {TEAMS[number % 4]}; see the runbook before changing regions.
apiVersion: trueup/v1
kind: Connector
metadata:
  key: acme-connector-{number:06}
  target: {target}
  labels:
    team: {TEAMS[number % 4]}
    tier: "{number % 3 + 1}"
spec:
  name: Acme Connector {number}
  description: >-
    Connects the shop to system {number}{" and its successor" if changed else ""}, keeps orders and
    products in step, and tells the team when something needs a hand.
  integrationTypes:
    - {TYPES[number % 8]}
    - other
  creator:
    email: dev-{number % 50}@acme.example
    name: Jane Roe
    title: Lead engineer
    company: Acme
    noOfContributors: {number % 9 + 1}
    supportUrl: https://acme.example/support/{number}
  # Both are always set together.
  repository:
    url: git@github.com:acme/connector-{number:06}.git
    tag: v1.{number % 20}.{9 if changed else number % 7}
  supportedRegions:
    - {REGIONS[number % 4]}
    - {REGIONS[(number + 1) % 4]}
  privateProjects:
    - {REGIONS[number % 4]}:shop-{number % 10}
    - {REGIONS[number % 4]}:shop-{number % 10}-staging
    - {REGIONS[(number + 1) % 4]}:outlet
  documentationUrl: "https://acme.example/docs/connectors/{number:06}"
lifecycle:
  publish: none
  protect: {"true" if number % 10 == 0 else "false"}
"""


def certification_text(number: int, *, changed: bool = False) -> str:
    """Return a certification manifest of 46 lines."""
    return f"""\
# Renewed every two years; the annex is replaced with each renewal.
apiVersion: trueup/v1
kind: Certification
metadata:
  externalId: ACME-EPD-{number:06}
  locale: en
  labels:
    line: {"flooring" if number % 2 else "coatings"}
spec:
  certificateNumber: ABC-123-{number:06}{"-B" if changed else ""}
  url: https://acme.example/certificates/{number:06}.pdf
  reportingBody: {{name: Veritas}}
  standard: {{code: EPD}}
  issueDate: 20{number % 10 + 10}-09-15
  expiryDate: 20{number % 10 + 30}-09-15
  additionalsDocuments:
    - originalUrl: https://acme.example/certificates/{number:06}-annex.pdf
  brands:
    - {{name: ACME Inc., website: www.acme.example}}
  contacts:
    - externalId: ACME-SALES
      type: VENDOR
      companyName: ACME Inc.
      name: John Smith
      website: https://www.acme.example/
      postalAddress: 2500 Street Avenue P.O. Box 999 Manchester, PA 1234
      phone: 1-999-123-1234
      email: sales@acme.example
  channels: [{{name: ORIGIN}}] # published
  regulatoryStandardCompliances:
    - code: ISO 9001
  featuresCustoms:
    - {{name: Thickness, value: {number % 9 + 1} mm}}
    - {{name: Color, value: {"black" if changed else "gray"}}}
  voc:
    content:
      densityLimitGL: 40
      containsAddedMCPCE: false
      regulatoryStandardCompliances:
        - standard: {{code: CARB SCM (2007)}}
          productTypeCode: Specialty Coatings - Bituminous Roof Coatings
      exemptCompounds:
        - {{CAS: 67-64-1, name: Acetone, percentByWeight: 0.50}}
    emission:
      densityMin: 250
      densityMax: {number % 100 + 400}
"""


def live_connector(number: int) -> dict[str, Any]:
    """Return the draft that an unchanged manifest of this number describes, as the sandbox's seed takes it."""
    return {
        "key": f"acme-connector-{number:06}",
        "name": f"Acme Connector {number}",
        "description": f"Connects the shop to system {number}, keeps orders and products in step, and tells the team "
        "when something needs a hand.",
        "integrationTypes": ["other", TYPES[number % 8]],
        "creator": {
            "email": f"dev-{number % 50}@acme.example",
            "name": "Jane Roe",
            "title": "Lead engineer",
            "company": "Acme",
            "noOfContributors": number % 9 + 1,
            "supportUrl": f"https://acme.example/support/{number}",
        },
        "repository": {
            "url": f"git@github.com:acme/connector-{number:06}.git",
            "tag": f"v1.{number % 20}.{number % 7}",
        },
        "supportedRegions": [REGIONS[number % 4], REGIONS[(number + 1) % 4]],
        "privateProjects": [
            f"{REGIONS[number % 4]}:shop-{number % 10}",
            f"{REGIONS[number % 4]}:shop-{number % 10}-staging",
            f"{REGIONS[(number + 1) % 4]}:outlet",
        ],
        "documentationUrl": f"https://acme.example/docs/connectors/{number:06}",
    }


def live_certification(number: int) -> dict[str, Any]:
    """Return the certification that an unchanged manifest of this number describes, as the sandbox's seed takes it."""
    return {
        "externalId": f"ACME-EPD-{number:06}",
        "certificateNumber": f"ABC-123-{number:06}",
        "url": f"https://acme.example/certificates/{number:06}.pdf",
        "reportingBody": {"name": "Veritas"},
        "standard": {"code": "EPD"},
        "issueDate": f"20{number % 10 + 10}-09-15T00:00:00",
        "expiryDate": f"20{number % 10 + 30}-09-15T00:00:00",
        "additionalsDocuments": [{"originalUrl": f"https://acme.example/certificates/{number:06}-annex.pdf"}],
        "brands": [{"name": "ACME Inc.", "website": "www.acme.example"}],
        "contacts": [
            {
                "externalId": "ACME-SALES",
                "type": "VENDOR",
                "companyName": "ACME Inc.",
                "name": "John Smith",
                "website": "https://www.acme.example/",
                "postalAddress": "2500 Street Avenue P.O. Box 999 Manchester, PA 1234",
                "phone": "1-999-123-1234",
                "email": "sales@acme.example",
            }
        ],
        "channels": [{"name": "ORIGIN"}],
        "regulatoryStandardCompliances": [{"code": "ISO 9001"}],
        "featuresCustoms": [{"name": "Thickness", "value": f"{number % 9 + 1} mm"}, {"name": "Color", "value": "gray"}],
        "voc": {
            "content": {
                "densityLimitGL": "40",
                "containsAddedMCPCE": "false",
                "regulatoryStandardCompliances": [
                    {
                        "standard": {"code": "CARB SCM (2007)"},
                        "productTypeCode": "Specialty Coatings - Bituminous Roof Coatings",
                    }
                ],
                "exemptCompounds": [{"CAS": "67-64-1", "name": "Acetone", "percentByWeight": "0.5"}],
            },
            "emission": {"densityMin": "250", "densityMax": f"{number % 100 + 400}"},
        },
    }


def write_estate(estate: Estate, folder: Path, *, url: str = "http://127.0.0.1:1") -> None:
    """Write a project: trueup.yaml, and the manifests in folders of at most a thousand files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_project(estate, folder, url=url)
    connectors: Iterable[str] = (
        connector_text(number, changed=estate.is_changed(number), target=estate.target(number))
        for number in range(estate.connectors)
    )
    certifications: Iterable[str] = (
        certification_text(number, changed=estate.is_changed(number)) for number in range(estate.certifications)
    )
    if estate.own_values:
        connectors = (connector_manifest(n, target=estate.target(n)) for n in range(estate.connectors))
        certifications = map(certification_manifest, range(estate.certifications))
    for kind, texts in (("connectors", connectors), ("certifications", certifications)):
        for place, content in enumerate(_joined(texts, estate.per_file)):
            file = folder / kind / f"{place // 1000:03}" / f"{place:06}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)


def write_project(estate: Estate, folder: Path, *, url: str) -> None:
    """Write trueup.yaml alone: whose targets are worlds of the sandbox at this address."""
    kinds = [
        kind for kind, count in (("connectors", estate.connectors), ("certifications", estate.certifications)) if count
    ]
    targets = "".join(CONNECT.format(name=f"connect-{number}", url=url) for number in range(estate.targets))
    globs = "[" + ", ".join(f'"{kind}/**/*.yaml"' for kind in kinds) + "]"
    (folder / "trueup.yaml").write_text(PROJECT.format(manifests=globs, url=url) + targets)


def live(estate: Estate) -> dict[str, Any]:
    """Return the seed that makes a sandbox's worlds hold the estate as it was before the changes."""
    worlds: dict[str, Any] = {f"connect-{number}": {"connectors": []} for number in range(estate.targets)}
    for number in range(estate.connectors):
        worlds[estate.target(number)]["connectors"].append(live_connector(number))
    worlds["origin"] = {"certifications": [live_certification(number) for number in range(estate.certifications)]}
    return {"worlds": worlds}


def _joined(texts: Iterable[str], per_file: int) -> Iterator[str]:
    gathered: list[str] = []
    for text in texts:
        gathered.append(text)
        if len(gathered) == per_file:
            yield _file(gathered)
            gathered = []
    if gathered:
        yield _file(gathered)


def _file(texts: Sequence[str]) -> str:
    return "---\n".join(texts)
