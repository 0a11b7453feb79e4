"""Answer a shell that completes a command line: the scripts for each shell, and the completions.

A shell runs ``trueup`` with the variable ``_TRUEUP_COMPLETE`` and inserts what is printed into its prompt, or sources
it. So with this variable nothing else is printed on standard output, and an error of a completion is silent.
"""

import os
import re
import shlex
import signal
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from typing import Final

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from trueup.cli.exit_codes import Exit
from trueup.cli.main import COMPLETE_VARIABLE, trueup

_BASH: Final = r"""_trueup_completion() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            plain)
                COMPREPLY+=("$value")
                [[ $value != *= ]] || compopt -o nospace 2>/dev/null
                ;;
            file) compopt -o default 2>/dev/null ;;
            dir) compopt -o dirnames 2>/dev/null ;;
        esac
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \
        _TRUEUP_COMPLETE=bash_complete "$1" 2>/dev/null </dev/null)
}

# Before 4.4, bash sorts what is offered.
complete -o nosort -F _trueup_completion trueup 2>/dev/null || complete -F _trueup_completion trueup
"""

_ZSH: Final = r"""#compdef trueup

_trueup_completion() {
    local type value description
    local -a lines plain described open
    lines=("${(@f)$(COMP_WORDS="${(j: :)words[1,CURRENT]}" COMP_CWORD=$((CURRENT - 1)) \
        _TRUEUP_COMPLETE=zsh_complete ${words[1]/#\~/$HOME} 2>/dev/null </dev/null)}")
    for type value description in $lines; do
        case $type in
            plain)
                if [[ $value == *= ]]; then
                    open+=("$value")
                elif [[ $description == _ ]]; then
                    plain+=("$value")
                else
                    described+=("$value:$description")
                fi
                ;;
            file) compset -P '--*='; _path_files ;;
            dir) compset -P '--*='; _path_files -/ ;;
        esac
    done
    (( ! $#described )) || _describe -V values described -U
    (( ! $#plain )) || compadd -U -V values -a plain
    (( ! $#open )) || compadd -U -S '' -V values -a open
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _trueup_completion "$@"
else
    compdef _trueup_completion trueup
fi
"""

_FISH: Final = r"""function _trueup_completion
    set -l word (commandline -ct)
    for line in (env COMP_WORDS=(commandline -cp | string join ' ') COMP_CWORD="$word" \
            _TRUEUP_COMPLETE=fish_complete trueup 2>/dev/null </dev/null)
        set -l parts (string split -m 1 , -- $line)
        switch $parts[1]
            case plain
                printf '%s\n' $parts[2]
            case file
                __fish_complete_path $word
            case dir
                __fish_complete_directories $word
        end
    end
end

complete --command trueup --no-files --keep-order --arguments '(_trueup_completion)'
"""

_INSERTED: Final = re.compile(r"[\w@%+=:,./-]+")
"""Values that no shell expands or splits. Others come from manifests and are not put into a command line."""
_HELP_AT_MOST: Final = 80
"""Characters of the text beside a completion."""


class _Safe(ShellComplete):
    """What all shells share: only harmless values, each with the whole word that it completes."""

    # Quoted, as in click 8.3 the class cannot be subscripted when the program runs.
    def get_completions(self, args: list[str], incomplete: str) -> "list[CompletionItem[str]]":
        """Return the completions of ``incomplete`` after the words ``args``."""
        # click completes only the part after the equals sign; a shell replaces the whole word.
        option = incomplete.partition("=")[0] + "=" if incomplete.startswith("--") and "=" in incomplete else ""
        found = super().get_completions(args, incomplete)
        return [
            item if item.type != "plain" else CompletionItem(option + item.value, help=_help(item.help))
            for item in found
            if item.type != "plain" or _INSERTED.fullmatch(item.value)
        ]


