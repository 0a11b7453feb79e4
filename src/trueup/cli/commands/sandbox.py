"""The command ``sandbox``: serve the sandbox on loopback."""

from pathlib import Path

import click

from trueup.cli.options import FILE


@click.command(
    "sandbox",
    epilog="""\b
Examples:
  trueup sandbox --port 8700 --seed live.yaml
  trueup sandbox --state sandbox.db --faults faults.yaml

\b
In trueup.yaml, for a sandbox on port 8700:
  targets:
    connect: {platform: connect, apiUrl: "http://127.0.0.1:8700", authUrl: "http://127.0.0.1:8700"}
    origin:  {platform: origin, baseUrl: "http://127.0.0.1:8700/equinox"}

\b
A project that has these targets:
  trueup init --region http://127.0.0.1:8700 --base-url http://127.0.0.1:8700/equinox""",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8700, show_default=True, help="Port; 0 picks a free one."
)
@click.option("--state", type=FILE, help="Keep the state in this file. Default: in memory.")
@click.option(
    "--seed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Initial live state (YAML or JSON), used when there is no state yet.",
)
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rules for injected faults (YAML or JSON).",
)
def command(port: int, state: Path | None, seed: Path | None, faults: Path | None) -> int:
    """Serve a simulation of both platforms on 127.0.0.1.

    It follows the documented rules and is meant for tests and for learning.

    Any client id and secret gets a token; Origin accepts any bearer token. GET /_sandbox/state shows the stored state,
    GET /_sandbox/requests the received requests. Ctrl-C stops it.
    """
    import sys

    from trueup.cli.files import read_faults, read_seed
    from trueup.sandbox.server import serve

    if state is not None:
        from trueup.cli.files import COMPANIONS, check_written
        from trueup.cli.working_directory import here
        from trueup.manifest.project import find_project

        cwd = here()
        # SQLite also writes its companion files, each of which could be a symlink.
        files = (state, *(state.with_name(f"{state.name}{end}") for end in COMPANIONS))
        check_written(files, file=find_project(cwd), cwd=cwd)

    def ready(url: str) -> None:
        sys.stderr.write(f"The sandbox listens on {url} (Ctrl-C stops it).\n")
        sys.stderr.flush()

    serve(
        port=port,
        db=state,
        seed=read_seed(seed) if seed else None,
        faults=read_faults(faults) if faults else None,
        on_ready=ready,
    )
    return 0
