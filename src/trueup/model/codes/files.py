"""Codes of what can be wrong with a file before its content is looked at, and with its YAML."""

from typing import Final

from trueup.model.codes.code import error, warning

FILES: Final = (
    error(
        "file-not-found",
        "A path on the command line, or the sandbox's seed file, does not exist.",
        "A run without the file would look complete and not be.",
        "Correct the path. Paths on the command line start at the working directory, those of `trueup.yaml` at its own "
        "folder.",
        "trueup validate connectors/acme.yml   # the file is connectors/acme.yaml",
    ),
    error(
        "unreadable-file",
        "The file or folder cannot be read, or is neither a regular file nor a folder.",
        "Permissions forbid it, or it is a device, a socket or a pipe, which may never end.",
        "Correct the permissions, or name a regular file. For a pipe use `-`, which reads standard input.",
        "chmod u+r connectors/acme.yaml",
    ),
    error(
        "link-leads-out",
        "A symbolic link leads out of the project's repository or, without git, out of its folder.",
        "A manifest from outside is not under review, and a link could disclose any file of this machine.",
        "Replace the link by the file, or point it to a place inside the repository.",
        "connectors/acme.yaml -> /etc/acme.yaml",
    ),
    error(
        "no-manifests",
        "A folder, or all globs of `trueup.yaml` together, hold no manifest files.",
        "A run about nothing would end well although something was meant.",
        "Name another folder, correct `manifests` in `trueup.yaml`, or write the first manifest.",
        "manifests: ['conectors/*.yaml']   # the folder is connectors/",
    ),
    error(
        "empty-file",
        "The file holds no document.",
        "An empty file is usually one that was not saved, or a template that gave nothing.",
        "Delete the file, or write a manifest into it.",
        "connectors/acme.yaml holds comments only",
    ),
    error(
        "too-many-documents",
        "The project file holds more than one document.",
        "There is one project, and the second document would be ignored.",
        "Keep one document in `trueup.yaml`. Manifests may have several, divided by `---`.",
        "a line --- in the middle of trueup.yaml",
    ),
    error(
        "file-too-large",
        "The file is larger than trueup reads, or has more documents.",
        "Limits keep a run from using up the memory of the machine; see the page on limits.",
        "Split the file. One file a resource is easiest to review.",
        "one file with all certifications of a company",
    ),
    error(
        "more-problems",
        "The file has more problems than are listed; the message says how many.",
        "The first problems often cause the others.",
        "Correct those that are listed, and run again.",
        "a template whose indentation went wrong",
    ),
)

YAML: Final = (
    error(
        "bad-encoding",
        "The file is not UTF-8 text, or holds characters that YAML forbids.",
        "Other encodings cannot be told apart with certainty, and control characters do not show in a review.",
        "Save the file as UTF-8, and remove the character at the place that is named.",
        "a file that an editor saved as Latin-1",
    ),
    warning(
        "byte-order-mark",
        "The file starts with a byte order mark, which is ignored.",
        "UTF-8 needs none, and other tools may take it for a part of the first key.",
        "Save the file as UTF-8 without a byte order mark.",
        "files of some editors on Windows",
    ),
    error(
        "yaml-syntax",
        "The file is not YAML.",
        "Nothing can be concluded from a file that cannot be parsed.",
        "Look at the place that is named, and at the line before it. The hint, if there is one, is the corrected line.",
        "name: Acme: Tax        # write: name: 'Acme: Tax'",
    ),
    error(
        "yaml-tab",
        "A tab stands where YAML allows only spaces.",
        "YAML forbids tabs in indentation, as their width is not defined.",
        "Replace the tab by spaces.",
        "\\tname: Acme Tax       # write: two spaces before name",
    ),
    error(
        "duplicate-key",
        "A mapping has the same key twice.",
        "YAML parsers disagree on which one counts, so one of the two values would silently be lost.",
        "Remove one of the two.",
        "name: Acme Tax ... name: Acme Taxes",
    ),
    error(
        "bad-key",
        "A mapping's key is not plain text.",
        "All fields have names that are text. Other keys, as `yes` or `1`, are usually values at a wrong place.",
        "Write the field's name as key; put quotes around it if it looks like a number or a truth value.",
        "[a, b]: value",
    ),
    error(
        "unknown-anchor",
        "An alias names an anchor that the document does not define before it.",
        "An anchor is known only in its own document, below the place where it stands.",
        "Define the anchor above, or put quotes around a text that begins with `*`.",
        "name: *acme            # write: name: '*acme', or define &acme above",
    ),
    error(
        "recursive-anchor",
        "An anchored node contains an alias of itself.",
        "It would have no end, and JSON cannot express it.",
        "Write the inner part out.",
        "spec: &all {inner: *all}",
    ),
    warning(
        "unused-anchor",
        "No alias names the anchor of this text: perhaps the text was to begin with `&`.",
        "YAML takes `&name` for an anchor, so that it is not part of the text.",
        "Put quotes around a text that begins with `&`, or remove the anchor.",
        "name: &Acme Tax        # write: name: '&Acme Tax'",
    ),
    error(
        "bad-merge",
        "A merge key (`<<`) holds something other than mappings.",
        "Only the members of mappings can be merged.",
        "Let `<<` name a mapping, or a list of mappings.",
        "<<: [1, 2]             # write: <<: *defaults",
    ),
    error(
        "unknown-tag",
        "A YAML tag other than those of the core schema.",
        "Such tags mean something to one program only.",
        "Remove the tag, or put quotes around a text that begins with `!`.",
        "name: !acme Tax        # write: name: '!acme Tax'",
    ),
    error(
        "bad-number",
        "A number that would not be sent in the digits that were typed, or that has too many of them.",
        "Platforms would be sent another value than the one that was reviewed.",
        "Write the number in plain decimal digits, or put quotes around it if it is a text.",
        "certificateNumber: 0123   # write: '0123'",
    ),
    error(
        "too-deep",
        "The document is nested deeper than any manifest needs.",
        "Limits keep a run from using up the memory of the machine.",
        "Look for brackets that were not closed, and for aliases inside of aliases.",
        "[[[[[[[[ ... ]]]]]]]]",
    ),
    error(
        "too-many-nodes",
        "The document has more nodes than any manifest needs, aliases expanded.",
        "A few aliases of aliases can stand for billions of values.",
        "Split the document, or write the aliases out.",
        "b: [*a, *a, *a], c: [*b, *b, *b], and so on",
    ),
    error(
        "text-too-long",
        "One text is longer than any platform takes.",
        "A quote that was not closed, or a file pasted into a field, gives such texts.",
        "Close the quote, or shorten the text.",
        "description: a whole manual",
    ),
    error(
        "conflict-marker",
        "A line that git wrote for a merge conflict is still in the file.",
        "Both sides of the conflict are in the file, and only people can choose.",
        "Choose a side, remove the marker lines, and commit.",
        "<<<<<<< HEAD",
    ),
)
