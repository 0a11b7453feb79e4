import pytest

from connect_api import ConnectApi, action, refusal

NAME, TITLE = action("setName", name="New"), action("setCreatorTitle", creatorTitle="Mr")


def test_a_wrong_version_is_a_conflict_that_names_both() -> None:
    api = ConnectApi()
    before = api.created()
    answer = api.act(NAME, version=7)
    assert refusal(answer) == (409, ["ConcurrentModification"])
    assert {"expectedVersion": 7, "currentVersion": 1}.items() <= answer.json()["errors"][0].items()
    assert api.get() == before


def test_switch_conflict_numbers() -> None:
    api = ConnectApi(conflict_numbers=False)
    api.created()
    assert set(api.act(NAME, version=7).json()["errors"][0]) == {"code", "message"}


@pytest.mark.parametrize(
    ("step", "versions"), [("request", [2, 3]), ("action", [2, 4]), ("request-and-action", [3, 6])]
)
def test_switch_version_step(step: str, versions: list[int]) -> None:
    api = ConnectApi(version_step=step)
    api.created()
    assert [api.acted(NAME)["version"], api.acted(NAME, TITLE)["version"]] == versions


def test_switch_noop_raises_version() -> None:
    api = ConnectApi()
    api.created()
    assert [api.acted(NAME)["version"], api.acted(NAME)["version"]] == [2, 3]
    api.switch(noop_raises_version=False)
    assert api.acted(NAME)["version"] == 3


def test_no_actions_change_nothing() -> None:
    api = ConnectApi()
    before = api.created()
    assert api.acted() == before


def test_switch_empty_actions() -> None:
    api = ConnectApi(empty_actions="refuse")
    api.created()
    assert refusal(api.act()) == (400, ["InvalidJsonInput"])


@pytest.mark.parametrize(
    ("order", "expected"), [("version", (409, ["ConcurrentModification"])), ("actions", (400, ["InvalidJsonInput"]))]
)
def test_switch_check_order(order: str, expected: tuple[int, list[str]]) -> None:
    api = ConnectApi(check_order=order)
    api.created()
    assert refusal(api.act("setName", version=7)) == expected


def test_an_effective_edit_of_a_published_draft_is_a_change() -> None:
    api = ConnectApi()
    api.plant(status="Published", alreadyListed=True)
    assert api.get()["hasChanges"] is False
    assert api.acted(NAME)["hasChanges"] is True
    assert api.acted(action("setName", name="Acme Tax"))["hasChanges"] is False
