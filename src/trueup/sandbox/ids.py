"""Make the ids that the platforms assign."""

from uuid import UUID, uuid5

from trueup.sandbox.store import Store

_NAMESPACE = UUID("6f1c9a52-0d5e-5b0a-9d7e-3f3f6a0f7c11")


class Ids:
    """Make ids that look random and are the same in every run: they count within the store."""

    def __init__(self, store: Store, seed: str = "") -> None:
        self._store = store
        self._seed = seed

    def next(self) -> str:
        """Return a new UUID as text."""
        return str(uuid5(_NAMESPACE, f"{self._seed}/{self._store.next_number('id')}"))
