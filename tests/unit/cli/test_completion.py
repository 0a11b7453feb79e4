"""What a shell is answered. Real shells are in tests/acceptance/test_completion.py."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.shell_completion import CompletionItem

from trueup.cli import completers
from trueup.cli.main import COMPLETE_VARIABLE, run, trueup
from trueup.cli.options import Written

pytestmark = pytest.mark.slow

PROJECT = (
    "apiVersion: trueup/v1\nkind: Project\nmanifests: ['*.m.yaml']\n"
    "targets: {eu: {platform: connect, sandbox: true}, us: {platform: connect, sandbox: true}}\n"
)
MANIFEST = (
    "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme-tax, target: eu, labels: {team: tax}}\n"
    "spec: {name: Tax}\n"
)

Answer = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "trueup.yaml").write_text(PROJECT)
    (tmp_path / "tax.m.yaml").write_text(MANIFEST)
    return tmp_path


def answered(instruction: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run trueup as a shell runs it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COMP_")}
    return subprocess.run(
        [sys.executable, "-m", "trueup"],
        env={**clean, COMPLETE_VARIABLE: instruction, **env},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def offered(line: str, cwd: Path, breaks: str = " \t\n\"'@><=;|&(:") -> list[str]:
    """Return what bash is offered at the end of the line."""
    done = answered("bash_complete", cwd, COMP_LINE=line, COMP_WORDBREAKS=breaks)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.process
@pytest.mark.parametrize("value", ["", "bash", "source_bash", "powershell_source", "tcsh_complete", "1"])
def test_a_variable_that_asks_for_nothing_prints_nothing_that_a_shell_would_source(value: str, tmp_path: Path) -> None:
    done = answered(value, tmp_path)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.count("\n") == 1
    assert "Unset it to run trueup" in done.stderr


@pytest.mark.process
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "broken", ["targets: [", "apiVersion: trueup/v1\nkind: Project\ntargets: {eu: {platform: x}}\n"]
)
def test_a_broken_project_is_silent(shell: str, broken: str, project: Path) -> None:
    (project / "trueup.yaml").write_text(broken)
    done = answered(f"{shell}_complete", project, COMP_WORDS="trueup plan --target ", COMP_CWORD="3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.process
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_that_sends_no_words_is_answered_with_nothing(shell: str, tmp_path: Path) -> None:
    done = answered(f"{shell}_complete", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.process
def test_an_unknown_command_offers_nothing(tmp_path: Path) -> None:
    assert offered("trueup nosuch --", tmp_path) == []


@pytest.mark.process
def test_a_closed_standard_output_is_silent(tmp_path: Path) -> None:
    env = {**os.environ, COMPLETE_VARIABLE: "bash_source"}
    program = f"exec {sys.executable} -m trueup >&-"
    done = subprocess.run(["sh", "-c", program], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.process
def test_a_broken_manifest_hides_only_its_own_names(project: Path) -> None:
    (project / "broken.m.yaml").write_text("acme-tax: [\n")
    (project / "gone.m.yaml").symlink_to(project / "nothing")
    assert offered("trueup plan --allow-unknown acme", project) == ["plain,acme-tax"]


@pytest.mark.process
def test_bash_gets_the_part_after_the_last_sign_at_which_it_splits(project: Path) -> None:
    assert offered("trueup plan --select team=t", project) == ["plain,tax"]
    assert offered("trueup plan --select team=t", project, breaks=" \t\n") == ["plain,team=tax"]
    assert offered("trueup plan --select 'team=t", project) == ["plain,team=tax"]
    assert offered("trueup plan --target=e", project) == ["plain,eu"]
    assert offered("trueup plan --target=e", project, breaks=" \t\n") == ["plain,--target=eu"]


@pytest.mark.process
def test_a_script_of_an_earlier_version_is_still_answered(project: Path) -> None:
    done = answered("bash_complete", project, COMP_WORDS="trueup\nplan\n--target\ne", COMP_CWORD="3", COMP_LINE="x")
    assert done.stdout == "plain,eu\n"


@pytest.mark.process
def test_names_that_a_shell_would_expand_or_split_are_not_offered(project: Path) -> None:
    names = ["plain", "a b", "$(id)", "`id`", "a;b", "*", "~root", "a'b", 'a"b', "\x1b[2J", "a|b", "{a,b}", "x\u202ey"]
    for number, name in enumerate(names):
        text = MANIFEST.replace("acme-tax", f"k{number}").replace("team: tax", f"odd: {name!r}")
        escaped = text.replace(repr(name), '"' + name.replace('"', '\\"').replace("\x1b", "\\e") + '"')
        (project / f"{number}.m.yaml").write_text(escaped)
    assert offered("trueup plan --select odd", project) == ["plain,odd=plain"]


@pytest.mark.process
def test_zsh_and_fish_get_descriptions(project: Path) -> None:
    done = answered("zsh_complete", project, COMP_WORDS="trueup plan --target ", COMP_CWORD="3")
    assert done.stdout.splitlines()[:3] == ["plain", "eu", "connect"]
    done = answered("fish_complete", project, COMP_WORDS="trueup plan --allow-unknown ", COMP_CWORD="")
    assert done.stdout == "plain,acme-tax\tConnector, tax.m.yaml\n"


@pytest.mark.process
def test_completing_a_name_reads_no_credential_and_imports_no_client(project: Path) -> None:
    program = (
        "import sys; from trueup.__main__ import main\n"
        "assert main() == 0\n"
        "print([name for name in sys.modules if name.startswith(('httpx', 'asyncio', 'trueup.platforms'))])\n"
    )
    env = {
        **os.environ,
        COMPLETE_VARIABLE: "bash_complete",
        "COMP_LINE": "trueup plan --target e",
        "COMP_WORDBREAKS": " ",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout == "plain,eu\n[]\n"


@pytest.mark.process
def test_a_completion_leaves_no_file_behind(project: Path) -> None:
    before = sorted(project.rglob("*"))
    offered("trueup runs show ", project)
    offered("trueup plan --allow-unknown ", project)
    assert sorted(project.rglob("*")) == before


def context(**params: object) -> click.Context:
    ctx = click.Context(click.Command("plan"))
    ctx.params = params
    return ctx


PARAMETER = click.Argument(["name"])


def test_only_the_files_that_the_words_name_are_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    (project / "other.m.yaml").write_text(MANIFEST.replace("acme-tax", "acme-other"))
    found = completers.resources(context(paths=("other.m.yaml",)), PARAMETER, "acme")
    assert [item.value for item in found] == ["acme-other"]


def test_the_newest_run_is_offered_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    folder = project / ".trueup" / "runs"
    folder.mkdir(parents=True)
    for name in ("20260501T1Z-a.jsonl", "20260601T1Z-b.jsonl", "lock"):
        (folder / name).touch()
    found = completers.runs(context(), PARAMETER, "")
    assert [item.value for item in found] == ["20260601T1Z-b", "20260501T1Z-a"]
    shown = completers.documents_and_runs(context(), PARAMETER, "2026")
    assert [(item.type, item.value) for item in shown] == [("file", "2026"), *(("plain", run.value) for run in found)]


def test_files_are_offered_to_show_where_no_project_can_be_used(tmp_path: Path) -> None:
    shown = completers.documents_and_runs(context(project=str(tmp_path / "none.yaml")), PARAMETER, "p")
    assert [(item.type, item.value) for item in shown] == [("file", "p")]


UNKNOWN_VALUES = {
    # Numbers, texts of a person, hashes, and names that only a platform or git knows.
    *("--shard", "--changed-since", "--base", "--allow-delete", "--max-changes", "--max-destructive", "--digest"),
    *("--concurrency", "--batch", "--wait-timeout", "--port", "names", "--sheet", "--interval", "--write-secured"),
}
"""Options and arguments whose values nothing on this machine can name."""


def test_each_option_with_a_value_completes_it() -> None:
    context = click.Context(trueup)
    commands = [trueup.get_command(context, name) for name in trueup.list_commands(context)]
    parameters = [
        (command.name, parameter)
        for above in commands
        if above is not None
        for command in [above, *(above.commands.values() if isinstance(above, click.Group) else ())]
        for parameter in command.params
        if not getattr(parameter, "is_flag", False) and not getattr(parameter, "hidden", False)
    ]
    silent = {
        (name, parameter.opts[0])
        for name, parameter in parameters
        if parameter._custom_shell_complete is None  # noqa: SLF001 - click has no public member for it
        and not isinstance(parameter.type, click.Choice | click.Path | Written)
    }
    assert {option for _, option in silent} <= UNKNOWN_VALUES | {"--manifests"}


def test_commands_are_offered_with_their_lines_and_without_their_modules() -> None:
    found = trueup.shell_complete(click.Context(trueup), "val")
    assert [(item.value, item.help) for item in found] == [
        ("validate", "Check manifests offline: syntax, schema, identities, rules.")
    ]
    assert isinstance(found[0], CompletionItem)


def test_the_help_page_has_nothing_that_a_shell_runs_when_it_is_sourced(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    page = capsys.readouterr().out
    assert "Start with trueup init" in page
    assert "`" not in page
    assert "$(" not in page


def test_a_shell_that_is_not_named_is_asked_for_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion"]) == 64
    assert capsys.readouterr().err == (
        "trueup: Missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish. See 'trueup completion --help'.\n"
    )


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 64
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in capsys.readouterr().err
