"""Blobs, trees, commits and refs, as pages below https://docs.github.com/rest/git describe them."""

import base64
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from github.description import SITE, filled
from github.git import asked, commit_of, done
from github.rules import NOT_FOUND, Answer, Call, Refused, invalid
from github.state import State

LEAST_SLASHES = 2


def create_blob(call: Call) -> Answer:
    """blobs#create-a-blob: the content is text, or base64."""
    content = str(call.body["content"])
    match call.body.get("encoding", "utf-8"):
        case "utf-8":
            data = content.encode()
        case "base64":
            data = base64.b64decode(content)
        case encoding:
            raise invalid("Blob", "encoding", f"{encoding} is no encoding of a blob")
    return Answer(201, {"sha": _blob(call.state, data), "url": SITE})


def create_tree(call: Call) -> Answer:
    """trees#create-a-tree: entries on top of ``base_tree``; a sha that is null deletes a file that must be there."""
    state = call.state
    base = call.body.get("base_tree")
    if base is not None and _kind(state, str(base)) not in ("tree", "commit"):
        raise Refused(404, "Not Found")
    entries = dict(_entries(state, str(base))) if base else {}
    for entry in call.body["tree"]:
        path = str(entry["path"])
        if entry.get("sha", "") is None:
            if path not in entries:
                raise Refused(422, "GitRPC::BadObjectState")
            del entries[path]
        elif "sha" in entry and "content" in entry:
            raise invalid("Tree", "tree", "Must supply either tree.sha or tree.content")
        else:
            sha = entry.get("sha") or _blob(state, str(entry["content"]).encode())
            if _kind(state, sha) != entry.get("type", "blob"):
                raise Refused(422, f"tree.sha {sha} is not a valid {entry.get('type', 'blob')}")
            entries[path] = (str(entry["mode"]), sha)
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        lines = "".join(f"{mode} {sha}\t{path}\0" for path, (mode, sha) in entries.items()).encode()
        done(state, "update-index", "--add", "-z", "--index-info", given=lines, env=index)
        made = done(state, "write-tree", env=index)
    tree = [{"path": p, "mode": m, "type": "blob", "sha": s, "url": SITE} for p, (m, s) in _entries(state, made)]
    return Answer(201, filled("git-tree", {"sha": made, "tree": tree, "truncated": False, "url": SITE}))


def create_commit(call: Call) -> Answer:
    """commits#create-a-commit: the author is the account of the token unless one is given."""
    state, body = call.state, call.body
    tree, parents = str(body["tree"]), [str(parent) for parent in body.get("parents", ())]
    if _kind(state, tree) != "tree":
        raise Refused(422, "Tree SHA does not exist")
    if not all(_kind(state, parent) == "commit" for parent in parents):
        raise Refused(422, "Parent SHA does not exist or is not a commit object")
    author = body.get("author", {"name": call.token.login, "email": f"{call.token.login}@users.noreply.github.example"})
    committer = body.get("committer", author)
    env = {
        f"GIT_{who}_{key.upper()}": person[key]
        for who, person in (("AUTHOR", author), ("COMMITTER", committer))
        for key in ("name", "email", "date")
        if key in person
    }
    options = [word for parent in parents for word in ("-p", parent)]
    made = done(state, "commit-tree", tree, *options, given=str(body["message"]).encode(), env=env)
    return Answer(201, _commit(state, made))


def get_commit(call: Call) -> Answer:
    """commits#get-a-commit-object."""
    found = commit_of(call.state, call.path["commit_sha"])
    if found is None:
        raise NOT_FOUND
    return Answer(200, _commit(call.state, found))


def create_ref(call: Call) -> Answer:
    """refs#create-a-reference: "refs" and two slashes, an object that exists, and no ref of that name yet."""
    ref, sha = str(call.body["ref"]), str(call.body["sha"])
    well_formed = asked(call.state, "check-ref-format", ref) is not None
    if not (ref.startswith("refs/") and ref.count("/") >= LEAST_SLASHES and well_formed):
        raise Refused(422, "Reference name is not well-formed")
    if _kind(call.state, sha) is None:
        raise Refused(422, "Object does not exist")
    if asked(call.state, "rev-parse", "--quiet", "--verify", ref) is not None:
        raise Refused(422, "Reference already exists")
    done(call.state, "update-ref", ref, sha)
    return Answer(201, _ref(ref, sha))


def get_ref(call: Call) -> Answer:
    """refs#get-a-reference: ``heads/<branch name>``, and 404 for one that does not exist."""
    named = call.path["ref"]
    if call.state.work is None:
        return Answer(200, _ref(f"refs/{named}", "b" * 40))
    found = asked(call.state, "rev-parse", "--quiet", "--verify", f"refs/{named}")
    if found is None:
        raise NOT_FOUND
    return Answer(200, _ref(f"refs/{named}", found))


def _blob(state: State, data: bytes) -> str:
    return done(state, "hash-object", "-w", "--stdin", given=data)


def _kind(state: State, name: str) -> str | None:
    return asked(state, "cat-file", "-t", name)


def _entries(state: State, tree: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield mode and object by path, for all files of a tree or of a commit's."""
    for line in done(state, "ls-tree", "-r", "-z", tree).split("\0"):
        if line:
            words, _, path = line.partition("\t")
            mode, _, sha = words.split(" ")
            yield path, (mode, sha)


def _commit(state: State, sha: str) -> dict[str, Any]:
    form = "%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
    tree, parents, *people, message = done(state, "show", "--no-patch", f"--format={form}", sha).split("\0")
    author, committer = (dict(zip(("name", "email", "date"), who, strict=True)) for who in (people[:3], people[3:]))
    known: Mapping[str, Any] = {
        "sha": sha,
        "message": message.strip("\n"),
        "author": author,
        "committer": committer,
        "tree": {"sha": tree},
        "parents": [{"sha": parent, "url": SITE, "html_url": SITE} for parent in parents.split()],
    }
    return filled("git-commit", known)


def _ref(ref: str, sha: str) -> dict[str, Any]:
    return filled("git-ref", {"ref": ref, "object": {"type": "commit", "sha": sha, "url": SITE}})
