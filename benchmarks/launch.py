"""Run a command from a process that is itself small, and tell what the command cost.

Linux counts into a process's peak memory what its parent held when it began. A benchmark that holds an estate would
find its own size in everything it starts.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run ``launch.py DESCRIPTOR COMMAND...``; tells the descriptor what it cost, as JSON."""
    told, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(told, False)
    begin = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, ended, used = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    status = os.waitstatus_to_exitcode(ended)
    cost = {"status": status, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "kib": used.ru_maxrss}
    os.write(told, json.dumps(cost).encode())


if __name__ == "__main__":
    main()
