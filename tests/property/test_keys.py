"""Different parts of a repository have different keys, and the same part has one key."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from trueup.github.key import KeyScope, Subject, scope_key

# A variable of the environment has no zero byte, and an input is read line by line.
TEXTS = st.text(st.characters(blacklist_categories=("Cc",)), max_size=8)
LISTS = st.lists(TEXTS.filter(bool), max_size=3).map(tuple)
SCOPES = st.builds(KeyScope, project=TEXTS, targets=LISTS, select=LISTS, comment_key=TEXTS)
SUBJECTS = st.sampled_from(get_args(Subject))


def same(one: KeyScope) -> tuple[object, ...]:
    return one.project, frozenset(one.targets), frozenset(one.select), one.comment_key


@given(SUBJECTS, SCOPES, SUBJECTS, SCOPES)
def test_two_keys_are_equal_only_for_the_same_subject_and_scope(
    subject: Subject, one: KeyScope, other_subject: Subject, other: KeyScope
) -> None:
    equal = (subject, same(one)) == (other_subject, same(other))
    assert (scope_key(subject, one) == scope_key(other_subject, other)) == equal


@given(SUBJECTS, TEXTS, LISTS, LISTS)
def test_the_order_of_targets_and_labels_makes_no_difference(
    subject: Subject, project: str, targets: tuple[str, ...], select: tuple[str, ...]
) -> None:
    moved = KeyScope(project=project, targets=targets[::-1], select=(*select[::-1], *select))
    assert scope_key(subject, moved) == scope_key(subject, KeyScope(project=project, targets=targets, select=select))


@given(SUBJECTS, SCOPES)
def test_a_key_can_be_part_of_a_marker_and_of_a_name(subject: Subject, scope: KeyScope) -> None:
    key = scope_key(subject, scope)
    assert len(key) == 16
    assert key.isalnum()
    assert key.isascii()
