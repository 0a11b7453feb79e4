"""What Origin does not return is called applied only where that is the last thing known of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, served, trueup
from acceptance.test_kill import apply_dying
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import control
from repositories import Work, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

MANIFEST = """\
apiVersion: trueup/v1
kind: Certification
metadata: {{externalId: ACME-EPD-001}}
spec:
  certificateNumber: {number}
  url: https://acme.example/e.pdf
  reportingBody: {{name: Veritas}}
  standard: {{code: EPD}}
"""
SEED = {
    "certifications": [
        {
            "externalId": "ACME-EPD-001",
            "certificateNumber": "BEFORE",
            "url": "https://acme.example/e.pdf",
            "reportingBody": {"name": "Veritas"},
            "standard": {"code": "EPD"},
        }
    ]
}
UPDATE = "/certifications/update$"


class Account:
    """Be an account on Origin that does not return numbers, and a working copy beside it."""

    def __init__(self, url: str, work: Work) -> None:
        self.url, self.work = url, work
        control(url, "seed", SEED)
        control(url, "settings", {"origin_omitted_fields": ["certificateNumber"]})

    @property
    def number(self) -> Any:
        """Return the number that is really stored."""
        (stored,) = control(self.url, "state")["certification"]
        return stored["certificateNumber"]

    def want(self, number: str) -> None:
        self.work.put({"certifications/epd.yaml": MANIFEST.format(number=number)})

    def disturb(self, **fault: object) -> None:
        control(self.url, "faults", {"faults": [{"path": UPDATE, **fault}]})

    def run(self, *arguments: str) -> Done:
        done = trueup(*arguments, cwd=self.work.root, env=self.env)
        return Done(done.status, " ".join(done.out.split()), done.err)

    @property
    def env(self) -> Mapping[str, str]:
        return {
            **CREDENTIALS,
            "XDG_STATE_HOME": str(self.work.root.parent / "state"),
            "TRUEUP_ALLOW_HOSTS": "127.0.0.1",
        }


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    work = new_repository(tmp_path / "work")
    with served(cwd=work.root) as url:
        work.put({"trueup.yaml": SERVED.format(url=url)})
        yield Account(url, work)


def applied(account: Account, number: str) -> Done:
    account.want(number)
    return account.run("apply", "--yes")


def assert_back_to_a(account: Account) -> None:
    """Check that A is sent although it was the last thing that was verified, and that it counts from then on."""
    control(account.url, "faults", method="DELETE")
    done = applied(account, "A")
    assert (done.status, account.number) == (0, "A"), done.out
    assert "Applied 1" in done.out
    again = account.run("plan", "--detailed-exitcode")
    assert (again.status, "No changes" in again.out) == (0, False)
    assert "counts as live" in again.out
    assert "Not returned by the platform, and therefore not compared: 1 field of 1 resource." in again.out


def test_a_lost_answer_ends_what_was_remembered(account: Account) -> None:
    assert applied(account, "A").status == 0
    account.disturb(effect="drop", performed=True)
    lost = applied(account, "B")
    assert (lost.status, account.number) == (1, "B"), lost.out
    assert_back_to_a(account)


def test_a_refused_write_ends_what_was_remembered(account: Account) -> None:
    assert applied(account, "A").status == 0
    account.disturb(effect="general-error", performed=True)
    assert applied(account, "B").status == 1
    assert_back_to_a(account)


def test_a_killed_process_ends_what_was_remembered(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    assert applied(account, "A").status == 0
    account.want("B")
    for name, value in account.env.items():
        monkeypatch.setenv(name, value)
    # The third request is the update: a search to plan from, one right before the write.
    assert apply_dying("after:3", account.work.root, "--quiet").status < 0
    assert account.number == "B"
    assert_back_to_a(account)


def test_what_the_base_wanted_counts_only_once_it_was_applied(account: Account) -> None:
    account.want("A")
    account.work.commit()
    account.disturb(effect="html", status=502, performed=False)
    assert account.run("apply", "--yes", "--quiet").status == 1
    control(account.url, "faults", method="DELETE")
    assert account.number == "BEFORE"
    shown = account.run("plan", "--base", "HEAD")
    assert "the desired value is sent, and nothing is removed" in shown.out
    assert account.run("apply", "--yes", "--base", "HEAD").status == 0
    assert account.number == "A"
    assert "The value that the base wanted, and an earlier run applied" in account.run("plan", "--base", "HEAD").out


def test_a_saved_plan_that_rests_on_memory_is_outdated_once_that_is_gone(account: Account) -> None:
    assert applied(account, "A").status == 0
    assert account.run("plan", "--out", "plan.json").status == 0
    assert account.run("apply", "--plan", "plan.json", "--yes").status == 0
    account.disturb(effect="drop", performed=True)
    assert applied(account, "B").status == 1
    control(account.url, "faults", method="DELETE")
    account.want("A")
    done = account.run("apply", "--plan", "plan.json", "--yes")
    assert (done.status, account.number) == (4, "B")
    assert "journals of this working copy" in done.err


def test_a_saved_plan_applied_twice_sends_what_is_not_returned_once(account: Account) -> None:
    account.want("A")
    assert account.run("plan", "--out", "plan.json").status == 0
    assert account.run("apply", "--plan", "plan.json", "--yes").status == 0
    control(account.url, "requests", method="DELETE")
    done = account.run("apply", "--plan", "plan.json", "--yes")
    assert done.status == 0, done.out
    assert not [e for e in control(account.url, "requests")["requests"] if e["path"].endswith("/update")]
