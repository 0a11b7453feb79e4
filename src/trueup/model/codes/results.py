"""Codes of states and results: verdicts, outcomes, results of a drift check, and exit statuses."""

from typing import Final

from trueup.model.codes.code import state

VERDICTS: Final = (
    state(
        "create",
        "The resource does not exist and will be created.",
        "The target has no resource with this identity.",
        "Check that the identity is correct; another identity is another resource.",
        "+ Connector acme-tax",
    ),
    state(
        "update",
        "The live resource differs from its manifest, and the actions change it.",
        "Only fields that the manifest gives are compared.",
        "Read the actions, then apply.",
        "~ Connector acme-tax",
    ),
    state(
        "unchanged",
        "The live resource equals the manifest in every managed field.",
        "Fields that the manifest omits are not compared.",
        "",
        "= Connector acme-tax   # shown with --verbose",
    ),
    state(
        "blocked",
        "The desired state cannot be reached; nothing is sent for the resource.",
        "A finding with the level *blocked* says why. The other resources of the plan are not affected.",
        "Read the finding and change the manifest; `trueup explain CODE` explains the finding.",
        "! Connector acme-tax   blocked[not-private]",
    ),
    state(
        "deferred",
        "The platform is busy with the resource, or it is in an unknown state; the changes are sent later.",
        "A change now would be refused or lost.",
        "Plan again later.",
        "? Connector acme-tax   note[busy]",
    ),
    state(
        "delete",
        "The manifest is a tombstone and the resource exists, so it will be deleted.",
        "Only `lifecycle.state: absent` deletes a resource; removing its manifest never does.",
        "Apply with `--allow-delete N`.",
        "- Connector acme-tax",
    ),
    state(
        "unreadable",
        "The live state could not be read; nothing is concluded and nothing is sent.",
        "The platform did not answer, refused the credentials, or sent an undocumented answer.",
        "Read the error; `trueup doctor` shows what is wrong on the way to the target. Then plan again.",
        "! Connector acme-tax   eu is down: no complete answer within 30 s",
    ),
)

OUTCOMES: Final = (
    state(
        "applied",
        "Everything that was planned was sent, and reading the resource again confirms it.",
        "Every write is verified.",
        "",
        "applied   Connector acme-tax",
    ),
    state(
        "rebased",
        "The plan was applied after the live resource had changed in ways that do not affect it.",
        "Someone else wrote to other fields between plan and apply; their change is kept.",
        "",
        "rebased   Connector acme-tax",
    ),
    state(
        "unchanged",
        "There was nothing to send, or the live resource had reached the desired state in the meantime.",
        "The live resource is read again before anything is sent.",
        "",
        "unchanged Connector acme-tax",
    ),
    state(
        "stale",
        "The live resource changed since the plan, or since an approved one, so nothing more was sent for it.",
        "What would be sent now is not what was planned and approved. The report shows each field as planned, now and "
        "wanted.",
        "Plan again, and read what others changed.",
        "stale     Connector acme-tax: name was 'Acme' at planning and is 'Acme Ltd' now",
    ),
    state(
        "unapproved",
        "The plans of `--approved` do not show what the manifests ask for, so nothing was sent for the resource.",
        "The change came without a reviewed plan, for example by a direct push, or the plan was for another target, "
        "language or rules. The message says which.",
        "Review a new plan and apply it, or allow it with `--unapproved apply`.",
        "unapproved Connector acme-tax: No approved plan shows this resource.",
    ),
    state(
        "blocked",
        "The desired state cannot be reached; nothing was sent for the resource.",
        "A finding of the plan says why.",
        "Change the manifest.",
        "blocked   Connector acme-tax",
    ),
    state(
        "deferred",
        "The platform was busy with the resource; the rest is left for a later run.",
        "A publish, a preview build or a review was in progress, or the platform throttled the requests.",
        "Apply again later.",
        "deferred  Connector acme-tax",
    ),
    state(
        "failed",
        "The platform refused the change, or trueup failed. The message contains the platform's own words.",
        "Actions that succeeded before the failure remain in effect and are listed.",
        "Read the message, correct the cause, and apply again.",
        "failed    Connector acme-tax: HTTP 400 InvalidInput",
    ),
    state(
        "unknown",
        "The response to a write was lost, and reading the resource did not show whether the write took effect.",
        "Sending it again could carry it out twice.",
        "Plan again; the new plan starts from the live state.",
        "unknown   Connector acme-tax: no complete answer within 30 s",
    ),
    state(
        "skipped",
        "The resource was not started, because the run was stopped or its target had failed.",
        "After a failure that concerns the whole target, every other request to it would fail too.",
        "Correct the cause, and apply again.",
        "skipped   Connector acme-tax",
    ),
)

