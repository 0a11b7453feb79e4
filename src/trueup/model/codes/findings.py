"""Codes of findings: what a plan says about a resource beyond its actions, and why a run is refused."""

from typing import Final

from trueup.model.codes.code import blocked, blocked_or_warning, note_code, refused_code, warning

FINDINGS: Final = (
    blocked(
        "cannot-clear",
        "The field, or an element's attribute, is empty in the manifest and set live, and the platform has no way to "
        "empty it.",
        "No action of the platform's API unsets this value.",
        "Give it a value, or leave it out of the manifest.",
        "privateProjects: []    # three projects are live",
    ),
    blocked(
        "creation-requires",
        "The resource does not exist, and the manifest lacks what creation needs.",
        "A manifest may leave out what is not managed, but the platform needs some fields to create a resource.",
        "Add the fields that are named, or correct the identity if the resource does exist.",
        "a Connector without spec.repository",
    ),
    blocked(
        "origin-id-unknown",
        "No certification has this `originId`, and only Origin gives them out.",
        "A certification cannot be created under an id of one's own choice.",
        "Correct the id, or use `externalId` to create a certification.",
        "metadata: {originId: 9f2c}",
    ),
    blocked(
        "not-private",
        "The draft is no longer private, so its private projects cannot change.",
        "The platform refuses it. With `publish: private` they follow the publish.",
        "Leave the field out, or write what is live.",
        "privateProjects: [acme-prod]   # the connector is public",
    ),
    blocked_or_warning(
        "document-required",
        "This would remove the last document of a certification without `url`. A warning where `url` is not returned.",
        "A certification needs a document or a `url`.",
        "Set `url`, or keep a document.",
        "additionalsDocuments: []",
    ),
    blocked_or_warning(
        "compliance-required",
        "`densityLimitGL` needs a content compliance. A warning where they are not returned, or where a limit that is "
        "not managed is not returned.",
        "Origin refuses a limit without a compliance.",
        "Name a compliance, or leave the limit out.",
        "voc: {content: {densityLimitGL: 50, regulatoryStandardCompliances: []}}",
    ),
    blocked(
        "ambiguous-element",
        "Live has several elements with one key and different attributes; the API cannot tell them apart.",
        "An action names an element by its key and could change the wrong one.",
        "Remove the extra elements on the platform's website.",
        "two brands named Acme with different websites",
    ),
    blocked(
        "same-resource-twice",
        "Two manifests lead to one live resource, one by `externalId` and one by `originId`.",
        "Each would undo the changes of the other.",
        "Keep one of the two manifests.",
        "metadata: {externalId: acme-1} and metadata: {originId: 9f2c}",
    ),
    blocked_or_warning(
        "lost-key",
        "A draft without a key has the repository or the name of what would be created or deleted: it may be this one, "
        "having lost its key. A warning where nothing tells the name of what is to be deleted.",
        "To create it would make a second connector of the same content, and its tombstone would delete nothing.",
        "Delete the draft without a key on the platform, or give it another name and another repository there.",
        "a draft whose key has vanished on the server",
    ),
    blocked(
        "invalid-manifests",
        "Other manifests of the run are invalid, so nothing is deleted in it.",
        "What a broken file wanted to keep is not known.",
        "Correct the manifests, or select the tombstone without them (`--select`).",
        "trueup apply --keep-going --allow-delete 1",
    ),
    blocked(
        "protected",
        "`lifecycle.protect` is true and the plan would take something away from others.",
        "Others use a connector that is published, and a protected one must not be lost by accident.",
        "Set `lifecycle.protect` to false in a change of its own first.",
        "lifecycle: {protect: true, state: absent}",
    ),
    blocked(
        "protection-unknown",
        "The plan would take something away from others at a resource of which the base has no manifest that could be "
        "read: it counts as protected.",
        "The manifest of the base may have protected it.",
        "Bring in its manifest in a change of its own first, or allow it with `--allow-unknown NAME`.",
        "trueup apply --base origin/main --allow-unknown acme-tax",
    ),
    blocked(
        "fixed-point",
        "The planned actions would not lead to what is wanted. A fault of trueup; nothing is sent.",
        "Every plan is simulated, and the result must equal the manifest.",
        "Report it, with the manifest and the plan as JSON.",
        "trueup plan --format json > plan.json",
    ),
    warning(
        "not-returned",
        "The platform does not return the field: what is wanted is sent, and nothing is removed.",
        "Without the live value nothing can be compared.",
        "Nothing, if that is meant. To stop sending the field, leave it out.",
        "a field that only Origin's website shows",
    ),
    note_code(
        "remembered",
        "The platform does not return the field; what an earlier run of this working copy sent last, and the platform "
        "accepted, counts as live.",
        "Otherwise it would be sent again in every run.",
        "",
        "trueup apply, and then trueup plan in the same folder",
    ),
    note_code(
        "known-from-base",
        "The platform does not return the field; what the manifest of `--base` wanted of it, and an earlier run of "
        "this working copy applied, counts as live.",
        "Otherwise it would be sent again in every run.",
        "",
        "trueup plan --base origin/main",
    ),
    blocked(
        "conflict",
        "Since the base, the manifest and live both changed the resource; see `--on-conflict`.",
        "To send the manifest would undo what someone did on the platform.",
        "To keep what is live, run `trueup adopt --both`; to overwrite it, apply with `--on-conflict overwrite`.",
        "name was changed in git and on the website",
    ),
    note_code(
        "kept-elsewhere",
        "The platform shows another address in the place of a document's; an earlier run of this working copy sent it "
        "and saw that. It counts as the one that was sent.",
        "Origin keeps a copy of a document and shows the address of the copy.",
        "",
        "originalUrl: https://acme.example/report.pdf",
    ),
    warning(
        "may-be-same",
        "An element that is to go may be what the platform makes of one that is to come. It is removed only after both "
        "were seen side by side.",
        "Platforms change the spelling of some values, as capital letters or the slash at the end of a URL.",
        "If both are never seen, write the value as the platform does.",
        "website: HTTPS://ACME.EXAMPLE and https://acme.example",
    ),
    warning(
        "element-reset",
        "An element is removed and added again, because only that empties an attribute.",
        "Between the two requests the element does not exist.",
        "Keep the attribute, if that matters.",
        "brands: [{name: Acme}]   # live has a website",
    ),
    blocked(
        "secret-in-live-url",
        "A request would have to repeat a password or a token that live holds in a URL.",
        "It is masked when it is read, so that trueup does not have it.",
        "Remove it on the platform, and plan again.",
        "https://user:password@host/report.pdf on the platform",
    ),
    note_code(
        "deletes",
        "What a deletion means on this platform.",
        "A deletion cannot be undone.",
        "Read the message before you confirm.",
        "lifecycle: {state: absent}",
    ),
)

