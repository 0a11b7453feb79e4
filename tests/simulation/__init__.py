"""Simulate thousands of runs of trueup against the sandbox, and check invariants on what really happened.

A run draws everything from one seed: what is live, the manifests, the sandbox's switches, faults, foreign edits, when a
server is down, when the disk is full, where the base had the manifests, and when the process is stopped or crashes.
trueup then plans and applies, attempt after attempt, until nothing is left to do. Time is simulated: nothing waits, and
a run is the same each time.

``PYTHONPATH=tests python -m simulation --runs 10000 --seed 1 --jobs 2`` carries out a simulation; ``--run N`` repeats
one of its runs and prints a trace.

::

    scenario             a run as drawn from its seed
    places, targets      the collections of resources, and the targets and secrets with which an attempt reaches them
    drawing, installed   manifests and live resources: connectors and certifications, and deployments of the former
    disruptions          outages, full disks, signals, a colleague's manifests, a base that moved
    switches             values of the sandbox's switches
    run                  one run: attempts, each a process of trueup, until nothing is left to do
    crash                the points at which a process may crash
    foreign_writers      edits, deletions and creations by other users, and rollouts
    sources              whose reading of a connector a request is: its own, or that of a deployment
    world                the sandbox, a store that keeps every version of every document, and the simulated clock
    history, event_log   every version with its author; every request, reading, edit and outcome
    recording_transport  between trueup and the sandbox: records, delays, crashes, lets foreign writers act
    expectations, claims what a manifest wants and what a request asks for, computed apart from trueup
    invariants           one file each; they rely on the history and the requests, and never on what trueup reports
    runner, tally, trace many runs, their counts, and the story of one
"""
