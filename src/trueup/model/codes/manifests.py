"""Codes of problems with the content of a manifest."""

from typing import Final

from trueup.model.codes.code import error, warning

SCHEMA: Final = (
    error(
        "not-a-mapping",
        "The document is not a mapping.",
        "A manifest is a mapping with `kind`, `metadata` and `spec`.",
        "Remove the hyphen before the first field, or remove the document.",
        "- kind: Connector      # write: kind: Connector",
    ),
    error(
        "missing-kind",
        "The document has no `kind`.",
        "The kind decides which rules the rest of the document is checked against.",
        "Add `kind: Connector` or `kind: Certification`.",
        "kind: Connector",
    ),
    error(
        "unknown-kind",
        "trueup does not know this `kind`, or it does not belong in this file.",
        "Kinds start with a capital letter. The project file is not a manifest, and a manifest is not a project file.",
        "Correct the spelling, or exclude the file from `manifests` in `trueup.yaml`.",
        "kind: connector        # write: kind: Connector",
    ),
    error(
        "unknown-field",
        "This object has no such field.",
        "A field that is ignored would look as if it had been applied.",
        "Correct the spelling or the indentation; the reference pages list all fields.",
        "spec: {nmae: Acme}     # write: name",
    ),
    error(
        "read-only-field",
        "The platform sets this field itself, so it cannot be managed.",
        "The platform has no request that changes it.",
        "Remove the field.",
        "spec: {version: 3}",
    ),
    error(
        "missing-field",
        "A required field is missing.",
        "The platform or trueup needs it.",
        "Add the field.",
        "metadata: {}           # write: metadata: {key: acme-tax}",
    ),
    error(
        "null-value",
        "The value is null. The platforms cannot clear a value, so null has no meaning.",
        "In YAML, a field without a value is null, which is easy to overlook.",
        "Remove the field if it is not to be managed. To empty a list, write `[]` where the platform supports it.",
        "documentationUrl:      # remove the line, or write a URL",
    ),
    error(
        "wrong-type",
        "The value has the wrong type.",
        "YAML does not read `yes`, `1.10` and `2024` as text.",
        "Write the type that the message names; quote a text that looks like a number or a boolean.",
        "tag: 1.10              # write: tag: '1.10'",
    ),
    error(
        "wrong-value",
        "The value is not one of those allowed.",
        "The platform knows only these values, in this spelling.",
        "Use one of the listed values.",
        "region: europe         # write: region: europe-west1.gcp",
    ),
    error(
        "bad-format",
        "The text is not valid for this field, for example as a date or an identifier.",
        "The platform would refuse it or misread it.",
        "Write it as the message shows.",
        "issueDate: 15.02.2024  # write: 2024-02-15",
    ),
    error(
        "out-of-range",
        "The number, text or list is too small or too large.",
        "The platform would refuse it.",
        "Stay within the limits that the message names.",
        "name: a text of 300 characters where 256 are allowed",
    ),
    error(
        "exactly-one",
        "Exactly one of several fields must be given.",
        "They are alternatives: if two are given, it is not clear which one counts.",
        "Keep one of the named fields.",
        "metadata: {externalId: a, originId: b}   # keep one",
    ),
    error(
        "not-both",
        "Two fields are given that exclude each other.",
        "Both say the same thing in different ways, so it is not clear which one counts.",
        "Keep one of the two. For several targets that is `targets`.",
        "metadata: {key: acme-tax, target: eu, targets: [eu, us]}   # keep one",
    ),
    error(
        "schema",
        "The manifest breaks another rule of the JSON Schema.",
        "The other codes do not cover this rule.",
        "Compare the manifest with the schema, which `trueup schema KIND` prints.",
        "trueup schema connector",
    ),
)

