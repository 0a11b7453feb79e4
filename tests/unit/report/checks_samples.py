"""Results of the doctor: one check of each state."""

from trueup.model.checkup import CheckResult, CheckState

CHECKS = (
    CheckResult(
        name="versions",
        state=CheckState.OK,
        seen="trueup 0.1.0, Python 3.12.3, Linux 6.8.0 x86_64",
        details=("httpx 0.28.1",),
        milliseconds=7,
    ),
    CheckResult(
        name="project",
        state=CheckState.MISSING,
        seen="no trueup.yaml in this folder or above it",
        advice="Run trueup init, or change to the folder of a project.",
    ),
    CheckResult(
        name="clock",
        target="connect-eu",
        state=CheckState.WARN,
        seen="this machine is 312 s ahead of auth.example:443",
        advice="Set the clock of this machine: certificates and tokens depend on it.",
    ),
    CheckResult(
        name="connection",
        target="connect-eu",
        state=CheckState.FAIL,
        seen="no connection to connect.europe-west1.gcp.commercetools.com:443: Connection refused",
        advice="Check the address in trueup.yaml and the firewall. If a proxy is needed, set HTTPS_PROXY.",
        milliseconds=1203,
    ),
    CheckResult(name="read", target="connect-eu", state=CheckState.SKIPPED, seen="needs connection"),
)
