"""Whatever a first step lacks, every command ends with its documented status and says what to do next."""

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from acceptance.commands import QUICKSTART
from trueup.cli.main import COMMANDS, run

pytestmark = pytest.mark.slow

PSP = QUICKSTART / "connectors" / "psp.yaml"
SERVED = "targets:\n  connect: {platform: connect, apiUrl: 'http://127.0.0.1:9', authUrl: 'http://127.0.0.1:9'}\n"
ROOT = os.geteuid() == 0

STEPS: Mapping[str, tuple[str, ...]] = {
    "init": ("init",),
    "init --region": ("init", "--yes", "--region", "europe-west1.gcp"),
    "demo": ("demo",),
    "demo --keep": ("demo", "--keep", "made"),
    "validate": ("validate",),
    "validate FILE": ("validate", "psp.yaml"),
    "plan": ("plan",),
    "plan FILE": ("plan", "psp.yaml"),
    "plan -": ("plan", "-"),
    "plan FILE --keep-going": ("plan", "psp.yaml", "--keep-going"),
    "plan --sandbox": ("plan", "--sandbox"),
    "plan FILE --sandbox": ("plan", "psp.yaml", "--sandbox"),
    "plan --shard": ("plan", "--shard", "1/1"),
    "plan --base": ("plan", "psp.yaml", "--base", "HEAD"),
    "preview": ("preview", "--base", "HEAD"),
    "apply": ("apply",),
    "apply --yes": ("apply", "--yes"),
    "apply FILE": ("apply", "psp.yaml", "--yes"),
    "apply FILE --sandbox": ("apply", "psp.yaml", "--yes", "--sandbox"),
    "apply --plan": ("apply", "--plan", "plan.json", "--yes"),
    "drift": ("drift",),
    "drift FILE": ("drift", "psp.yaml"),
    "status": ("status",),
    "status FILE": ("status", "psp.yaml"),
    "adopt": ("adopt",),
    "adopt FILE": ("adopt", "psp.yaml"),
    "import": ("import",),
    "import NAME": ("import", "acme-psp"),
    "import --sandbox": ("import", "--sandbox"),
    "import --from": ("import", "--from", "a.csv", "--map", "map.yaml"),
    "export": ("export", "--csv"),
    "set": ("set", "acme-psp", "spec.name=Psp"),
    "set --file": ("set", "--file", "psp.yaml", "spec.name=Psp"),
    "merge": ("merge", "shard.json"),
    "show": ("show", "plan.json"),
    "show -": ("show", "-"),
    "runs": ("runs",),
    "runs show": ("runs", "show", "3fa2c1"),
    "doctor": ("doctor",),
    "sandbox": ("sandbox", "--port", "0", "--seed", "live.yaml"),
    "schema": ("schema", "connector"),
    "explain": ("explain", "stale"),
    "completion": ("completion", "bash"),
    "github run": ("github", "run"),
    "github begin": ("github", "begin"),
    "github end": ("github", "end"),
    "github finish": ("github", "finish"),
}
"""Each command in the ways in which people first try it."""

WITHOUT_FORMAT = {"demo", "sandbox", "schema", "completion", "github"}

TABLE = """
init                  | 64 64  0  0  0  0  0  0 64  1  3
init --region         |  0  0  5  5  5  5  5  5 64  1  3
demo                  |  0  0  0  0  0  0  0  0 64  0  0
demo --keep           |  0  0  0  0  0  0  0  0 64 64  3
validate              | 64 64  0  0  3  0  0  0 64  0  3
validate FILE         |  3  0  0  0  3  0  0  0 64  0  3
plan                  | 64 64  3  3  3  3  3  3 64  3  3
plan FILE             |  3  3  3  3  3  3  3  3 64  3  3
plan -                |  3  3  3  3  3  3  3 64 64  3  3
plan FILE --keep-going|  3  3  3  3  3  3  3  3 64  3  3
plan --sandbox        | 64 64  0  0  3  0  0  0 64 64  3
plan FILE --sandbox   |  3  0  0  0  3  0  0  0 64 64  3
plan --shard          | 64 64  3  3  3  3  3  3 64  3  3
plan --base           | 64 64 64 64 64 64 64 64 64 64  3
preview               | 64 64 64 64 64 64 64 64 64 64  3
apply                 | 64 64 64 64 64 64 64 64 64 64 64
apply --yes           | 64 64  3  3  3  3  3  3 64  6  3
apply FILE            |  3  3  3  3  3  3  3  3 64  6  3
apply FILE --sandbox  |  3  0  0  0  3  0  0  0 64  6  3
apply --plan          | 64 64 64 64 64 64 64 64 64 64 64
drift                 | 64 64  3  3  3  3  3  3 64  3  3
drift FILE            |  3  3  3  3  3  3  3  3 64  3  3
status                | 64 64  3  3  3  3  3  3 64  3  3
status FILE           |  3  3  3  3  3  3  3  3 64  3  3
adopt                 | 64 64  3  3  3  3  3  3 64  3  3
adopt FILE            |  3  3  3  3  3  3  3  3 64  3  3
import                | 64 64 64 64  3  3  3  3 64  3  3
import NAME           | 64 64 64 64  3  3  3  3 64  3  3
import --sandbox      |  5  5  5  5  0  0  0  0 64 64  3
import --from         | 64 64 64 64 64 64 64 64 64 64  3
export                | 64 64  0  0  3  0  0  0 64  0  3
set                   | 64 64  0  0  3  0  0  0 64  1  3
set --file            |  3  0  0  0  3  0  0  0 64  1  3
merge                 | 64 64 64 64 64 64 64 64 64 64 64
show                  | 64 64 64 64 64 64 64 64 64 64 64
show -                |  3  3  3  3  3  3  3 64  3  3  3
runs                  |  0  0  0  0  0  0  0  0 64  0  3
runs show             | 64 64 64 64 64 64 64 64 64 64  3
doctor                |  0  0  0  0  1  1  1  1 64  1  3
sandbox               | 64 64 64 64 64 64 64 64 64 64 64
schema                |  0  0  0  0  0  0  0  0  0  0  0
explain               |  0  0  0  0  0  0  0  0  0  0  0
completion            |  0  0  0  0  0  0  0  0  0  0  0
github run            |  0  0  0  0  0  0  0  0 64  0  0
github begin          | 64 64 64 64 64 64 64 64 64 64 64
github end            |  0  0  0  0  0  0  0  0 64  0  0
github finish         |  1  1  1  1  1  1  1  1 64  1  1
"""
"""The status of each step (rows) for each thing that is missing (columns, in the order of MISSING)."""

