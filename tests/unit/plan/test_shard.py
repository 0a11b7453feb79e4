"""Assign resources to shards."""

from collections import Counter

import pytest

from trueup.errors import UsageError
from trueup.model.identity import Identity, IdField, Kind
from trueup.plan.shard import Shard, index_of


def identity(number: int) -> Identity:
    return Identity("eu", Kind.CONNECTOR, IdField.KEY, f"acme-{number}")


def test_a_resource_keeps_its_shard_from_release_to_release() -> None:
    """The jobs of one run can have different versions of trueup, so these figures must never change."""
    found = [index_of(identity(number), 16) for number in range(12)]
    assert found == [6, 1, 2, 2, 11, 10, 11, 6, 2, 16, 12, 9]
    certification = Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "Grün-1")
    assert index_of(certification, 16) == 16


def test_each_part_of_the_identity_counts() -> None:
    same_value = [
        Identity("eu", Kind.CONNECTOR, IdField.KEY, "a"),
        Identity("us", Kind.CONNECTOR, IdField.KEY, "a"),
        Identity("eu", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "a"),
        Identity("eu", Kind.CERTIFICATION, IdField.ORIGIN_ID, "a"),
    ]
    assert len({index_of(one, 1000) for one in same_value}) == len(same_value)


@pytest.mark.parametrize("count", [2, 3, 16])
def test_shards_are_about_equal(count: int) -> None:
    sizes = Counter(index_of(identity(number), count) for number in range(4000))
    assert sorted(sizes) == list(range(1, count + 1))
    assert max(sizes.values()) < 1.25 * 4000 / count


def test_every_resource_is_in_exactly_one_shard() -> None:
    shards = [Shard(index, 5) for index in range(1, 6)]
    assert {sum(shard.has(identity(number)) for shard in shards) for number in range(100)} == {1}
    assert all(Shard(1, 1).has(identity(number)) for number in range(100))


def test_one_more_shard_moves_only_what_it_takes() -> None:
    before = {number: index_of(identity(number), 8) for number in range(2000)}
    after = {number: index_of(identity(number), 9) for number in range(2000)}
    moved = {number for number in before if before[number] != after[number]}
    assert {after[number] for number in moved} == {9}
    assert 0 < len(moved) < 1.4 * 2000 / 9


@pytest.mark.parametrize(("index", "count"), [(0, 4), (5, 4), (1, 0), (-1, 4), (1, 1001)])
def test_there_is_no_such_shard(index: int, count: int) -> None:
    with pytest.raises(UsageError, match="There is no shard"):
        Shard(index, count)
