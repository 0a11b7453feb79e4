"""Whatever lies in .trueup/cache, and whoever writes it meanwhile: the command line says what it says without it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import quickstart
from trueup.cli.main import run
from trueup.manifest.cache import PACKS, Cache
from trueup.manifest.checking import check_text
from trueup.manifest.circumstances import about, open_cache
from trueup.manifest.packed import pack
from trueup.state.folder import Folder
from trueup.state.key import project_key

pytestmark = pytest.mark.slow

WAYS = (
    ("validate",),
    ("validate", "--verbose", "--format", "json"),
    ("validate", "--format", "github"),
    ("validate", "--shard", "2/3"),
    ("plan", "--sandbox", "--keep-going", "--verbose"),
    ("plan", "--sandbox", "--keep-going", "--format", "markdown"),
)
BROKEN = {
    "syntax.yaml": "a: [\n",
    "field.yaml": "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme-odd}\nspec: {nam: Acme}\n",
    "rule.yaml": "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: ODD}\n"
    "spec: {issueDate: 2024-02-31}\n",
    "advice.yaml": "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme-even}\n"
    "spec: {name: Even, documentationUrl: nowhere}\n",
}
GOOD = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: acme-{0}}}\nspec: {{name: Acme {0}}}\n"
Said = tuple[int, str, str]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out the quickstart with some files that are wrong, and make it the working directory."""
    folder = quickstart(tmp_path)
    for name, text in BROKEN.items():
        (folder / "connectors" / name).write_text(text)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[Said]]:
    """Return what every way says, with more arguments."""

    def said(*arguments: str) -> list[Said]:
        found = []
        for way in WAYS:
            status = run([*way, *arguments])
            found.append((status, *capsys.readouterr()))
        return found

    return said


def packs(place: Path) -> list[Path]:
    return sorted((place / ".trueup" / "cache").glob("*.pack"))


def test_a_cold_a_warm_and_no_cache_say_the_same(place: Path, say: Callable[..., list[Said]]) -> None:
    without = say("--no-cache")
    assert not packs(place)
    assert {status for status, _, _ in without} == {3}
    assert "bad-date" in without[0][1]
    assert say() == without
    assert packs(place)
    assert say() == without


def test_no_cache_neither_reads_nor_writes_one(place: Path, say: Callable[..., list[Said]]) -> None:
    without = say("--no-cache")
    lie(place, about())
    before = {file: file.read_bytes() for file in packs(place)}
    assert say("--no-cache") == without
    assert {file: file.read_bytes() for file in packs(place)} == before
    assert say() != without


def lie(place: Path, circumstances: bytes, *, key: bytes | None = None) -> None:
    """Leave packs that say of every file of the project that it holds nothing wrong and another resource."""
    secret = project_key(place, b"trueup cache")
    assert secret is not None
    shutil.rmtree(place / ".trueup" / "cache", ignore_errors=True)
    cache = Cache(Folder(place).below("cache"), key=key or secret, about=circumstances)
    for number, file in enumerate(sorted(place.rglob("*.yaml"))):
        cache.put(sha256(file.read_bytes()).digest(), pack(check_text(GOOD.format(number).encode(), "")))
    cache.save()
    assert packs(place)


def test_packs_of_another_version_or_of_somebody_else_are_none(place: Path, say: Callable[..., list[Said]]) -> None:
    without = say("--no-cache")
    lie(place, about())
    assert say() != without, "lies under the right seal are believed, or this test shows nothing"
    lie(place, b"another version of trueup")
    assert say() == without
    lie(place, about(), key=b"k" * 32)
    assert say() == without


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def scribbled_over(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"Acme", b"Evil").replace(b'"good"', b'"evil"').replace(b"1", b"2"))


def swapped(file: Path) -> None:
    file.write_bytes(file.with_name(f"{(int(file.stem, 16) + 1) % PACKS:x}.pack").read_bytes())


def made_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def made_a_link_to_nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


def made_read_only(file: Path) -> None:
    file.chmod(0o400)
    file.parent.chmod(0o500)


@pytest.mark.parametrize(
    "harm", [cut_short, emptied, scribbled_over, swapped, made_a_folder, made_a_link_to_nowhere, made_read_only]
)
def test_whatever_becomes_of_the_cache_the_same_is_said(
    harm: Callable[[Path], Any], place: Path, say: Callable[..., list[Said]]
) -> None:
    without = say("--no-cache")
    cache = open_cache(place / "trueup.yaml")
    assert cache is not None
    for number in range(100):
        text = GOOD.format(number).encode()
        cache.put(sha256(text).digest(), pack(check_text(text, "")))
    cache.save()
    assert say() == without
    assert len(packs(place)) == PACKS
    for file in packs(place):
        harm(file)
    try:
        assert say() == without
        assert say() == without
    finally:
        (place / ".trueup" / "cache").chmod(0o700)


@pytest.mark.parametrize("where", [".trueup", ".trueup/cache"])
def test_a_file_where_the_folder_should_be_is_no_cache(
    where: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / where).parent.mkdir(exist_ok=True)
    (place / where).write_text("not a folder")
    for way in WAYS[:4]:
        without = run([*way, "--no-cache"]), *capsys.readouterr()
        assert (run(list(way)), *capsys.readouterr()) == without
    assert (place / where).read_text() == "not a folder"


@pytest.mark.process
def test_processes_that_share_a_cache_all_say_the_same(place: Path) -> None:
    for number in range(60):
        (place / "connectors" / f"more-{number}.yaml").write_text(GOOD.format(number))

    def started(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "trueup", "validate", "--format", "json", *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    without = started("--no-cache").communicate()
    for turn in range(4):
        if turn == 2:
            shutil.rmtree(place / ".trueup" / "cache")
        running = [started() for _ in range(4)]
        assert [process.communicate() for process in running] == [without] * 4
    assert packs(place)
    assert {file.suffix for file in (place / ".trueup" / "cache").iterdir()} <= {".pack", ""}
