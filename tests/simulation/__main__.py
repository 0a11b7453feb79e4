"""Run the simulation: ``python -m simulation --runs 10000 --seed 1 --jobs 2``.

``--run K`` repeats a single run of the simulation with that seed and prints a trace. The status is 1 when an
invariant was broken.
"""

import argparse
import sys
import time
from typing import TextIO

from simulation.runner import run_in_parallel, run_one
from simulation.tally import Failure, Tally, report
from simulation.trace import trace


def main() -> int:
    """Run the command line and return the exit status."""
    options = _options()
    if options.run is not None:
        return _repeat(options.seed, options.run)
    started = time.monotonic()
    printed = 0

    def on_part(so_far: Tally) -> None:
        nonlocal printed
        if options.progress:
            for failure in so_far.failures[printed:]:
                _print_failure(failure, options.seed, sys.stderr)
            printed = len(so_far.failures)
            seconds = time.monotonic() - started
            print(f"{so_far.runs} runs, {printed} failed, {seconds:.0f} s", file=sys.stderr, flush=True)

    tally = run_in_parallel(options.seed, options.runs, jobs=options.jobs, on_part=on_part)
    for line in report(tally, seed=options.seed, switches=options.switches):
        print(line)
    seconds = time.monotonic() - started
    print(f"\n{seconds:.0f} s, {tally.runs / seconds:.1f} runs a second with {options.jobs} jobs")
    for failure in tally.failures:
        _print_failure(failure, options.seed)
    return 1 if tally.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulation", description="Simulate runs of trueup.")
    parser.add_argument("--runs", type=int, default=500, help="number of runs (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="seed of all random streams (default 1)")
    parser.add_argument("--run", type=int, help="repeat this one run and print a trace")
    parser.add_argument("--jobs", type=int, default=1, help="number of processes (default 1)")
    parser.add_argument("--switches", action="store_true", help="list every switch that was drawn")
    parser.add_argument("--progress", action="store_true", help="print progress and failures on standard error")
    return parser.parse_args()


def _repeat(seed: int, run: int) -> int:
    finished, violations = run_one(seed, run)
    for line in trace(finished):
        print(line)
    if violations:
        _print_failure(Failure(run=run, violations=tuple(violations)), seed)
    return 1 if violations else 0


def _print_failure(failure: Failure, seed: int, stream: TextIO = sys.stdout) -> None:
    again = f"python -m simulation --seed {seed} --run {failure.run}"
    print(f"\nrun {failure.run} failed; repeat it with: {again}", file=stream)
    for violation in failure.violations:
        print(f"  {violation.invariant} (attempt {violation.attempt}): {violation.text}", file=stream)


if __name__ == "__main__":
    sys.exit(main())
