"""Run the composite action for real, without Docker, in a repository that uses it."""

from acceptance.commands import served
from acceptance.runner import SECRETS, TOKEN, WITH_ACT, Consumer, pull_request, use
from acceptance.test_quickstart import SERVED
from unit.github.fake import GitHub, answers, passes

pytestmark = WITH_ACT

PSP = "connectors/psp.yaml"
TAX = "connectors/tax.yaml"
MAIL = "connectors/search-and-mail.yaml"


def edit(old: str, new: str) -> dict[str, str]:
    """Return a step that changes the manifest of acme-tax."""
    return {"run": f"grep -q '{old}' {TAX} && sed -i 's/{old}/{new}/' {TAX}"}


def test_a_plan_is_commented_applied_and_then_empty(consumer: Consumer, github: GitHub) -> None:
    ran = consumer.run(
        use("shown", command="plan", paths=PSP),
        use("applying", command="apply", paths=PSP, comment="off"),
        use("again", command="plan", paths=PSP),
        payload=pull_request(),
    )
    assert ran.status == 0, ran.text
    assert ran.given("changes", "create", "exit-code", "failure-reason", step="shown") == ("true", "1", "2", "")
    assert ran.given("applied", "failed", "exit-code", step="applying") == ("1", "0", "0")
    assert ran.given("changes", "unchanged", "exit-code", step="again") == ("false", "1", "0")
    assert ran.outputs("shown")["digest"].startswith("sha256:")
    assert ran.outputs("applying")["comment-url"] == ""
    assert ran.outputs("again")["comment-url"] == github.comments[0]["html_url"]
    shown = ran.summary()
    assert shown.index("**Plan: 1 to create.**") < shown.index("Applied 1") < shown.index("**No changes.")
    assert ran.annotations() == []
    assert github.writes == ["POST", "PATCH"]
    assert "**No changes." in github.comments[0]["body"]
    assert github.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in ran.text + str(github.comments)


def test_an_invalid_manifest_is_annotated_and_nothing_of_the_repository_is_run(
    consumer: Consumer, github: GitHub
) -> None:
    """The installation is made anew here, in a repository that would be glad to take part in it."""
    estate = consumer.place / "estate"
    estate.mkdir()
    (estate / "bad.yaml").write_text("apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: x y}\nspec: {}\n")
    for name in ("venv", "pip", "trueup", "json", "sysconfig"):
        for folder in (consumer.place, estate):
            (folder / f"{name}.py").write_text("raise SystemExit('a file of the repository was run')\n")
    ran = consumer.run(
        use(command="plan", paths="bad.yaml", working_directory="estate"), payload=pull_request(), cold=True
    )
    assert ran.status != 0
    assert ran.given("failure-reason", "exit-code", "changes", "plan-path") == ("invalid", "3", "false", "")
    assert any(text.startswith("estate/bad.yaml:3: ") for text in ran.annotations())
    assert "Nothing was planned." in ran.summary()
    assert "### Problems" in github.comments[0]["body"]


def test_an_apply_does_what_was_approved_or_the_rest_of_it_and_nothing_else(consumer: Consumer, github: GitHub) -> None:
    approved = "${{ steps.shown.outputs.plan-path }}"
    ran = consumer.run(
        use("shown", command="plan", paths=f"{PSP}\n{TAX}", comment="off"),
        use("part", command="apply", paths=PSP, comment="off"),
        use("rest", command="apply", approved=approved, paths=f"{PSP}\n{TAX}", comment="off"),
        edit("v1.4.0", "v9.9.9"),
        use("other", command="apply", approved=approved, paths=f"{PSP}\n{TAX}"),
        payload=pull_request(),
    )
    assert ran.status != 0
    assert ran.given("create", "update", step="shown") == ("1", "1")
    assert ran.given("applied", "unchanged", "failure-reason", step="rest") == ("1", "1", "")
    assert ran.given("applied", "exit-code", "failure-reason", step="other") == ("0", "4", "unapproved")
    assert ran.annotations() == ["Unapproved 1, unchanged 1 (0 requests)."]
    body = github.comments[0]["body"]
    assert "### Not approved (1)" in body
    assert "No approved plan shows what it would do to repository." in body
    assert "v9.9.9" in body


def test_a_saved_plan_is_stale_once_live_has_moved_and_a_token_that_cannot_write_is_a_notice(
    consumer: Consumer, github: GitHub
) -> None:
    github.faults = [passes, answers(403, "Resource not accessible by integration")]
    ran = consumer.run(
        use("shown", command="plan", paths=TAX, comment="off"),
        edit("name: Acme Tax", "name: Somebody else"),
        use("moving", command="apply", paths=TAX, comment="off"),
        edit("name: Somebody else", "name: Acme Tax"),
        use("saved", command="apply", plan="${{ steps.shown.outputs.plan-path }}", paths=TAX),
        payload=pull_request(of="mallory/connectors"),
    )
    assert ran.status != 0
    assert ran.given("applied", step="moving") == ("1",)
    told = ran.given("failure-reason", "exit-code", "applied", "failed", "comment-url", step="saved")
    assert told == ("plan-changed", "4", "0", "1", "")
    assert "### Stale (1)" in ran.summary()
    assert "Somebody else" in ran.summary()
    assert [text[:49] for text in ran.annotations("notice")] == ["There is no comment: The token cannot write here."]
    assert github.comments == []


FAULTS = """\
faults:
  - {effect: general-error, method: POST, path: "drafts$"}
"""


def test_an_apply_that_is_done_in_part_says_which_part(consumer: Consumer, github: GitHub) -> None:
    (consumer.folder / "faults.yaml").write_text(FAULTS)
    faults = ("--seed", "live.yaml", "--faults", str(consumer.folder / "faults.yaml"))
    with served(*faults, cwd=consumer.place) as url:
        (consumer.place / "trueup.yaml").write_text(SERVED.format(url=url))
        ran = consumer.run(
            {**use(command="apply", paths=f"{PSP}\n{MAIL}"), "env": dict(SECRETS)}, payload=pull_request()
        )
    assert ran.status != 0
    assert ran.given("failure-reason", "exit-code", "applied", "failed") == ("apply-failed", "5", "1", "1")
    assert ran.outputs()["summary"].startswith("Applied 1, unknown 1")
    assert ran.annotations() == [ran.outputs()["summary"]]
    for text in (ran.summary(), github.comments[0]["body"]):
        assert "### Outcome unknown (1)" in text
        assert "### Applied (1)" in text
        assert "Run the job again" in text
    assert not [canary for canary in SECRETS.values() if canary in ran.text.replace(str(SECRETS), "")]
