import pytest

from connect_api import DRAFTS, WORLD, ConnectApi, action, refusal
from trueup.sandbox.store import Document

PUBLISH, CERTIFY = action("publish", certification=False), action("publish", certification=True)
TIMES = {"preview_seconds": 10, "publish_seconds": 20, "ready_seconds": 30, "certification_seconds": 40}


def api_with_draft(**switches: object) -> ConnectApi:
    api = ConnectApi(**TIMES, **switches)
    api.created()
    return api


def after(api: ConnectApi, seconds: float) -> Document:
    api.clock.advance(seconds)
    return api.get()


def titles(report: Document) -> list[tuple[str, str]]:
    return [(entry["type"], entry["title"]) for entry in report["entries"]]


def test_a_preview_is_pending_until_its_time_has_come() -> None:
    api = api_with_draft()
    assert api.acted("updatePreviewable")["isPreviewable"] == "pending"
    assert after(api, 9.9)["isPreviewable"] == "pending"
    assert after(api, 0.1)["isPreviewable"] == "true"


def test_a_second_preview_is_refused_while_the_first_is_pending() -> None:
    api = api_with_draft()
    api.acted("updatePreviewable")
    assert refusal(api.act("updatePreviewable")) == (400, ["ConnectorStagedPreviewRequestUnderProcess"])
    api.clock.advance(10)
    assert api.acted("updatePreviewable")["isPreviewable"] == "pending"


@pytest.mark.parametrize("result", ["false", "none"])
def test_switch_preview_result(result: str) -> None:
    api = api_with_draft(preview_result=result)
    api.acted("updatePreviewable")
    assert after(api, 10)["isPreviewable"] == result


def test_a_rejected_preview_says_why_and_when() -> None:
    api = api_with_draft(preview_result="false")
    api.acted("updatePreviewable")
    errors = [entry for entry in after(api, 60)["previewableReport"]["entries"] if entry["type"] == "Error"]
    assert [(entry["title"], entry["createdAt"]) for entry in errors] == [
        ("Image security analysis check failed", "2023-11-14T22:13:30.000Z")
    ]
    assert errors[0]["message"]


def test_an_error_entry_alone_is_not_a_rejection() -> None:
    api = api_with_draft()
    api.acted("updatePreviewable")
    draft = after(api, 10)
    assert draft["isPreviewable"] == "true"
    assert ("Error", "Connector runtime security check skipped") in titles(draft["previewableReport"])


def test_a_cancelled_preview_has_no_report() -> None:
    api = api_with_draft(preview_result="none")
    api.acted("updatePreviewable")
    assert after(api, 10)["previewableReport"] is None


def test_a_new_repository_resets_the_preview() -> None:
    api = api_with_draft()
    api.acted("updatePreviewable")
    assert after(api, 10)["isPreviewable"] == "true"
    draft = api.acted(action("setRepository", tag="v2"))
    assert draft["isPreviewable"] == "none"
    assert draft["previewableReport"] is None


def test_a_new_repository_ends_a_pending_preview() -> None:
    api = api_with_draft()
    api.acted("updatePreviewable")
    api.acted(action("setRepository", tag="v2"))
    assert after(api, 60)["isPreviewable"] == "none"


def test_other_edits_do_not_change_the_preview() -> None:
    api = api_with_draft()
    api.acted("updatePreviewable")
    api.acted(action("setName", name="New"))
    assert after(api, 10)["isPreviewable"] == "true"


def test_switch_same_repository_resets() -> None:
    api = api_with_draft()
    same = action("setRepository", tag="v1")
    api.acted("updatePreviewable")
    api.clock.advance(10)
    api.switch(same_repository_resets=False)
    assert api.acted(same)["isPreviewable"] == "true"
    api.switch(same_repository_resets=True)
    assert api.acted(same)["isPreviewable"] == "none"


def test_a_private_publication_goes_through_processing() -> None:
    api = api_with_draft()
    assert api.acted(PUBLISH)["status"] == "Processing"
    assert after(api, 19.9)["status"] == "Processing"
    draft = after(api, 0.1)
    expected = {"status": "Published", "alreadyListed": True, "hasChanges": False, "private": True}
    assert expected.items() <= draft.items()
    assert draft["publishingReport"]["entries"][0]["createdAt"] == "2023-11-14T22:13:40.000Z"


