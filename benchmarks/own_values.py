"""Manifests with values of their own, as real ones have: names, numbers, texts, URLs and dates drawn from a seed.

Manifests that repeat each other's lines make any reader that remembers lines look fast. Everything follows from the
number of the resource, so that an estate of any size is the same in every run. One description in four is long (80 to
400 words, else 10 to 40), and the lists have different lengths.
"""

from collections.abc import Mapping
from random import Random
from textwrap import fill
from typing import Any, Final

WORDS: Final = tuple(
    """
    order product customer price tax invoice parcel warehouse payment refund category locale currency store cart
    discount segment shipment supplier channel inventory review search index export import catalog attribute variant
    bundle gift voucher loyalty address session token webhook queue batch report margin ledger contract tender quote
    region carrier label pallet return exchange rating image video document certificate audit consent profile account
    sends reads keeps moves splits merges checks updates creates removes converts enriches publishes archives restores
    quickly nightly hourly twice safely partly fully daily every each several without between before after through
    """.split()  # noqa: SIM905 - as text the words are readable
)
FIRST: Final = ("Ada", "Ben", "Chen", "Dora", "Emil", "Fatima", "Goran", "Hana", "Ivo", "Jana", "Kofi", "Lena", "Olga")
LAST: Final = ("Abel", "Brandt", "Castro", "Dietz", "Eriksen", "Fischer", "Garcia", "Haas", "Ito", "Kovac", "Okoye")
TYPES: Final = ("tax", "psp", "erp", "search", "email", "shipping", "pim", "oms", "other")
REGIONS: Final = ("europe-west1.gcp", "us-central1.gcp", "australia-southeast1.gcp", "eu-central-1.aws")
MEASURES: Final = ("Thickness", "Width", "Weight")
LONG: Final = 400
"""Words of the longest description."""
NEW_TAG: Final = "v99.0.0"
"""The release that a changed connector names; no drawn one is as high."""


def drawn_connector(number: int) -> dict[str, Any]:
    """Return the draft of the connector of this number, as the platform returns it."""
    draw = Random(f"connector {number}")
    name, company = _name(draw), f"{draw.choice(LAST)} {_words(draw, 1).title()} {draw.randrange(100, 999)}"
    host = f"{company.lower().replace(' ', '-')}.example"
    regions = draw.sample(REGIONS, draw.randrange(1, 4))
    return {
        "key": f"{_slug(draw)}-{number:06}",
        "name": f"{_words(draw, 3).title()} {draw.randrange(10_000)}",
        "description": _text(draw),
        "integrationTypes": sorted(draw.sample(TYPES, draw.randrange(1, 4))),
        "creator": {
            "email": f"{name.lower().replace(' ', '.')}{draw.randrange(1000)}@{host}",
            "name": name,
            "title": f"{_words(draw, 1).title()} engineer {draw.randrange(1, 400)}",
            "company": company,
            "noOfContributors": draw.randrange(1, 5_000),
            "supportUrl": f"https://{host}/support/{draw.getrandbits(40):x}?team={draw.randrange(1_000)}",
        },
        "repository": {
            "url": f"git@github.com:{host.removesuffix('.example')}/{_slug(draw)}-{draw.randrange(10**6)}.git",
            "tag": f"v{draw.randrange(30)}.{draw.randrange(200)}.{draw.randrange(500)}",
        },
        "supportedRegions": regions,
        "privateProjects": [f"{region}:{_slug(draw)}-{draw.randrange(10**5)}" for region in regions],
        "documentationUrl": f"https://docs.{host}/{draw.getrandbits(32):08x}/{_slug(draw)}",
    }


def wanted_connector(number: int, *, changed: bool = False) -> dict[str, Any]:
    """Return the draft that the manifest of this number describes; ``changed`` in two fields from the drawn one."""
    draft = drawn_connector(number)
    if changed:
        draft["description"] += " Replaced by its successor."
        draft["repository"]["tag"] = NEW_TAG
    return draft


