"""Count the modules that one connector passes: ``python scripts/route.py plan`` (or ``apply``).

The command runs in a new project with the embedded sandbox, whose own modules do not count. A module is entered when
one of its functions is called; a return is a call into a module that was entered before and left.
"""

import sys
from contextlib import redirect_stdout
from io import StringIO
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final

from trueup.cli.main import run

_COMMANDS: Final = {"plan": ["plan"], "apply": ["apply", "--yes"]}
_PROJECT: Final = """\
apiVersion: trueup/v1
kind: Project
manifests: [connector.yaml]
targets:
  connect: {platform: connect, sandbox: true}
"""
_MANIFEST: Final = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax}
spec:
  name: Acme Tax
  description: Taxes
  creator: {name: Ada, email: ada@acme.example, company: Acme, noOfContributors: 1}
  repository: {url: "git@github.com:acme/tax.git", tag: v1.0.0}
  integrationTypes: [tax]
  supportedRegions: [europe-west1.gcp]
  privateProjects: ["europe-west1.gcp:acme"]
lifecycle: {publish: none}
"""


def main(command: str) -> int:
    """Print how many modules the command enters and how many returns it makes; return the command's exit status."""
    entered: list[str] = []

    def called(frame: FrameType, event: str, _argument: object) -> None:
        module = str(frame.f_globals.get("__name__", ""))
        counts = module.startswith("trueup.") and not module.startswith("trueup.sandbox")
        if event == "call" and counts and frame.f_code.co_name != "<module>":
            entered.append(module)

    with TemporaryDirectory() as folder:
        project = Path(folder, "trueup.yaml")
        project.write_text(_PROJECT, encoding="utf-8")
        Path(folder, "connector.yaml").write_text(_MANIFEST, encoding="utf-8")
        sys.argv = ["trueup", *_COMMANDS[command], "--project", str(project), "--quiet"]
        with redirect_stdout(StringIO()):
            sys.setprofile(called)
            try:
                status = run()
            finally:
                sys.setprofile(None)
    steps = [module for module, _ in groupby(entered)]
    sys.stdout.write(f"{len(set(steps))} modules, {len(steps) - len(set(steps))} returns\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
