"""Import, adopt, drift, status and reports of a connector together with its deployments."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.shop import Shop, connector, deployment, findings, live, opened, statuses, verdicts

pytestmark = [pytest.mark.process, pytest.mark.slow]

RATES = "applications.calculator.standardConfiguration.RATE_TABLE"
FAILS = {"_sandbox.next": {"deployment": "Failed"}}


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Shop]:
    """Serve a connector with five deployments, of which one is a preview and one has no key."""
    preview = live("preview", type="preview", connector={"key": "acme-tax", "staged": True})
    with opened(tmp_path, *live("first", "second", None), *preview, *live("in-production", type="production")) as shop:
        yield shop


def test_everything_is_imported_once_and_the_next_plan_is_empty(full: Shop) -> None:
    done = full.run("import", "--target", "eu", status=5)
    names = [one["identity"]["value"] for one in done["import"]["imported"]]
    assert names == ["acme-tax", "first", "in-production", "preview", "second"]
    (left,) = done["import"]["left"]
    assert "it has no key and cannot be given one" in left["reason"]
    preview = (full.place / "deployments" / "preview.yaml").read_text()
    assert "staged: true" in preview
    assert "API_TOKEN:\n          fromEnv: PREVIEW_CALCULATOR_API_TOKEN\n" in preview
    assert "**" not in preview
    assert set(verdicts(full.run("plan", "--detailed-exitcode")).values()) == {"unchanged"}
    described = full.run("import", "first")["import"]["described"]
    assert [one["position"]["file"] for one in described] == ["deployments/first.yaml"]
    assert full.sent() == []


def fates(shop: Shop, base: str) -> dict[str, str]:
    document = shop.run("drift", "--base", base)
    return {one["identity"]["value"]: one["fate"] for one in document["drift"]["resources"]}


def test_standard_values_of_a_foreign_redeploy_are_adopted_and_secured_ones_never(shop: Shop) -> None:
    entry = {"applicationName": "calculator", "standardConfiguration": [{"key": "RATE_TABLE", "value": "us"}]}
    secured = {"securedConfiguration": [{"key": "API_TOKEN", "value": "of another person"}]}
    shop.commit()
    shop.edit(deployment="first", redeploy={"configurationValues": [{**entry, **secured}]})
    assert fates(shop, "HEAD") == {"acme-tax": "same", "first": "changed", "second": "same"}
    text = (shop.place / "first.yaml").read_text()
    shop.run("adopt")
    assert (shop.place / "first.yaml").read_text() == text.replace("RATE_TABLE: eu", "RATE_TABLE: us")
    assert set(verdicts(shop.run("plan")).values()) == {"unchanged"}
    assert shop.run("adopt")["adopted"] == []


def test_a_foreign_rollout_that_failed_is_drift_that_an_apply_repairs_and_adopt_leaves(shop: Shop) -> None:
    shop.edit(deployment="first", set=FAILS)
    shop.edit(deployment="first", redeploy={})
    (resource,) = (one for one in shop.run("drift")["drift"]["resources"] if one["fate"] == "changed")
    assert resource["identity"]["value"] == "first"
    assert "it is a process, not a value" in shop.run("adopt", form="text", status=5)
    shown = shop.run("status", form="text", status=1)
    assert "Health check for application nightly failed" in shown
    shop.sent()
    assert statuses(shop.run("apply", "--yes"))["first"] == "applied"
    assert shop.sent() == [("POST", "first")]
    assert shop.state()["first"]["status"] == "Deployed"


def test_the_base_tells_a_change_of_the_manifest_from_drift(shop: Shop) -> None:
    shop.commit()
    shop.write(first=deployment("first", rates="us"))
    assert fates(shop, "HEAD") == {"acme-tax": "same", "first": "same", "second": "same"}
    shop.commit()
    assert fates(shop, "HEAD") == {"acme-tax": "same", "first": "changed", "second": "same"}
    assert fates(shop, "HEAD~1") == {"acme-tax": "same", "first": "same", "second": "same"}


@pytest.mark.parametrize("columns", [80, 140])
def test_a_plan_is_shown_within_the_terminal(shop: Shop, columns: int) -> None:
    shop.write(connector=connector("v1.5.0"), second=deployment("second", "follow: false", rates="us"))
    shown = shop.run("plan", form="text", columns=columns)
    assert max(map(len, shown.splitlines())) <= columns
    for text in ("v1.5.0 (once it is published)", "It starts when Connector acme-tax has been applied.", "eu -> us"):
        assert text in " ".join(shown.split())


def test_the_reports_name_each_resource_of_both_kinds(shop: Shop) -> None:
    shop.write(connector=connector("v1.5.0"), second=deployment("second", rates="us"))
    shop.edit(deployment="second", set=FAILS)
    files = ("--report", "report.html", "--junit", "report.xml")
    document = shop.run("apply", "--yes", *files, status=5)
    assert statuses(document) == {"acme-tax": "applied", "first": "applied", "second": "failed"}
    (shop.place / "apply.json").write_text(json.dumps(document))
    shown = {form: shop.run("show", "apply.json", form=form) for form in ("text", "markdown", "html", "junit", "sarif")}
    shown["file"] = (shop.place / "report.html").read_text()
    shown["tests"] = (shop.place / "report.xml").read_text()
    for form in ("text", "markdown", "html", "file"):
        for text in (
            "acme-tax",
            "first",
            "second",
            "Older code may be serving",
            "Health check for application nightly",
        ):
            assert text in " ".join(shown[form].split()), (form, text)
    for form in ("junit", "tests"):
        assert 'name="first"' in shown[form]
        assert 'failures="1"' in shown[form]
    assert json.loads(shown["sarif"])["version"] == "2.1.0"
    shop.no_value_is_kept()


@pytest.mark.parametrize("command", ["preview", "plan"])
def test_a_new_tag_is_shown_with_the_deployments_that_follow_it(shop: Shop, command: str) -> None:
    shop.write(second=deployment("second", "follow: false"))
    shop.commit()
    shop.write(connector=connector("v1.5.0"))
    shop.secrets = {}
    document = shop.run(command, "--base", "HEAD")
    assert verdicts(document) == {"acme-tax": "update", "first": "update", "second": "unchanged"}
    (step,) = (one for one in document["plan"]["resources"][1]["actions"] if one["action"]["type"] == "rollout")
    assert (step["action"]["to"], step["cause"]) == ("v1.5.0", "your change")
    assert [code for code, _ in findings(document, "second")] == ["newer-release"]
    assert shop.sent() == []


def test_what_changed_since_a_commit_has_what_follows_and_nothing_else(shop: Shop) -> None:
    shop.write(second=deployment("second", "follow: false"))
    shop.commit()
    unchanged = dict.fromkeys(("acme-tax", "first", "second"), "unchanged")
    assert verdicts(shop.run("preview", "--base", "HEAD")) == unchanged
    shop.write(connector=connector("v1.5.0"))
    for command in (("preview", "--base", "HEAD"), ("plan",)):
        document = shop.run(*command, "--changed-since", "HEAD")
        assert verdicts(document) == {"acme-tax": "update", "first": "update"}


def test_doctor_counts_deployments_and_export_has_no_table_for_them(shop: Shop) -> None:
    shown = shop.run("doctor", form="text")
    assert "1 connector draft and 2 deployments" in " ".join(shown.split())
    done = shop.done("export", "--csv")
    assert (done.status, done.err.strip()) == (0, "Left out: 3 of 3 manifests, as their kind has no table.")


def test_one_command_sets_a_tag_and_a_value_of_a_deployment(shop: Shop) -> None:
    shop.run("set", "acme-tax", "spec.repository.tag=v1.5.0")
    shop.run("set", "first", f"spec.{RATES}=us")
    shop.run("apply", "--yes")
    assert {one["connector"]["repository"]["tag"] for one in shop.state().values()} == {"v1.5.0"}
    assert sorted(shop.sent())[-2:] == [("POST", "first"), ("POST", "second")]
