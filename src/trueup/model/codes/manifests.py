"""Codes of what can be wrong with the content of a manifest."""

from typing import Final

from trueup.model.codes.code import error, warning

SCHEMA: Final = (
    error(
        "not-a-mapping",
        "A document is something other than a mapping.",
        "A manifest is a mapping with `kind`, `metadata` and `spec`.",
        "Remove the hyphen before the first field, or the document.",
        "- kind: Connector      # write: kind: Connector",
    ),
    error(
        "missing-kind",
        "The document does not say its `kind`.",
        "Without it no rule can be chosen to check the rest.",
        "Add `kind: Connector` or `kind: Certification`.",
        "kind: Connector",
    ),
    error(
        "unknown-kind",
        "The document's `kind` is none that trueup knows, or does not belong here.",
        "Kinds are spelled with a capital letter. The project file is no manifest, and a manifest no project file.",
        "Correct the spelling, or leave the file out of `manifests` in `trueup.yaml`.",
        "kind: connector        # write: kind: Connector",
    ),
    error(
        "unknown-field",
        "The field does not exist in this place.",
        "A field that is ignored would look as if it was applied.",
        "Correct the spelling or the indentation; the reference pages list the fields.",
        "spec: {nmae: Acme}     # write: name",
    ),
    error(
        "read-only-field",
        "The platform sets this field itself; it cannot be managed.",
        "No request of the platform changes it.",
        "Remove the field.",
        "spec: {version: 3}",
    ),
    error(
        "missing-field",
        "A field that is needed is not there.",
        "The platform or trueup cannot do without it.",
        "Add the field.",
        "metadata: {}           # write: metadata: {key: acme-tax}",
    ),
    error(
        "null-value",
        "The value is null. The platforms cannot clear a value, so null has no meaning.",
        "A field without a value in YAML is null, which is easily overlooked.",
        "Remove the field to leave it alone. For a list, `[]` empties it where the platform can.",
        "documentationUrl:      # remove the line, or write a URL",
    ),
    error(
        "wrong-type",
        "The value has the wrong type.",
        "YAML takes `yes`, `1.10` and `2024` for something other than text.",
        "Write the type that is named; put quotes around a text that looks like a number or a truth value.",
        "tag: 1.10              # write: tag: '1.10'",
    ),
    error(
        "wrong-value",
        "The value is not one of those allowed.",
        "The platform knows only these values, in this spelling.",
        "Take one of the values that are listed.",
        "region: europe         # write: region: europe-west1.gcp",
    ),
    error(
        "bad-format",
        "The text is not valid for this field, for example as a date or an identifier.",
        "The platform would refuse it, or take it for something else.",
        "Write it as the message shows.",
        "issueDate: 15.02.2024  # write: 2024-02-15",
    ),
    error(
        "out-of-range",
        "The number, text or list is too small or too large.",
        "The platform would refuse it.",
        "Keep to the limits that are named.",
        "name: a text of 300 characters where 256 are allowed",
    ),
    error(
        "exactly-one",
        "Exactly one of several fields must be given.",
        "They are alternatives: with two it is not clear which one counts.",
        "Keep one of the fields that are named.",
        "metadata: {externalId: a, originId: b}   # keep one",
    ),
    error(
        "schema",
        "Another rule of the JSON Schema is broken.",
        "The rule has no message of its own.",
        "Compare with the schema, which `trueup schema KIND` prints.",
        "trueup schema connector",
    ),
)