def connector_manifest(number: int, *, changed: bool = False, target: str = "connect-0") -> str:
    """Return the manifest of that draft, as people write it."""
    draw, draft = Random(f"manifest {number}"), wanted_connector(number, changed=changed)
    creator, repository = draft["creator"], draft["repository"]
    members = [
        f"# {_words(draw, draw.randrange(6, 12)).capitalize()}; see runbook {draw.randrange(10**5)}.",
        "apiVersion: trueup/v1",
        "kind: Connector",
        "metadata:",
        f"  key: {draft['key']}",
        f"  target: {target}",
        "  labels:",
        f"    team: {_words(draw, 1)}-{draw.randrange(1_000)}",
        f'    cost-center: "{draw.randrange(10**6):06}"',
        "spec:",
        f"  name: {draft['name']}",
        "  description: >-",
        fill(draft["description"], 100, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False),
        "  integrationTypes:",
        *(f"    - {kind}" for kind in draft["integrationTypes"]),
        "  creator:",
        *(f"    {name}: {value}" for name, value in creator.items()),
        f"  # {_words(draw, 7).capitalize()}.",
        "  repository:",
        *(f"    {name}: {value}" for name, value in repository.items()),
        "  supportedRegions:",
        *(f"    - {region}" for region in draft["supportedRegions"]),
        "  privateProjects:",
        *(f"    - {project}" for project in draft["privateProjects"]),
        f'  documentationUrl: "{draft["documentationUrl"]}"',
        "lifecycle:",
        "  publish: none",
        f"  protect: {draw.choice(('true', 'false'))} # since {_date(draw)}",
    ]
    return "\n".join(members) + "\n"


def drawn_certification(number: int) -> dict[str, Any]:
    """Return the certification of this number as Origin holds it: numbers and dates are texts."""
    draw = Random(f"certification {number}")
    name, company = _name(draw), f"{draw.choice(LAST)} {_words(draw, 1).title()} {draw.randrange(100, 999)}"
    host = f"{company.lower().replace(' ', '-')}.example"
    return {
        "externalId": f"{draw.choice(LAST).upper()}-EPD-{number:06}",
        "certificateNumber": f"{draw.choice(LAST).upper()}-{draw.randrange(1_000)}-{draw.getrandbits(32):08X}",
        "url": f"https://{host}/certificates/{draw.getrandbits(48):x}.pdf",
        "reportingBody": {"name": f"{draw.choice(LAST)} {_words(draw, 1)} {draw.randrange(1_000)}"},
        "standard": {"code": "EPD"},
        "issueDate": f"{_date(draw, 2010)}T00:00:00",
        "expiryDate": f"{_date(draw, 2030)}T00:00:00",
        "additionalsDocuments": [
            {"originalUrl": f"https://{host}/annex/{draw.getrandbits(48):x}.pdf"} for _ in range(draw.randrange(1, 4))
        ],
        "brands": [{"name": company, "website": f"www.{host}"}],
        "contacts": [
            {
                "externalId": f"{_words(draw, 1).upper()}-{draw.randrange(10**6)}",
                "type": "VENDOR",
                "companyName": company,
                "name": name,
                "website": f"https://www.{host}/{_slug(draw)}",
                "postalAddress": f"{draw.randrange(1, 9_999)} {_words(draw, 1).title()} Street, "
                f"{draw.randrange(10**5):05} Springfield",
                "phone": f"1-{draw.randrange(200, 999)}-{draw.randrange(200, 999)}-{draw.randrange(10**4):04}",
                "email": f"{name.lower().replace(' ', '.')}{draw.randrange(1_000)}@{host}",
            }
        ],
        "channels": [{"name": "ORIGIN"}],
        "regulatoryStandardCompliances": [{"code": f"ISO {draw.randrange(1_000, 60_000)}"}],
        "featuresCustoms": [
            *({"name": name, "value": f"{draw.randrange(1, 900)} mm"} for name in MEASURES[: draw.randrange(1, 4)]),
            {"name": _words(draw, 1).title(), "value": f"{_words(draw, 2)} {draw.randrange(10**4)}"},
        ],
        "voc": {
            "content": {
                "densityLimitGL": str(draw.randrange(1, 10**4)),
                "containsAddedMCPCE": draw.choice(("true", "false")),
                "exemptCompounds": [
                    {
                        "CAS": _cas(draw),
                        "name": _words(draw, 1).title(),
                        "percentByWeight": f"{draw.randrange(99)}.{draw.randrange(1, 10)}",
                    }
                ],
            },
            "emission": {
                "densityMin": str(draw.randrange(1, 500)),
                "densityMax": f"{draw.randrange(500, 10**5)}.{draw.randrange(1, 9)}",
            },
        },
    }


