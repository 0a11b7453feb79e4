"""Run the campaign: ``python -m benchmarks.campaign --runs 10000 --seed 1 --jobs 2``.

``--run K`` repeats a single run of the campaign with that seed and tells its story. The status is 1 when an invariant
was broken.
"""

import argparse
import sys
import time
from typing import TextIO

from benchmarks.campaign.bench import run_one, run_side_by_side
from benchmarks.campaign.tally import Failure, Tally, report
from benchmarks.campaign.trace import trace


def main() -> int:
    """Do what the command line asks and return the status."""
    options = _options()
    if options.run is not None:
        return _repeat(options.seed, options.run)
    started = time.monotonic()
    told = 0

    def tell(so_far: Tally) -> None:
        nonlocal told
        if options.progress:
            for failure in so_far.failures[told:]:
                _tell(failure, options.seed, sys.stderr)
            told = len(so_far.failures)
            seconds = time.monotonic() - started
            print(f"{so_far.runs} runs, {told} failed, {seconds:.0f} s", file=sys.stderr, flush=True)

    tally = run_side_by_side(options.seed, options.runs, jobs=options.jobs, on_part=tell)
    for line in report(tally, seed=options.seed, switches=options.switches):
        print(line)
    seconds = time.monotonic() - started
    print(f"\n{seconds:.0f} s, {tally.runs / seconds:.1f} runs a second with {options.jobs} jobs")
    for failure in tally.failures:
        _tell(failure, options.seed)
    return 1 if tally.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.campaign", description="Simulate runs of trueup.")
    parser.add_argument("--runs", type=int, default=500, help="how many runs (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="what everything is drawn from (default 1)")
    parser.add_argument("--run", type=int, help="repeat this one run and tell its story")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes (default 1)")
    parser.add_argument("--switches", action="store_true", help="list every switch that was drawn")
    parser.add_argument("--progress", action="store_true", help="tell on standard error how far it is, and what failed")
    return parser.parse_args()


def _repeat(seed: int, run: int) -> int:
    lived, alarms = run_one(seed, run)
    for line in trace(lived):
        print(line)
    if alarms:
        _tell(Failure(run=run, alarms=tuple(alarms)), seed)
    return 1 if alarms else 0


def _tell(failure: Failure, seed: int, stream: TextIO = sys.stdout) -> None:
    again = f"python -m benchmarks.campaign --seed {seed} --run {failure.run}"
    print(f"\nrun {failure.run} failed; repeat it with: {again}", file=stream)
    for alarm in failure.alarms:
        print(f"  {alarm.invariant} (life {alarm.life}): {alarm.text}", file=stream)


if __name__ == "__main__":
    sys.exit(main())
