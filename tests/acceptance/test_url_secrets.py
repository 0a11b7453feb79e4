"""A password in a URL is shown nowhere, also when live alone holds it, and is never written into a file."""

from pathlib import Path

import pytest

from acceptance.commands import quickstart, trueup

pytestmark = [pytest.mark.process, pytest.mark.slow]

CANARY = "ghp_canary7f3a91bdc04e"


def with_secret_live(folder: Path) -> Path:
    """Copy the quickstart, live's URLs with a password in them, and the manifests without."""
    place = quickstart(folder)
    seed = place / "live.yaml"
    text = seed.read_text().replace("git@github.com:", f"https://bot:{CANARY}@github.com/")
    text = text.replace("https://acme.example/", f"https://bot:{CANARY}@acme.example/")
    assert CANARY in text
    seed.write_text(text)
    return place


def leaks(place: Path) -> list[Path]:
    ours = {place / "live.yaml"}
    files = [file for file in place.rglob("*") if file.is_file() and file not in ours]
    # The sandbox's own database is the platform, which holds what it holds.
    return [file for file in files if not file.name.startswith("sandbox.db") and CANARY.encode() in file.read_bytes()]


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--verbose", "--out", "saved.json", "--report", "r.html", "--junit", "r.xml"),
        ("apply", "--yes", "--report", "r.html"),
        ("drift",),
        ("adopt",),
        ("import", "--dir", "imported"),
        ("runs",),
    ],
)
def test_a_password_that_live_holds_is_masked_everywhere(tmp_path: Path, words: tuple[str, ...], form: str) -> None:
    place = with_secret_live(tmp_path)
    done = trueup(*words, "--format", form, cwd=place)
    assert CANARY not in done.out + done.err
    assert leaks(place) == []
    if words[0] == "plan":
        assert "https://bot:***@github.com" in done.out.replace("\\*", "*")


def test_what_a_request_would_have_to_repeat_is_blocked(tmp_path: Path) -> None:
    place = with_secret_live(tmp_path)
    done = trueup("plan", "--format", "json", cwd=place)
    found = [f for r in done.document["plan"]["resources"] for f in r["findings"] if f["code"] == "secret-in-live-url"]
    assert {(f["path"], f["level"]) for f in found} == {("additionalsDocuments", "blocked")}


def test_an_import_leaves_a_url_with_a_password_to_people(tmp_path: Path) -> None:
    place = with_secret_live(tmp_path)
    for file in (place / "connectors").iterdir():
        file.unlink()
    done = trueup("import", "acme-erp", "acme-tax", cwd=place)
    assert done.status == 5, done
    assert "password or a token" in done.out, done
    assert CANARY not in done.out + done.err
    assert "***" not in "".join(file.read_text() for file in place.rglob("*.yaml"))
    assert leaks(place) == []
