"""Run the command line in a process that says where it is, and waits there.

``python gated_run.py MODULE plan ...`` writes one byte to descriptor 3 and waits for one from descriptor 4 when it is
about to import the module. With ``start`` for the module it writes the byte as soon as signals are taken, and goes on.
"""

import os
import sys
from collections.abc import Sequence

from trueup.__main__ import main

HERE, GO_ON = 3, 4
START = "start"


class Gate:
    """A finder that finds nothing, and waits before one module is imported for the first time."""

    def __init__(self, module: str) -> None:
        self.waits = module != START
        self.module = module if self.waits else "trueup.cli.main"

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name == self.module:
            self.module = ""
            os.write(HERE, b".")
            if self.waits:
                os.read(GO_ON, 1)


if __name__ == "__main__":
    module, sys.argv = sys.argv[1], ["trueup", *sys.argv[2:]]
    sys.meta_path.insert(0, Gate(module))
    sys.exit(main())
