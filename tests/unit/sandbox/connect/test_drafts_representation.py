import pytest

from connect_api import REPOSITORY, ConnectApi, action, refusal
from trueup.sandbox.connect.drafts import represent
from trueup.sandbox.settings import Settings

LISTS = {"integrationTypes", "configurations", "privateProjects", "supportedRegions"}
SCALARS = {"description", "documentationUrl", "publishingReport", "previewableReport", "globalConfiguration"}


def test_unset_fields_are_shown_as_in_the_samples() -> None:
    draft = ConnectApi().created()
    assert [draft[name] for name in sorted(LISTS - {"configurations"})] == [[], [], []]
    assert (draft["description"], draft["publishingReport"], draft["previewableReport"]) == ("", None, None)
    assert not {"documentationUrl", "globalConfiguration", "certificationInfo"} & draft.keys()
    assert draft["creator"] == {"email": "a@b.c"}


def test_switch_empty_values_omit() -> None:
    draft = ConnectApi(empty_values="omit").created()
    assert not (LISTS - {"configurations"} | SCALARS | {"certificationInfo"}) & draft.keys()
    assert draft["creator"] == {"email": "a@b.c"}


def test_switch_empty_values_null() -> None:
    draft = ConnectApi(empty_values="null").created(key=None)
    nulls = {name for name, value in draft.items() if value is None}
    assert nulls >= LISTS - {"configurations"} | SCALARS | {"key", "certificationInfo"}
    assert draft["creator"]["title"] is None


def test_switch_empty_values_empty() -> None:
    draft = ConnectApi(empty_values="empty").created()
    assert [draft[name] for name in sorted(LISTS - {"configurations"})] == [[], [], []]
    assert draft["certificationInfo"] == {"comments": []}
    assert not SCALARS & draft.keys()


@pytest.mark.parametrize("shape", ["sample", "omit", "null", "empty"])
def test_a_text_that_was_set_to_nothing_is_shown(shape: str) -> None:
    assert ConnectApi(empty_values=shape).created(description="")["description"] == ""


def test_switch_extra_field() -> None:
    api = ConnectApi(extra_field=True)
    draft = api.created()
    assert draft["sandboxRevision"] == {"number": 1}
    assert "noOfDevelopers" in draft["creator"]
    assert api.stored()[0]["creator"] == {"email": "a@b.c"}


def test_switch_odd_enum() -> None:
    assert ConnectApi(odd_enum=True).created()["status"] == "Suspended"


def test_switch_error_statuses() -> None:
    api = ConnectApi(error_statuses={"GitRepositoryNotReachable": 400}, repositories={"tax": "unreachable"})
    assert refusal(api.create(repository=REPOSITORY)) == (400, ["GitRepositoryNotReachable"])


@pytest.mark.parametrize(
    ("order", "shown"),
    [("kept", ["tax", "oms", "psp"]), ("reversed", ["psp", "oms", "tax"]), ("sorted", ["oms", "psp", "tax"])],
)
def test_switch_element_order(order: str, shown: list[str]) -> None:
    api = ConnectApi(element_order=order)
    assert api.created(integrationTypes=["tax", "oms", "psp"])["integrationTypes"] == shown
    assert api.stored()[0]["integrationTypes"] == ["tax", "oms", "psp"]


def test_switch_write_answer_shows_the_draft_before_the_update() -> None:
    api = ConnectApi(write_answer="before")
    before = api.created()
    assert api.acted(action("setName", name="New")) == before
    assert (api.get()["name"], api.get()["version"]) == ("New", 2)


def test_showing_a_draft_does_not_change_it() -> None:
    api = ConnectApi()
    api.created()
    (draft,) = api.stored()
    represent(draft, Settings().changed({"extra_field": True, "odd_enum": True, "empty_values": "null"}))
    assert [draft] == api.stored()


def test_what_the_platform_keeps_to_itself_is_not_shown() -> None:
    api = ConnectApi()
    assert "_sandbox" not in api.created()
    assert "_sandbox" not in api.page()["results"][0]


@pytest.mark.parametrize(("stored", "shown"), [("true", True), ("false", False), ("none", "none")])
def test_switch_previewable_form(stored: str, shown: object) -> None:
    api = ConnectApi(previewable_form="boolean")
    api.created()
    draft = {**api.stored()[0], "isPreviewable": stored}
    assert represent(draft, api.sandbox.settings)["isPreviewable"] == shown
