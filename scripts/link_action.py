"""Let the environment of the GitHub Action import trueup from the folder that is named, without a build.

It is run by that environment's own Python, before anything of trueup can be imported.
"""

import sys
import sysconfig
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Write the folder into a path file of this environment."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "trueup").is_dir():
        sys.stderr.write("usage: link_action.py FOLDER, where trueup is a package of FOLDER\n")
        return 1
    place = Path(sysconfig.get_paths()["purelib"]) / "trueup.pth"
    place.write_text(f"{Path(arguments[0]).resolve()}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
