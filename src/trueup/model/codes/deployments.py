"""Codes of findings about deployments, and about the order between resources."""

from typing import Final

from trueup.model.codes.code import blocked, note_code, warning

DEPLOYMENTS: Final = (
    blocked(
        "fixed-after-creation",
        "A field of an existing deployment differs that no request can change: its connector, type or region.",
        "The platform sets these fields once, when it creates the deployment.",
        "Write the live value, or describe a second deployment under another key, move its consumers, and then delete "
        "the first one by a tombstone.",
        "type: production   # the live deployment is a sandbox",
    ),
    blocked(
        "would-be-refused",
        "The platform would refuse it, as the connector's present contract shows. The message has the platform's code.",
        "The connector declares its applications and keys, so the refusal can be known before anything is sent.",
        "Correct the named field, or publish the connector that declares it.",
        "applications: {calculater: {}}   # the connector has calculator",
    ),
    warning(
        "last-rollout-failed",
        "The last rollout of the deployment did not succeed, so it is deployed again even if no value differs.",
        "After a failed rollout the values can be as wanted while older code serves.",
        "Read the report in the message, and correct what it names.",
        "status: Failed",
    ),
    warning(
        "rolled-back",
        "The deployment was rolled back to an earlier revision, on the platform or by another client.",
        "A rollback restores the code and all values of that revision. The secured ones are not returned, so it cannot "
        "be seen which they are.",
        "An apply deploys what the manifest wants again. Write the secured values again with `--write-secured`.",
        "rollbackRevision: 3",
    ),
    note_code(
        "newer-release",
        "The connector has newer code than the deployment, which does not follow it.",
        "New code restarts what serves customers, so it is taken over only if the manifest asks for it.",
        "To move it, set `lifecycle.follow` to true.",
        "a connector that was published again",
    ),
    warning(
        "release-unknown",
        "The deployment is to follow its connector, and it is not known what runs or what the connector offers.",
        "A redeployment restarts what serves customers, so it is not sent on a guess.",
        "Publish the connector, or let the token read connectors with `view_connectors`.",
        "lifecycle: {follow: true}   # the token may not read connectors",
    ),
    blocked(
        "deployed-with-problems",
        "The platform deployed it and reported warnings or errors, for example of a script.",
        "A deployment is Deployed even if its scripts failed, so the report decides.",
        "Read the report in the message. The scripts run again with the next redeployment.",
        "Failed during the execution of 'postDeploy' script",
    ),
    note_code(
        "secured-not-compared",
        "Secured values are not compared with what is live, because it is not known what was written.",
        "The platform masks them. What was written is known from the applies of this working copy, else from the "
        "manifest of `--base` or of a record of applies.",
        "To write some again, name them with `--write-secured`.",
        "trueup plan   # without --base",
    ),
    note_code(
        "waits-for",
        "The resource starts when the named ones have been applied, and is skipped if they are not.",
        "A deployment takes over what its connector publishes, and a connector is deleted after its deployments.",
        "",
        "a deployment that follows a connector of the same plan",
    ),
    note_code(
        "left-out",
        "The named resources follow this one and are not part of the run, so they stay on their present code.",
        "`--select` and `--target` take what they name and nothing more.",
        "Select them too, or apply without a selection afterwards.",
        "a selection with a connector and without the deployments that follow it",
    ),
    blocked(
        "still-in-use",
        "The resource would be deleted, and another one that depends on it stays or is not part of the run.",
        "What becomes of a deployment whose connector is deleted is not documented.",
        "Delete the other one first or in the same run, or remove this tombstone.",
        "a tombstone of a connector that is deployed",
    ),
)