class _Bash(_Safe, BashComplete):
    """bash, which splits words at the signs of COMP_WORDBREAKS and replaces only the last part."""

    def source(self) -> str:
        """Return the script."""
        return _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the word at the cursor."""
        # A script that an earlier version wrote sends the words, split at colons and equals signs.
        line = os.environ.get("COMP_LINE")
        if line is None or "COMP_WORDS" in os.environ:
            return super().get_completion_args()
        words = split_arg_string(line)[1:]
        ended = line[-1:].isspace() and not _is_quoted(line)
        return (words, "") if ended or not words else (words[:-1], words[-1])

    def complete(self) -> str:
        """Return a line for each completion, without the part of its word that bash keeps."""
        args, incomplete = self.get_completion_args()
        line, breaks = os.environ.get("COMP_LINE", ""), os.environ.get("COMP_WORDBREAKS", "")
        # Within quotes, bash does not split.
        kept = 0 if _is_quoted(line) else max(map(incomplete.rfind, breaks), default=-1) + 1
        lines = []
        for item in self.get_completions(args, incomplete):
            item.value = item.value[kept:]
            lines.append(self.format_completion(item))
        return "\n".join(lines)


class _Zsh(_Safe, ZshComplete):
    """zsh."""

    def source(self) -> str:
        """Return the script."""
        return _ZSH


class _Fish(_Safe, FishComplete):
    """fish."""

    def source(self) -> str:
        """Return the script."""
        return _FISH


_SHELLS: Final[Mapping[str, type[ShellComplete]]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


@dataclass(frozen=True, slots=True)
class _Instruction:
    """What the variable asks for: the script of a shell, or completions for it."""

    shell: ShellComplete
    completes: bool


def script(shell: str) -> str:
    """Return the script that makes a shell (``bash``, ``zsh`` or ``fish``) complete command lines."""
    return _shell(_SHELLS[shell]).source()


def answer(instruction: str) -> int:
    """Print what the variable's value asks for, ``SHELL_source`` or ``SHELL_complete``; return the exit status.

    Completions end with status 0 and without a message, whatever happens.
    """
    # An interrupted completion ends without a traceback in the prompt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    read = _read(instruction)
    if read is None:
        forms = ", ".join(f"{name}_source" for name in _SHELLS)
        sys.stderr.write(
            f"trueup: {COMPLETE_VARIABLE} is set to {instruction!a}, which asks for nothing. Unset it to run trueup. "
            f"For completion use {forms}, or see trueup completion --help.\n"
        )
        return Exit.USAGE
    text = _completed(read.shell) if read.completes else read.shell.source()
    # The reader may have gone, and the descriptor may be closed.
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.write(text)
        sys.stdout.flush()
    return Exit.DONE


def _read(instruction: str) -> _Instruction | None:
    name, _, work = instruction.partition("_")
    if name not in _SHELLS or work not in {"source", "complete"}:
        return None
    return _Instruction(_shell(_SHELLS[name]), work == "complete")


def _shell(of: type[ShellComplete]) -> ShellComplete:
    return of(trueup, dict(trueup.context_settings), "trueup", COMPLETE_VARIABLE)


def _completed(shell: ShellComplete) -> str:
    """Return the completions, one line each; empty after any error."""
    with open(os.devnull, "w", encoding="utf-8") as null, redirect_stdout(null), redirect_stderr(null):  # noqa: PTH123 - devnull is no path
        try:
            lines = shell.complete()
        except BaseException:  # noqa: BLE001 - an exit and a panic of a library must not reach the prompt either
            return ""
    return f"{lines}\n" if lines else ""


def _help(text: str | None) -> str | None:
    from trueup.report.safe_text import shorten, visible

    return None if not text else shorten(" ".join(visible(text).split()), _HELP_AT_MOST)


def _is_quoted(line: str) -> bool:
    """Return whether the line ends within quotes."""
    try:
        shlex.split(line)
    except ValueError:
        return True
    return False
