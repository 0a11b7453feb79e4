"""Run a command from a small process, and report its cost.

Linux counts the memory of the parent at the start into the peak memory of a process. A benchmark that holds an estate
would find its own size in everything that it starts.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run ``launch.py DESCRIPTOR COMMAND...``; write the cost to the descriptor, as JSON."""
    descriptor, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(descriptor, False)
    begin = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, ended, used = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    status = os.waitstatus_to_exitcode(ended)
    cost = {"status": status, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "kib": used.ru_maxrss}
    os.write(descriptor, json.dumps(cost).encode())


if __name__ == "__main__":
    main()
