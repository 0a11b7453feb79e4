"""One connector in ten projects: all of them are rolled out at the same time, and one failure stops no other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest

from acceptance.commands import SECONDS
from acceptance.shop import Shop, connector, deployment, live, opened, verdicts
from acceptance.test_saved_plan import control

pytestmark = [pytest.mark.process, pytest.mark.slow]

NAMES = [f"p{number}" for number in range(10)]
HOUR = 3600


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Serve ten projects with a deployment each, which have the same key and an API client of their own."""
    deployments = [one for name in NAMES for one in live("tax", project=name)]
    clients = {f"client-{name}": name for name in NAMES}
    with opened(tmp_path, *deployments, deployment_seconds=HOUR, projects=clients) as shop:
        urls = f"apiUrl: '{shop.url}', authUrl: '{shop.url}', clientSecretEnv: CTP_SECRET"
        lines = [f"  {n}: {{platform: connect, projectKey: {n}, clientIdEnv: CTP_{n.upper()}, {urls}}}" for n in NAMES]
        text = "\n".join(["apiVersion: trueup/v1", "kind: Project", "targets:", *lines, ""])
        (shop.place / "trueup.yaml").write_text(text)
        variables = {f"CTP_{name.upper()}": f"client-{name}" for name in NAMES}
        shop.secrets = {**shop.secrets, **variables, "CTP_SECRET": "made-up"}
        shop.write(connector=connector("v1.5.0", "publish: private").replace("labels: {}", "target: p0"))
        shop.write(tax=deployment("tax", targets=f"targets: [{', '.join(NAMES)}]"))
        yield shop


def rolled_out(shop: Shop) -> int:
    log = control(shop.url, "requests")["requests"]
    return sum(one["method"] == "POST" and "/deployments/" in one["path"] for one in log)


def test_ten_projects_are_rolled_out_at_the_same_time_and_one_failure_stops_no_other(shop: Shop) -> None:
    shop.edit(deployment="p3/tax", set={"_sandbox.next": {"deployment": "Failed"}})
    with ThreadPoolExecutor(1) as pool:
        applying = pool.submit(shop.done, "apply", "--yes", "--format", "json")
        began = monotonic()
        # None of them can end before the clock of the sandbox is moved.
        while rolled_out(shop) < len(NAMES) and monotonic() - began < SECONDS / 2:
            sleep(0.1)
        found = rolled_out(shop)
        control(shop.url, "clock", {"advance": 2 * HOUR})
        done = applying.result()
    assert found == len(NAMES)
    assert done.status == 5, done.out
    ends = {(o["identity"]["target"], o["identity"]["value"]): o["status"] for o in done.document["outcomes"]}
    expected = {(name, "tax"): "failed" if name == "p3" else "applied" for name in NAMES}
    assert ends == {("p0", "acme-tax"): "applied", **expected}
    waited = [line for line in done.err.splitlines() if "rollout pending (status" in line]
    assert {line.split(": ")[1] for line in waited} >= set(NAMES[:5])


def test_a_connector_of_one_target_brings_the_deployments_of_all(shop: Shop) -> None:
    shop.commit()
    shop.write(connector=connector("v1.6.0", "publish: private").replace("labels: {}", "target: p0"))
    document = shop.run("plan", "--changed-since", "HEAD")
    assert [one["identity"]["target"] for one in document["plan"]["resources"]] == ["p0", *NAMES]
    document = shop.run("plan", "--target", "p0")
    assert verdicts(document) == {"acme-tax": "update", "tax": "update"}
    (note,) = (one for one in document["plan"]["resources"][0]["findings"] if one["code"] == "left-out")
    assert note["message"].startswith("Deployment tax on p1, Deployment tax on p2, ")
    assert "Deployment tax on p5 and 4 more follow it" in note["message"]
    parts = [shop.run("plan", "--shard", f"{index}/3")["plan"]["resources"] for index in (1, 2, 3)]
    assert sorted(map(len, parts)) == [0, 0, 1 + len(NAMES)]
