"""The preview and publish pipelines (``connect-api.md`` section 5).

Nothing runs in the background: before a request is answered, every draft of its world is advanced to the clock of the
sandbox. Each transition raises the version by ``pipeline_step``, as the writes of the platform itself do::

    preview   pending --preview_seconds--> 'true' | 'false' | 'none'
    publish   Processing --publish_seconds--> Published (private) | Failed              (certification: false)
              Processing --publish_seconds--> ReadyForCertification | Failed            (certification: true)
                         --ready_seconds--> InCertification
                         --certification_seconds--> Published (public) | Failed

A draft that is seeded as Processing or pending has no timer, so that it stays so.
"""

from collections.abc import Callable, Mapping
from typing import Any

from trueup.sandbox.connect.connectors import CONTRACT, snapshot
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, content
from trueup.sandbox.settings import Results, Settings
from trueup.sandbox.store import Document, timestamp
from trueup.sandbox.world import Sandbox

Report = dict[str, list[dict[str, Any]]]

# Titles of real reports (connect-api.md section 5).
_PASSED = (
    "Connector specification file validation check succeeded",
    "Connector image build check succeeded",
    "SAST and SCA analysis check succeeded",
    "Image security analysis check succeeded",
)
_SKIPPED = "Connector runtime security check skipped"
_SPECIFICATIONS = {
    "no-specification": "Connector specification file not found",
    "invalid-specification": "Connector specification file not valid",
}


def start_preview(draft: Document, settings: Settings, now: float) -> None:
    """Request the previewable status."""
    draft["isPreviewable"] = "pending"
    draft["previewableReport"] = None
    draft[HIDDEN]["timers"]["preview"] = {"at": now + settings.preview_seconds}


def start_publish(draft: Document, settings: Settings, now: float, *, certification: bool) -> None:
    """Request publication of the draft with its present content."""
    draft["status"] = "Processing"
    if settings.private_flip == "requested":
        draft["private"] = not certification
    draft["publishingReport"] = None
    draft[HIDDEN]["timers"]["publish"] = {
        "at": now + settings.publish_seconds,
        "certification": certification,
        # The content of the request is published, not that of the moment of publication.
        "content": content(draft),
        "contract": {name: draft[name] for name in CONTRACT},
    }


def settle(sandbox: Sandbox, world: str) -> None:
    """Make all transitions of the drafts of the world that are due."""
    drafts, now = Drafts(sandbox.store, world), sandbox.clock.now()
    for id_ in drafts.due(now):
        draft = drafts.by_id(id_)
        if draft:
            # After the clock was advanced several transitions may be due, each of which may start the next timer.
            while _step(draft, sandbox.settings, now):
                pass
            drafts.save(draft)


def _step(draft: Document, settings: Settings, now: float) -> bool:
    """Make the earliest transition that is due; return whether there was one."""
    timers = draft[HIDDEN]["timers"]
    # By time, as preview and publication run side by side and both raise the version.
    due = sorted((timer["at"], name) for name, timer in timers.items() if timer["at"] <= now)
    if not due:
        return False
    at, name = due[0]
    timer = timers.pop(name)
    _TRANSITIONS[draft["status"] if name == "publish" else name](draft, timer, settings)
    draft["version"] += settings.pipeline_step
    # The time that it was due, not now: how late a request comes must not show.
    draft[HIDDEN]["lastModifiedAt"] = at
    return True


def _previewed(draft: Document, timer: Mapping[str, Any], settings: Settings) -> None:
    fault = specification_fault(draft["repository"], settings)
    result = "false" if fault else _results(draft, settings).get("preview", settings.preview_result)
    draft["isPreviewable"] = result
    # ``none`` is a cancelled preview, and only a preview that ended has a report (connect-api.md sections 3 and 5).
    draft["previewableReport"] = None if result == "none" else _report(result == "true", fault, timer["at"])


