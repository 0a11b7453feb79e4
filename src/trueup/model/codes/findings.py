"""Codes of findings and refusals: what a plan reports beyond its actions, and why a run must not begin."""

from typing import Final

from trueup.model.codes.code import blocked, blocked_or_warning, note_code, refused_code, warning

FINDINGS: Final = (
    blocked(
        "cannot-clear",
        "A field, or an attribute of an element, is empty in the manifest but set live, and the platform cannot clear "
        "it.",
        "The platform's API has no action that unsets this value.",
        "Give it a value, or remove it from the manifest.",
        "privateProjects: []    # three projects are live",
    ),
    blocked(
        "creation-requires",
        "The resource does not exist, and the manifest lacks a field that its creation needs.",
        "A manifest may omit fields that it does not manage, but the platform needs some of them to create a resource.",
        "Add the named fields, or correct the identity if the resource does exist.",
        "a Connector without spec.repository",
    ),
    blocked(
        "origin-id-unknown",
        "No certification has this `originId`, and only Origin assigns these ids.",
        "A certification cannot be created under an id that you choose.",
        "Correct the id, or use `externalId` to create a certification.",
        "metadata: {originId: 9f2c}",
    ),
    blocked(
        "not-private",
        "The draft is no longer private, so its private projects cannot be changed.",
        "The platform refuses the change. With `publish: private`, it is sent after the publish.",
        "Remove the field, or write the live value.",
        "privateProjects: [acme-prod]   # the connector is public",
    ),
    blocked_or_warning(
        "document-required",
        "The plan would remove the last document of a certification that has no `url`. It is only a warning if the "
        "platform does not return `url`.",
        "A certification needs a document or a `url`.",
        "Set `url`, or keep a document.",
        "additionalsDocuments: []",
    ),
    blocked_or_warning(
        "compliance-required",
        "`densityLimitGL` needs a content compliance. It is only a warning if the platform does not return the "
        "compliances, or does not return a limit that is not managed.",
        "Origin refuses a limit without a compliance.",
        "Add a compliance, or remove the limit from the manifest.",
        "voc: {content: {densityLimitGL: 50, regulatoryStandardCompliances: []}}",
    ),
    blocked(
        "ambiguous-element",
        "Several live elements have the same key but different attributes, and the API cannot distinguish them.",
        "An action identifies an element by its key and could change the wrong one.",
        "Remove the extra elements on the platform's website.",
        "two brands named Acme with different websites",
    ),
    blocked(
        "same-resource-twice",
        "Two manifests describe the same live resource: one by `externalId` and one by `originId`, or each through "
        "another target of one organization.",
        "Each would undo the changes of the other.",
        "Keep one of the two manifests. A connector needs only one of its organization's targets.",
        "metadata: {externalId: acme-1} and metadata: {originId: 9f2c}",
    ),
    blocked_or_warning(
        "lost-key",
        "A draft without a key has the repository or the name of a resource that would be created or deleted: it may "
        "be that resource, having lost its key. It is only a warning if nothing tells the name of the resource to "
        "delete.",
        "Creating it would make a second connector with the same content, and the tombstone would delete nothing.",
        "On the platform, delete the draft without a key, or change both its name and its repository.",
        "a draft whose key disappeared on the server",
    ),
    blocked(
        "invalid-manifests",
        "Other manifests of the run are invalid, so the run deletes nothing.",
        "An invalid file may describe the resource that would be deleted.",
        "Correct the manifests, or select the tombstone without them (`--select`).",
        "trueup apply --keep-going --allow-delete 1",
    ),
    blocked(
        "protected",
        "`lifecycle.protect` is true, and the plan has a destructive action (unpublish, unlist or delete).",
        "Others use a published connector, and a protected one must not be lost by accident.",
        "First set `lifecycle.protect` to false in a separate change.",
        "lifecycle: {protect: true, state: absent}",
    ),
    blocked(
        "protection-unknown",
        "The plan has a destructive action for a resource whose manifest cannot be found or read in the base, so it is "
        "treated as protected.",
        "The base may have protected the resource.",
        "First add its manifest in a separate change, or allow the action with `--allow-unknown NAME`.",
        "trueup apply --base origin/main --allow-unknown acme-tax",
    ),
    blocked(
        "fixed-point",
        "The planned actions would not lead to the desired state. This is a bug in trueup; nothing is sent.",
        "Every plan is simulated, and the result must equal the manifest.",
        "Report the bug, with the manifest and the plan as JSON.",
        "trueup plan --format json > plan.json",
    ),
    warning(
        "not-returned",
        "The platform does not return the field: the desired value is sent, and nothing is removed.",
        "Without a live value there is nothing to compare.",
        "Nothing, if this is intended. To stop sending the field, remove it from the manifest.",
        "a field that is visible only on Origin's website",
    ),
    note_code(
        "remembered",
        "The platform does not return the field. The value that an earlier run of this working copy sent last, and the "
        "platform accepted, is treated as live.",
        "Otherwise every run would send it again.",
        "",
        "trueup apply, and then trueup plan in the same folder",
    ),
    note_code(
        "known-from-base",
        "The platform does not return the field. The value that the manifest of `--base` wanted, and an earlier run of "
        "this working copy applied, is treated as live.",
        "Otherwise every run would send it again.",
        "",
        "trueup plan --base origin/main",
    ),
    blocked(
        "conflict",
        "Both the manifest and the live resource changed since the base; see `--on-conflict`.",
        "Applying the manifest would undo a change that someone made on the platform.",
        "To keep the live state, run `trueup adopt --both`; to overwrite it, apply with `--on-conflict overwrite`.",
        "name was changed in git and on the website",
    ),
    note_code(
        "kept-elsewhere",
        "The platform shows another address in place of a document's. An earlier run of this working copy sent the "
        "document and saw the new address, which is treated as the address that was sent.",
        "Origin keeps a copy of a document and shows the address of the copy.",
        "",
        "originalUrl: https://acme.example/report.pdf",
    ),
    warning(
        "may-be-one",
        "The platform does not return the field, and earlier runs sent two elements to it that the platform may treat "
        "as the same. It may have only what was sent for the later one.",
        "Platforms normalize some values, for example letter case or the trailing slash of a URL. Sending one of the "
        "two again could overwrite the other.",
        "If both mean the same thing, keep one of them. If not, look at the platform's website whether it has both.",
        "brands: [{name: ACME Inc.}, {name: acme inc.}]",
    ),
    warning(
        "may-be-same",
        "The platform may treat an element to remove as the same as one to add or keep. It is removed in a separate "
        "request: after the other one was seen or, if the platform does not return the field, before it is added.",
        "Platforms normalize some values, for example letter case or the trailing slash of a URL. Removing one of the "
        "two could remove both.",
        "If the two never appear side by side, write the value as the platform does.",
        "website: HTTPS://ACME.EXAMPLE and https://acme.example",
    ),
    warning(
        "element-reset",
        "An element is removed and added again, because an attribute cannot be cleared in any other way.",
        "Between the two requests, the element does not exist.",
        "Keep the attribute if this matters.",
        "brands: [{name: Acme}]   # the live brand has a website",
    ),
    blocked(
        "secret-in-live-url",
        "A request would have to repeat a password or a token that a live URL contains.",
        "Secrets are masked when they are read, so trueup does not have the value.",
        "Remove the secret on the platform, and plan again.",
        "https://user:password@host/report.pdf on the platform",
    ),
    note_code(
        "deletes",
        "The message says what a deletion means on this platform.",
        "A deletion cannot be undone.",
        "Read the message before you confirm.",
        "lifecycle: {state: absent}",
    ),
)

