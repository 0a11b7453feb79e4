"""The documents of the simulated platforms in one SQLite file, the ids of new ones, and the clocks."""

import asyncio
import json
import sqlite3
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

from trueup.errors import UsageError

Document = dict[str, Any]
"""A JSON object as a platform stores it."""

Documents = list[Document]
"""An alias, because ``list`` inside the class is its method."""

# An index for each frequent query: the documents with a name, and a page in the order of creation.
_TABLES = """
CREATE TABLE IF NOT EXISTS document (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    world TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (world, kind, id)
);
CREATE INDEX IF NOT EXISTS document_name ON document (world, kind, name);
CREATE INDEX IF NOT EXISTS document_order ON document (world, kind, number);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

# Not REPLACE: it inserts a new row, and a changed document would move to the end of every list.
_PUT = """
INSERT INTO document (world, kind, id, name, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (world, kind, id) DO UPDATE SET name = excluded.name, body = excluded.body
"""


_NOT_OPENED = "it cannot be opened. Make it and its folder readable and writable"
_REASONS = {
    "BUSY": "another process uses it. Stop that process, or name another file",
    "LOCKED": "another process uses it. Stop that process, or name another file",
    "FULL": "the disk is full. Free some space",
    "IOERR": "the disk failed. Free some space, or name a file on another disk",
    "READONLY": "it cannot be written. Make it and its folder writable",
    "CANTOPEN": _NOT_OPENED,
    "PERM": _NOT_OPENED,
    "AUTH": _NOT_OPENED,
}
"""The cause of an SQLite error and what to do, by its name: BUSY of SQLITE_BUSY_SNAPSHOT."""


class Store:
    """JSON documents by world, kind and id, each with a secondary name (a key, an external id).

    ``path`` is a file, or ``:memory:``. Lists are in order of creation; replacing a document keeps its position. A
    store is used by one process, one thread at a time, and is closed when it is garbage collected. Every method raises
    UsageError when the file cannot be used or is damaged.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._path = path
        with self._usable():
            # Autocommit, as transactions are begun explicitly. The finalizer, which closes it, can run in any thread.
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            weakref.finalize(self, self._connection.close)
            # A file of unknown origin can contain views and triggers. These must not call functions with side effects.
            self._connection.execute("PRAGMA trusted_schema = OFF")
            # WAL with NORMAL flushes the disk at checkpoints only: a simulated platform may lose its last writes when
            # the machine fails, and a flush for each request would dominate the time of tests.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_TABLES)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError, RecursionError) as error:
            # ValueError and RecursionError are from json, for a body that is damaged; they have no name of SQLite.
            name = str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_").partition("_")[0]
            reason = _REASONS.get(name, "it is damaged, or not a file of a sandbox. Remove it to start again")
            raise UsageError(f"The sandbox cannot keep its state in {self._path}: {reason}.") from None

    def _execute(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._usable():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block as one transaction: all of it is stored, or, after an exception, none."""
        # IMMEDIATE takes the write lock now. A later upgrade from a read lock could fail in the middle of the block.
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
        # KeyboardInterrupt included: a transaction that stays open would make the next BEGIN fail.
        except BaseException:
            self._execute("ROLLBACK")
            raise
        self._execute("COMMIT")

    def get(self, world: str, kind: str, id: str) -> Document | None:  # noqa: A002 - the word of the platforms
        """Return the document, or None."""
        rows = self._rows("world = ? AND kind = ? AND id = ?", (world, kind, id))
        return rows[0] if rows else None

    def find(self, world: str, kind: str, name: str) -> Documents:
        """Return the documents with this secondary name, oldest first."""
        return self._rows("world = ? AND kind = ? AND name = ?", (world, kind, name))

    def list(self, world: str, kind: str) -> Documents:
        """Return all documents of the kind, oldest first."""
        return self._rows("world = ? AND kind = ?", (world, kind))

    def page(self, world: str, kind: str, *, limit: int, offset: int, newest_first: bool = False) -> Documents:
        """Return one page of the documents of the kind, oldest or newest first."""
        order = "DESC" if newest_first else "ASC"
        return self._rows("world = ? AND kind = ?", (world, kind, limit, offset), order, " LIMIT ? OFFSET ?")

    def count(self, world: str, kind: str) -> int:
        """Return how many documents of the kind there are."""
        query = "SELECT COUNT(*) FROM document WHERE world = ? AND kind = ?"
        return int(self._execute(query, (world, kind))[0][0])

    def put(self, world: str, kind: str, id: str, name: str, document: Document) -> None:  # noqa: A002 - the words of the platforms, one argument a column
        """Store the document; it replaces an earlier one of this id."""
        self._execute(_PUT, (world, kind, id, name, json.dumps(document, separators=(",", ":"))))

    def delete(self, world: str, kind: str, id: str) -> None:  # noqa: A002 - the word of the platforms
        """Delete the document; it need not exist."""
        self._execute("DELETE FROM document WHERE world = ? AND kind = ? AND id = ?", (world, kind, id))

    def clear(self, world: str) -> None:
        """Delete every document of the world."""
        self._execute("DELETE FROM document WHERE world = ?", (world,))

    def kinds(self, world: str) -> tuple[str, ...]:
        """Return the kinds of the documents of the world, sorted."""
        query = "SELECT DISTINCT kind FROM document WHERE world = ? ORDER BY kind"
        return tuple(row[0] for row in self._execute(query, (world,)))

    def next_number(self, name: str) -> int:
        """Return 1, 2, 3 ... on successive calls with this name, across restarts."""
        query = (
            "INSERT INTO counter (name, value) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        )
        return int(self._execute(query, (name,))[0][0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _rows(self, where: str, values: tuple[object, ...], order: str = "ASC", tail: str = "") -> Documents:
        query = f"SELECT body FROM document WHERE {where} ORDER BY number {order}{tail}"  # noqa: S608 - fixed texts of this class
        rows = self._execute(query, values)
        with self._usable():
            return [json.loads(row[0]) for row in rows]


_NAMESPACE = UUID("6f1c9a52-0d5e-5b0a-9d7e-3f3f6a0f7c11")


class Ids:
    """A source of ids that look random and are the same in every run, as they count within the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def next(self) -> str:
        """Return a new UUID as text."""
        return str(uuid5(_NAMESPACE, f"/{self._store.next_number('id')}"))


class SandboxClock(Protocol):
    """The clock of the platforms."""

    def now(self) -> float:
        """Return seconds since 1970."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        ...


class SystemClock:
    """The clock of the machine, plus what ``/_sandbox/clock`` advanced it by."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds since 1970, including what was advanced."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Advance the clock without waiting."""
        self._ahead += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        await asyncio.sleep(seconds)


def timestamp(seconds: float) -> str:
    """Return a time as the platforms write it: ``2023-08-08T12:20:31.143Z``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
