import asyncio

import pytest

from trueup.errors import NotAuthorised
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live, Unreadable
from trueup.model.reader import Wanted
from trueup.platforms.open import closed_platforms

WANTED = Wanted(Identity("eu", Kind.CONNECTOR, IdField.KEY, "tax"))
WHY = NotAuthorised("not here")


def test_all_resources_of_a_closed_target_are_unreadable() -> None:
    reader = closed_platforms({"eu": WHY}).readers["eu"]
    assert asyncio.run(reader.read(WANTED)) == Unreadable(WHY)
    assert asyncio.run(reader.read_all([WANTED])).readings == {WANTED.identity: Unreadable(WHY)}


def test_writes_to_a_closed_target_raise() -> None:
    writer = closed_platforms({"eu": WHY}).writers["eu"]
    live = Live(fields={}, remote_id="1")
    with pytest.raises(NotAuthorised):
        asyncio.run(writer.create(WANTED, {}))
    with pytest.raises(NotAuthorised):
        asyncio.run(writer.update(WANTED, live, []))
