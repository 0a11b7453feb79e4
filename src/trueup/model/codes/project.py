"""Codes of problems with the project file, with credentials, and with documents that trueup wrote."""

from typing import Final

from trueup.model.codes.code import error, warning

PROJECT: Final = (
    error(
        "secret-in-file",
        "The project file contains a secret, or a field for one.",
        "More people and programs can read files in git than should know a secret.",
        "Put the secret into an environment variable, name the variable here, and revoke the secret.",
        "clientSecret: s3cr3t   # write: clientSecretEnv: CTP_CLIENT_SECRET",
    ),
    error(
        "url-path",
        "A target's URL has a path that trueup adds itself, such as `/connectors/drafts`, `/oauth/token` or a project "
        "key.",
        "The path would be repeated, and every request would fail.",
        "Write only the host, as the message shows.",
        "authUrl: https://auth.europe-west1.gcp.commercetools.com/oauth/token",
    ),
    error(
        "insecure-url",
        "A URL does not use https, and is not an http URL of this machine.",
        "Credentials could be read in transit.",
        "Write `https://`, or for tests use an address of this machine.",
        "apiUrl: http://connect.example   # write: https://connect.example",
    ),
    error(
        "bad-url",
        "The text is not a valid URL.",
        "It has no host, an invalid port, or characters that a URL cannot contain.",
        "Write a full URL.",
        "apiUrl: https://connect.example:99999   # the highest port is 65535",
    ),
    error(
        "control-variable",
        "A variable that is for trueup itself is named as the source of a credential.",
        "Its value would be sent to the platform.",
        "Use another variable.",
        "clientSecretEnv: TRUEUP_ALLOW_HOSTS   # write: TRUEUP_EU_SECRET",
    ),
    error(
        "bad-glob",
        "A glob is absolute, or leads out of the project.",
        "Manifests outside the project are not reviewed with it.",
        "Write a glob that is relative to the folder of `trueup.yaml`.",
        "manifests: ['../shared/*.yaml']",
    ),
    warning(
        "glob-without-match",
        "A glob in `trueup.yaml` matches no file.",
        "If it is misspelled, manifests are missing from the run. There is no warning for the globs that the "
        "documentation shows, such as `certifications/**/*.yaml`.",
        "Correct the glob, or remove it.",
        "manifests: ['conectors/*.yaml']   # the folder is connectors/",
    ),
    warning(
        "file-without-glob",
        "Manifests have the ending `.yml` where the globs of `trueup.yaml` have `.yaml`, or the reverse.",
        "They are not read, and look as if they were.",
        "Rename the files, or add a glob with their ending.",
        "manifests: ['connectors/*.yaml']   # and there is connectors/tax.yml",
    ),
    error(
        "sandbox-seed",
        "The sandbox's seed file cannot be used.",
        "The sandbox cannot start from a state that it cannot read.",
        "Correct the file; the reference page of the sandbox describes it.",
        "sandbox: {seed: live.yaml}   # and live.yaml has two documents",
    ),
    error(
        "sandbox-faults",
        "The sandbox's fault file cannot be used.",
        "With a misread fault, a test could pass that should fail.",
        "Correct the file; the reference page of the sandbox describes it.",
        "trueup sandbox --faults faults.yaml",
    ),
)

CREDENTIALS: Final = (
    error(
        "missing-credential",
        "A variable that the target needs is not set, or the file named by its `_FILE` variant is empty or cannot be "
        "read.",
        "The platform refuses requests without credentials, so none is sent.",
        "Set the named variable, or try the manifests with `--sandbox`.",
        "export CTP_CLIENT_SECRET=...",
    ),
    error(
        "missing-secret",
        "The variable or the file of a secured value is missing or empty where the value would be sent.",
        "All secrets are found before the first request, so that nothing is half-applied.",
        "Set the variable, or write the file, where `trueup apply` runs. A plan needs none of them.",
        "securedConfiguration: {API_TOKEN: {fromEnv: ACME_API_TOKEN}}",
    ),
    error(
        "ambiguous-credential",
        "A variable and its `_FILE` variant are both set.",
        "They may contain different credentials, and it is not clear which one counts.",
        "Unset one of the two.",
        "CTP_CLIENT_SECRET and CTP_CLIENT_SECRET_FILE",
    ),
    error(
        "unusable-credential",
        "The value contains characters that cannot occur in a credential, or the file is too large or not text.",
        "A line break in a header could change the request.",
        "Copy the credential again, as one line.",
        "a secret that was pasted with a line break",
    ),
    error(
        "foreign-host",
        "A URL of the target leads to a host that belongs neither to the platform nor to this machine, and "
        "`TRUEUP_ALLOW_HOSTS` does not name it.",
        "Changing one line of `trueup.yaml` must not be enough to send credentials elsewhere.",
        "Correct the URL, or allow the host with `TRUEUP_ALLOW_HOSTS`, set outside the repository.",
        "export TRUEUP_ALLOW_HOSTS=proxy.acme.example",
    ),
    error(
        "foreign-variable",
        "A variable of the target does not start with `CTP_`, `ORIGIN_` or `TRUEUP_`, and the target is not explicitly "
        "allowed.",
        "Changing one line of `trueup.yaml` must not be enough to send any secret of the environment to a platform.",
        "Rename the variable, or allow the target with `--allow-target` or `TRUEUP_ALLOW_TARGETS`.",
        "clientSecretEnv: AWS_SECRET_ACCESS_KEY",
    ),
    warning(
        "target-defined-anew",
        "The target is new, or leads elsewhere than in the base. It gets no credentials, and its resources are not "
        "read (status 1).",
        "A pull request must not be able to decide where credentials are sent.",
        "Review the target, then allow it with `--allow-target NAME` or `TRUEUP_ALLOW_TARGETS`.",
        "trueup plan --base origin/main --allow-target eu",
    ),
    warning(
        "base",
        "Part of the commit that `--base` or `--changed-since` names cannot be read: its project file, a manifest, a "
        "symlink or a submodule.",
        "What that part wanted is treated as unknown, never as nothing. Changes are planned without a cause, and "
        "destructive ones are blocked (`protection-unknown`).",
        "Correct the file in a separate change first, or fetch the submodule.",
        "origin/main:connectors/acme.yaml is not valid YAML",
    ),
)

