"""Run the steps of the action that install what it needs, with the scripts of action.yml and without a workflow."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from acceptance.commands import REPOSITORY
from acceptance.runner import program

pytestmark = [pytest.mark.action, pytest.mark.slow, pytest.mark.process]

ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text())
SCRIPTS = {step["id"]: step["run"] for step in ACTION["runs"]["steps"] if "id" in step and "run" in step}
LOCK = REPOSITORY / "requirements-action.txt"
LOCKED = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK.read_text(), re.MULTILINE))
UV = program("uv") or next(map(str, REPOSITORY.glob(".uv/bin/uv")), None)
NO_INDEX = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_FIND_LINKS": "", "PIP_RETRIES": "0"}
LISTED = "import importlib.metadata as m; print(*(f'{d.name.lower()}=={d.version}' for d in m.distributions()))"


@dataclass(frozen=True)
class Runner:
    """A runner's machine: its temporary folder, and a checkout whose files would like to be read."""

    folder: Path

    def place(self) -> dict[str, str]:
        """Return the outputs of the step that looks for what is installed."""
        outputs = self.folder / "outputs"
        outputs.write_text("")
        assert self._run("place", {}).returncode == 0
        return dict(line.split("=", 1) for line in outputs.read_text().splitlines())

    def install(self, *, wheels: bool = False, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        placed = self.place()
        given = {name.upper(): text for name, text in placed.items() if name in {"environment", "home", "python"}}
        given["WHEELS"] = placed.get("wheels", "") if wheels else ""
        return self._run("install", {**{f"TRUEUP_{name}": text for name, text in given.items()}, **(env or {})})

    @property
    def installed(self) -> dict[str, str]:
        python = next(self.folder.glob("trueup-*/bin/python"))
        printed = subprocess.run([python, "-I", "-c", LISTED], capture_output=True, text=True, check=True).stdout
        return dict(item.split("==") for item in printed.split())

    def give(self, name: str, script: str) -> None:
        """Put a program on the runner's PATH."""
        file = self.folder / "programs" / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def _run(self, step: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_", "REQUESTS_", "UV_"))}
        paths = [str(self.folder / "programs"), *os.environ["PATH"].split(os.pathsep)]
        known = [path for path in paths if path.startswith(str(self.folder)) or not (Path(path) / "uv").exists()]
        given = {
            "PATH": os.pathsep.join(known),
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTION_PATH": str(REPOSITORY),
            "GITHUB_OUTPUT": str(self.folder / "outputs"),
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPTS[step]]
        return subprocess.run(
            command,
            env={**kept, **given, **env},
            cwd=self.folder / "checkout",
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    for name in ("programs", "checkout"):
        (tmp_path / name).mkdir()
    (tmp_path / "checkout" / "uv.toml").write_text('index-url = "http://127.0.0.1:9/"\n')
    for module in ("pip", "venv", "sysconfig"):
        (tmp_path / "checkout" / f"{module}.py").write_text("raise SystemExit('a file of the checkout was run')\n")
    return Runner(tmp_path)


def names(versions: dict[str, str]) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name): version for name, version in versions.items()}


def test_pip_installs_what_the_lock_names_and_nothing_else(runner: Runner) -> None:
    done = runner.install()
    assert done.returncode == 0, done.stderr
    assert names(runner.installed) == names(LOCKED)
    assert "wheels" not in runner.place()
    assert runner.install(env=NO_INDEX).returncode == 0


@pytest.mark.skipif(UV is None, reason="NOT RUN: uv is missing; pip install uv brings it")
def test_uv_installs_the_same_and_reads_no_file_of_the_checkout(runner: Runner) -> None:
    runner.give("uv", f'exec "{UV}" "$@"')
    assert "wheels" not in runner.place()
    done = runner.install(env=NO_INDEX)
    assert done.returncode == 0, done.stderr
    assert names(runner.installed) == names(LOCKED)


def test_pip_takes_over_from_a_uv_that_cannot_install(runner: Runner) -> None:
    runner.give("uv", 'mkdir -p "$RUNNER_TEMP/half"; echo no index >&2; exit 2')
    done = runner.install()
    assert done.returncode == 0, done.stderr
    assert "no index" in done.stderr
    assert names(runner.installed) == names(LOCKED)


def test_cached_wheels_need_no_index_and_are_checked_again(runner: Runner) -> None:
    assert runner.install(wheels=True).returncode == 0
    (environment,) = (file.parent.parent for file in runner.folder.glob("trueup-*/bin/python"))
    environment.rename(runner.folder / "first")
    again = runner.install(wheels=True, env=NO_INDEX)
    assert again.returncode == 0, again.stderr
    assert names(runner.installed) == names(LOCKED)
    environment.rename(runner.folder / "second")
    (wheel,) = (runner.folder / "trueup-wheels").glob("click-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    spoilt = runner.install(wheels=True)
    assert spoilt.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in spoilt.stderr
    assert list(runner.folder.glob("trueup-*/bin/python")) == []
