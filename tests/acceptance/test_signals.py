import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from acceptance.commands import SECONDS, quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED

pytestmark = [pytest.mark.process, pytest.mark.slow]

SLOW = """\
faults:
  - {effect: slow, seconds: 1.5, method: POST, path: "^/connectors/drafts"}
"""


def test_a_signal_ends_what_is_under_way_and_starts_nothing_new(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    (place / "faults.yaml").write_text(SLOW)
    with served("--seed", "live.yaml", "--faults", "faults.yaml", cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        command = [sys.executable, "-m", "trueup", "apply", "--yes", "--concurrency", "1", "--format", "json"]
        env = {**os.environ, **CREDENTIALS}
        with subprocess.Popen(
            command, cwd=place, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as run:
            wait_for_intent(place)
            run.send_signal(signal.SIGTERM)
            out, err = run.communicate(timeout=SECONDS)
        assert run.returncode == 130, err
        document = json.loads(out)
        assert document["exitStatus"] == 130
        statuses = [outcome["status"] for outcome in document["outcomes"]]
        assert "applied" in statuses, "what was under way must have come to its end"
        assert "skipped" in statuses, "nothing new may have been started"
        assert trueup("runs", cwd=place).out.count("did not finish") == 0
        again = trueup("apply", "--yes", cwd=place, env=CREDENTIALS)
    assert again.status == 3, again.err
    assert re.search(r"[Aa]pplied \d", again.out)


def wait_for_intent(place: Path) -> None:
    """Wait until the journal tells that a write is on its way."""
    for _ in range(SECONDS * 20):
        for journal in (place / ".trueup" / "runs").glob("*.jsonl"):
            if '"intent"' in journal.read_text():
                return
        time.sleep(0.05)
    pytest.fail("no write was ever begun")