def certification_manifest(number: int, *, changed: bool = False) -> str:
    """Return the manifest of that certification: flow and block style, decimals, dates."""
    draw, held = Random(f"manifest {number}"), drawn_certification(number)
    content, emission = held["voc"]["content"], held["voc"]["emission"]
    *measures, feature = held["featuresCustoms"]
    if changed:
        held["certificateNumber"] += "-B"
        feature["value"] += " revised"
    members = [
        f"# {_words(draw, 8).capitalize()}, renewed {_date(draw)}.",
        "apiVersion: trueup/v1",
        "kind: Certification",
        "metadata:",
        f"  externalId: {held['externalId']}",
        "  locale: en",
        f"  labels: {{line: {_words(draw, 1)}-{draw.randrange(1_000)}}}",
        "spec:",
        f"  certificateNumber: {held['certificateNumber']}",
        f"  url: {held['url']}",
        f"  reportingBody: {_flow(held['reportingBody'])}",
        f"  standard: {_flow(held['standard'])}",
        *(f"  {name}: {held[name].removesuffix('T00:00:00')}" for name in ("issueDate", "expiryDate")),
        "  additionalsDocuments:",
        *(f"    - originalUrl: {document['originalUrl']}" for document in held["additionalsDocuments"]),
        "  brands:",
        *(f"    - {_flow(brand)}" for brand in held["brands"]),
        "  contacts:",
        *(
            f"    {' ' if place else '-'} {name}: {value}"
            for place, (name, value) in enumerate(held["contacts"][0].items())
        ),
        f"  channels: [{{name: ORIGIN}}] # {_words(draw, 3)}",
        "  regulatoryStandardCompliances:",
        *(f"    - code: {compliance['code']}" for compliance in held["regulatoryStandardCompliances"]),
        "  featuresCustoms:",
        *(f"    - {_flow(element)}" for element in (*measures, feature)),
        "  voc:",
        "    content:",
        f"      densityLimitGL: {content['densityLimitGL']}",
        f"      containsAddedMCPCE: {content['containsAddedMCPCE']}",
        "      exemptCompounds:",
        *(f"        - {_flow(compound)}" for compound in content["exemptCompounds"]),
        "    emission:",
        *(f"      {name}: {value}" for name, value in emission.items()),
    ]
    return "\n".join(members) + "\n"


def _flow(members: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in members.items()) + "}"


def _words(draw: Random, count: int) -> str:
    return " ".join(draw.choices(WORDS, k=count))


def _slug(draw: Random) -> str:
    return _words(draw, 2).replace(" ", "-")


def _cas(draw: Random) -> str:
    """Return a CAS number whose check digit is right."""
    digits = str(draw.randrange(10_000, 10**8))
    check = sum(place * int(digit) for place, digit in enumerate(reversed(digits), start=1)) % 10
    return f"{digits[:-2]}-{digits[-2:]}-{check}"


def _text(draw: Random) -> str:
    count = draw.randrange(80, LONG) if draw.random() < 1 / 4 else draw.randrange(10, 40)
    return f"{_words(draw, count).capitalize()} {draw.randrange(10**6)}."


def _name(draw: Random) -> str:
    return f"{draw.choice(FIRST)} {draw.choice(LAST)}"


def _date(draw: Random, since: int = 2015) -> str:
    return f"{since + draw.randrange(10)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
