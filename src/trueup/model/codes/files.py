"""Codes of problems with a file and its YAML, before its content is checked."""

from typing import Final

from trueup.model.codes.code import error, warning

FILES: Final = (
    error(
        "file-not-found",
        "A path on the command line, or the sandbox's seed file, does not exist.",
        "A run without the file would look complete although it is not.",
        "Correct the path. Paths on the command line are relative to the working directory, those in `trueup.yaml` to "
        "its own folder.",
        "trueup validate connectors/acme.yml   # the file is connectors/acme.yaml",
    ),
    error(
        "unreadable-file",
        "The file or folder cannot be read, or is neither a regular file nor a folder.",
        "Its permissions forbid reading, or it is a device, a socket or a pipe, which may never end.",
        "Correct the permissions, or name a regular file. To read from a pipe, pass `-` for standard input.",
        "chmod u+r connectors/acme.yaml",
    ),
    error(
        "link-leads-out",
        "A symlink points outside the project's repository or, without git, outside the project's folder.",
        "A file outside the repository is not under review, and a symlink could disclose any file of this machine.",
        "Replace the symlink with the file, or point it to a place inside the repository.",
        "connectors/acme.yaml -> /etc/acme.yaml",
    ),
    error(
        "no-manifests",
        "A folder, or all globs of `trueup.yaml` together, contain no manifest files.",
        "A run without manifests would succeed without doing what you meant.",
        "Name another folder, correct `manifests` in `trueup.yaml`, or write the first manifest: `trueup import` does "
        "it for live resources, and `trueup init` writes an example.",
        "manifests: ['conectors/*.yaml']   # the folder is connectors/",
    ),
    error(
        "empty-file",
        "The file contains no document.",
        "An empty file was usually not saved, or comes from a template that produced nothing.",
        "Delete the file, or write a manifest into it.",
        "connectors/acme.yaml contains only comments",
    ),
    error(
        "too-many-documents",
        "The project file contains more than one document.",
        "A project has one document; a second one would be ignored.",
        "Keep one document in `trueup.yaml`. Manifest files may contain several, separated by `---`.",
        "a line --- in the middle of trueup.yaml",
    ),
    error(
        "file-too-large",
        "The file is larger than trueup reads, or has too many documents.",
        "Limits keep a run from exhausting the machine's memory; see the page on limits.",
        "Split the file. One resource per file is easiest to review.",
        "one file with all certifications of a company",
    ),
    error(
        "more-problems",
        "The file has more problems than are listed; the message says how many.",
        "The first problems often cause the others.",
        "Correct the listed problems, and run again.",
        "a template with wrong indentation",
    ),
)

YAML: Final = (
    error(
        "bad-encoding",
        "The file is not UTF-8 text, or contains characters that YAML forbids.",
        "Other encodings cannot be detected reliably, and control characters are invisible in a review.",
        "Save the file as UTF-8, and remove the character at the reported position.",
        "a file that an editor saved as Latin-1",
    ),
    warning(
        "byte-order-mark",
        "The file starts with a byte order mark, which is ignored.",
        "UTF-8 does not need one, and other tools may read it as part of the first key.",
        "Save the file as UTF-8 without a byte order mark.",
        "a file that was saved by an editor on Windows",
    ),
    error(
        "yaml-syntax",
        "The file is not valid YAML.",
        "Nothing can be concluded from a file that cannot be parsed.",
        "Look at the reported line and the one before it. If there is a hint, it is the corrected line.",
        "name: Acme: Tax        # write: name: 'Acme: Tax'",
    ),
    error(
        "yaml-tab",
        "The line contains a tab where YAML allows only spaces.",
        "YAML forbids tabs in indentation because their width is not defined.",
        "Replace the tab with spaces.",
        "\\tname: Acme Tax       # write: two spaces before name",
    ),
    error(
        "duplicate-key",
        "A mapping has the same key twice.",
        "YAML parsers disagree on which one counts, so one of the two values would be lost silently.",
        "Remove one of the two.",
        "name: Acme Tax ... name: Acme Taxes",
    ),
    error(
        "bad-key",
        "A key of a mapping is not text.",
        "All field names are text. A key such as `yes`, `1` or a list is usually a misplaced value.",
        "Use the name of a field as the key; quote it if it looks like a number or a boolean.",
        "[a, b]: value",
    ),
    error(
        "unknown-anchor",
        "An alias refers to an anchor that is not defined earlier in the document.",
        "An anchor is valid only in its own document, below the line that defines it.",
        "Define the anchor above the alias, or quote a text that starts with `*`.",
        "name: *acme            # write: name: '*acme', or define &acme above",
    ),
    error(
        "recursive-anchor",
        "An anchored node contains an alias to itself.",
        "The value would be infinite, which JSON cannot express.",
        "Replace the inner alias with its content.",
        "spec: &all {inner: *all}",
    ),
    warning(
        "unused-anchor",
        "No alias refers to this anchor; the text may have been meant to start with `&`.",
        "YAML reads `&name` as an anchor, not as part of the text.",
        "Quote a text that starts with `&`, or remove the anchor.",
        "name: &Acme Tax        # write: name: '&Acme Tax'",
    ),
    error(
        "bad-merge",
        "The value of a merge key (`<<`) is not a mapping or a list of mappings.",
        "Only the members of mappings can be merged.",
        "Let `<<` refer to a mapping or to a list of mappings.",
        "<<: [1, 2]             # write: <<: *defaults",
    ),
    error(
        "unknown-tag",
        "The YAML tag is not part of the core schema.",
        "Such a tag has a meaning only for one program.",
        "Remove the tag, or quote a text that starts with `!`.",
        "name: !acme Tax        # write: name: '!acme Tax'",
    ),
    error(
        "bad-number",
        "The number would not be sent with the digits that were typed, or has too many digits.",
        "The platform would receive another value than the one that was reviewed.",
        "Write plain decimal digits, or quote the value if it is text.",
        "certificateNumber: 0123   # write: '0123'",
    ),
    error(
        "too-deep",
        "The document is nested deeper than any manifest needs.",
        "Limits keep a run from exhausting the machine's memory.",
        "Look for unclosed brackets and for aliases inside aliases.",
        "[[[[[[[[ ... ]]]]]]]]",
    ),
    error(
        "too-many-nodes",
        "The document, with its aliases expanded, has more nodes than any manifest needs.",
        "A few aliases of aliases can expand to billions of values.",
        "Split the document, or replace the aliases with their content.",
        "b: [*a, *a, *a], c: [*b, *b, *b], and so on",
    ),
    error(
        "text-too-long",
        "One text is longer than any platform accepts.",
        "The usual cause is a quote that was not closed, or a file that was pasted into a field.",
        "Close the quote, or shorten the text.",
        "description: a whole manual",
    ),
    error(
        "conflict-marker",
        "The file still contains a line that git wrote for a merge conflict.",
        "The file contains both sides of the conflict, and only people can choose between them.",
        "Choose a side, remove the marker lines, and commit.",
        "<<<<<<< HEAD",
    ),
)
