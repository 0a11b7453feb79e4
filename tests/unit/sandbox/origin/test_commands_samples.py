"""Every Sample Request of the CertificationsUpdate page is accepted and does what its title says.

The page's own mistakes are corrected as `origin-api.md` section 11 advises:

- row 1: ``densityMinGL`` and ``densityMaxGL`` of two emission samples are sent as ``densityMin`` and ``densityMax``;
- row 8: the sample with all fields gets the missing ``collectionBehavior`` of ``regulatoryStandardCompliances``;
- row 12: the sample that sets ``densityLimitGL`` finds a content compliance in place;
- row 17: the trailing comma of one emission sample is gone.
"""

from copy import deepcopy

import pytest

from origin_api import OriginApi, result
from trueup.sandbox.store import Document

ADD = {"collectionBehavior": "ADD"}
REMOVE = {"collectionBehavior": "REMOVE"}
ACME = {"name": "ACME Inc.", "website": "www.acmexyz.com"}
JOHN = {
    "externalId": "JOHNSMITHVENDOR1",
    "type": "VENDOR",
    "companyName": "ACME Inc.",
    "name": "John Smith",
    "website": "https://www.acme.com/",
    "postalAddress": "2500 Street Avenue P.O. Box 999 Manchester, PA 1234",
    "phone": "1-999-123-1234",
    "email": "salesrep@acme.com",
}
DOCUMENT = {"originalUrl": "https://public.facing.url/image.jpg"}
FEATURE = {"name": "Highest supported temperature", "value": "1500C"}
HONG_KONG = {
    "standard": {"code": "Hong Kong Air Pollution Control (VOC) regulation"},
    "productTypeCode": "Graphic arts (sign) coatings",
}
CARB = {
    "standard": {"code": "CARB SCM (2007)"},
    "productTypeCode": "Specialty Coatings - Bituminous Roof Coatings",
}
CUSTOM = {"standard": {"code": "A CUSTOM CODE"}}
METHOD = {"standard": {"code": "ASTM Methods D2369"}}
COMPOUND = {"CAS": "109-99-9", "name": "Tetrahydrofuran", "percentByWeight": "1"}
CDPH = {"standard": {"code": "CDPH Standard Method 2010 v1.1"}}
BLUE_ANGEL = {"standard": {"code": "Blue Angel Elastic Floorings"}}
DATES = {"issueDate": "2008-09-15T15:53:00", "expiryDate": "2010-09-15T15:53:00"}
URL = "https://public.facing.url/certificate.pdf"


def content(**fields: object) -> Document:
    return {"voc": {"content": fields}}


def emission(**fields: object) -> Document:
    return {"voc": {"emission": fields}}


ALL_FIELDS = {
    "certificateNumber": "ABC-123-000001",
    "url": URL,
    **DATES,
    "additionalsDocuments": [{**ADD, **DOCUMENT}],
    "regulatoryStandardCompliances": [{**ADD, "code": "ISO 9001"}],
    "reportingBody": {"name": "Veritas"},
    "standard": {"code": "EPD"},
    "brands": [{**ADD, **ACME}],
    "contacts": [{**ADD, **JOHN}],
    "channels": [{**ADD, "name": "ORIGIN"}],
    "featuresCustoms": [{**ADD, **FEATURE}],
    "featuresProperties": [{**ADD, "code": "EPD_TYPE", "value": "product-specific"}],
    "voc": {
        "content": {
            "densityLimitGL": "10",
            "containsAddedMCPCE": "true",
            "regulatoryStandardCompliances": [{**ADD, **CARB}],
            "regulatoryStandardCustoms": [{**ADD, **CUSTOM}],
            "testMethods": [{**ADD, **METHOD}],
            "exemptCompounds": [{**ADD, "CAS": "142731-63-32", "name": "TRANS-3-HEPTENE", "percentByWeight": "1.9"}],
        },
        "emission": {
            "densityMin": "250",
            "densityMax": "500",
            "regulatoryStandardCompliances": [{**ADD, **BLUE_ANGEL}],
        },
    },
}


