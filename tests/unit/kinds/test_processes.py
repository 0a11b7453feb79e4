"""The connector's table of processes, and the rules of a kind without processes."""

from dataclasses import replace

import pytest

from trueup.kinds.processes import NO_LIFECYCLE_RULES, Processes, ProcessProgress
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, AddComment, Delete, LifecycleAction, Publish, RequestPreview, SetValue, Unlist
from trueup.model.identity import Kind
from trueup.model.live import Lifecycle
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.plan import DEFAULT_RULES

RULES = KINDS[Kind.CONNECTOR].lifecycle
PREVIEW, CERTIFY, PRIVATELY, UNLIST, COMMENT = (
    RequestPreview(),
    Publish(certification=True),
    Publish(certification=False),
    Unlist(),
    AddComment("Please review."),
)
ALL: tuple[LifecycleAction, ...] = (PREVIEW, CERTIFY, UNLIST, COMMENT)
LIVE = Lifecycle(status="Published", previewable="true", private=False, listed=True, has_changes=True)
WANTED = LifecycleSpec(
    previewable=True, publish=PublishTo.CERTIFIED, listed=True, certification_comments=("One.", "Please review.")
)


def test_each_process_has_its_member_of_the_lifecycle_block() -> None:
    assert {type(action): RULES.rows[type(action)].member for action in ALL} == {
        RequestPreview: "previewable",
        Publish: "publish",
        Unlist: "listed",
        AddComment: "certificationComments",
    }


@pytest.mark.parametrize("action", [*ALL, PRIVATELY, Delete("over"), SetValue("name", "Tax")])
def test_previews_and_publishing_carry_the_whole_draft_and_only_publishing_publishes(action: Action) -> None:
    assert RULES.carries([action]) is isinstance(action, RequestPreview | Publish)
    assert RULES.publishes(action) is isinstance(action, Publish)


@pytest.mark.parametrize("action", [*ALL, Delete("over"), SetValue("name", "Tax")])
def test_only_comments_can_be_asked_for_twice(action: Action) -> None:
    assert RULES.once(action) is isinstance(action, RequestPreview | Publish | Unlist)


def test_a_comment_is_the_users_text_and_has_its_own_position() -> None:
    row = RULES.rows[AddComment]
    assert (row.words(COMMENT), row.quotes, row.index(COMMENT, WANTED)) == ("Please review.", True, 1)
    assert row.index(COMMENT, LifecycleSpec()) is None
    assert not any(RULES.rows[type(action)].quotes for action in (PREVIEW, CERTIFY, UNLIST))
    assert [RULES.rows[Publish].words(action) for action in (CERTIFY, PRIVATELY)] == [
        "certified, after a review by commercetools",
        "private, without a review by commercetools",
    ]


@pytest.mark.parametrize(
    ("action", "changed"),
    [
        (PREVIEW, replace(WANTED, previewable=None)),
        (CERTIFY, replace(WANTED, publish=PublishTo.PRIVATE)),
        (UNLIST, replace(WANTED, listed=None)),
        (COMMENT, replace(WANTED, certification_comments=("One.",))),
    ],
)
def test_two_manifests_ask_alike_unless_the_member_of_the_action_changed(
    action: LifecycleAction, changed: LifecycleSpec
) -> None:
    for each in ALL:
        alike = RULES.rows[type(each)].wanted_alike
        assert alike(each, WANTED, WANTED)
        assert alike(each, changed, WANTED) is (each is not action)


def test_a_comment_that_was_listed_as_often_is_asked_for_alike() -> None:
    alike, twice = RULES.rows[AddComment].wanted_alike, replace(WANTED, certification_comments=("Please review.",) * 2)
    assert (alike(COMMENT, twice, WANTED), alike(COMMENT, WANTED, twice)) == (True, False)


def test_unlisting_waits_for_the_certification_of_this_run_alone() -> None:
    assert RULES.awaits(UNLIST, [CERTIFY]) == CERTIFY
    assert RULES.awaits(UNLIST, [PRIVATELY]) is None
    assert RULES.awaits(COMMENT, [CERTIFY]) is None
    later = RULES.later(CERTIFY, [UNLIST])
    assert later is not None
    assert later.code in RULES.later_codes
    assert RULES.later(CERTIFY, [COMMENT]) is None
    assert RULES.later(PRIVATELY, [UNLIST]) is None


def test_only_rejected_actions_of_this_run_are_reported() -> None:
    failed = replace(LIVE, status="Failed", previewable="false")
    codes = [finding.code for finding in RULES.rejected([CERTIFY, PREVIEW], failed)]
    assert codes == ["preview-rejected", "publish-failed"]
    assert [finding.code for finding in RULES.rejected([UNLIST, CERTIFY], failed)] == ["publish-failed"]
    assert RULES.rejected([CERTIFY, PREVIEW], LIVE) == []


def test_a_state_with_unpublished_changes_is_not_settled() -> None:
    assert not RULES.is_settled(LIVE)
    assert RULES.is_settled(RULES.settled(LIVE))


def test_a_kind_without_processes_asks_for_nothing_and_holds_nothing() -> None:
    rules = NO_LIFECYCLE_RULES
    assert KINDS[Kind.CERTIFICATION].lifecycle is rules
    assert rules.plan(WANTED, LIVE, (), done=(), rules=DEFAULT_RULES) == Processes()
    assert rules.progress(CERTIFY, before=LIVE, now=LIVE, accepted=True) is ProcessProgress.UNDECIDED
    assert (rules.hold(LIVE, DEFAULT_RULES), rules.late(WANTED, LIVE), rules.reached(WANTED)) == (None, None, None)
    assert (rules.block(LIVE), rules.refusal(CERTIFY, "x"), rules.contradicts(CERTIFY, LIVE)) == ({}, None, False)
    assert not any([rules.carries([CERTIFY]), rules.publishes(CERTIFY), rules.once(CERTIFY), rules.in_review(LIVE)])
    assert rules.is_settled(LIVE)
