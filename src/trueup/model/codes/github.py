"""Codes of the reasons why the plan that a pull request showed was not found, and why a run did nothing."""

from typing import Final

from trueup.model.codes.code import state

_BY_HAND = "start the workflow by hand: it plans, shows the plan, and applies it"

NO_PLANS: Final = (
    state(
        "direct-push",
        "The commit belongs to no merged pull request, so no plan of it was shown.",
        "It was pushed to the branch directly, or its pull request had another target branch.",
        f"To apply it, {_BY_HAND}. Protect the branch, so that changes come through pull requests.",
        "1a2b3c4d5e6f was pushed directly",
    ),
    state(
        "fork",
        "The pull request came from another repository, so there is no plan of it.",
        "A pull request of a fork gets no credentials. Its preview compares files and approves nothing.",
        f"To apply it, {_BY_HAND}.",
        "#12 came from a fork",
    ),
    state(
        "no-run",
        "No completed run of the pull request kept a plan for its last commit.",
        "It was merged while the plan was being made, the plan failed, the run was deleted, or another workflow, "
        "project, `target` or `select` was used.",
        f"If the run ends later, run this one again. Otherwise {_BY_HAND}.",
        "#12 has no run that kept a plan",
    ),
    state(
        "incomplete",
        "The plan that was kept lacks resources: a shard is missing, or some of them could not be read.",
        "An approval needs the whole plan.",
        f"Run the pull request's workflow again, then this one. Otherwise {_BY_HAND}.",
        "#12 kept 3 of 4 shards",
    ),
    state(
        "expired",
        "The plan that was kept has expired.",
        "GitHub deletes artifacts after 90 days, or earlier if the repository or organization says so.",
        f"To apply it, {_BY_HAND}.",
        "the plan of #12 has expired",
    ),
    state(
        "deleted",
        "The plan that was kept was deleted.",
        "People and workflows can delete artifacts.",
        f"To apply it, {_BY_HAND}.",
        "the plan of #12 was deleted",
    ),
    state(
        "forbidden",
        "GitHub does not let the token read pull requests, runs or artifacts.",
        "The job lacks a permission.",
        "Give the job `actions: read` and `pull-requests: read` or `write`.",
        "the plan of #12 may not be read",
    ),
    state(
        "unreachable",
        "GitHub did not answer, or asked to wait for longer than trueup waits.",
        "It is down, busy, or the rate limit is used up. Each request was tried three times.",
        "Run the job again later.",
        "the plan of #12 could not be downloaded",
    ),
    state(
        "damaged",
        "The plan that was kept cannot be used.",
        "It is not the file that was uploaded, is too large, was changed, or was made by another version of trueup.",
        f"To apply it, {_BY_HAND}.",
        "the plan of #12 is damaged",
    ),
    state(
        "too-many",
        "The plan was not looked for, because a limit was reached.",
        "A run looks up at most 100 commits, 25 pull requests, 20 runs of a commit and 100 shards.",
        f"To apply it, {_BY_HAND}.",
        "commit 1a2b3c4d5e6f and older ones were not looked up",
    ),
)

RUN_ENDS: Final = (
    state(
        "superseded",
        "A newer commit was applied, or its apply has begun, so a run for an older one did nothing.",
        "The run was repeated, or began after the newer one. Its commit would revert the changes of the newer one.",
        "",
        "Nothing is sent: the newer commit 1a2b3c4d5e6f was applied, or its apply has begun.",
    ),
    state(
        "record-failed",
        "The apply could not be recorded on GitHub, so it did not begin and nothing was sent.",
        "Without a record, later runs could not know what was applied. The message says what GitHub answered.",
        "Give the job `deployments: write`, or wait until GitHub answers. Then run the job again.",
        "The apply cannot be recorded, so it did not begin and nothing was sent.",
    ),
)
