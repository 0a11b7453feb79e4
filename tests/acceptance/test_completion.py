"""Completion in real shells: keys are typed into a terminal, and what the shell then holds is read back."""

import os
import pty
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.commands import QUICKSTART, SECONDS

PROGRAM = Path(sys.executable).with_name("trueup")
START = "\x01"
"""Ctrl-A, which moves the cursor to the start of the line."""
END = "\x05"
"""Ctrl-E, which moves it to the end."""
PREPARED = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set enable-bracketed-paste off'"),
    "zsh": (["zsh", "-f", "-i"], "unsetopt ZLE_BRACKETED_PASTE; autoload -U compinit; compinit -D -u"),
}
SHELLS = ["bash", "zsh", "fish"]

pytestmark = [pytest.mark.slow, pytest.mark.process]


@dataclass(frozen=True)
class Shell:
    """An installed shell, with trueup on its path, in a copy of the quickstart."""

    name: str
    place: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "TERM": "vt100",
            "COLUMNS": "200",
            "LC_ALL": "C.UTF-8",
        }

    def output(self, *program: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            program,
            cwd=self.place,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )

    def completed(self, *lines: str, source: str = "") -> list[str]:
        """Return the lines after a press of Tab at the end of each; ``source`` is the command that loads the script."""
        source = source or sourced(self, f"trueup completion {self.name}")
        if self.name == "fish":
            return [self._offered(line, source) for line in lines]
        program, setting = PREPARED[self.name]
        held = self.home / "held"
        # The shell reads keys in their order, so nothing has to wait for a prompt.
        typed = "".join(f"{line}\t{END} >>{held}{START}echo \n" for line in lines)
        self._type(program, f"{setting}\n{source}\n{typed}exit\n")
        return [line.rstrip() for line in held.read_text().splitlines()]

    def _offered(self, line: str, source: str) -> str:
        """Return the line with the one completion that fish offers, the line itself for none."""
        done = self.output("fish", "--no-config", "-c", f"{source}; complete --do-complete '{line}'")
        assert done.stderr == ""
        offered = [found.partition("\t")[0] for found in done.stdout.splitlines()]
        assert len(offered) <= 1, offered
        return f"{line.rpartition(' ')[0]} {offered[0]}" if offered else line

    def _type(self, program: list[str], keys: str) -> None:
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.place)
            os.execvpe(program[0], program, self.env)
        try:
            os.write(terminal, keys.encode())
            while os.read(terminal, 65_536):
                pass
        # A terminal whose shell has ended cannot be read.
        except OSError:
            pass
        finally:
            os.close(terminal)
            os.waitpid(child, 0)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"NOT RUN: {name} is missing; apt-get install {name} brings it")
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "trueup").symlink_to(PROGRAM)
    place = tmp_path / "quickstart"
    shutil.copytree(QUICKSTART, place, ignore=shutil.ignore_patterns(".trueup"))
    return Shell(name, place, home)


def sourced(shell: Shell, how: str) -> str:
    return f"{how} | source" if shell.name == "fish" else f"source <({how})"


LINES = {
    "trueup val": "trueup validate",
    "trueup plan --verb": "trueup plan --verbose",
    "trueup plan --target con": "trueup plan --target connect-eu",
    "trueup plan --target=con": "trueup plan --target=connect-eu",
    "trueup plan --select team=ta": "trueup plan --select team=tax",
    "trueup plan --allow-unknown acme-ta": "trueup plan --allow-unknown acme-tax",
    "trueup plan --format mark": "trueup plan --format markdown",
    "trueup runs show 2026": "trueup runs show 20260501T120000.250000Z-3fa2c1",
    "trueup schema cert": "trueup schema certification",
    "trueup explain not-pri": "trueup explain not-private",
    "trueup validate connectors/ta": "trueup validate connectors/tax.yaml",
    "trueup set acme-ta": "trueup set acme-tax",
    "trueup set acme-tax spec.repository.ta": "trueup set acme-tax spec.repository.tag=",
    "trueup set acme-tax lifecycle.publish=ce": "trueup set acme-tax lifecycle.publish=certified",
    "trueup completion fi": "trueup completion fish",
}


def test_a_real_shell_completes_the_names_of_the_project(shell: Shell) -> None:
    (shell.place / ".trueup" / "runs").mkdir(parents=True)
    (shell.place / ".trueup" / "runs" / "20260501T120000.250000Z-3fa2c1.jsonl").touch()
    assert shell.completed(*LINES) == list(LINES.values())


def test_the_variable_of_click_gives_a_real_shell_the_same_script(shell: Shell) -> None:
    source = sourced(shell, f"env _TRUEUP_COMPLETE={shell.name}_source trueup")
    assert shell.completed("trueup plan --target con", source=source) == ["trueup plan --target connect-eu"]
    printed = shell.output("trueup", "completion", shell.name)
    assert printed.stdout == shell.output("trueup", _TRUEUP_COMPLETE=f"{shell.name}_source").stdout
    assert (printed.returncode, printed.stderr) == (0, "")


def test_a_real_shell_completes_names_of_the_project_that_the_line_names(shell: Shell) -> None:
    other = shell.home / "other"
    other.mkdir()
    (other / "trueup.yaml").write_text(
        "apiVersion: trueup/v1\nkind: Project\ntargets: {console: {platform: connect, sandbox: true}}\n"
    )
    line = f"trueup plan --project {other}/trueup.yaml --target con"
    assert shell.completed(line) == [f"{line}sole"]


def test_a_real_shell_offers_nothing_of_a_broken_project(shell: Shell) -> None:
    (shell.place / "trueup.yaml").write_text("targets: [")
    assert shell.completed("trueup plan --target c") == ["trueup plan --target c"]


def test_a_name_that_a_shell_would_run_is_not_offered(shell: Shell) -> None:
    (shell.place / "connectors" / "tax.yaml").write_text(
        "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme-tax, labels: {zone: '$(touch ran)'}}\n"
        "spec: {name: Tax}\n"
    )
    assert shell.completed("trueup plan --select zone=") == ["trueup plan --select zone="]
    assert not (shell.place / "ran").exists()
