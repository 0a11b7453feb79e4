"""Codes of what can be wrong with the project file, with credentials, and with documents that trueup wrote."""

from typing import Final

from trueup.model.codes.code import error, warning

PROJECT: Final = (
    error(
        "secret-in-file",
        "The project file holds a secret, or a field for one.",
        "Files in git are read by more people and programs than a secret may be.",
        "Put the secret into an environment variable, name the variable, and revoke the secret.",
        "clientSecret: s3cr3t   # write: clientSecretEnv: CTP_CLIENT_SECRET",
    ),
    error(
        "url-path",
        "A target's URL ends in what is no part of it: `/connectors/drafts`, `/oauth/token`, a project key.",
        "trueup adds these itself, and every request would fail.",
        "Write the URL of the host alone, as the message shows it.",
        "authUrl: https://auth.europe-west1.gcp.commercetools.com/oauth/token",
    ),
    error(
        "insecure-url",
        "A URL is neither https nor http to this machine.",
        "Credentials would be readable on the way.",
        "Write `https://`, or use an address of this machine for tests.",
        "apiUrl: http://connect.example   # write: https://connect.example",
    ),
    error(
        "bad-url",
        "A URL cannot be understood.",
        "It has no host, a wrong port, or characters that a URL cannot have.",
        "Write a whole URL.",
        "apiUrl: https://connect.example:99999   # the last port is 65535",
    ),
    error(
        "control-variable",
        "A variable that steers trueup is named as one that holds a credential.",
        "Its value would be sent to the platform.",
        "Name a variable of your own.",
        "clientSecretEnv: TRUEUP_ALLOW_HOSTS   # write: TRUEUP_EU_SECRET",
    ),
    error(
        "bad-glob",
        "A glob is absolute or leads out of the project.",
        "Manifests outside the project are not under its review.",
        "Write a glob relative to the folder of `trueup.yaml`.",
        "manifests: ['../shared/*.yaml']",
    ),
    warning(
        "glob-without-match",
        "A glob of `trueup.yaml` matches no file.",
        "It may be misspelled, and then manifests are missing from the run.",
        "Correct the glob, or remove it.",
        "manifests: ['conectors/*.yaml']   # the folder is connectors/",
    ),
    error(
        "sandbox-seed",
        "The seed file of the sandbox cannot be used.",
        "The sandbox cannot begin with a state that it cannot read.",
        "Correct the file; the sandbox's reference page describes it.",
        "sandbox: {seed: live.yaml}   # and live.yaml has two documents",
    ),
    error(
        "sandbox-faults",
        "The file of faults for the sandbox cannot be used.",
        "A fault that is misunderstood would make a test pass that should fail.",
        "Correct the file; the sandbox's reference page describes it.",
        "trueup sandbox --faults faults.yaml",
    ),
)

