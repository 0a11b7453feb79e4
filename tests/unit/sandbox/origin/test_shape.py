"""The shape of a certification is the request table of CertificationsUpdate, row for row."""

from collections.abc import Iterator

from trueup.sandbox.origin.shape import CERTIFICATION, Collection, Leaf, Member, Need

ROWS = [
    "certificateNumber",
    "url",
    "additionalsDocuments[]",
    "additionalsDocuments[].originalUrl",
    "reportingBody",
    "reportingBody.name",
    "reportingBody.selfReported",
    "standard",
    "standard.code",
    "issueDate",
    "expiryDate",
    "brands[]",
    "brands[].name",
    "brands[].website",
    "contacts[]",
    "contacts[].externalId",
    "contacts[].type",
    "contacts[].companyName",
    "contacts[].phone",
    "contacts[].email",
    "contacts[].name",
    "contacts[].website",
    "contacts[].postalAddress",
    "channels[]",
    "channels[].name",
    "regulatoryStandardCompliances[]",
    "regulatoryStandardCompliances[].code",
    "featuresCustoms[]",
    "featuresCustoms[].name",
    "featuresCustoms[].value",
    "featuresProperties[]",
    "featuresProperties[].code",
    "featuresProperties[].value",
    "voc",
    "voc.content",
    "voc.content.densityLimitGL",
    "voc.content.containsAddedMCPCE",
    "voc.content.regulatoryStandardCompliances[]",
    "voc.content.regulatoryStandardCompliances[].standard",
    "voc.content.regulatoryStandardCompliances[].standard.code",
    "voc.content.regulatoryStandardCompliances[].productTypeCode",
    "voc.content.regulatoryStandardCustoms[]",
    "voc.content.regulatoryStandardCustoms[].standard",
    "voc.content.regulatoryStandardCustoms[].standard.code",
    "voc.content.testMethods[]",
    "voc.content.testMethods[].standard",
    "voc.content.testMethods[].standard.code",
    "voc.content.exemptCompounds[]",
    "voc.content.exemptCompounds[].CAS",
    "voc.content.exemptCompounds[].name",
    "voc.content.exemptCompounds[].percentByWeight",
    "voc.emission",
    "voc.emission.densityMin",
    "voc.emission.densityMax",
    "voc.emission.regulatoryStandardCompliances[]",
    "voc.emission.regulatoryStandardCompliances[].standard",
    "voc.emission.regulatoryStandardCompliances[].standard.code",
]


def rows(member: Member, prefix: str = "") -> Iterator[str]:
    path = f"{prefix}{member.name}[]" if isinstance(member, Collection) else f"{prefix}{member.name}"
    yield path
    if not isinstance(member, Leaf):
        for inner in member.members:
            yield from rows(inner, f"{path}.")


def collections(members: tuple[Member, ...]) -> Iterator[Collection]:
    for member in members:
        if isinstance(member, Collection):
            yield member
        elif not isinstance(member, Leaf):
            yield from collections(member.members)


def test_every_row_of_the_table_is_known_and_no_other() -> None:
    assert [row for member in CERTIFICATION.members for row in rows(member)] == ROWS


def test_every_element_has_a_key_that_must_be_sent() -> None:
    found = list(collections(CERTIFICATION.members))
    assert len(found) == 12
    for collection in found:
        needed = {member.name for member in collection.members if member.need is Need.ALWAYS}
        assert {path[0] for path in collection.key} == needed