def _scanned(draft: Document, timer: Mapping[str, Any], settings: Settings) -> None:
    fault = specification_fault(draft["repository"], settings)
    result = "Failed" if fault else _results(draft, settings).get("publish", settings.publish_result)
    draft["publishingReport"] = _report(result == "Published", fault, timer["at"])
    if result == "Failed":
        draft["status"] = "Failed"
    elif timer["certification"]:
        draft["status"] = "ReadyForCertification"
        _wait(draft, timer, settings.ready_seconds)
    else:
        _publish(draft, timer, settings)


def _taken_up(draft: Document, timer: Mapping[str, Any], settings: Settings) -> None:
    draft["status"] = "InCertification"
    _wait(draft, timer, settings.certification_seconds)


def _reviewed(draft: Document, timer: Mapping[str, Any], settings: Settings) -> None:
    if _results(draft, settings).get("certification", settings.certification_result) == "Failed":
        draft["status"] = "Failed"
        draft["publishingReport"] = _report(False, "", timer["at"])
        return
    _publish(draft, timer, settings)


_TRANSITIONS: Mapping[str, Callable[[Document, Mapping[str, Any], Settings], None]] = {
    "preview": _previewed,
    "Processing": _scanned,
    "ReadyForCertification": _taken_up,
    "InCertification": _reviewed,
}


def _wait(draft: Document, timer: Mapping[str, Any], seconds: float) -> None:
    # From when the last step was due: a late request must not delay all later steps.
    draft[HIDDEN]["timers"]["publish"] = {**timer, "at": timer["at"] + seconds}


def _publish(draft: Document, timer: Mapping[str, Any], settings: Settings) -> None:
    """Publish the submitted content; edits made since count as changes.

    Certification makes the connector public; publication without certification makes it private, even one that was
    public.
    """
    draft["status"] = "Published"
    draft["private"] = not timer["certification"]
    draft[HIDDEN]["certified"] = timer["certification"]
    draft["alreadyListed"] = True
    draft["hasChanges"] = content(draft) != timer["content"]
    draft[HIDDEN]["published"] = timer["content"]
    # The version before this step: it differs from that of the draft from now on (deployment-api.md section 6).
    draft[HIDDEN]["connector"] = snapshot(draft, {**timer["content"], **timer.get("contract", {})})
    if settings.lost_key == "publish":
        draft["key"] = None


def _results(draft: Document, settings: Settings) -> Results:
    seeded: Results = draft[HIDDEN].get("results", {})
    return settings.results.get(draft["key"] or "", seeded)


def specification_fault(repository: Mapping[str, str], settings: Settings) -> str:
    """Return the fault that the settings give the connect.yaml of this repository, or an empty text."""
    fault = repository_fault(repository, settings)
    return fault if fault in _SPECIFICATIONS else ""


def repository_fault(repository: Mapping[str, str], settings: Settings) -> str:
    """Return the fault of the first pattern in the settings that ``url@tag`` contains, or an empty text."""
    place = f"{repository['url']}@{repository['tag']}"
    return next((fault for part, fault in settings.repositories.items() if part in place), "")


def _report(passed: bool, fault: str, at: float) -> Report:  # noqa: FBT001 - the result is what the report is about
    """Return the report of a run."""
    created = timestamp(at)
    if fault:
        return {"entries": [{"type": "Error", "title": _SPECIFICATIONS[fault], "createdAt": created}]}
    entries = [
        {"type": "Information", "title": title, "message": None, "createdAt": created, "application": None}
        for title in _PASSED
    ]
    # A successful run has an Error entry too, for a skipped check: a client must not read errors as failure.
    if passed:
        entries.append({"type": "Error", "title": _SKIPPED, "createdAt": created})
    else:
        entries[-1] = {
            "type": "Error",
            "title": "Image security analysis check failed",
            "message": "A dependency has a known vulnerability.",
            "createdAt": created,
            "application": None,
        }
    return {"entries": entries}
