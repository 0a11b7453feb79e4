import asyncio
from pathlib import Path

import httpx

from connect_api import DRAFT
from manual_clock import ManualClock
from trueup.sandbox.server import Embedded, open_embedded
from trueup.sandbox.store import Document


def state(embedded: Embedded, world: str) -> Document:
    async def ask() -> Document:
        async with httpx.AsyncClient(transport=embedded.transport) as client:
            body: Document = (await client.get(f"{embedded.base_url(world)}/_sandbox/state")).json()
            return body

    return asyncio.run(ask())


SEED = {
    "connectors": [
        {
            "key": "k1",
            "name": "n",
            "creator": {"email": "a@b.c"},
            "repository": {"url": "git@x.y:z.git", "tag": "1"},
        }
    ],
    "certifications": [{"externalId": "A"}],
}


def test_each_world_is_seeded_with_both_kinds() -> None:
    embedded = open_embedded(None, SEED, ["a", "b"])
    for world in "ab":
        assert {kind: len(found) for kind, found in state(embedded, world).items()} == {
            "connector": 1,
            "certification": 1,
        }
    assert state(embedded, "c") == {}
    embedded.close()


def test_a_world_is_seeded_once_in_the_life_of_a_file(tmp_path: Path) -> None:
    db = tmp_path / "s.db"
    first = open_embedded(db, SEED, ["a"])
    first.sandbox.store.clear("a")
    first.close()
    second = open_embedded(db, SEED, ["a", "b"])
    assert (state(second, "a"), len(state(second, "b"))) == ({}, 2)
    second.close()


def test_a_file_keeps_the_state_and_never_repeats_an_id(tmp_path: Path) -> None:
    ids = set()
    for _ in range(2):
        embedded = open_embedded(tmp_path / "s.db", None, ["a"], clock=ManualClock())
        ids.add(embedded.sandbox.ids.next())
        embedded.close()
    assert len(ids) == 2


def test_without_seed_a_world_is_empty() -> None:
    embedded = open_embedded(None, None, ["a"])
    assert state(embedded, "a") == {}
    embedded.close()


def test_requests_side_by_side_are_all_answered() -> None:
    embedded = open_embedded(None, None, ["a"], clock=ManualClock())

    async def run() -> list[int]:
        base = embedded.base_url("a")
        async with httpx.AsyncClient(transport=embedded.transport) as client:
            granted = await client.post(
                f"{base}/oauth/token", auth=("id", "secret"), data={"grant_type": "client_credentials"}
            )
            headers = {"authorization": f"Bearer {granted.json()['access_token']}"}
            bodies = [{**DRAFT, "key": f"k-{number}"} for number in range(50)]
            posts = (client.post(f"{base}/connectors/drafts", json=body, headers=headers) for body in bodies)
            return [answer.status_code for answer in await asyncio.gather(*posts)]

    assert asyncio.run(run()) == [201] * 50
    assert len(embedded.sandbox.store.list("a", "connector")) == 50
    embedded.close()