RULES: Final = (
    error(
        "bad-date",
        "The date does not exist in the calendar.",
        "Its format is correct, but there is no such day.",
        "Correct the day or the month.",
        "issueDate: 2024-02-30",
    ),
    error(
        "unclear-identifier",
        "An identity, natural key or code starts or ends with a space, or contains invisible characters or curly "
        "quotes.",
        "It would look like another one without being equal to it, so a resource could be created twice.",
        "Write the text that `allowed` shows.",
        "externalId: 'ACME-1 '  # write: ACME-1",
    ),
    error(
        "duplicate-element",
        "A collection has two elements with the same natural key.",
        "The platform identifies elements by this key, so one would replace the other.",
        "Remove one of them, or correct its key.",
        "brands: [{name: Acme}, {name: Acme}]",
    ),
    error(
        "duplicate-identity",
        "Two manifests describe the same resource.",
        "Each would undo the changes of the other.",
        "Remove one of the two, or correct its identity. The message shows where the other one is.",
        "two files with metadata: {key: acme-tax} for one target",
    ),
    error(
        "missing-target",
        "`trueup.yaml` has no target for this kind of resource, or there is no `trueup.yaml`.",
        "It is not known which account the manifest belongs to.",
        "Add a target to `trueup.yaml` (`trueup init` writes or shows one), or try the manifest with `--sandbox`.",
        "targets: {eu: {platform: connect, region: europe-west1.gcp}}",
    ),
    error(
        "ambiguous-target",
        "`trueup.yaml` has several targets for this kind of resource, and the manifest names none.",
        "A guess could change the wrong account.",
        "Name the target in the manifest.",
        "metadata: {key: acme-tax, target: eu}",
    ),
    error(
        "unknown-target",
        "`trueup.yaml` has no target of this name.",
        "The target was renamed, or its name is misspelled in the manifest.",
        "Correct the name, or add the target to `trueup.yaml`.",
        "metadata: {target: ue}   # the target is eu",
    ),
    error(
        "repeated-target",
        "`metadata.targets` lists a target twice.",
        "The manifest would describe its resource there twice. The second name is often that of another target.",
        "Remove the second one, or correct its name.",
        "metadata: {key: acme-tax, targets: [eu, us, eu]}",
    ),
    error(
        "unknown-variant",
        "`variants` has values for a target that `metadata.targets` does not list.",
        "The values would be used nowhere. The name is misspelled, or the target is missing from the list.",
        "Correct the name, or add the target to `metadata.targets`.",
        "metadata: {targets: [eu, us]} with variants: {ue: {spec: {name: Acme}}}",
    ),
    error(
        "wrong-platform",
        "The target belongs to another platform than this kind of resource.",
        "Connectors are managed by Connect, certifications by Origin.",
        "Name a target of the right platform.",
        "a Certification with target: eu, where eu has platform: connect",
    ),
    error(
        "incomplete-target",
        "The target lacks a field that this kind of resource needs.",
        "A deployment runs in a project, and its address begins with the project's key.",
        "Add the field to the target in `trueup.yaml`, or name a target that has it.",
        "a Deployment with target: eu, where eu has no projectKey",
    ),
    error(
        "secret-in-url",
        "A URL contains a password or a token.",
        "Manifests are stored in git and their values are sent to platforms, so the secret would be disclosed.",
        "Remove it from the URL and revoke it, because git's history may still contain it.",
        "url: https://user:password@host/repo   # write: https://host/repo",
    ),
)

ADVICE: Final = (
    warning(
        "look-alike",
        "An identity, an element, a number or a code looks like another one but is not equal to it. In a plan, the "
        "other one is live.",
        "Letters of other alphabets and various hyphens look the same although they are different characters.",
        "Copy the spelling that you mean. The value is sent exactly as written.",
        "ACME\\u2013001 (en dash) and ACME-001 (hyphen)",
    ),
    warning(
        "unusual-repository",
        "The official Connect tools would refuse this repository URL.",
        "The platform may refuse it, or fail to build the connector.",
        "Write the SSH or HTTPS URL of a git repository, ending in `.git`.",
        "url: https://github.com/acme/tax   # write: https://github.com/acme/tax.git",
    ),
    warning(
        "unusual-tag",
        "The official Connect tools would refuse this tag.",
        "The platform may refuse it, or fail to build the connector.",
        "Use a tag that starts with a letter or a digit and does not contain two dots in a row.",
        "tag: v1..0             # write: v1.0.0",
    ),
    warning(
        "unusual-email",
        "The value does not look like an email address.",
        "The platform may refuse it, and people could not write to it.",
        "Correct it if it is a mistake.",
        "email: support.acme.example   # write: support@acme.example",
    ),
    warning(
        "unusual-url",
        "The value does not look like a public URL.",
        "People could not open it.",
        "Write the full URL, starting with `https://`.",
        "url: www.acme.example  # write: https://www.acme.example",
    ),
    warning(
        "dates-reversed",
        "The expiry date is before the issue date.",
        "The certification would never have been valid.",
        "Correct one of the two dates.",
        "issueDate: 2024-05-01, expiryDate: 2023-05-01",
    ),
    warning(
        "expires-soon",
        "The expiry date is near, or past.",
        "A certification that has expired counts for nothing, and renewing one takes weeks. `expiresSoonDays` in "
        "`trueup.yaml` sets how many days ahead the warning begins; the default is 60. Tombstones and certifications "
        "with `channels: []` get no warning. The plan hash and the exit status do not depend on it.",
        "Renew it, then write the new date. If it is not needed any more, write a tombstone or `channels: []`.",
        "expiryDate: 2026-12-31   # and today is 2026-12-01",
    ),
    warning(
        "densities-reversed",
        "The minimum density is above the maximum.",
        "No density lies between the two.",
        "Swap the two values, or correct one.",
        "densityMin: 2.0, densityMax: 1.0",
    ),
    warning(
        "unusual-decimal",
        "The decimal is negative, or a percentage above 100.",
        "Such a quantity cannot exist, but the platform accepts it.",
        "Correct the number if it is a mistake.",
        "percentByWeight: 120",
    ),
    warning(
        "unusual-cas",
        "The CAS number has a wrong format or check digit.",
        "It identifies no substance, usually because a digit was mistyped.",
        "Correct the number.",
        "CAS: 67-64-2           # the number of acetone is 67-64-1",
    ),
)
