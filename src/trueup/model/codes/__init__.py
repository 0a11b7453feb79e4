"""The list of all codes: diagnostics, findings, refusals, verdicts, outcomes and exit statuses.

To add a code, add an entry to the module of its topic. The documentation, SARIF and ``trueup explain`` read this list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.model.codes.code import Code, Group
from trueup.model.codes.deployments import DEPLOYMENTS
from trueup.model.codes.files import FILES, YAML
from trueup.model.codes.findings import FINDINGS, PROCESSES, REFUSALS
from trueup.model.codes.github import NO_PLANS, RUN_ENDS
from trueup.model.codes.manifests import ADVICE, RULES, SCHEMA
from trueup.model.codes.project import CREDENTIALS, DOCUMENTS, PROJECT, RECORD_CODES, SAVED_PLANS
from trueup.model.codes.results import CAUSES, DRIFTS, EXITS, OUTCOMES, VERDICTS
from trueup.model.codes.spreadsheets import SPREADSHEETS

__all__ = ["CODES", "Code", "Group", "codes_named"]

_GROUPS: Final[Mapping[Group, Sequence[Code]]] = {
    Group.FILE: (*FILES, *YAML),
    Group.MANIFEST: (*SCHEMA, *RULES, *ADVICE),
    Group.SPREADSHEET: SPREADSHEETS,
    Group.PROJECT: (*PROJECT, *CREDENTIALS),
    Group.DOCUMENT: (*SAVED_PLANS, *RECORD_CODES, *DOCUMENTS),
    Group.FINDING: (*FINDINGS, *PROCESSES, *DEPLOYMENTS),
    Group.REFUSAL: REFUSALS,
    Group.VERDICT: VERDICTS,
    Group.OUTCOME: OUTCOMES,
    Group.CAUSE: CAUSES,
    Group.DRIFT: DRIFTS,
    Group.NO_PLAN: NO_PLANS,
    Group.RUN: RUN_ENDS,
    Group.EXIT: EXITS,
}

CODES: Final = tuple(replace(code, group=group) for group, codes in _GROUPS.items() for code in codes)
"""Every code, group by group. A name can occur in several groups, for example *blocked*."""


def codes_named(name: str) -> tuple[Code, ...]:
    """Return the codes with this name in the order of the list, or an empty tuple."""
    return tuple(code for code in CODES if code.name == name)
