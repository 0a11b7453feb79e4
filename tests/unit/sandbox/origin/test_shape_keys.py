"""When two elements are the same, under every switch (`origin-api.md` section 4.2, 6 and 12)."""

import pytest

from origin_api import OriginApi, messages, result

ADD = {"collectionBehavior": "ADD"}
REMOVE = {"collectionBehavior": "REMOVE"}
DOCUMENTS = [{"originalUrl": "https://acme.example/a"}, {"originalUrl": "https://acme.example/b"}]


@pytest.mark.parametrize(
    ("comparison", "same"),
    [("exact", []), ("case", ["acme gmbh", "ACME GmbH"]), ("unicode", ["Mu\u0308ller", "M\u00fcller"])],
)
@pytest.mark.parametrize("pair", [["acme gmbh", "ACME GmbH"], ["Mu\u0308ller", "M\u00fcller"]])
def test_switch_origin_key_comparison(comparison: str, same: list[str], pair: list[str]) -> None:
    live, sent = pair
    api = OriginApi.seeded({"brands": [{"name": live}]}, origin_key_comparison=comparison)
    result(api.update({"brands": [{**ADD, "name": sent, "website": "b.example"}]}))
    first, *more = api.live()["brands"]
    assert first == {"name": live, "website": "b.example" if pair == same else None}
    assert [brand["name"] for brand in more] == ([] if pair == same else [sent])
    result(api.update({"brands": [{**REMOVE, "name": sent}]}))
    assert [brand["name"] for brand in api.live()["brands"]] == ([] if pair == same else [live])


def test_keys_that_are_compared_as_one_clash_in_one_request() -> None:
    api = OriginApi.seeded(origin_key_comparison="case", origin_duplicate_keys="reject")
    assert messages(api.update({"brands": [{**ADD, "name": "A"}, {**ADD, "name": "a"}]}))


def test_switch_origin_document_urls() -> None:
    api = OriginApi.seeded({"additionalsDocuments": DOCUMENTS}, origin_document_urls="rehosted")
    (first, second) = [document["originalUrl"] for document in api.live()["additionalsDocuments"]]
    assert first.startswith("https://origin.build/")
    assert first.endswith("/a")
    result(api.update({"additionalsDocuments": [{**ADD, "originalUrl": "https://acme.example/a"}]}))
    assert len(api.live()["additionalsDocuments"]) == 2
    result(api.update({"additionalsDocuments": [{**REMOVE, "originalUrl": "https://acme.example/a"}]}))
    assert [document["originalUrl"] for document in api.live()["additionalsDocuments"]] == [second]
    result(api.update({"additionalsDocuments": [{**REMOVE, "originalUrl": second}]}))
    assert api.live()["additionalsDocuments"] == []


@pytest.mark.parametrize(("order", "shown"), [("kept", "BCA"), ("reversed", "ACB"), ("sorted", "ABC")])
def test_switch_element_order(order: str, shown: str) -> None:
    api = OriginApi.seeded({"brands": [{"name": name} for name in "BCA"]}, element_order=order)
    assert "".join(brand["name"] for brand in api.live()["brands"]) == shown


def test_switch_origin_translations_can_make_a_second_element() -> None:
    api = OriginApi.seeded({"featuresCustoms": [{"name": "Use", "value": "Floor"}]}, origin_translations="second")
    for value in ("Sol", "Toit"):
        result(api.update({"locale": "fr", "featuresCustoms": [{**ADD, "name": "Use", "value": value}]}))
    result(api.update({"featuresCustoms": [{**ADD, "name": "Use", "value": "Roof"}]}))
    result(api.update({"locale": "fr", "brands": [{**ADD, "name": "A"}]}))
    for locale in ("en", "fr"):
        live = api.live(locale=locale)
        assert [(feature["name"], feature["value"]) for feature in live["featuresCustoms"]] == [
            ("Use", "Roof"),
            ("Use", "Toit"),
        ]
        assert len(live["brands"]) == 1
