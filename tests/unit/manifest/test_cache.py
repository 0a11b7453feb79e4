"""Keep what files say: whatever happens to the cache, it is either right or empty."""

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from trueup.manifest.cache import DAYS_AT_MOST, DAYS_BETWEEN_STAMPS, MIB, PACKS, Cache
from trueup.state.folder import Folder

KEY = b"k" * 32
TEXTS = [f"text {number}".encode() for number in range(100)]


def digest(text: bytes) -> bytes:
    return sha256(text).digest()


def opened(folder: Path, *, key: bytes = KEY, about: bytes = b"now", day: int = 100, most: int = 256 * MIB) -> Cache:
    return Cache(Folder(folder.parent, (folder.name,)), key=key, about=about, day=day, most=most)


def filled(folder: Path, *, day: int = 100) -> None:
    cache = opened(folder, day=day)
    for text in TEXTS:
        cache.put(digest(text), b"packed " + text)
    cache.save()


def known(cache: Cache) -> int:
    """Return how many texts are known, after checking that what is told of them is right."""
    found = [(text, cache.get(digest(text))) for text in TEXTS]
    assert all(packed in (None, b"packed " + text) for text, packed in found)
    return sum(packed is not None for _, packed in found)


def packs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pack"))


def test_what_was_put_is_there_the_next_time(tmp_path: Path) -> None:
    assert opened(tmp_path / "cache").empty
    filled(tmp_path / "cache")
    again = opened(tmp_path / "cache")
    assert not again.empty
    assert known(again) == len(TEXTS)
    assert again.get(digest(b"another")) is None
    assert len(packs(tmp_path / "cache")) == PACKS


@pytest.mark.parametrize("place", ["first", "seal", "length", "index", "middle", "last"])
def test_a_byte_that_was_changed_empties_a_pack(tmp_path: Path, place: str) -> None:
    filled(tmp_path)
    size = packs(tmp_path)[0].stat().st_size
    at = {"first": 0, "seal": 31, "length": 39, "index": 50, "middle": size // 2, "last": size - 1}[place]
    for pack in packs(tmp_path):
        content = bytearray(pack.read_bytes())
        content[min(at, len(content) - 1)] ^= 1
        pack.write_bytes(content)
    assert known(opened(tmp_path)) == 0


@pytest.mark.parametrize("length", [0, 1, 31, 32, 39, 40, 60, -1])
def test_a_pack_that_was_cut_short_is_empty(tmp_path: Path, length: int) -> None:
    filled(tmp_path)
    for pack in packs(tmp_path):
        pack.write_bytes(pack.read_bytes()[:length])
    cache = opened(tmp_path)
    assert known(cache) == 0
    cache.put(digest(TEXTS[0]), b"packed " + TEXTS[0])
    cache.save()
    assert known(opened(tmp_path)) == 1


def test_a_pack_is_none_under_another_name(tmp_path: Path) -> None:
    filled(tmp_path)
    one, two = packs(tmp_path)[:2]
    one.write_bytes(two.read_bytes())
    assert known(opened(tmp_path)) < len(TEXTS)


@pytest.mark.parametrize(
    ("key", "about"), [(b"x" * 32, b"now"), (KEY, b"another version of trueup, a schema or Python")]
)
def test_other_circumstances_and_other_peoples_packs_count_for_nothing(
    tmp_path: Path, key: bytes, about: bytes
) -> None:
    filled(tmp_path)
    assert known(opened(tmp_path, key=key, about=about)) == 0


def test_a_cache_that_cannot_be_written_is_kept_for_the_run_and_forgotten(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("A file where the folder should be: not even root can write into it.")
    filled(tmp_path / "cache")
    assert known(opened(tmp_path / "cache")) == 0
    assert (tmp_path / "cache").is_file()


def test_a_folder_that_may_not_be_written_still_tells_what_it_has(tmp_path: Path) -> None:
    filled(tmp_path)
    before = {pack: pack.read_bytes() for pack in packs(tmp_path)}
    tmp_path.chmod(0o500)
    try:
        cache = opened(tmp_path)
        assert known(cache) == len(TEXTS)
        cache.put(digest(b"new"), b"packed new")
        cache.save()
    finally:
        tmp_path.chmod(0o700)
    if os.geteuid() != 0:  # root may write anything
        assert {pack: pack.read_bytes() for pack in packs(tmp_path)} == before


def test_a_pack_in_the_place_of_which_a_folder_stands_is_empty(tmp_path: Path) -> None:
    (tmp_path / "0.pack").mkdir()
    filled(tmp_path)
    assert 0 < known(opened(tmp_path)) < len(TEXTS)


def test_processes_that_write_at_the_same_time_leave_whole_packs(tmp_path: Path) -> None:
    def one(number: int) -> None:
        for turn in range(20):
            cache = opened(tmp_path)
            known(cache)
            for text in TEXTS[(number + turn) % 5 :: 5]:
                cache.put(digest(text), b"packed " + text)
            cache.save()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    assert known(opened(tmp_path)) > 0
    assert [
        path for path in tmp_path.iterdir() if path.name not in {".gitignore", *(p.name for p in packs(tmp_path))}
    ] == []


def test_what_is_not_used_for_long_is_forgotten_when_its_pack_is_written(tmp_path: Path) -> None:
    filled(tmp_path, day=100)
    later = opened(tmp_path, day=100 + DAYS_AT_MOST + 1)
    for text in TEXTS[:10]:
        assert later.get(digest(text)) is not None
    for number in range(PACKS * 20):
        later.put(digest(f"new {number}".encode()), b"packed")
    later.save()
    assert known(opened(tmp_path)) == 10


def test_a_use_is_written_down_when_the_last_note_is_old(tmp_path: Path) -> None:
    filled(tmp_path, day=100)
    before = packs(tmp_path)[0].stat().st_mtime_ns
    soon = opened(tmp_path, day=100 + DAYS_BETWEEN_STAMPS - 1)
    assert known(soon) == len(TEXTS)
    soon.save()
    assert packs(tmp_path)[0].stat().st_mtime_ns == before
    late = opened(tmp_path, day=100 + DAYS_BETWEEN_STAMPS)
    assert known(late) == len(TEXTS)
    late.save()
    assert packs(tmp_path)[0].stat().st_mtime_ns > before


def test_it_does_not_grow_beyond_its_bound_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    filled(tmp_path, day=100)
    most = PACKS * 2000
    cache = opened(tmp_path, day=101, most=most)
    new = [digest(f"new {number}".encode()) for number in range(600)]
    for name in new:
        cache.put(name, b"x" * 100)
    cache.save()
    assert sum(pack.stat().st_size for pack in packs(tmp_path)) < 2 * most
    again = opened(tmp_path, day=101)
    kept = sum(again.get(name) is not None for name in new)
    assert 0 < kept < len(new)
    assert known(again) == 0
