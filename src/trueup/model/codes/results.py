"""What a run can come to: verdicts, outcomes, results of a drift check, and exit statuses."""

from typing import Final

from trueup.model.codes.code import state

VERDICTS: Final = (
    state(
        "create",
        "The resource does not exist and will be created.",
        "The target has no resource of this identity.",
        "Check that the identity is right: another one would mean another resource.",
        "+ Connector acme-tax",
    ),
    state(
        "update",
        "The resource exists and differs from its manifest; the actions make them equal.",
        "Only fields that the manifest gives are compared.",
        "Read the actions, then apply.",
        "~ Connector acme-tax",
    ),
    state(
        "unchanged",
        "Live equals the manifest in everything that the manifest manages.",
        "What the manifest leaves out is not compared.",
        "",
        "= Connector acme-tax   # shown with --verbose",
    ),
    state(
        "blocked",
        "The desired state cannot be reached; nothing is sent for the resource.",
        "A finding of the level *blocked* says why. Everything else of the plan goes on.",
        "Read the finding and change the manifest; `trueup explain CODE` says more.",
        "! Connector acme-tax   blocked[not-private]",
    ),
    state(
        "deferred",
        "The platform is busy with the resource, or in an unknown state; what is wanted is sent later.",
        "A change now would be refused or lost.",
        "Plan again later.",
        "? Connector acme-tax   note[busy]",
    ),
    state(
        "delete",
        "The manifest is a tombstone and the resource exists: it will be deleted.",
        "Only `lifecycle.state: absent` deletes; removing a manifest never does.",
        "Apply with `--allow-delete N`.",
        "- Connector acme-tax",
    ),
    state(
        "unreadable",
        "The live state could not be read; nothing is concluded and nothing is sent.",
        "The platform did not answer, refused the credentials, or answered with something that is not documented.",
        "Read the error, and plan again.",
        "! Connector acme-tax   eu is down: no complete answer within 30 s",
    ),
)

OUTCOMES: Final = (
    state(
        "applied",
        "Everything that was planned was sent, and reading it again shows it.",
        "Every write is verified.",
        "",
        "applied   Connector acme-tax",
    ),
    state(
        "rebased",
        "Applied, after live had moved without touching what was planned.",
        "Someone else wrote to other fields between plan and apply; their change is kept.",
        "",
        "rebased   Connector acme-tax",
    ),
    state(
        "unchanged",
        "There was nothing to send, or live had become what is wanted in the meantime.",
        "Live is read again before anything is sent.",
        "",
        "unchanged Connector acme-tax",
    ),
    state(
        "stale",
        "Live moved in a way that changes the plan; nothing was sent for the resource since.",
        "What would be sent now is not what was planned and approved.",
        "Plan again, and read what others changed.",
        "stale     Connector acme-tax: name was 'Acme' at planning and is 'Acme Ltd' now",
    ),
    state(
        "blocked",
        "The desired state cannot be reached; nothing was sent for the resource.",
        "The finding of the plan says why.",
        "Change the manifest.",
        "blocked   Connector acme-tax",
    ),
    state(
        "deferred",
        "The platform was busy with the resource; the rest is left for a later run.",
        "A publish, a preview or a certification was under way, or the platform asked for fewer requests.",
        "Apply again later.",
        "deferred  Connector acme-tax",
    ),
    state(
        "failed",
        "The platform refused it, or trueup failed; the message holds the platform's own words.",
        "What was done before the failure stays, and is listed.",
        "Read the message, correct the cause, and apply again.",
        "failed    Connector acme-tax: HTTP 400 InvalidInput",
    ),
    state(
        "unknown",
        "The answer of a write was lost, and reading did not settle whether it was taken.",
        "To send it again could do it twice.",
        "Plan again: the plan starts from what is live then.",
        "unknown   Connector acme-tax: no complete answer within 30 s",
    ),
    state(
        "skipped",
        "Not begun: the run was stopped, or its target failed before.",
        "After a failure that concerns the whole target every other request would fail too.",
        "Correct the cause, and apply again.",
        "skipped   Connector acme-tax",
    ),
)

DRIFTS: Final = (
    state(
        "same",
        "Live is as it was wanted.",
        "Only fields that the manifest gives are compared.",
        "",
        "= Connector acme-tax",
    ),
    state(
        "changed",
        "Someone changed the resource on the platform.",
        "It differs from what the manifest, or that of `--base`, wants.",
        "Keep it with `trueup adopt`, or undo it with `trueup apply`.",
        "~ Connector acme-tax   name: 'Acme' to 'Acme Ltd'",
    ),
    state(
        "deleted",
        "Someone deleted the resource on the platform.",
        "Its manifest still wants it.",
        "Create it again with `trueup apply`, or replace the manifest by a tombstone.",
        "- Connector acme-tax",
    ),
    state(
        "returned",
        "The resource is there although it was to be deleted.",
        "Its manifest is a tombstone.",
        "Delete it with `trueup apply --allow-delete 1`, or write a manifest for it.",
        "+ Connector acme-tax",
    ),
    state(
        "unreadable",
        "The live state could not be read; nothing is concluded.",
        "The platform did not answer, or refused the credentials.",
        "Read the error, and check again.",
        "! Connector acme-tax",
    ),
    state(
        "unknown",
        "What the base wanted of the resource cannot be read; nothing is concluded.",
        "Its manifest in that commit is broken, or lies in a submodule that was not fetched.",
        "See the `base` warning; compare with another commit.",
        "! Connector acme-tax",
    ),
)

EXITS: Final = (
    state(
        "0",
        "done; nothing left to do, or a plan without `--detailed-exitcode`, or an apply to which you did not say yes",
        "Nothing failed, and nothing was left undone that was asked for.",
        "",
        "trueup plan && echo planned",
    ),
    state(
        "1",
        "failed: platform, network, or a fault of trueup's own",
        "Nothing at all was applied. When something was, the status is 5.",
        "read the message, run again; a fault of trueup shows its traceback with `--debug`",
        "trueup plan --debug",
    ),
    state(
        "2",
        "changes are pending, or live has drifted (only with `--detailed-exitcode`)",
        "A pipeline can tell by it whether there is something to review.",
        "apply, or adopt",
        "trueup plan --detailed-exitcode",
    ),
    state(
        "3",
        "manifests or the project file are invalid, or ask for what a platform cannot do (*blocked*)",
        "Something in git must change before a run can succeed.",
        "correct the manifests",
        "trueup validate",
    ),
    state(
        "4",
        "*stale*: live, the manifests or a target moved since the plan, or it is not the plan that `--digest` names",
        "What would be sent now is not what was planned and approved.",
        "plan again",
        "trueup apply --plan plan.json   # and someone changed the connector since",
    ),
    state(
        "5",
        "partly done: something failed, is unknown, was skipped or deferred, or was left to you (`adopt`, `import`)",
        "Some resources are as wanted and others are not.",
        "plan again; read what was left, and why",
        "an apply in which one of ten resources failed",
    ),
    state(
        "6",
        "refused by a safety rule: deletions, budgets, another apply under way, a `.trueup` that is not yours",
        "Nothing was sent.",
        "read which one; the message says what would allow it",
        "trueup apply --allow-delete 1",
    ),
    state(
        "64",
        "wrong usage: an unknown option, a selection that matches nothing",
        "The command line was not understood, so nothing was done.",
        "see `--help`",
        "trueup plan --select team=txa",
    ),
    state(
        "130",
        "interrupted by Ctrl-C or SIGTERM, at whatever moment",
        "What was sent before is on record; a request under way was awaited where there was time.",
        "plan again",
        "trueup runs",
    ),
)