DRIFTS: Final = (
    state(
        "same",
        "The live resource is in the desired state.",
        "Only fields that the manifest gives are compared.",
        "",
        "= Connector acme-tax",
    ),
    state(
        "changed",
        "Someone changed the resource on the platform.",
        "It differs from its manifest or, with `--base`, from the manifest of the base.",
        "Keep the change with `trueup adopt`, or undo it with `trueup apply`.",
        "~ Connector acme-tax   name: 'Acme' to 'Acme Ltd'",
    ),
    state(
        "deleted",
        "Someone deleted the resource on the platform.",
        "Its manifest still wants it.",
        "Create it again with `trueup apply`, or replace the manifest with a tombstone.",
        "- Connector acme-tax",
    ),
    state(
        "returned",
        "The resource exists although it should have been deleted.",
        "Its manifest is a tombstone.",
        "Delete it with `trueup apply --allow-delete 1`, or write a manifest for it.",
        "+ Connector acme-tax",
    ),
    state(
        "unreadable",
        "The live state could not be read; nothing is concluded.",
        "The platform did not answer, or refused the credentials.",
        "Read the error; `trueup doctor` shows what is wrong on the way to the target. Then check again.",
        "! Connector acme-tax",
    ),
    state(
        "unknown",
        "What the base wanted of the resource cannot be read; nothing is concluded.",
        "Its manifest in that commit is invalid, or is in a submodule that was not fetched.",
        "See the `base` warning, or compare with another commit.",
        "! Connector acme-tax",
    ),
    state(
        "pending",
        "Live is what an earlier commit wanted. A later one is merged and not yet applied.",
        "A record of applies (`--applied`) names the commits that live may hold. Live itself was not changed.",
        "Wait for the apply, run it again, or start it by hand. There is nothing to adopt.",
        "? Connector acme-tax   merged in 2b2b2b2b2b2b (#12), not yet applied",
    ),
)

CAUSES: Final = (
    state(
        "yours",
        "*Your change*: the manifest changed since the base, and live did not.",
        "Only with `--base` or `--applied` is it known whose change a difference is.",
        "",
        "~ Connector acme-tax   tag v1.4.0 -> v1.5.0   your change",
    ),
    state(
        "drift",
        "*Drift*: live changed, and the manifest did not.",
        "Someone changed the resource on the platform after it was applied.",
        "Keep the change with `trueup adopt`, or undo it with `trueup apply`.",
        "~ Connector acme-tax   tag v9.0.0 -> v1.4.0   drift",
    ),
    state(
        "both",
        "*Both*: the manifest changed, and live too.",
        "An apply would overwrite the change of someone else, so it skips the resource.",
        "Keep the live value with `trueup adopt --both`, or overwrite it with `trueup apply --on-conflict overwrite`.",
        "~ Connector acme-tax   tag v9.0.0 -> v1.5.0   both",
    ),
    state(
        "merged",
        "*Merged, not yet applied*: live is what an earlier commit wanted, and the base wants what the manifest wants.",
        "A record of applies (`--applied`) names the commits that live may hold.",
        "The next apply sends it. It is neither drift nor a change of this branch.",
        "~ Connector acme-tax   tag v1.4.0 -> v1.5.0   merged, not yet applied",
    ),
)

EXITS: Final = (
    state(
        "0",
        "success: nothing left to do, or a plan without `--detailed-exitcode`, or an apply that you did not confirm",
        "Nothing failed.",
        "",
        "trueup plan && echo planned",
    ),
    state(
        "1",
        "failure: platform, network, a resource whose last process failed (`status`), or a bug in trueup",
        "Nothing at all was applied. If something was, the status is 5.",
        "read the message and run again; for a bug in trueup, `--debug` shows the traceback",
        "trueup plan --debug",
    ),
    state(
        "2",
        "changes are pending, or the live state has drifted (only with `--detailed-exitcode`)",
        "It tells a pipeline that there is something to review.",
        "apply, or adopt",
        "trueup plan --detailed-exitcode",
    ),
    state(
        "3",
        "manifests or the project file are invalid, or ask for something that a platform cannot do (*blocked*)",
        "Something in git must change before a run can succeed.",
        "correct the manifests",
        "trueup validate",
    ),
    state(
        "4",
        "*stale* or *unapproved*: the live state, the manifests or a target changed since the plan, no plan of "
        "`--approved` shows a change, or the plan's hash is not the one given with `--digest`",
        "What would be sent now is not what was planned and approved.",
        "plan again",
        "trueup apply --plan plan.json   # and someone changed the connector since",
    ),
    state(
        "5",
        "partly done: something failed, is unknown, was skipped or deferred, was left to you (`adopt`, `import`), or "
        "ended with problems (`status`)",
        "Some resources are in the desired state and others are not.",
        "plan again; read what is left, and why",
        "an apply in which one of ten resources failed",
    ),
    state(
        "6",
        "refused by a safety rule: deletions, limits, another apply in progress, a `.trueup` folder that is not yours",
        "Nothing was sent.",
        "read which rule; the message says what would allow the run",
        "trueup apply --allow-delete 1",
    ),
    state(
        "64",
        "wrong usage: an unknown option, or a selection that matches nothing",
        "The command line was not understood, so nothing was done.",
        "see `--help`",
        "trueup plan --select team=txa",
    ),
    state(
        "130",
        "interrupted by Ctrl-C or SIGTERM",
        "Everything that was sent is in the journal. A request in progress was awaited as far as time allowed.",
        "plan again",
        "trueup runs",
    ),
)
