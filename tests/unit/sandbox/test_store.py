import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from trueup.errors import UsageError
from trueup.sandbox.store import Store


def filled() -> Store:
    store = Store()
    for id_, name in (("1", "a"), ("2", "b"), ("3", "a")):
        store.put("w", "k", id_, name, {"id": id_})
    return store


def ids(documents: list[dict[str, object]]) -> list[object]:
    return [document["id"] for document in documents]


def test_documents_are_in_order_of_creation() -> None:
    assert ids(filled().list("w", "k")) == ["1", "2", "3"]


def test_a_replaced_document_keeps_its_position_and_gets_its_new_name() -> None:
    store = filled()
    store.put("w", "k", "1", "c", {"id": "1", "new": True})
    assert store.list("w", "k")[0] == {"id": "1", "new": True}
    assert (ids(store.find("w", "k", "a")), ids(store.find("w", "k", "c"))) == (["3"], ["1"])


def test_documents_are_found_by_name_oldest_first() -> None:
    assert ids(filled().find("w", "k", "a")) == ["1", "3"]


def test_a_page_is_cut_from_either_end() -> None:
    store = filled()
    assert ids(store.page("w", "k", limit=2, offset=1)) == ["2", "3"]
    assert ids(store.page("w", "k", limit=2, offset=0, newest_first=True)) == ["3", "2"]


def test_worlds_and_kinds_are_separate() -> None:
    store = filled()
    store.put("other", "k", "1", "", {"id": "other"})
    store.put("w", "other", "1", "", {"id": "kind"})
    assert store.get("w", "k", "1") == {"id": "1"}
    assert (store.count("w", "k"), store.count("other", "k")) == (3, 1)
    assert store.kinds("w") == ("k", "other")


def test_a_document_is_given_as_a_copy() -> None:
    store = filled()
    document = store.get("w", "k", "1")
    assert document is not None
    document["id"] = "changed"
    assert store.get("w", "k", "1") == {"id": "1"}


def test_a_deleted_document_is_gone_and_may_be_deleted_again() -> None:
    store = filled()
    for _ in range(2):
        store.delete("w", "k", "2")
    assert (store.get("w", "k", "2"), ids(store.list("w", "k"))) == (None, ["1", "3"])


def test_a_world_can_be_emptied() -> None:
    store = filled()
    store.put("other", "k", "1", "", {})
    store.clear("w")
    assert (store.count("w", "k"), store.count("other", "k")) == (0, 1)


def test_a_transaction_keeps_all_or_nothing() -> None:
    store = filled()

    def fail() -> None:
        with store.transaction():
            store.delete("w", "k", "1")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert store.count("w", "k") == 3
    with store.transaction():
        store.delete("w", "k", "1")
    assert store.count("w", "k") == 2


def test_a_file_that_cannot_hold_a_state_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"This is no database." * 100)
    for path, words in (
        (broken, "it is damaged, or not a file of a sandbox. Remove it to start again."),
        (tmp_path / "nowhere" / "s.db", "it cannot be opened. Make it and its folder readable and writable."),
    ):
        with pytest.raises(UsageError) as raised:
            Store(str(path))
        assert str(raised.value) == f"The sandbox cannot keep its state in {path}: {words}"


def test_a_file_that_another_process_uses_is_not_called_damaged(tmp_path: Path) -> None:
    path = str(tmp_path / "s.db")
    store = Store(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        store._connection.execute("PRAGMA busy_timeout = 0")  # noqa: SLF001 - so that the test does not wait
        with pytest.raises(UsageError, match="another process uses it"):
            store.put("w", "k", "1", "", {"id": "1"})
    store.close()


def test_a_file_keeps_documents_and_numbers(tmp_path: Path) -> None:
    first = Store(str(tmp_path / "s.db"))
    first.put("w", "k", "1", "", {"id": "1"})
    assert [first.next_number("n"), first.next_number("n"), first.next_number("m")] == [1, 2, 1]
    first.close()
    second = Store(str(tmp_path / "s.db"))
    assert (second.list("w", "k"), second.next_number("n")) == ([{"id": "1"}], 3)
    second.close()