CREDENTIALS: Final = (
    error(
        "missing-credential",
        "A variable that the target needs is not set, or the file that its `_FILE` twin names is empty or cannot be "
        "read.",
        "Without credentials the platform answers nothing. No request is sent.",
        "Set the variable that is named, or try the manifests with `--sandbox`.",
        "export CTP_CLIENT_SECRET=...",
    ),
    error(
        "ambiguous-credential",
        "A variable and its `_FILE` twin are both set.",
        "They may hold different credentials, and it is not clear which one is meant.",
        "Unset one of the two.",
        "CTP_CLIENT_SECRET and CTP_CLIENT_SECRET_FILE",
    ),
    error(
        "unusable-credential",
        "The value holds characters that no credential has, or the file is not text or too large.",
        "A line break in a header could change the request.",
        "Copy the credential again, as one line.",
        "a secret that was pasted with a line break in the middle",
    ),
    error(
        "foreign-host",
        "A URL of the target leads to a host that is neither the platform's own nor this machine, and "
        "`TRUEUP_ALLOW_HOSTS` does not name it.",
        "A change of one line in `trueup.yaml` must not send credentials elsewhere.",
        "Correct the URL, or allow the host with `TRUEUP_ALLOW_HOSTS` outside of the repository.",
        "export TRUEUP_ALLOW_HOSTS=proxy.acme.example",
    ),
    error(
        "foreign-variable",
        "A variable of the target does not start with `CTP_`, `ORIGIN_` or `TRUEUP_`, and nothing allows the target.",
        "A change of one line in `trueup.yaml` must not send any secret of the environment to a platform.",
        "Rename the variable, or allow the target with `--allow-target` or `TRUEUP_ALLOW_TARGETS`.",
        "clientSecretEnv: AWS_SECRET_ACCESS_KEY",
    ),
    warning(
        "target-defined-anew",
        "The target is new or leads elsewhere since the base: it gets no credentials, and its resources are not read "
        "(status 1).",
        "A pull request must not decide by itself where credentials are sent.",
        "Review the target, then allow it with `--allow-target NAME` or `TRUEUP_ALLOW_TARGETS`.",
        "trueup plan --base origin/main --allow-target eu",
    ),
    warning(
        "base",
        "Something of the commit that `--base` or `--changed-since` names cannot be read: its project file, a "
        "manifest, a link or a submodule.",
        "What it wanted counts as unknown, never as nothing. Changes go on without a cause; what would take something "
        "away is blocked (`protection-unknown`).",
        "Correct the file in a change of its own first, or fetch the submodule.",
        "origin/main:connectors/acme.yaml is not YAML",
    ),
)

SAVED_PLANS: Final = (
    error(
        "plan-format",
        "The plan has a format version that this trueup does not read.",
        "It was saved by another version of trueup. Nothing is sent.",
        "Plan again with this version, or apply with the one that made the plan.",
        "trueup plan --out plan.json && trueup apply --plan plan.json",
    ),
    error(
        "plan-damaged",
        "The file is not a plan, or its checksum is not that of its content.",
        "It was changed or cut off after it was saved. Nothing is sent.",
        "Plan again.",
        "a plan.json that an editor saved",
    ),
    error(
        "plan-digest",
        "The plan's hash is not that of its actions.",
        "What would be sent is not what was approved by this hash. Nothing is sent.",
        "Plan again.",
        "an action that was added to plan.json",
    ),
    error(
        "plan-forged",
        "The plan is not what comes out of the manifests and the live state that it names.",
        "A plan is computed again before it is applied. The message names the first member that differs. Nothing is "
        "sent.",
        "Plan again from the commit that is meant, and find out who changed the file.",
        "an action whose value is not that of the manifest",
    ),
)

DOCUMENTS: Final = (
    error(
        "document-format",
        "The file is not the JSON document of a command.",
        "It was cut off, or is of another program or another version of trueup.",
        "Make it again with `--format json`.",
        "trueup plan --format json > document.json",
    ),
    error(
        "shard-format",
        "The file is not the JSON document of a shard.",
        "Only documents of runs with `--shard` can be joined.",
        "Make it again with `--shard I/N --format json`.",
        "trueup plan --shard 1/2 --format json > shard-1.json",
    ),
    error(
        "shard-foreign",
        "The shards are not of one run: they differ in command, commit, files, base or number.",
        "Joined, they would show a state that never was.",
        "Run all shards with the same command from one state of the files.",
        "shard 1/2 of a plan and shard 2/3 of another",
    ),
    error(
        "shard-repeated",
        "A shard is given more than once.",
        "Its resources would be counted twice.",
        "Leave one of the two files out.",
        "trueup merge shard-1.json shard-1.json",
    ),
    error(
        "shard-missing",
        "A shard of the run is not given.",
        "The result would look complete and not be.",
        "Add its file, or run the shard again.",
        "trueup merge shard-1.json   # and shard 2/2 is missing",
    ),
)
