"""The doctor as people run it: against a served sandbox, at 80 columns, and interrupted."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.commands import SECONDS, quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED

pytestmark = [pytest.mark.process, pytest.mark.slow]

DEPLOYMENT = """\
apiVersion: trueup/v1
kind: Deployment
metadata: {key: acme-tax-live}
spec:
  connector: {key: acme-tax}
  region: europe-west1.gcp
"""


def test_a_served_sandbox_is_a_target_without_a_fault(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    with served("--seed", "live.yaml", cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        before = sorted(file.name for file in place.iterdir())
        done = trueup("doctor", cwd=place, env={**CREDENTIALS, "COLUMNS": "80"})
        document = trueup("doctor", "--format", "json", cwd=place, env=CREDENTIALS).document
    assert done.status == 0, done.out
    assert " fail " not in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert {"connect-eu", "origin", None} <= {check["target"] for check in document["checks"]}
    assert "connector drafts in " in done.out
    # It makes no folder and no file.
    assert sorted(file.name for file in place.iterdir()) == before


@pytest.mark.parametrize(("manifest", "counted"), [(DEPLOYMENT, " and 0 deployments in "), ("", " drafts in ")])
def test_deployments_are_read_where_the_project_has_manifests_of_them(
    tmp_path: Path, manifest: str, counted: str
) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "tax.yaml").write_text(manifest)
    with served(cwd=tmp_path) as url:
        (tmp_path / "trueup.yaml").write_text(
            "apiVersion: trueup/v1\nkind: Project\nmanifests: [manifests/*.yaml]\n"
            f"targets:\n  shop: {{platform: connect, apiUrl: '{url}', authUrl: '{url}', projectKey: sandbox}}\n"
        )
        document = trueup("doctor", "--format", "json", cwd=tmp_path, env=CREDENTIALS).document
    read = {check["name"]: check for check in document["checks"]}["read"]
    assert read["state"] == "ok"
    assert counted in read["seen"]
    assert ("deployments" in read["seen"]) is bool(manifest)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_one_result(tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        (tmp_path / "trueup.yaml").write_text(
            "apiVersion: trueup/v1\nkind: Project\n"
            f"targets:\n  a: {{platform: origin, baseUrl: 'http://127.0.0.1:{silent.getsockname()[1]}'}}\n"
        )
        command = [sys.executable, "-m", "trueup", "doctor", "--format", "json"]
        with subprocess.Popen(
            command, cwd=tmp_path, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            # It is connected now, and waits for an answer that never comes.
            connection, _ = silent.accept()
            with connection:
                process.send_signal(number)
                out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, json.loads(out)["exitStatus"]) == (130, 130)
    assert "Traceback" not in err
