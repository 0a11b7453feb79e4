"""Every run ends: after the last disturbance a plan holds nothing to send, and live is as wanted or says why not."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from simulation.event_log import Attempt
from simulation.expectations import CERTIFYING
from simulation.facts import NOTHING, Facts
from simulation.invariants import deployed
from simulation.invariants.evidence import Evidence, Invariant, Violation, is_tombstone, told
from simulation.invariants.remembered import is_remembered_wrongly
from simulation.layout import CERTIFICATION_SCALARS, COLLECTIONS, Form, Json, at
from simulation.places import CONNECT, Slot, is_deployment
from trueup.model.action import Delete, RemoveElement, Unlist
from trueup.model.manifest import PublishTo
from trueup.model.plan import ResourcePlan, Verdict
from trueup.model.run import Outcome, Status
from trueup.model.value import NotReturned
from trueup.plan.digest import SENT
from trueup.sandbox.connect.drafts import HIDDEN, content

Cause = Callable[["Case", str], bool]
"""Whether what a finding claims of a path is true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One resource at the end of a run: what is wanted, what is live in truth, and the last plan."""

    evidence: Evidence
    attempt: Attempt
    slot: Slot
    planned: ResourcePlan
    spec: Json
    live: Facts
    document: Json


def check_convergence(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every resource that is neither as wanted nor held back for a reason that is true."""
    attempt = evidence.event_log.attempts[-1]
    for slot in evidence.scenario.specs:
        planned = attempt.shown(slot)
        text = "there is no plan of it" if planned is None else _unfinished(_case(evidence, slot, planned), attempt)
        if text:
            yield Violation(invariant=Invariant.CONVERGENCE, attempt=attempt.number, text=f"{slot[1]}: {text}")


def _case(evidence: Evidence, slot: Slot, planned: ResourcePlan) -> Case:
    version, attempt = evidence.history.latest(slot), evidence.event_log.attempts[-1]
    documents = dict(version.visible) if version is not None else {}
    # Where a platform lets two of one name in, it shows one of them, and which one is not known.
    fitting = sorted(documents.items(), key=lambda entry: len(evidence.misses(attempt, slot, entry[1])))
    id_, live = fitting[0] if fitting else ("", NOTHING)
    return Case(
        evidence=evidence,
        attempt=attempt,
        slot=slot,
        planned=planned,
        spec=attempt.specs[slot],
        live=live,
        document=evidence.history.stored.get((slot[0], id_), {}) if id_ else None,
    )


def _unfinished(case: Case, attempt: Attempt) -> str:
    match case.planned.verdict:
        case Verdict.UNCHANGED:
            missed = _missed(case) + _unpublished(case)
            return f"it is called unchanged, and {', '.join(missed)} is not as wanted" if missed else ""
        case Verdict.BLOCKED:
            return _unfounded_of_all(case)
        case Verdict.DEFERRED:
            return "" if any(map(_takes_nothing, _possible(case))) else "it is called busy, and it is not"
        case Verdict.UNREADABLE:
            versions = case.evidence.versions(case.slot)
            several = bool(versions) and len(versions[-1].visible) > 1
            unknown = deployed.may_not_be_read(case.slot, case.evidence.settings.granted_scopes)
            return "" if several or unknown else f"it cannot be read: {case.planned.error}"
        case _:
            assert case.planned.verdict in SENT
            return _still_at_it(case, attempt)


def _missed(case: Case) -> list[str]:
    """Return what is not as wanted; what is not returned is let pass where the plan says so."""
    if is_tombstone(case.attempt, case.slot) and case.evidence.may_have_lost_its_key(case.attempt, case.slot):
        return ["existence"]
    open_ = told(case.attempt, case.slot)
    return [
        path
        for path in case.evidence.misses(case.attempt, case.slot, case.live)
        if not (
            case.evidence.unseen(case.slot, path, case.live) or case.evidence.may_be_taken_for_ours(case.slot, path)
        )
        or not (_is_told(path, open_) or not is_remembered_wrongly(case.evidence, case.attempt, case.slot, path))
    ]


def _unpublished(case: Case) -> list[str]:
    """Return that live differs from what is published, in truth, where the manifest wants it published."""
    lifecycle, draft = case.attempt.manifests[case.slot].lifecycle, case.document
    if (
        is_deployment(case.slot)
        or lifecycle.publish is PublishTo.NONE
        or draft is None
        or draft["status"] in CERTIFYING
    ):
        return []
    published = draft[HIDDEN]["published"]
    return ["what is published"] if published is not None and published != content(draft) else []