def test_a_new_publication_begins_without_a_report() -> None:
    api = api_with_draft()
    api.acted(PUBLISH)
    api.clock.advance(20)
    assert api.acted(PUBLISH)["publishingReport"] is None


def test_a_transition_is_a_change_at_the_moment_it_was_due() -> None:
    api = api_with_draft()
    api.acted(PUBLISH)
    api.clock.advance(5)
    api.created(key="later")
    api.clock.advance(60)
    assert api.keys(sort="lastModifiedAt desc") == ["acme-tax", "later"]
    assert api.stored()[0]["_sandbox"]["lastModifiedAt"] == api.clock.now() - 45


def test_a_certification_goes_through_every_state() -> None:
    api = api_with_draft()
    api.acted(CERTIFY)
    states = [(draft["status"], draft["private"]) for draft in (after(api, step) for step in (20, 29.9, 0.1, 40))]
    assert states == [
        ("ReadyForCertification", True),
        ("ReadyForCertification", True),
        ("InCertification", True),
        ("Published", False),
    ]


def test_all_transitions_that_are_due_are_made_at_once() -> None:
    api = api_with_draft()
    api.acted(CERTIFY)
    assert after(api, 90)["status"] == "Published"


def test_a_list_shows_the_transitions_too() -> None:
    api = api_with_draft()
    api.acted(PUBLISH)
    api.clock.advance(20)
    assert [draft["status"] for draft in api.page()["results"]] == ["Published"]


@pytest.mark.parametrize(
    ("sent", "switch", "seconds"),
    [
        (PUBLISH, "publish_result", 20),
        (CERTIFY, "publish_result", 20),
        (CERTIFY, "certification_result", 90),
    ],
)
def test_switches_publish_result_and_certification_result(sent: object, switch: str, seconds: int) -> None:
    api = api_with_draft(**{switch: "Failed"})
    api.acted(sent)
    draft = after(api, seconds)
    assert (draft["status"], draft["alreadyListed"], draft["private"]) == ("Failed", False, True)
    assert "Error" in [kind for kind, _ in titles(draft["publishingReport"])]
    assert after(api, 600)["status"] == "Failed"


def test_switch_results_decides_for_one_draft() -> None:
    api = api_with_draft(results={"acme-tax": {"preview": "false", "publish": "Failed"}})
    api.created(key="other")
    for key in ("acme-tax", "other"):
        api.act("updatePreviewable", PUBLISH, address=f"key={key}")
    api.clock.advance(60)
    ends = [(api.get(f"key={key}")["isPreviewable"], api.get(f"key={key}")["status"]) for key in ("acme-tax", "other")]
    assert ends == [("false", "Failed"), ("true", "Published")]


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        ("no-specification", "Connector specification file not found"),
        ("invalid-specification", "Connector specification file not valid"),
    ],
)
def test_switch_specification_check_finds_it_in_the_pipeline(fault: str, title: str) -> None:
    api = api_with_draft(specification_check="in-pipeline", repositories={"@v2": fault})
    api.acted(action("setRepository", tag="v2"))
    api.acted("updatePreviewable", PUBLISH)
    draft = after(api, 60)
    assert (draft["isPreviewable"], draft["status"]) == ("false", "Failed")
    assert titles(draft["previewableReport"]) == titles(draft["publishingReport"]) == [("Error", title)]


@pytest.mark.parametrize(("step", "versions"), [(1, [2, 3, 4, 5]), (0, [2, 2, 2, 2]), (3, [2, 5, 8, 11])])
def test_every_transition_raises_the_version_by_switch_pipeline_step(step: int, versions: list[int]) -> None:
    api = api_with_draft(pipeline_step=step)
    seen = [api.acted(CERTIFY)["version"]] + [after(api, seconds)["version"] for seconds in (20, 30, 40)]
    assert seen == versions


def test_a_version_read_before_a_publication_is_stale_after_it() -> None:
    api = api_with_draft()
    version = api.acted(PUBLISH)["version"]
    api.clock.advance(20)
    assert refusal(api.act(action("setName", name="New"), version=version)) == (409, ["ConcurrentModification"])


@pytest.mark.parametrize("status", [409, 400])
def test_switches_busy_status_and_busy_code(status: int) -> None:
    api = api_with_draft(busy_status=status, busy_code="Unheard")
    before = api.acted(PUBLISH)
    assert refusal(api.act(action("setName", name="New"))) == (status, ["Unheard"])
    assert refusal(api.act("publish")) == (status, ["Unheard"])
    assert api.get() == before