def without_behavior(body: object) -> object:
    """Return a request as the live state that it asks for."""
    match body:
        case dict():
            return {name: without_behavior(value) for name, value in body.items() if name != "collectionBehavior"}
        case list():
            return [without_behavior(element) for element in body]
        case _:
            return body


# name: live before, request, live after
SAMPLES: dict[str, tuple[Document, Document, Document]] = {
    "attributes": (
        {},
        {"url": URL, "certificateNumber": "123456", **DATES},
        {"url": URL, "certificateNumber": "123456", **DATES},
    ),
    "standard": ({}, {"standard": {"code": "ISO 9001"}}, {"standard": {"code": "ISO 9001"}}),
    "reporting body": (
        {"reportingBody": {"selfReported": "TRUE"}},
        {"reportingBody": {"name": "Veritas"}},
        {"reportingBody": {"name": "Veritas", "selfReported": None}},
    ),
    "adding a brand": ({}, {"brands": [{**ADD, **ACME}]}, {"brands": [ACME]}),
    "updating a brand website": (
        {"brands": [ACME]},
        {"brands": [{**ADD, "name": "ACME Inc.", "website": "www.acmexyz-2000.com"}]},
        {"brands": [{"name": "ACME Inc.", "website": "www.acmexyz-2000.com"}]},
    ),
    "removing a brand": ({"brands": [ACME]}, {"brands": [{**REMOVE, "name": "ACME Inc."}]}, {"brands": []}),
    "adding a contact": ({}, {"contacts": [{**ADD, **JOHN}]}, {"contacts": [JOHN]}),
    "updating a contact website": (
        {"contacts": [JOHN]},
        {"contacts": [{**ADD, "externalId": "JOHNSMITHVENDOR1", "website": "https://www.acme-2000.com/"}]},
        {"contacts": [{**JOHN, "website": "https://www.acme-2000.com/"}]},
    ),
    "removing a contact": (
        {"contacts": [JOHN]},
        {"contacts": [{**REMOVE, "externalId": "JOHNSMITHVENDOR1"}]},
        {"contacts": []},
    ),
    "adding a document": (
        {},
        {"additionalsDocuments": [{**ADD, **DOCUMENT}]},
        {"additionalsDocuments": [DOCUMENT]},
    ),
    "removing a document": (
        {"additionalsDocuments": [DOCUMENT]},
        {"additionalsDocuments": [{**REMOVE, **DOCUMENT}]},
        {"additionalsDocuments": []},
    ),
    "publishing on a channel": (
        {},
        {"channels": [{**ADD, "name": "ORIGIN"}]},
        {"channels": [{"name": "ORIGIN"}]},
    ),
    "unpublishing from a channel": (
        {"channels": [{"name": "ORIGIN"}]},
        {"channels": [{**REMOVE, "name": "ORIGIN"}]},
        {"channels": []},
    ),
    "adding a compliance": (
        {},
        {"regulatoryStandardCompliances": [{**ADD, "code": "ISO 9001"}]},
        {"regulatoryStandardCompliances": [{"code": "ISO 9001"}]},
    ),
    "removing a compliance": (
        {"regulatoryStandardCompliances": [{"code": "ISO 9001"}]},
        {"regulatoryStandardCompliances": [{**REMOVE, "code": "ISO 9001"}]},
        {"regulatoryStandardCompliances": []},
    ),
    "adding a custom feature": ({}, {"featuresCustoms": [{**ADD, **FEATURE}]}, {"featuresCustoms": [FEATURE]}),
    "updating a custom feature": (
        {"featuresCustoms": [FEATURE]},
        {"featuresCustoms": [{**ADD, **FEATURE, "value": "2000C"}]},
        {"featuresCustoms": [{**FEATURE, "value": "2000C"}]},
    ),
    "removing a custom feature": (
        {"featuresCustoms": [FEATURE]},
        {"featuresCustoms": [{**REMOVE, "name": FEATURE["name"]}]},
        {"featuresCustoms": []},
    ),
    "content attributes": (
        content(regulatoryStandardCompliances=[CARB]),
        content(densityLimitGL="40", containsAddedMCPCE="true"),
        content(densityLimitGL="40", containsAddedMCPCE="true", regulatoryStandardCompliances=[CARB]),
    ),
    "adding a content compliance": (
        {},
        content(regulatoryStandardCompliances=[{**ADD, **HONG_KONG}]),
        content(regulatoryStandardCompliances=[HONG_KONG]),
    ),
    "removing a content compliance": (
        content(regulatoryStandardCompliances=[HONG_KONG]),
        content(regulatoryStandardCompliances=[{**REMOVE, **HONG_KONG}]),
        content(regulatoryStandardCompliances=[]),
    ),
    "adding a custom standard": (
        {},
        content(regulatoryStandardCustoms=[{**ADD, **CUSTOM}]),
        content(regulatoryStandardCustoms=[CUSTOM]),
    ),
    "removing a custom standard": (
        content(regulatoryStandardCustoms=[CUSTOM]),
        content(regulatoryStandardCustoms=[{**REMOVE, **CUSTOM}]),
        content(regulatoryStandardCustoms=[]),
    ),
    "adding a test method": ({}, content(testMethods=[{**ADD, **METHOD}]), content(testMethods=[METHOD])),
    "removing a test method": (
        content(testMethods=[METHOD]),
        content(testMethods=[{**REMOVE, **METHOD}]),
        content(testMethods=[]),
    ),
    "adding an exempt compound": (
        {},
        content(exemptCompounds=[{**ADD, **COMPOUND}]),
        content(exemptCompounds=[COMPOUND]),
    ),
    "updating an exempt compound": (
        content(exemptCompounds=[COMPOUND]),
        content(exemptCompounds=[{**ADD, **COMPOUND, "percentByWeight": "1.5"}]),
        content(exemptCompounds=[{**COMPOUND, "percentByWeight": "1.5"}]),
    ),
    "removing an exempt compound": (
        content(exemptCompounds=[COMPOUND]),
        content(exemptCompounds=[{**REMOVE, "CAS": "109-99-9"}]),
        content(exemptCompounds=[]),
    ),
    "emission attributes": (
        {},
        emission(densityMin="250", densityMax="500"),
        emission(densityMin="250", densityMax="500"),
    ),
    "adding an emission compliance": (
        {},
        emission(regulatoryStandardCompliances=[{**ADD, **CDPH}]),
        emission(regulatoryStandardCompliances=[CDPH]),
    ),
    "removing an emission compliance": (
        emission(regulatoryStandardCompliances=[CDPH]),
        emission(densityMin="250", densityMax="500", regulatoryStandardCompliances=[{**REMOVE, **CDPH}]),
        emission(densityMin="250", densityMax="500", regulatoryStandardCompliances=[]),
    ),
}