PROCESSES: Final = (
    note_code(
        "busy",
        "The platform is publishing or reviewing the draft, or building its preview. The resource is deferred.",
        "A change now would be refused, or would invalidate the review or the preview build.",
        "Plan again later.",
        "a publish that started a minute ago",
    ),
    note_code(
        "under-way",
        "The review by commercetools that `publish: certified` asks for has started.",
        "People review the connector, which takes days.",
        "",
        "lifecycle: {publish: certified}",
    ),
    warning(
        "unknown-state",
        "The platform reports an undocumented state. Nothing that depends on it is sent, and the desired change is "
        "deferred.",
        "It is not known what this state allows.",
        "Check the draft on the platform's website, and whether a newer version of trueup knows the state.",
        "status: Archived",
    ),
    blocked(
        "preview-rejected",
        "The platform rejected a preview build of this content. The message contains its report.",
        "Requesting a preview build of the same content again usually gives the same result.",
        "Change the content, or use `--retry-rejected` to try again.",
        "a repository whose build fails",
    ),
    blocked(
        "publish-failed",
        "The platform failed to publish this content. The message contains its report.",
        "Publishing the same content again usually gives the same result.",
        "Change the content, or use `--retry-rejected` to try again.",
        "a repository whose build fails",
    ),
    blocked(
        "cannot-list",
        "`lifecycle.listed` is true and the connector is not listed. Only publishing lists it, but the manifest does "
        "not ask for that, or the connector was unlisted and there is no new content to review.",
        "The platform has no action that lists a connector.",
        "Set `lifecycle.publish`, change the content, or remove `lifecycle.listed`.",
        "lifecycle: {listed: true}   # without publish",
    ),
    warning(
        "becomes-private",
        "`lifecycle.publish` is private and the connector is public: publishing makes it unavailable to all but its "
        "private projects.",
        "Others may have installed it.",
        "Set `lifecycle.publish` to `certified` to keep it public.",
        "lifecycle: {publish: private}",
    ),
    warning(
        "not-certified",
        "`lifecycle.listed` is false, but only a certified connector can be unlisted; a private one is never listed.",
        "There is nothing to send.",
        "Remove `lifecycle.listed`, or set `lifecycle.publish` to `certified`.",
        "lifecycle: {publish: private, listed: false}",
    ),
    note_code(
        "listed-again",
        "A review by commercetools lists the connector when it ends; a later apply unlists it.",
        "The platform lists every connector that it certifies.",
        "Apply again when the review has ended.",
        "lifecycle: {publish: certified, listed: false}",
    ),
    warning(
        "unlisted-changes",
        "The platform shows an unlisted connector as changed since it was published. It is not published again, "
        "because that would list it.",
        "Unlisting alone may cause this.",
        "To publish it, remove `lifecycle.listed` for one apply.",
        "lifecycle: {publish: certified, listed: false}",
    ),
    warning(
        "no-certification",
        "A certification comment is sent, or waits for the next publish, while commercetools does not review it.",
        "Comments belong to a review, and the platform may refuse them.",
        "Remove the comment, or publish.",
        "lifecycle: {certificationComments: [Please hurry.]}",
    ),
)

REFUSALS: Final = (
    refused_code(
        "deletions",
        "The plan deletes more resources than `--allow-delete` allows.",
        "Deletions cannot be undone, so their number is confirmed each time.",
        "Read the plan, then allow the intended number, or with `--allow-delete approved` those that `--approved` or "
        "`--digest` covers.",
        "trueup apply --allow-delete 2",
    ),
    refused_code(
        "max-changes",
        "The plan changes more resources than `--max-changes` allows.",
        "A mistake in a template can change everything at once.",
        "Read the plan, then raise the limit or apply a part.",
        "trueup apply --max-changes 10%",
    ),
    refused_code(
        "max-destructive",
        "The plan unpublishes, unlists or deletes more resources than `--max-destructive` allows.",
        "A mistake in a template can remove everything at once.",
        "Read the plan, then raise the limit or apply a part.",
        "trueup apply --max-destructive 1",
    ),
)
