"""Simulate thousands of runs of trueup against the sandbox, and let the sandbox's own truth judge each.

A run draws everything from one seed: what is live, the manifests, the sandbox's switches, faults, what other people do
in between, when a server is down, when the disk is full, where the base had the manifests, and when the process is
stopped or killed. trueup then plans and applies, life after life, until it is quiet. Time is simulated: nothing waits,
and a run is the same each time.

::

    scenario   what a run is made of, drawn from its seed
    mishaps    what goes wrong around it: outages, full disks, signals, a colleague's manifests, a base that moved
    world      the sandbox with a store that keeps every version of every document, and the simulated clock
    witness    the transport between trueup and the sandbox: records, delays, kills, lets others in
    lives      one process of trueup after the other
    judges     the invariants, one file each; what they know comes from the world and the requests, and never from
               what trueup believes
"""
