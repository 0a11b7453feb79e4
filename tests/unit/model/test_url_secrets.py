import pytest

from trueup.model.action import AddElement, RemoveElement
from trueup.model.url_secrets import hide_secrets, holds_secret, secrets_in
from trueup.model.value import Known, Members

SECRET = "https://user:password@host.example"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:ghp_x@github.com/a.git", "https://user:***@github.com/a.git"),
        ("https://ghp_x@github.com/a.git", "https://***@github.com/a.git"),
        ("https://oauth2:t0ken@gitlab.com/a.git", "https://oauth2:***@gitlab.com/a.git"),
        ("https://:pw@host/", "https://:***@host/"),
        ("https://ghp_x:x-oauth-basic@github.com", "https://***@github.com"),
        ("https://ghp_x:@github.com", "https://***@github.com"),
        ("https://acme:x-oauth-basic@github.com", "https://***@github.com"),
        ("https://x-oauth-token@github.com/a.git", "https://***@github.com/a.git"),
        ("https://github_pat_11A@github.com/a.git", "https://***@github.com/a.git"),
        ("https://glpat-x@gitlab.com/a.git", "https://***@gitlab.com/a.git"),
        ("https://glpat%2Dx@gitlab.com/a.git", "https://***@gitlab.com/a.git"),
        ("https://ATBBx@bitbucket.org/a.git", "https://***@bitbucket.org/a.git"),
        ("https://AKIAX@host/a.git", "https://***@host/a.git"),
        ("https://0123456789abcdef0123@host/a.git", "https://***@host/a.git"),
        ("https://user:p@ss@host/", "https://user:***@host/"),
        ("https://user:p/ss@host/x", "https://user:***@host/x"),
        ("HTTPS://user:pw@host", "HTTPS://user:***@host"),
        ("ssh://git:pw@host/x", "ssh://git:***@host/x"),
        ("git+ssh://git:pw@host/x", "git+ssh://git:***@host/x"),
        ("//user:pw@host/x", "//user:***@host/x"),
        (r"https:\/\/user:pw@host", r"https:\/\/user:***@host"),
        ("see https://a:b@c and https://d:e@f", "see https://a:***@c and https://d:***@f"),
        ("'https://user:pw@host'", "'https://user:***@host'"),
        ("https://user:***@host", "https://user:***@host"),
        ("https://***@host", "https://***@host"),
    ],
)
def test_the_secret_of_a_url_is_masked(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown
    assert any(True for _ in secrets_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:acme/x.git",
        "ssh://git@host/x.git",
        "ssh://deploy@host/x.git",
        "ssh://0123456789abcdef0123@host/x.git",
        "https://git@github.com/acme/x.git",
        "https://name@bitbucket.org/acme/x.git",
        "https://name:@bitbucket.org/acme/x.git",
        "https://name2@bitbucket.org/acme/x.git",
        "https://the-account-of-the-whole-team@bitbucket.org/acme/x.git",
        "https://jane.doe.1970%40acme.example@bitbucket.org/acme/x.git",
        "https://12345678901234567890@bitbucket.org/acme/x.git",
        "https://github.com/acme/x@v1",
        "https://host:8443/path@v1",
        "https://medium.com/@user",
        "mailto:jane@example.com",
        "jane@example.com",
        "https://@host/",
        "a // b@c",
        "https://host/?mail=a@b",
    ],
)
def test_a_text_without_a_secret_is_not_changed(text: str) -> None:
    assert hide_secrets(text) == text


def test_the_search_takes_linear_time() -> None:
    for part in ("//a:b", "//", "//aaaa", ":", "//a:" + "b" * 300):
        text = part * (200_000 // len(part)) + "@"
        assert len(hide_secrets(text)) <= len(text) + 3


@pytest.mark.parametrize(
    "node",
    [
        SECRET,
        {"a": [{"b": ("c", SECRET)}]},
        {"a": {SECRET: 1}},
        AddElement("brands", ("B",), {"website": SECRET}),
        RemoveElement("brands", (SECRET,)),
        Known(Members((SECRET,))),
    ],
)
def test_a_secret_is_found_in_every_text_of_a_tree(node: object) -> None:
    assert holds_secret(node)
    assert not holds_secret([None, 1, True, "https://name@bitbucket.org", "git@github.com:a/b", {"a": ()}])
