"""Languages: which texts are shared, which are translated, and which replace a missing translation."""

import pytest

from origin_api import OriginApi, result
from trueup.sandbox.store import Document

ADD = {"collectionBehavior": "ADD"}


def feature(value: str, **fields: object) -> Document:
    return {"featuresCustoms": [{**ADD, "name": "Color", "value": value}], **fields}


def color(api: OriginApi, locale: str) -> object:
    (found,) = api.live(locale=locale)["featuresCustoms"]
    return found["value"]


@pytest.mark.parametrize("locale", ["de", "es_MX", "en", "fr", "zh_CN"])
def test_a_search_answers_in_the_language_it_was_asked_in(locale: str) -> None:
    api = OriginApi()
    api.seed()
    assert api.live(locale=locale)["locale"] == locale


def test_fields_without_language_are_shared() -> None:
    api = OriginApi()
    api.seed()
    result(api.update({"locale": "fr", "certificateNumber": "7", "brands": [{**ADD, "name": "A"}]}))
    live = api.live(locale="de")
    assert live["certificateNumber"] == "7"
    assert live["brands"] == [{"name": "A", "website": None}]


def test_a_custom_feature_has_a_value_for_each_language() -> None:
    api = OriginApi()
    api.seed(featuresCustoms=[{"name": "Color", "value": "gray"}])
    result(api.update(feature("gris", locale="fr")))
    assert (color(api, "en"), color(api, "fr")) == ("gray", "gris")


def test_english_is_shown_for_a_missing_translation() -> None:
    api = OriginApi()
    api.seed(featuresCustoms=[{"name": "Color", "value": "gray"}])
    result(api.update(feature("gris", locale="fr")))
    assert color(api, "de") == "gray"


def test_a_feature_without_english_shows_the_language_it_was_written_in() -> None:
    api = OriginApi()
    api.seed()
    result(api.update(feature("gris", locale="fr")))
    assert color(api, "de") == "gris"


def test_english_that_is_written_later_is_shown_from_then_on() -> None:
    api = OriginApi()
    api.seed()
    result(api.update(feature("gris", locale="fr")))
    result(api.update(feature("gray", locale="en")))
    assert [color(api, locale) for locale in ("fr", "en", "de")] == ["gris", "gray", "gray"]


def test_a_translation_can_be_changed() -> None:
    api = OriginApi()
    api.seed(featuresCustoms=[{"name": "Color", "value": "gray"}])
    result(api.update(feature("grise", locale="fr")))
    result(api.update(feature("gris", locale="fr")))
    assert color(api, "fr") == "gris"


def test_a_feature_named_in_another_language_is_a_second_one() -> None:
    api = OriginApi()
    api.seed(featuresCustoms=[{"name": "Color", "value": "gray"}])
    result(api.update({"locale": "fr", "featuresCustoms": [{**ADD, "name": "Couleur", "value": "gris"}]}))
    assert [found["name"] for found in api.live()["featuresCustoms"]] == ["Color", "Couleur"]


def test_removing_a_feature_removes_its_translations() -> None:
    api = OriginApi()
    api.seed(featuresCustoms=[{"name": "Color", "value": "gray"}])
    result(api.update(feature("gris", locale="fr")))
    result(api.update({"featuresCustoms": [{"collectionBehavior": "REMOVE", "name": "Color"}]}))
    result(api.update(feature("grey")))
    assert color(api, "fr") == "grey"


@pytest.mark.parametrize(("code", "english"), [("ASSEMBLYLOCATION", "Germany"), ("EPD_TYPE", "Allemagne")])
def test_of_the_properties_only_the_assembly_location_is_translated(code: str, english: str) -> None:
    api = OriginApi()
    api.seed(featuresProperties=[{"code": code, "value": "Germany"}])
    result(api.update({"locale": "fr", "featuresProperties": [{**ADD, "code": code, "value": "Allemagne"}]}))
    assert api.live(locale="fr")["featuresProperties"] == [{"code": code, "value": "Allemagne"}]
    assert api.live(locale="en")["featuresProperties"] == [{"code": code, "value": english}]
