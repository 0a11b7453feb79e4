"""List every diagnostic that reading manifests and the project file can give; the documentation is made from it."""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    # Files
    "file-not-found": "A path on the command line, or the sandbox's seed file, does not exist.",
    "unreadable-file": "The file or folder cannot be read, or is neither a regular file nor a folder.",
    "link-leads-out": "A symbolic link leads out of the project's repository or, without git, out of its folder.",
    "no-manifests": "A folder, or all globs of trueup.yaml together, hold no manifest files.",
    "empty-file": "The file holds no document. Delete it, or write a manifest into it.",
    "too-many-documents": "The project file holds more than one document.",
    "file-too-large": "The file is larger than trueup reads, or has more documents.",
    "more-problems": "The file has more problems than are listed; the message says how many.",
    # YAML
    "bad-encoding": "The file is not UTF-8 text, or holds characters that YAML forbids.",
    "byte-order-mark": "The file starts with a byte order mark, which is ignored (warning).",
    "yaml-syntax": "The file is not YAML.",
    "yaml-tab": "A tab stands where YAML allows only spaces.",
    "duplicate-key": "A mapping has the same key twice.",
    "bad-key": "A mapping's key is not plain text.",
    "unknown-anchor": "An alias names an anchor that the document does not define before it.",
    "recursive-anchor": "An anchored node contains an alias of itself.",
    "bad-merge": "A merge key (<<) holds something other than mappings.",
    "unknown-tag": "A YAML tag other than those of the core schema.",
    "bad-number": "A number that has no exact decimal form, or too many digits.",
    "too-deep": "The document is nested deeper than any manifest needs.",
    "too-many-nodes": "The document has more nodes than any manifest needs, aliases expanded.",
    "text-too-long": "One text is longer than any platform takes.",
    # Schema
    "not-a-mapping": "A document is something other than a mapping.",
    "missing-kind": "The document does not say its kind.",
    "unknown-kind": "The document's kind is none that trueup knows, or does not belong here.",
    "unknown-field": "The field does not exist in this place.",
    "read-only-field": "The platform sets this field itself; it cannot be managed.",
    "missing-field": "A field that is needed is not there.",
    "null-value": "The value is null. The platforms cannot clear a value, so null has no meaning.",
    "wrong-type": "The value has the wrong type.",
    "wrong-value": "The value is not one of those allowed.",
    "bad-format": "The text does not have the form that is asked for.",
    "out-of-range": "The number, text or list is too small or too large.",
    "exactly-one": "Exactly one of several fields must be given.",
    "schema": "Another rule of the JSON Schema is broken.",
    # Beyond the schema
    "bad-date": "The date does not exist in the calendar.",
    "unclear-identifier": "An identity, natural key or code has blanks at an end, hidden characters or curly quotes.",
    "duplicate-element": "A collection has two elements with the same natural key.",
    "duplicate-identity": "Two manifests are about the same resource.",
    "missing-target": "trueup.yaml has no target for this kind of resource.",
    "ambiguous-target": "trueup.yaml has several targets for this kind of resource, and the manifest names none.",
    "unknown-target": "trueup.yaml has no target of this name.",
    "wrong-platform": "The target is of another platform than this kind of resource.",
    # The project file
    "secret-in-file": "The project file holds a secret, or a field for one.",
    "secret-in-url": "A URL holds a password or a token (https://user:password@host, https://ghp_...@host).",
    "insecure-url": "A URL is neither https nor http to this machine.",
    "bad-url": "A URL cannot be understood.",
    "control-variable": "A variable that steers trueup is named as one that holds a credential.",
    "bad-glob": "A glob is absolute or leads out of the project.",
    # Advice: all of these are warnings
    "glob-without-match": "A glob of trueup.yaml matches no file (warning).",
    "look-alike": "An identity or a natural key looks like another one, and is not the same (warning).",
    "unusual-repository": "The official Connect tools would refuse this repository URL (warning).",
    "unusual-tag": "The official Connect tools would refuse this tag (warning).",
    "unusual-email": "This does not look like an email address (warning).",
    "unusual-url": "This does not look like a public URL (warning).",
    "dates-reversed": "The expiry date is before the issue date (warning).",
    "densities-reversed": "The minimum density is above the maximum (warning).",
    "unusual-decimal": "The decimal is negative, or a percentage above 100 (warning).",
    "unusual-cas": "The CAS number's form or check digit is wrong (warning).",
}
"""Diagnostic code to its meaning in one line."""
