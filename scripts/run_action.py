"""Run trueup from the sources beside this script: what the steps of the GitHub Action call.

It is run with ``-I``, so that nothing of the workflow's repository is imported, by the Python of an environment that
holds what trueup needs and not trueup itself. So one environment serves every commit that needs the same.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
    from trueup.__main__ import main

    sys.exit(main())
