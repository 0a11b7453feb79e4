"""Give values to the steps that follow, through the file that a runner reads after this one."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path


def write_outputs(file: Path, values: Mapping[str, str], *, token: Callable[[], str] = secrets.token_hex) -> None:
    """Append the values to the file.

    Each stands between delimiters that nobody can know before, so that a value of several lines cannot end early and
    go on as an output of another name.
    """
    with file.open("a", encoding="utf-8") as stream:
        for name, value in values.items():
            stream.write(_block(name, value, token))


def _block(name: str, value: str, token: Callable[[], str]) -> str:
    delimiter = f"trueup_{token()}"
    while delimiter in value:
        delimiter = f"trueup_{token()}"
    # A lone surrogate can stand in a value and in no file.
    text = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"{name}<<{delimiter}\n{text}\n{delimiter}\n"
