"""Run the command line in a process that kills itself at one exact place of its journal.

``python killed_apply.py before:3 apply --yes`` dies (SIGKILL) when the third write is on record and has not left yet;
``after:3`` when its answer has come and is not on record yet. Nothing of the process runs after that: no handler, no
flush, no close.
"""

import os
import signal
import sys

from trueup.apply.file_journal import FileJournal
from trueup.apply.journal import Ended, Intent
from trueup.cli import applying
from trueup.cli.main import run

PLACE = sys.argv[1] if len(sys.argv) > 1 else ""


def die_at(place: str) -> None:
    if place == PLACE:
        os.kill(os.getpid(), signal.SIGKILL)


class DyingJournal(FileJournal):
    def intent(self, intent: Intent) -> int:
        number = super().intent(intent)
        die_at(f"before:{number}")
        return number

    def ended(self, number: int, ended: Ended) -> None:
        die_at(f"after:{number}")
        super().ended(number, ended)


if __name__ == "__main__":
    applying.FileJournal = DyingJournal  # type: ignore[attr-defined]  # this process exists to die in it
    sys.exit(run(sys.argv[2:]))