PROCESSES: Final = (
    note_code(
        "busy",
        "The platform is processing the draft, certifying it or making a preview; the resource is deferred.",
        "A change now would be refused, or make the review or preview worthless.",
        "Plan again later.",
        "a publish that began a minute ago",
    ),
    note_code(
        "under-way",
        "The certification that is wanted has begun; the rest is done by commercetools.",
        "People review the connector, which takes days.",
        "",
        "lifecycle: {publish: certified}",
    ),
    warning(
        "unknown-state",
        "The platform reports a state that is not documented; nothing is sent that depends on it, and what is wanted "
        "of it is deferred.",
        "What the state allows is not known.",
        "Look at the platform's website, and see whether a newer trueup knows the state.",
        "status: Archived",
    ),
    blocked(
        "preview-rejected",
        "The platform rejected a preview of this content. The message holds its report.",
        "To ask again for the same content usually gives the same answer.",
        "Change the content, or use `--retry-rejected` to ask again.",
        "a repository whose build fails",
    ),
    blocked(
        "publish-failed",
        "The platform failed to publish this content. The message holds its report.",
        "To ask again for the same content usually gives the same answer.",
        "Change the content, or use `--retry-rejected` to ask again.",
        "a repository whose build fails",
    ),
    blocked(
        "cannot-list",
        "`lifecycle.listed` is true, and only publishing lists a connector: the manifest does not ask for that, or it "
        "was unlisted and has nothing new to certify.",
        "The platform has no action that lists a connector.",
        "Set `lifecycle.publish`, change the content, or leave `lifecycle.listed` out.",
        "lifecycle: {listed: true}   # without publish",
    ),
    warning(
        "becomes-private",
        "`lifecycle.publish` is private and the connector is public: publishing takes it away from all but its private "
        "projects.",
        "Others may have installed it.",
        "Set `lifecycle.publish` to `certified` if it is to stay public.",
        "lifecycle: {publish: private}",
    ),
    warning(
        "not-certified",
        "`lifecycle.listed` is false, and only a certified connector can be unlisted; a private one is in no listing.",
        "Nothing can be sent for it.",
        "Leave `lifecycle.listed` out, or set `lifecycle.publish` to `certified`.",
        "lifecycle: {publish: private, listed: false}",
    ),
    note_code(
        "listed-again",
        "The certification that is under way lists the connector when it ends; an apply after that unlists it.",
        "The platform lists every connector that it certifies.",
        "Apply again when the certification has ended.",
        "lifecycle: {publish: certified, listed: false}",
    ),
    warning(
        "unlisted-changes",
        "The platform shows an unlisted connector as changed since it was published. It is not published again, as "
        "that would list it.",
        "Unlisting alone may cause this.",
        "To publish it, leave `lifecycle.listed` out for one apply.",
        "lifecycle: {publish: certified, listed: false}",
    ),
    warning(
        "no-certification",
        "A certification comment is sent, or waits for the next publish, while no certification is under way.",
        "Comments belong to a certification, and the platform may refuse them.",
        "Remove the comment, or publish.",
        "lifecycle: {certificationComments: [Please hurry.]}",
    ),
)

REFUSALS: Final = (
    refused_code(
        "deletions",
        "The plan deletes more resources than `--allow-delete` allows.",
        "Deletions cannot be undone, so their number is confirmed each time.",
        "Read the plan, then allow the number that is meant.",
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
        "A mistake in a template can take everything away at once.",
        "Read the plan, then raise the limit or apply a part.",
        "trueup apply --max-destructive 1",
    ),
)