SAVED_PLANS: Final = (
    error(
        "plan-format",
        "This version of trueup cannot read the plan's format version.",
        "The plan was saved by another version of trueup. Nothing is sent.",
        "Plan again with this version, or apply with the version that made the plan.",
        "trueup plan --out plan.json && trueup apply --plan plan.json",
    ),
    error(
        "plan-damaged",
        "The file is not a plan, or its checksum does not match its content.",
        "The file was changed or truncated after it was saved. Nothing is sent.",
        "Plan again.",
        "a plan.json that was edited by hand",
    ),
    error(
        "plan-digest",
        "The plan's hash does not match its actions.",
        "The actions are not those that were approved under this hash. Nothing is sent.",
        "Plan again.",
        "an action that was added to plan.json",
    ),
    error(
        "plan-forged",
        "The plan does not follow from the manifests and from the live state that it records.",
        "Before a plan is applied, it is computed again and compared. The message names the first member that differs. "
        "Nothing is sent.",
        "Plan again from the intended commit, and find out who changed the file.",
        "an action whose value differs from the manifest",
    ),
)

RECORD_CODES: Final = (
    error(
        "records-format",
        "The file given with `--applied` is not a file of records.",
        "It is truncated, or was written by another program or another version of trueup. The message names the member "
        "that is wrong.",
        "Make it again. Its schema is `schemas/records.schema.json`.",
        "trueup plan --applied trueup.yaml",
    ),
    warning(
        "not-recorded",
        "It is not known what was applied to a target, or to some of its resources.",
        "No apply that ended well is recorded. Without a record, a change that is merged and not yet applied looks "
        "like drift.",
        "Apply once with records, as the GitHub Action does.",
        "It is not known what was applied to the target eu: no apply of it that ended well is recorded.",
    ),
    warning(
        "record-not-here",
        "A recorded commit is not in the history of this clone, so it is not known what was applied to the target.",
        "The clone is shallow, or the branch was rewritten by a force push.",
        "Fetch the whole history. After a force push, the next apply makes a new record.",
        "git fetch --unshallow",
    ),
)

DOCUMENTS: Final = (
    error(
        "document-format",
        "The file is not a JSON document that a trueup command wrote.",
        "It is truncated, or was written by another program or another version of trueup.",
        "Create it again with `--format json`.",
        "trueup plan --format json > document.json",
    ),
    error(
        "shard-format",
        "The file is not the JSON document of a shard.",
        "Only documents of runs with `--shard` can be merged.",
        "Create it again with `--shard I/N --format json`.",
        "trueup plan --shard 1/2 --format json > shard-1.json",
    ),
    error(
        "shard-foreign",
        "The shards do not belong to the same run: they differ in command, commit, files, base or number of shards.",
        "Merged, they would show a state that never existed.",
        "Run all shards with the same command on the same files.",
        "shard 1/2 of one plan and shard 2/3 of another",
    ),
    error(
        "shard-repeated",
        "The same shard is given more than once.",
        "Its resources would be counted twice.",
        "Remove one of the two files.",
        "trueup merge shard-1.json shard-1.json",
    ),
    error(
        "shard-missing",
        "A shard of the run is missing.",
        "The result would look complete although it is not.",
        "Add the shard's file, or run the shard again.",
        "trueup merge shard-1.json   # shard 2/2 is missing",
    ),
)
