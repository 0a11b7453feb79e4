"""Run commands as processes of their own that need not import everything first.

A server imports all of trueup once and forks for each command. What is forked then runs as ``python -m trueup`` does,
to the end of the interpreter: with its own folder, environment and streams, and with nothing of the commands before it.
Starting a fresh interpreter instead takes two thirds of the time of a small command.

Run as a script, this is the server: ``forks.py SOCKET``. It ends when its standard input does.
"""

import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
from importlib import import_module

MODULE = "trueup"
_LONGEST = 4_000_000
"""Bytes of a request, which holds the arguments and the environment."""


def main() -> None:
    """Serve requests; what is forked for one goes on from here as the command."""
    del sys.path[0]  # the folder of this script, which no command has
    for module in pkgutil.walk_packages(import_module(MODULE).__path__, f"{MODULE}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies of what watches over a command
        connection = _next_request(listener)
    if connection is None:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _become(connection)
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)


def _next_request(listener: socket.socket) -> socket.socket | None:
    """Return a connection in the process that is forked for it, None in the server when that is to end."""
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return None
        connection, _ = listener.accept()
        if os.fork() == 0:
            return connection
        connection.close()


def _become(connection: socket.socket) -> None:
    """Fork once more: one process watches and reports how the other ends, which takes on all that was asked for."""
    message, streams, _, _ = socket.recv_fds(connection, _LONGEST, 3)
    while not message.endswith(b"\n"):
        message += connection.recv(_LONGEST)
    child = os.fork()
    if child != 0:
        connection.sendall(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    connection.close()
    request = json.loads(message)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = [MODULE, *request["arguments"]]


if __name__ == "__main__":
    main()