NEXT_STEPS = re.compile(
    r"give a PATH|relative to|in a clone|trueup init|Add (a target|by hand|those of the lines)"
    r"|Write a manifest|set CTP_CLIENT_ID|Set CTP_CLIENT_ID|trueup plan --out|--format json|See: trueup runs"
    r"|See 'trueup sandbox --help'|Use --yes|Name files|TRUEUP_STATUS is not an exit status"
    r"|Change to a folder|Make \S+ writable|Name another folder"
    r"|Check its permissions|runs in a GitHub workflow|trueup import --target|--map-example"
)
"""What a step that fails tells people to do."""


def write(folder: Path, targets: str | None = SERVED, *, manifest: bool = True) -> None:
    if targets is not None:
        (folder / "trueup.yaml").write_text(f"apiVersion: trueup/v1\nkind: Project\n{targets}")
    if manifest:
        shutil.copy(PSP, folder / "psp.yaml")


def deleted(folder: Path) -> None:
    write(folder)
    shutil.rmtree(folder)


def homeless(folder: Path) -> None:
    write(folder)
    del os.environ["HOME"]
    # Nothing can be made below a file.
    os.environ["XDG_STATE_HOME"] = str(folder / "psp.yaml")


def without_input(folder: Path) -> None:
    write(folder)
    sys.stdin = None


def closed(mode: int) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        write(folder)
        folder.chmod(mode)

    return prepare


MISSING: Mapping[str, Callable[[Path], None]] = {
    "an empty folder": lambda _: None,
    "no project": lambda folder: write(folder, None),
    "no targets": lambda folder: write(folder, ""),
    "an empty list of targets": lambda folder: write(folder, "targets: {}\n"),
    "no manifests": lambda folder: write(folder, manifest=False),
    "no credentials": write,
    "no home": homeless,
    "no standard input": without_input,
    "no working directory": deleted,
    "a folder that cannot be written": closed(0o555),
    "a folder that cannot be entered": closed(0o000),
}
OF_OTHERS = {"a folder that cannot be written", "a folder that cannot be entered"}
SHOWN = {"no targets", "no working directory", "a folder that cannot be entered"}
"""What is tried with text as well; with JSON, everything is."""


def statuses() -> Iterator[tuple[str, str, int]]:
    for line in TABLE.strip().splitlines():
        step, _, cells = line.partition("|")
        for missing, status in zip(MISSING, cells.split(), strict=True):
            yield step.strip(), missing, int(status)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make an empty folder the working directory, with a home beside it and nothing of the caller's settings."""
    for name in [name for name in os.environ if name.startswith(("CTP_", "ORIGIN_", "GITHUB_", "TRUEUP_", "GIT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PSP.read_bytes())))
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    yield place
    if place.exists():
        place.chmod(0o700)


def cells() -> Iterator[tuple[str, str, int, str]]:
    for step, missing, status in statuses():
        if STEPS[step][0] in WITHOUT_FORMAT:
            yield step, missing, status, "text"
        else:
            yield from ((step, missing, status, form) for form in (("text", "json") if missing in SHOWN else ("json",)))


def test_every_command_is_tried_in_every_lack() -> None:
    assert {words[0] for words in STEPS.values()} == set(COMMANDS)
    assert [(step, missing) for step, missing, _ in statuses()] == [(s, m) for s in STEPS for m in MISSING]


@pytest.mark.parametrize("cell", list(cells()), ids=lambda cell: ", ".join(map(str, cell)))
def test_a_step_that_lacks_something_ends_as_documented_and_names_the_next(
    folder: Path, capfd: pytest.CaptureFixture[str], cell: tuple[str, str, int, str]
) -> None:
    step, missing, status, form = cell
    words = STEPS[step]
    if ROOT and missing in OF_OTHERS:
        pytest.skip("root may write and enter every folder")
    MISSING[missing](folder)
    ended = run([*words, "--format", "json"] if form == "json" else words)
    out, err = capfd.readouterr()
    assert ended == status, out + err
    assert "fault of trueup" not in out + err
    assert "Traceback" not in err
    if form == "json":
        assert json.loads(out)["exitStatus"] == status
    if status:
        assert NEXT_STEPS.search(out + err), out + err
