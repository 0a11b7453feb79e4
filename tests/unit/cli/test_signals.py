"""The effect of a signal: before the result is rendered, while it is rendered, and after it is printed."""

import os
import signal
import subprocess
import sys

import pytest

PRELUDE = """
import os, signal, sys
from trueup.cli import signals
signals.catch_signals()
def send(): os.kill(os.getpid(), signal.SIGTERM)
"""

CASES = {
    "working": ("send(); print('went on')", "interrupted"),
    "holding": ("signals.hold(); send(); print('went on', signals.noted())", "went on True"),
    "holding, twice": ("signals.hold(); send(); send(); print('went on')", "interrupted"),
    "writing, twice": ("signals.write(); send(); send(); print('went on')", "interrupted"),
    "over": ("signals.end(); send(); send(); print('went on')", "went on"),
    "a next run": ("signals.end(); signals.begin(); send(); print('went on')", "interrupted"),
    "in a finalizer": (
        (
            "class Thing:\n        def __del__(self): send(); sum(range(10))\n"
            "    thing = Thing(); del thing\n    signal.pause(); print('went on')"
        ),
        "interrupted",
    ),
    "and what it left unfinished cannot be closed": (
        (
            "class Thing:\n        def __del__(self): raise RuntimeError('no event loop')\n"
            "    thing = Thing()\n    try: send()\n    finally: del thing"
        ),
        "interrupted",
    ),
    "in a copy of the process": (
        (
            "child = os.fork()\n    if not child: send(); os._exit(0)\n"
            "    print('child ended by', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
        ),
        "child ended by -15",
    ),
}


@pytest.mark.process
@pytest.mark.parametrize("name", CASES)
def test_the_effect_of_a_signal_depends_on_the_stage_of_the_run(name: str) -> None:
    body, expected = CASES[name]
    program = f"{PRELUDE}\ntry:\n    {body}\nexcept KeyboardInterrupt:\n    print('interrupted')\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.stderr) == (expected, "")


def test_without_handlers_of_ours_nothing_is_taken() -> None:
    before = signal.getsignal(signal.SIGTERM)
    program = "import trueup.cli.main, signal; print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "True"
    assert signal.getsignal(signal.SIGTERM) is before
