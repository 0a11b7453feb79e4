"""The lock against two applies in one working copy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trueup.apply.interrupt import locked
from trueup.errors import Refused
from trueup.state.folder import Folder


def test_a_second_apply_is_refused_with_the_process_that_holds_the_lock(tmp_path: Path) -> None:
    with locked(Folder(tmp_path)), pytest.raises(Refused, match=f"process {os.getpid()}"), locked(Folder(tmp_path)):
        pass


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(Folder(tmp_path)):
            assert (tmp_path / ".trueup" / "lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.process
def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib; from trueup.apply.interrupt import locked; from trueup.state.folder import Folder\n"
        "with locked(Folder(pathlib.Path(sys.argv[1]))): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Refused, match=f"process {holder.pid}"), locked(Folder(tmp_path)):
            pass
        holder.kill()
    with locked(Folder(tmp_path)):
        assert (tmp_path / ".trueup" / "lock").exists()
