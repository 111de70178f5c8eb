"""Fetching what a clone lacks: depth 1, the token once and nowhere else, retries with a limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelayer.changes.git import Repository
from pipelayer.errors import GitError
from support.githttp import GitHttpServer, authorization, git_http_server
from support.gitrepo import Server, Work, checkout_like_actions, make_repo, make_server

TOKEN = "ghs_0123456789abcdef"


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return make_server(tmp_path / "served" / "acme" / "nightly.git")


@pytest.fixture
def author(tmp_path: Path, server: Server) -> Work:
    return make_repo(tmp_path / "author", origin=server.url)


@pytest.fixture
def http(tmp_path: Path, server: Server) -> Iterator[GitHttpServer]:
    with git_http_server(tmp_path / "served", TOKEN) as http:
        yield http


@pytest.fixture
def pauses() -> list[float]:
    return []


def three_commits(author: Work) -> list[str]:
    commits = [author.commit({"a/run": text, "b/run": "same"}) for text in ("one", "two", "three")]
    author.push("main")
    return commits


def private_clone(tmp_path: Path, server: Server, http: GitHttpServer, commit: str) -> Work:
    """What actions/checkout leaves with `persist-credentials: false`: the clone without its token."""
    clone = checkout_like_actions(tmp_path / "ws", server.url, commit)
    clone.git("remote", "set-url", "origin", http.url("acme/nightly"))
    return clone


def opened(
    clone: Work, http: GitHttpServer | None = None, pauses: list[float] | None = None, token: str = TOKEN
) -> Repository:
    repository = Repository.open(
        clone.path,
        token=token if http else "",
        server=http.base if http else "https://github.com",
        pause=(pauses if pauses is not None else []).append,
    )
    assert repository is not None
    return repository


def test_what_a_depth_1_clone_lacks_is_fetched_without_history(
    tmp_path: Path, server: Server, author: Work
) -> None:
    first, second, third = three_commits(author)
    clone = checkout_like_actions(tmp_path / "ws", server.url, third)
    with opened(clone) as repository:
        assert repository.is_shallow()
        assert repository.parents(third) == (second,)
        assert repository.resolve(first) is None
        repository.ensure(first)
        assert [change.path for change in repository.diff(first, third)] == ["a/run"]
        assert repository.commit_tree(first).read("a/run") == b"one"
        assert repository.resolve(second) is None
        assert not (clone.path / ".git" / "FETCH_HEAD").read_text().startswith(first)
        assert clone.git("for-each-ref", "--format=%(refname)").split() == [
            "refs/heads/main",
            "refs/remotes/origin/main",
        ]


def test_a_commit_that_no_branch_holds_any_more(tmp_path: Path, server: Server, author: Work) -> None:
    first, _, third = three_commits(author)
    author.git("reset", "--quiet", "--hard", first)
    forced = author.commit({"a/run": "rewritten"})
    author.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, forced)
    with opened(clone) as repository:
        repository.ensure(third)
        assert [change.path for change in repository.diff(third, forced)] == ["a/run"]


def test_a_commit_that_is_gone(tmp_path: Path, server: Server, author: Work, pauses: list[float]) -> None:
    *_, third = three_commits(author)
    clone = checkout_like_actions(tmp_path / "ws", server.url, third)
    with opened(clone, pauses=pauses) as repository:
        with pytest.raises(GitError, match="not our ref") as caught:
            repository.ensure("f" * 40)
        assert "forced push" in caught.value.hint
        assert pauses == []
        for wrong in ("0" * 40, "nowhere", "--upload-pack=touch /tmp/x", "f" * 39):
            with pytest.raises(GitError, match="no full commit id"):
                repository.ensure(wrong)


def test_a_full_clone_stays_full(tmp_path: Path, server: Server, author: Work) -> None:
    first, _, third = three_commits(author)
    clone = checkout_like_actions(tmp_path / "ws", server.url, third, depth=0)
    author.git("reset", "--quiet", "--hard", first)
    elsewhere = author.commit({"b/run": "elsewhere"})
    author.push("HEAD:refs/heads/side")
    with opened(clone) as repository:
        repository.ensure(first)
        repository.ensure(elsewhere)
        assert repository.parents(elsewhere) == (first,)
        assert [change.path for change in repository.diff(first, elsewhere)] == ["b/run"]
        assert not repository.is_shallow()


def test_the_token_is_sent_once(tmp_path: Path, server: Server, author: Work, http: GitHttpServer) -> None:
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    with opened(clone, http) as repository:
        repository.ensure(first)
        assert repository.remote_tip("main") == third
        assert repository.remote_tip("gone") is None
    assert set(http.requests) == {(authorization(TOKEN),)}
    assert TOKEN not in (clone.path / ".git" / "config").read_text()


def test_the_token_replaces_the_one_that_checkout_persisted(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer
) -> None:
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    clone.git("config", f"http.{http.base}/.extraheader", "AUTHORIZATION: basic b3RoZXI6dG9rZW4=")
    with opened(clone, http) as repository:
        repository.ensure(first)
    assert set(http.requests) == {(authorization(TOKEN),)}


def test_what_checkout_persisted_is_used_where_we_have_no_token(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer
) -> None:
    """Since version 6 checkout keeps it in a file of its own that the configuration includes."""
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    included = tmp_path / "git-credentials-1.config"
    included.write_text(f'[http "{http.base}/"]\n\textraheader = AUTHORIZATION: {authorization(TOKEN)}\n')
    clone.git("config", f"includeIf.gitdir:{clone.path}/.git.path", str(included))
    with opened(clone) as repository:
        repository.ensure(first)
    assert set(http.requests) == {(authorization(TOKEN),)}


def test_a_wrong_token_is_told_without_showing_it(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer, pauses: list[float]
) -> None:
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    with (
        opened(clone, http, pauses, token="wrong-token") as repository,
        pytest.raises(GitError) as caught,
    ):
        repository.ensure(first)
    assert "github-token" in caught.value.hint
    assert "wrong-token" not in caught.value.message + caught.value.hint
    assert pauses == []


def test_the_token_goes_to_its_own_server_only(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer
) -> None:
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    with (
        Repository.open(clone.path, token=TOKEN, server="https://github.com") or opened(clone) as repository,
        pytest.raises(GitError),
    ):
        repository.ensure(first)
    assert set(http.requests) == {()}


def test_a_redirected_address_does_not_get_the_token(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer
) -> None:
    """`url.*.insteadOf` in a hostile configuration leads elsewhere; the header is bound to the server."""
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    other = http.base.replace("127.0.0.1", "localhost")
    clone.git("config", f"url.{other}/.insteadOf", f"{http.base}/")
    with opened(clone, http) as repository, pytest.raises(GitError):
        repository.ensure(first)
    assert set(http.requests) == {()}


def test_a_server_that_redirects_does_not_take_the_token_along(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer, pauses: list[float]
) -> None:
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    with git_http_server(tmp_path / "served") as stranger:
        http.elsewhere = stranger.base
        with opened(clone, http, pauses) as repository:
            with pytest.raises(GitError):
                repository.ensure(first)
            with pytest.raises(GitError) as caught:
                repository.remote_tip("main")
        assert stranger.requests == []
    assert "The server sends elsewhere" in caught.value.hint


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_what_a_partial_clone_fetches_by_itself_is_tried_again(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer, pauses: list[float], kind: str
) -> None:
    first, _, third = three_commits(author)
    clone = checkout_like_actions(
        tmp_path / "ws", server.url, third, extra_fetch=(f"--filter={kind}",), sparse=("nowhere",)
    )
    clone.git("remote", "set-url", "origin", http.url("acme/nightly"))
    with opened(clone, http, pauses) as repository:
        repository.ensure(first)
        http.failures = 2
        assert repository.commit_tree(first).read("a/run") == b"one"
        assert (pauses, http.failures) == ([2.0, 4.0], 0)
        http.failures = 100
        with pytest.raises(GitError, match="503"):
            repository.commit_tree(third).read("a/run")
        assert len(pauses) == 4
    assert set(http.requests) == {(authorization(TOKEN),)}


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_many_files_of_a_partial_clone_are_fetched_at_once(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer, kind: str
) -> None:
    names = [f"p{number:03}" for number in range(100)]
    head = author.commit({f"{name}/values.json": name for name in names} | {"p000/run": "not asked for"})
    author.push("main")
    clone = checkout_like_actions(
        tmp_path / "ws", server.url, head, extra_fetch=(f"--filter={kind}",), sparse=("nowhere",)
    )
    clone.git("remote", "set-url", "origin", http.url("acme/nightly"))
    with opened(clone, http) as repository:
        tree = repository.commit_tree(head)
        tree.read_ahead([f"{name}/values.json" for name in names] + ["nowhere"])
        asked = len(http.requests)
        assert asked <= 10
        assert [tree.read(f"{name}/values.json").decode() for name in names] == names
        assert len(http.requests) == asked
        http.failures = 100
        tree.read_ahead(["p000/run", "p001/values.json"])
        with pytest.raises(GitError):
            tree.read("p000/run")
    assert set(http.requests) == {(authorization(TOKEN),)}


def test_a_branch_or_a_tag_by_its_name(tmp_path: Path, server: Server, author: Work) -> None:
    first, second, third = three_commits(author)
    author.git("tag", "--annotate", "--message", "one", "v1", first)
    author.git("tag", "light", second)
    author.git("branch", "v2", second)
    author.git("tag", "v2", first)
    author.push("v1", "light", "refs/heads/v2", "refs/tags/v2")
    clone = checkout_like_actions(tmp_path / "ws", server.url, third)
    with opened(clone) as repository:
        found = {name: repository.remote_commit(name) for name in ("main", "v1", "light", "v2", "nowhere")}
    assert found == {"main": third, "v1": first, "light": second, "v2": second, "nowhere": None}


def test_of_several_addresses_the_first_is_asked(tmp_path: Path, server: Server, author: Work) -> None:
    first, _, third = three_commits(author)
    clone = checkout_like_actions(tmp_path / "ws", server.url, third)
    clone.git("remote", "set-url", "--add", "origin", "https://example.com/mirror/nightly")
    with opened(clone) as repository:
        assert repository.origin_url() == server.url
        repository.ensure(first)


def test_retries_have_a_limit(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer, pauses: list[float]
) -> None:
    first, second, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    with opened(clone, http, pauses) as repository:
        http.failures = 2
        repository.ensure(second)
        assert pauses == [2.0, 4.0]
        http.failures = 100
        with pytest.raises(GitError, match="503"):
            repository.ensure(first)
        assert len(pauses) == 4


def test_an_ssh_origin_is_fetched_with_the_token_over_https(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer
) -> None:
    first, _, third = three_commits(author)
    clone = private_clone(tmp_path, server, http, third)
    clone.git("remote", "set-url", "origin", "git@127.0.0.1:acme/nightly.git")
    with opened(clone, http) as repository:
        repository.ensure(first)
    assert set(http.requests) == {(authorization(TOKEN),)}


def test_without_a_remote(tmp_path: Path) -> None:
    work = make_repo(tmp_path / "work")
    work.commit({"a": "1"})
    with opened(work) as repository, pytest.raises(GitError, match="no remote"):
        repository.ensure("f" * 40)


def test_a_password_in_the_remotes_address_is_not_shown(tmp_path: Path) -> None:
    work = make_repo(tmp_path / "work", origin="http://user:hunter2@127.0.0.1:9/acme/nightly")
    work.commit({"a": "1"})
    with opened(work) as repository, pytest.raises(GitError) as caught:
        repository.remote_tip("main")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_partial_clones(tmp_path: Path, server: Server, author: Work, kind: str) -> None:
    first, _, third = three_commits(author)
    clone = checkout_like_actions(
        tmp_path / "ws", server.url, third, depth=0, extra_fetch=(f"--filter={kind}",)
    )
    with opened(clone) as repository:
        repository.ensure(first)
        assert [change.path for change in repository.diff(first, third)] == ["a/run"]
        assert repository.commit_tree(first).read("a/run") == b"one"
        assert not repository.is_shallow()


def test_asking_for_a_commit_fetches_nothing_in_a_partial_clone(
    tmp_path: Path, server: Server, author: Work
) -> None:
    first, second, third = three_commits(author)
    clone = checkout_like_actions(tmp_path / "ws", server.url, third, extra_fetch=("--filter=blob:none",))
    with opened(clone) as repository:
        assert repository.resolve(first) is None
        repository.ensure(first)
        assert repository.resolve(second) is None


HOSTILE = """\
[core]
\tfsmonitor = {trap} fsmonitor
\thooksPath = {hooks}
\tsshCommand = {trap} ssh
\taskPass = {trap}
\tpager = {trap} pager
\teditor = {trap} editor
\tgitProxy = {trap}
\talternateRefsCommand = {trap} alternates
[diff]
\texternal = {trap}
[diff "x"]
\tcommand = {trap}
\ttextconv = {trap}
[filter "x"]
\tclean = {trap}
\tsmudge = {trap}
\tprocess = {trap}
[credential]
\thelper = !{trap} general
[credential "{base}"]
\thelper = !{trap} by-server
[credential "{base}/acme"]
\thelper = !{trap} by-path
[alias]
\trev-parse = !{trap} alias
\tls-tree = !{trap} alias
[remote "origin"]
\tuploadpack = {trap} uploadpack
[gc]
\tauto = 1
[maintenance]
\tauto = true
[fetch]
\trecurseSubmodules = true
"""


def set_trap(tmp_path: Path) -> tuple[Path, Path]:
    """A program that leaves a trace when it is run, and the trace."""
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {sprung}\n')
    trap.chmod(0o755)
    return trap, sprung


@pytest.mark.parametrize("over", ["file", "http", "ext", "ssh"])
def test_a_hostile_configuration_executes_nothing(
    tmp_path: Path, server: Server, author: Work, http: GitHttpServer, over: str
) -> None:
    first = author.commit({"a/run": "one", ".gitattributes": "* filter=x diff=x\n"})
    third = author.commit({"a/run": "three"})
    author.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, third)
    trap, sprung = set_trap(tmp_path)
    hooks, other = tmp_path / "hooks", make_repo(tmp_path / "other")
    other.commit({"unrelated": "x"})
    (clone.path / ".git" / "objects" / "info" / "alternates").write_text(f"{other.path}/.git/objects\n")
    hooks.mkdir()
    for name in ("reference-transaction", "post-checkout", "pre-auto-gc", "post-index-change"):
        (hooks / name).symlink_to(trap)
    url = {
        "file": server.url,
        "http": http.url("acme/nightly"),
        "ext": f"ext::{trap} ext",
        "ssh": "ssh://git@127.0.0.1:9/acme/nightly.git",
    }[over]
    clone.git("config", "remote.origin.url", url)
    with (clone.path / ".git" / "config").open("a") as config:
        config.write(HOSTILE.format(trap=trap, hooks=hooks, base=http.base))
    (clone.path / "a" / "run").write_text("edited")

    with opened(clone) as repository:
        assert repository.head() == third
        assert repository.work_tree().entries["a/run"].size == 6
        assert repository.commit_tree(third).read("a/run") == b"three"
        with pytest.raises(GitError):
            repository.ensure(first)
        with pytest.raises(GitError):
            repository.remote_tip("main")
    with opened(clone, http) as repository:
        if over == "http":
            repository.ensure(first)
            assert repository.commit_tree(first).read("a/run") == b"one"
            assert [change.path for change in repository.diff(first, third)] == ["a/run"]
    assert not sprung.exists(), sprung.read_text()


def test_a_hostile_promisor_executes_nothing(tmp_path: Path, server: Server, author: Work) -> None:
    """What a partial clone lacks git fetches by itself, from wherever the configuration says."""
    first = author.commit({"a/run": "one"})
    second = author.commit({"a/run": "two"})
    author.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, second, extra_fetch=("--filter=blob:none",))
    with opened(clone) as repository:
        repository.ensure(first)
    trap, sprung = set_trap(tmp_path)
    clone.git("config", "remote.origin.uploadpack", str(trap))
    with opened(clone) as repository, pytest.raises(GitError, match="not allowed"):
        repository.commit_tree(first).read("a/run")
    assert not sprung.exists(), sprung.read_text()
