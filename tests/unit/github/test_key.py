from dataclasses import replace

import pytest

from trueup.github.key import KeyScope, kept_name, scope_key

SCOPE = KeyScope(project="a/trueup.yaml", targets=("eu", "us"), select=("team=a", "team=b"), comment_key="x")


@pytest.mark.parametrize(
    "other",
    [
        replace(SCOPE, project="b/trueup.yaml"),
        replace(SCOPE, targets=("eu",)),
        replace(SCOPE, select=()),
        replace(SCOPE, comment_key=""),
        replace(SCOPE, targets=("euus",)),
        replace(SCOPE, targets=(), select=(*SCOPE.select, "eu", "us")),
    ],
)
def test_every_part_of_a_scope_makes_another_key(other: KeyScope) -> None:
    assert scope_key("plan", other) != scope_key("plan", SCOPE)


def test_order_and_repetition_do_not_matter_and_the_subject_does() -> None:
    assert scope_key("plan", replace(SCOPE, targets=("us", "eu", "us"))) == scope_key("plan", SCOPE)
    assert len({scope_key(subject, SCOPE) for subject in ("plan", "preview", "validate", "drift", "record")}) == 5


def test_a_kept_plan_is_named_after_its_key_its_part_and_the_attempt() -> None:
    assert kept_name(SCOPE, shard="2/4", attempt=3) == f"trueup-plan-{scope_key('plan', SCOPE)}-2-of-4-3"