def overlay(base: Document, changes: Document) -> Document:
    """Return the base with the changes in it, objects merged."""
    joined = deepcopy(base)
    for name, value in changes.items():
        merges = isinstance(value, dict) and isinstance(joined.get(name), dict)
        joined[name] = overlay(joined[name], value) if merges else value
    return joined


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_changes_what_its_title_says_and_nothing_else(sample: str) -> None:
    before, request, after = SAMPLES[sample]
    api = OriginApi()
    api.seed(**before)
    untouched = api.live()
    assert result(api.update(request)) == {"entityType": "CERTIFICATION", "result": "Update completed."}
    assert api.live() == overlay(untouched, after)
    assert api.live() != untouched


def test_the_sample_with_all_fields_sets_them_all() -> None:
    api = OriginApi()
    api.seed()
    untouched = api.live()
    assert result(api.update(ALL_FIELDS))["result"] == "Update completed."
    wanted = without_behavior(ALL_FIELDS)
    assert isinstance(wanted, dict)
    assert api.live() == overlay(untouched, wanted)
    assert None not in [value for name, value in api.live().items() if name != "reportingBody"]


@pytest.mark.parametrize("sample", [*SAMPLES, "all fields"])
def test_a_sample_sent_twice_changes_nothing_more(sample: str) -> None:
    before, request, _ = SAMPLES.get(sample, ({}, ALL_FIELDS, {}))
    api = OriginApi()
    api.seed(**before)
    result(api.update(request))
    once = api.live()
    result(api.update(request))
    assert api.live() == once
