"""Run trueup from the sources next to this script, for the steps of the GitHub Action.

The action runs it with ``-I``, so that nothing of the repository of the workflow is imported, in an environment with
the dependencies of trueup, but without trueup. One environment thus serves every commit with the same dependencies.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
    from trueup.__main__ import main

    sys.exit(main())