RULES: Final = (
    error(
        "bad-date",
        "The date does not exist in the calendar.",
        "It has the right form, but no such day exists.",
        "Correct the day or the month.",
        "issueDate: 2024-02-30",
    ),
    error(
        "unclear-identifier",
        "An identity, natural key or code has blanks at an end, hidden characters or curly quotes.",
        "It would look like another one and not be equal to it, so that a resource is created twice.",
        "Write what `allowed` shows.",
        "externalId: 'ACME-1 '  # write: ACME-1",
    ),
    error(
        "duplicate-element",
        "A collection has two elements with the same natural key.",
        "The platform knows elements by this key, so that one would replace the other.",
        "Remove one, or correct its key.",
        "brands: [{name: Acme}, {name: Acme}]",
    ),
    error(
        "duplicate-identity",
        "Two manifests are about the same resource.",
        "Each would undo the changes of the other.",
        "Remove one of the two, or correct its identity. The message names the other place.",
        "two files with metadata: {key: acme-tax} for one target",
    ),
    error(
        "missing-target",
        "`trueup.yaml` has no target for this kind of resource, or there is no `trueup.yaml`.",
        "It is not known which account the manifest is meant for.",
        "Add a target to `trueup.yaml`, or try it with `--sandbox`.",
        "targets: {eu: {platform: connect, region: europe-west1.gcp}}",
    ),
    error(
        "ambiguous-target",
        "`trueup.yaml` has several targets for this kind of resource, and the manifest names none.",
        "To guess would be to change the wrong account.",
        "Name the target in the manifest.",
        "metadata: {key: acme-tax, target: eu}",
    ),
    error(
        "unknown-target",
        "`trueup.yaml` has no target of this name.",
        "The manifest names a target that was renamed, or is misspelled.",
        "Correct the name, or add the target to `trueup.yaml`.",
        "metadata: {target: ue}   # the target is eu",
    ),
    error(
        "wrong-platform",
        "The target is of another platform than this kind of resource.",
        "Connectors are managed by Connect, certifications by Origin.",
        "Name a target of the right platform.",
        "a Certification with target: eu, where eu is platform: connect",
    ),
    error(
        "secret-in-url",
        "A URL holds a password or a token.",
        "Manifests are kept in git and their values are sent to others, so the secret would be disclosed.",
        "Remove it from the URL, and revoke it, as it may be in git's history.",
        "url: https://user:password@host/repo   # write: https://host/repo",
    ),
)

ADVICE: Final = (
    warning(
        "look-alike",
        "An identity, an element, a number or a code looks like another one, and is not the same.",
        "Letters of other alphabets and kinds of hyphens look the same and are different characters. In a plan the "
        "other one is live.",
        "Copy the spelling that is meant. It is sent as it is written.",
        "ACME\\u2013001 (en dash) and ACME-001 (hyphen)",
    ),
    warning(
        "unusual-repository",
        "The official Connect tools would refuse this repository URL.",
        "The platform may refuse it, or fail when it builds the connector.",
        "Write the SSH or HTTPS URL of a git repository, with `.git` at its end.",
        "url: https://github.com/acme/tax   # write: https://github.com/acme/tax.git",
    ),
    warning(
        "unusual-tag",
        "The official Connect tools would refuse this tag.",
        "The platform may refuse it, or fail when it builds the connector.",
        "Use a tag that starts with a letter or a digit and has no two dots in a row.",
        "tag: v1..0             # write: v1.0.0",
    ),
    warning(
        "unusual-email",
        "This does not look like an email address.",
        "The platform may refuse it, and people could not write to it.",
        "Correct it, if it is a mistake.",
        "email: support.acme.example   # write: support@acme.example",
    ),
    warning(
        "unusual-url",
        "This does not look like a public URL.",
        "People could not open it.",
        "Write the whole URL, with `https://`.",
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
        "densities-reversed",
        "The minimum density is above the maximum.",
        "No density lies between the two.",
        "Exchange the two values, or correct one.",
        "densityMin: 2.0, densityMax: 1.0",
    ),
    warning(
        "unusual-decimal",
        "The decimal is negative, or a percentage above 100.",
        "There is no such quantity, but the platform takes it.",
        "Correct the number, if it is a mistake.",
        "percentByWeight: 120",
    ),
    warning(
        "unusual-cas",
        "The CAS number's form or check digit is wrong.",
        "It names no substance, usually because of a mistyped digit.",
        "Correct the number.",
        "CAS: 67-64-2           # the number of acetone is 67-64-1",
    ),
)