def _is_told(path: str, names: Collection[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _possible(case: Case) -> list[Case]:
    """Return a case for each document that may be shown: of two of one name, the platform chooses."""
    versions = case.evidence.versions(case.slot)
    documents = versions[-1].visible if versions else {}
    stored = case.evidence.history.stored
    cases = [replace(case, live=live, document=stored.get((case.slot[0], id_))) for id_, live in documents.items()]
    return cases or [case]


def _unfounded_of_all(case: Case) -> str:
    """Return why no document justifies it."""
    return min(map(_unfounded, _possible(case)), key=len)


def _unfounded(case: Case) -> str:
    blocked = [p.finding for p in case.planned.findings if p.finding.level == "blocked"]
    for finding in blocked:
        cause = _CAUSES.get(finding.code)
        if cause is None:
            return f"it is blocked by {finding.code}: {finding.message}"
        if not cause(case, finding.path):
            return f"it is blocked by {finding.code} ({finding.path}), and that is not so"
    return "" if blocked else "it is blocked without a finding"


def _still_at_it(case: Case, attempt: Attempt) -> str:
    outcome = next((o for o in attempt.outcomes or () if o.identity == case.planned.identity), None)
    if outcome is not None and any(reason(case, outcome) for reason in _REASONS):
        return ""
    done = outcome is not None and outcome.status is Status.APPLIED and not _missed(case)
    if done and case.evidence.settings.requests_per_minute:
        return ""  # the platform let it come to its turn only now
    told = "" if outcome is None else f"; it ended {outcome.status}: {outcome.message} {' '.join(outcome.details)}"
    return f"{len(case.planned.actions)} actions are still planned ({case.planned.verdict}){told}"


def _takes_nothing(case: Case) -> bool:
    draft = case.document or {}
    if is_deployment(case.slot):
        return deployed.is_running(case)
    busy = draft.get("status") in {"Processing", "ReadyForCertification", "InCertification"}
    if case.evidence.settings.odd_enum and draft.get("status") == "Draft":
        return True  # this is shown as an undocumented status
    return busy or draft.get("isPreviewable") == "pending"


def _set_and_wanted_empty(case: Case, path: str) -> bool:
    return any(missed.startswith(path) for missed in case.evidence.misses(case.attempt, case.slot, case.live))


def _does_not_exist(case: Case, path: str) -> bool:
    lost_its_key = case.slot[0] == CONNECT and case.document is not None and case.document.get("key") is None
    return case.document is None or lost_its_key


def _is_public(case: Case, path: str) -> bool:
    return at(case.document, "private") is False


def _no_document_left(case: Case, path: str) -> bool:
    return bool(at(case.spec, path) == [])


def _no_compliance(case: Case, path: str) -> bool:
    """Return whether none is wanted or live, or none would be left after the first of several requests."""
    there = {fact[1:] for fact in case.live if fact[0] == _COMPLIANCES}
    going = {
        step.action.key
        for step in case.planned.actions
        if step.stage == 0 and isinstance(step.action, RemoveElement) and step.action.path == _COMPLIANCES
    }
    wanted = at(case.spec, _COMPLIANCES)
    return there <= going or (wanted is not None and not wanted)


def _is_protected(case: Case) -> bool:
    return case.attempt.manifests[case.slot].lifecycle.protect or case.evidence.guarded(case.slot)


def _several_of_one_key(case: Case, path: str) -> bool:
    return any(fact[0] == path and " and " in str(value) for fact, value in case.live.items())


_COMPLIANCES: Final = "voc.content.regulatoryStandardCompliances"

_CAUSES: Final[Mapping[str, Cause]] = {
    "cannot-clear": _set_and_wanted_empty,
    "creation-requires": _does_not_exist,
    "origin-id-unknown": _does_not_exist,
    "not-private": _is_public,
    "document-required": _no_document_left,
    "compliance-required": _no_compliance,
    "ambiguous-element": _several_of_one_key,
    "protected": lambda case, _: _is_protected(case),
    "protection-unknown": lambda case, _: _is_protected(case),
    "preview-rejected": lambda case, _: case.live.get(("~isPreviewable",)) == "false",
    "publish-failed": lambda case, _: case.live.get(("~status",)) == "Failed",
    "lost-key": lambda case, _: case.evidence.may_have_lost_its_key(case.attempt, case.slot),
    "fixed-after-creation": deployed.differs,
    "still-in-use": deployed.is_in_use,
    "would-be-refused": deployed.is_refused,
    "cannot-list": lambda case, _: not case.live.get(("~alreadyListed",)),
}
"""What must be true for each finding that may hold a resource back permanently."""


TOO_MANY_REQUESTS: Final = 429
_NOT_DONE: Final = frozenset({Status.FAILED, Status.UNKNOWN})


def _names_what_was_normalised(case: Case, outcome: Outcome) -> bool:
    """Return whether every field that is shown otherwise is one that the platform normalises."""
    shown = [report.path for report in outcome.fields if not isinstance(report.now, NotReturned)]
    return outcome.status in _NOT_DONE and bool(shown) and all(_is_normalised(case, path) for path in shown)


def _is_normalised(case: Case, path: str) -> bool:
    settings = case.evidence.settings
    return (
        (settings.origin_date_zone and CERTIFICATION_SCALARS.get(path) is Form.DATE)
        or (settings.origin_document_urls == "rehosted" and path == "additionalsDocuments")
        or (settings.origin_key_comparison == "case" and path in COLLECTIONS)
    )


def _tells_that_two_keys_are_one(case: Case, outcome: Outcome) -> bool:
    several = any("has more than one" in detail for detail in outcome.details)
    return case.evidence.settings.origin_key_comparison == "case" and outcome.status in _NOT_DONE and several


def _tells_the_strict_density_rule(case: Case, outcome: Outcome) -> bool:
    strict = case.evidence.settings.origin_density_check == "strict"
    return strict and outcome.status is Status.FAILED and any("densityLimitGL" in text for text in outcome.details)


def _says_that_nothing_tells(case: Case, outcome: Outcome) -> bool:
    """Return whether the result was forgotten before it was asked for, and what was sent is not returned."""
    forgotten = case.evidence.scenario.asynchronous and case.evidence.settings.origin_result_retention
    # What comes in a later request waits for the one that nothing tells of.
    first = [step.action for step in case.planned.actions if step.stage == case.planned.actions[0].stage]
    sent = [action for action in outcome.left if action in first]
    paths = [getattr(action, "path", "") for action in sent]
    unseen = bool(sent) and all(case.evidence.unseen(case.slot, path, case.live) for path in paths)
    return bool(forgotten) and outcome.status is Status.UNKNOWN and unseen


def _tells_of_a_preview_called_off(case: Case, outcome: Outcome) -> bool:
    called_off = case.evidence.settings.preview_result == "none"
    return called_off and outcome.status is Status.FAILED and "rejected" in outcome.message


def _tells_that_comments_are_refused(case: Case, outcome: Outcome) -> bool:
    refused = case.evidence.settings.comment_outside_certification == "refuse"
    return refused and outcome.status is Status.FAILED and any("addCertificationComment" in d for d in outcome.details)


def _tells_that_deletion_is_refused(case: Case, outcome: Outcome) -> bool:
    refused = case.evidence.settings.delete_while_processing == "refuse"
    return refused and any(isinstance(action, Delete) for action in outcome.left) and bool(outcome.details)


def _tells_that_unlisting_is_not_taken(case: Case, outcome: Outcome) -> bool:
    taken = case.evidence.settings.unlist_uncertified == "accept"
    return not taken and outcome.status is Status.FAILED and any(isinstance(action, Unlist) for action in outcome.left)


def _is_throttled(case: Case, outcome: Outcome) -> bool:
    """Return whether requests are limited, no answer says for how long, and the last request was refused for that.

    A client can only guess the wait then, and gives up after a bounded time.
    """
    settings = case.evidence.settings
    limited = bool(settings.requests_per_minute) and settings.retry_after == "none"
    about = [sent for sent in case.evidence.event_log.requests if sent.attempt == case.attempt.number]
    last = next((sent for sent in reversed(about) if case.slot in sent.slots), None)
    return limited and outcome.status in _NOT_DONE and last is not None and last.status == TOO_MANY_REQUESTS


_REASONS: Final = (
    _is_throttled,
    _tells_of_a_preview_called_off,
    _tells_that_comments_are_refused,
    _tells_that_deletion_is_refused,
    _tells_that_unlisting_is_not_taken,
    _names_what_was_normalised,
    _tells_that_two_keys_are_one,
    _tells_the_strict_density_rule,
    _says_that_nothing_tells,
    *deployed.REASONS,
)
"""Reasons for which the same may be sent at every run, if the outcome names the reason each time."""
