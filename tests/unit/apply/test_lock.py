"""Keep two applies on one working copy apart."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trueup.apply.lock import locked
from trueup.errors import Refused


def test_a_second_apply_is_refused_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(Refused, match=f"process {os.getpid()}"), locked(tmp_path):
        pass


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / ".trueup"):
            assert (tmp_path / ".trueup" / "lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.process
def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib; from trueup.apply.lock import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Refused, match=f"process {holder.pid}"), locked(tmp_path):
            pass
        holder.kill()
    with locked(tmp_path):
        assert (tmp_path / "lock").exists()
