"""Examine this machine and all targets, several of them at the same time."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from trueup.doctor.checks import CHECK_SECONDS, run_checks
from trueup.doctor.machine import MACHINE_CHECKS, STATE_CHECKS, MachineSubject
from trueup.doctor.targets import SANDBOX_CHECKS, TARGET_CHECKS, Lookup, TargetSubject, look_up
from trueup.manifest.project import Project
from trueup.model.checkup import CheckResult
from trueup.model.clock import Clock
from trueup.model.identity import Kind, Target
from trueup.platforms.permissions import Permissions
from trueup.platforms.settings import HttpSettings, SystemClock

# One attempt: a check reports what is wrong, and a retry would only hide or delay it.
ONCE: Final = HttpSettings(
    read_attempts=1, connect_attempts=1, connect_timeout=10.0, read_timeout=10.0, exchange_timeout=CHECK_SECONDS
)


TARGETS_AT_ONCE: Final = 16
"""Targets that are examined at the same time. Each needs a part of the processor and several open files, and with
hundreds of them the checks would end with their time and not with a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is examined, and how; the last fields are seams for tests.

    ``kinds`` are those of the manifests for a target, by its name. ``patience`` is in seconds for each check.
    """

    machine: MachineSubject
    targets: Sequence[Target]
    permit: Permissions
    kinds: Mapping[str, Collection[Kind]] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    settings: HttpSettings = ONCE
    lookup: Lookup = look_up
    patience: float = CHECK_SECONDS

    async def results(self) -> list[CheckResult]:
        """Return the results for this machine, then those of each target. Raises nothing."""
        # Without a project file there is no folder of its state.
        checks = MACHINE_CHECKS if self.machine.project is None else (*MACHINE_CHECKS, *STATE_CHECKS)
        turns = asyncio.Semaphore(TARGETS_AT_ONCE)
        groups = await asyncio.gather(
            run_checks(checks, self.machine, clock=self.clock, patience=self.patience),
            *(self._of_target(target, turns) for target in self.targets),
        )
        return list(chain.from_iterable(groups))

    async def _of_target(self, target: Target, turns: asyncio.Semaphore) -> list[CheckResult]:
        project = self.machine.project
        async with turns, AsyncExitStack() as stack:
            subject = TargetSubject(
                target=target,
                environ=self.machine.environ,
                permit=self.permit,
                positions=project.positions if isinstance(project, Project) else None,
                clock=self.clock,
                settings=self.settings,
                stack=stack,
                kinds=self.kinds.get(target.name, ()),
                lookup=self.lookup,
            )
            checks = SANDBOX_CHECKS if target.sandbox else TARGET_CHECKS
            return await run_checks(checks, subject, clock=self.clock, target=target.name, patience=self.patience)