def test_a_wrong_version_is_reported_before_a_processing_draft() -> None:
    api = api_with_draft()
    api.acted(PUBLISH)
    assert refusal(api.act(action("setName", name="New"), version=1)) == (409, ["ConcurrentModification"])


@pytest.mark.parametrize("sent", [CERTIFY, PUBLISH])
@pytest.mark.parametrize("status", ["ReadyForCertification", "InCertification"])
def test_a_publication_is_refused_while_one_is_in_review(sent: object, status: str) -> None:
    api = ConnectApi()
    api.plant(status=status)
    assert refusal(api.act(sent)) == (400, ["ConnectorStagedInCertification"])


@pytest.mark.parametrize("status", ["Draft", "Failed", "Published"])
def test_a_publication_starts_from_every_settled_state(status: str) -> None:
    api = ConnectApi()
    api.plant(status=status)
    assert api.acted(PUBLISH)["status"] == "Processing"


def test_a_certified_draft_is_certified_again_only_after_a_change() -> None:
    api = api_with_draft()
    api.acted(CERTIFY)
    api.clock.advance(90)
    assert refusal(api.act(CERTIFY)) == (400, ["ConnectorAlreadyCertified"])
    api.acted(action("setRepository", tag="v2"))
    assert api.acted(CERTIFY)["status"] == "Processing"


def test_switch_repository_resets_status() -> None:
    api = api_with_draft()
    api.acted(PUBLISH)
    api.clock.advance(20)
    api.switch(repository_resets_status=False)
    draft = api.acted(action("setRepository", tag="v2"))
    assert (draft["status"], draft["hasChanges"], draft["alreadyListed"]) == ("Published", True, True)
    api.switch(repository_resets_status=True)
    assert api.acted(action("setRepository", tag="v3"))["status"] == "Draft"


@pytest.mark.parametrize(
    ("lock", "repository", "name"), [("none", 201, 201), ("repository", 400, 201), ("all", 400, 400)]
)
def test_switch_certification_lock(lock: str, repository: int, name: int) -> None:
    api = ConnectApi(certification_lock=lock)
    api.plant(status="InCertification")
    assert api.act(action("setName", name="New")).status_code == name
    assert api.act(action("addCertificationComment", comment="Still there")).status_code == 201
    assert api.act(action("setRepository", tag="v2")).status_code == repository


def test_an_edit_during_certification_is_a_change_afterwards() -> None:
    api = api_with_draft()
    api.acted(CERTIFY)
    api.clock.advance(20)
    api.acted(action("setName", name="New"))
    draft = after(api, 70)
    assert (draft["status"], draft["hasChanges"], draft["name"]) == ("Published", True, "New")


def test_a_new_repository_ends_a_certification_where_it_is_allowed() -> None:
    api = api_with_draft(certification_lock="none")
    api.acted(CERTIFY)
    api.clock.advance(20)
    api.acted(action("setRepository", tag="v2"))
    assert after(api, 600)["status"] == "Draft"


def test_unlisting_removes_a_connector_from_the_list() -> None:
    api = ConnectApi()
    api.plant(status="Published", alreadyListed=True, private=False)
    draft = api.acted("unlist")
    assert (draft["alreadyListed"], draft["status"]) == (False, "Published")


def test_switch_unlist_status() -> None:
    api = ConnectApi(unlist_status="Draft")
    api.plant(status="Published", alreadyListed=True)
    assert api.acted("unlist")["status"] == "Draft"


def test_switch_unlist_unlisted() -> None:
    api = api_with_draft()
    assert api.acted("unlist")["alreadyListed"] is False
    api.switch(unlist_unlisted="refuse")
    assert refusal(api.act("unlist")) == (400, ["InvalidJsonInput"])


def test_switch_delete_while_processing() -> None:
    api = api_with_draft(delete_while_processing="refuse")
    api.acted(PUBLISH)
    assert refusal(api.call("DELETE", f"{DRAFTS}/key=acme-tax"))[0] == 400
    api.switch(delete_while_processing="accept")
    assert api.call("DELETE", f"{DRAFTS}/key=acme-tax").status_code == 200
    assert api.sandbox.store.kinds(WORLD) == ()
