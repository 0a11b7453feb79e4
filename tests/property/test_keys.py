"""Different parts of a repository have different keys, and the same part has one key."""

from dataclasses import fields, replace
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from trueup.github.key import KeyScope, Subject, scope_key

# A variable of the environment has no zero byte, and an input is read line by line.
TEXTS = st.text(st.characters(exclude_categories=["Cc"]), max_size=8)
LISTS = st.lists(TEXTS.filter(bool), max_size=3).map(tuple)
SCOPES = st.builds(KeyScope, project=TEXTS, targets=LISTS, select=LISTS, comment_key=TEXTS)
SUBJECTS = st.sampled_from(get_args(Subject))


def same(one: KeyScope) -> tuple[object, ...]:
    return one.project, frozenset(one.targets), frozenset(one.select), one.comment_key


@given(SCOPES, SCOPES)
def test_whatever_differs_in_one_part_has_another_key(one: KeyScope, other: KeyScope) -> None:
    for part in fields(KeyScope):
        mixed = replace(one, **{part.name: getattr(other, part.name)})
        assert (scope_key("plan", mixed) == scope_key("plan", one)) == (same(mixed) == same(one))


@given(SCOPES)
def test_each_subject_has_its_own_key(scope: KeyScope) -> None:
    assert len({scope_key(subject, scope) for subject in get_args(Subject)}) == len(get_args(Subject))


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
