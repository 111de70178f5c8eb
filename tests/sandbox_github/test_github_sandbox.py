"""The stand-in for GitHub, through real HTTP and the real client, held against GitHub's own description."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from github import GithubException
from support.github_site import BASE, HEAD, MERGE, Answer, Site, operations


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as site:
        yield site


def test_every_described_operation_is_answered_in_its_shape(site: Site) -> None:
    site.sandbox.add_token("mona", login="mona")
    repo = "/repos/acme/nightly"
    created = site.send("POST", f"{repo}/issues/1/comments", {"body": "hello"})
    assert site.send("POST", f"{repo}/issues", {"title": "something"}).body["number"] == 2
    comment = f"{repo}/issues/comments/{created.body['id']}"
    requests: list[tuple[str, str, object, int]] = [
        ("GET", repo, None, 200),
        ("GET", f"{repo}/branches/topic/one", None, 200),
        ("GET", f"{repo}/git/ref/heads/main", None, 200),
        ("GET", f"{repo}/commits/{HEAD}", None, 200),
        ("GET", f"{repo}/commits/{HEAD}/pulls", None, 200),
        ("GET", f"{repo}/compare/{BASE}...{HEAD}", None, 200),
        ("GET", f"{repo}/pulls/1", None, 200),
        ("GET", f"{repo}/issues/1", None, 200),
        ("GET", f"{repo}/issues", None, 200),
        ("GET", f"{repo}/issues/2", None, 200),
        ("PATCH", f"{repo}/issues/2", {"state": "closed"}, 200),
        ("GET", f"{repo}/issues/1/comments", None, 200),
        ("GET", comment, None, 200),
        ("PATCH", comment, {"body": "edited"}, 200),
        ("DELETE", comment, None, 204),
        ("GET", "/user", None, 200),
    ]
    assert created.status == 201
    for method, path, body, status in requests:
        assert (path, site.send(method, path, body, token="mona").status) == (path, status)
    asked = {(call.method, call.path) for call in site.sandbox.calls()}
    for method, pattern, _ in operations():
        assert any(m == method and pattern.fullmatch(path) for m, path in asked), pattern.pattern


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/repos/acme/other", 404),
        ("/repos/acme/nightly/pulls/2", 404),
        ("/repos/acme/nightly/issues/2/comments", 404),
        ("/repos/acme/nightly/issues/comments/77", 404),
        ("/repos/acme/nightly/branches/gone", 404),
        ("/repos/acme/nightly/git/ref/heads/gone", 404),
        (f"/repos/acme/nightly/commits/{'d' * 40}", 422),
        (f"/repos/acme/nightly/compare/{'d' * 40}...{HEAD}", 404),
        ("/repos/acme/nightly/labels", 404),
    ],
)
def test_what_is_not_there(site: Site, path: str, status: int) -> None:
    assert site.send("GET", path).status == status


def test_the_real_client_comments_edits_and_deletes(site: Site) -> None:
    repo = site.client().get_repo("acme/nightly")
    pull = repo.get_pull(1)
    comment = pull.create_issue_comment("first")
    assert comment.user.login == "github-actions[bot]"
    comment.edit("second")
    assert [c.body for c in pull.get_issue_comments()] == ["second"]
    assert comment.updated_at > comment.created_at
    pull.get_issue_comment(comment.id).delete()
    assert list(pull.get_issue_comments()) == []
    assert pull.head.sha == HEAD
    assert repo.get_branch("main").commit.sha == BASE
    assert repo.get_git_ref("heads/main").object.sha == BASE


def test_all_pages_in_ascending_order(site: Site) -> None:
    for number in range(65):
        site.sandbox.add_comment("acme/nightly", 1, "mona", f"comment {number}")
    first = site.send("GET", "/repos/acme/nightly/issues/1/comments")
    assert len(first.body) == 30
    assert first.headers["Link"].count("rel=") == 2
    for per_page in (1, 7, 30, 65, 100):
        pull = site.client(per_page=per_page).get_repo("acme/nightly").get_pull(1)
        bodies = [comment.body for comment in pull.get_issue_comments()]
        assert bodies == [f"comment {number}" for number in range(65)]
    only = site.send("GET", "/repos/acme/nightly/issues/1/comments?per_page=65")
    assert "Link" not in only.headers


def test_the_merged_pull_request_is_found_from_its_commit(site: Site) -> None:
    site.sandbox.merge_pull("acme/nightly", 1, MERGE)
    repo = site.client().get_repo("acme/nightly")
    (pull,) = repo.get_commit(MERGE).get_pulls()
    assert (pull.number, pull.merged, pull.merge_commit_sha, pull.base.ref) == (1, True, MERGE, "main")
    assert [pull.number for pull in repo.get_commit(HEAD).get_pulls()] == [1]
    assert list(repo.get_commit(BASE).get_pulls()) == []
    assert repo.get_branch("main").commit.sha == MERGE
    compared = repo.compare(BASE, MERGE)
    assert (compared.status, compared.ahead_by) == ("ahead", 2)
    assert [commit.sha for commit in compared.commits] == [HEAD, MERGE]


def test_a_new_head_after_a_push(site: Site) -> None:
    site.sandbox.push_to_pull("acme/nightly", 1, "e" * 40)
    pull = site.client().get_repo("acme/nightly").get_pull(1)
    assert (pull.head.sha, pull.commits) == ("e" * 40, 2)


def test_who_may_do_what(site: Site) -> None:
    site.sandbox.add_token("fork", read_only=True)
    site.sandbox.add_token("old", revoked=True)
    comments = "/repos/acme/nightly/issues/1/comments"
    assert site.send("GET", comments, token=None).body["message"] == "Requires authentication"
    assert site.send("GET", comments, token="old").status == 401
    assert site.send("GET", comments, token="fork").status == 200
    refused = site.send("POST", comments, {"body": "x"}, token="fork")
    assert (refused.status, refused.body["message"]) == (403, "Resource not accessible by integration")
    assert site.send("GET", "/user").status == 403
    assert site.sandbox.comments("acme/nightly", 1) == ()
    with pytest.raises(GithubException) as caught:
        site.client("fork").get_repo("acme/nightly").get_pull(1).create_issue_comment("x")
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"body": "x" * 65_536}, 201),
        ({"body": "x" * 65_537}, 422),
        ({"body": " "}, 422),
        ({}, 422),
    ],
)
def test_the_bodies_that_github_takes(site: Site, body: object, status: int) -> None:
    assert site.send("POST", "/repos/acme/nightly/issues/1/comments", body).status == status
    assert len(site.sandbox.comments("acme/nightly", 1)) == (status == 201)


def test_a_fault_before_the_effect_and_one_after(site: Site) -> None:
    path = "/repos/acme/nightly/issues/1/comments"
    site.sandbox.fail("POST", path, 502)
    assert site.send("POST", path, {"body": "a"}).status == 502
    assert site.sandbox.comments("acme/nightly", 1) == ()
    site.sandbox.fail("POST", path, 502, after=True, skip=1)
    assert site.send("POST", path, {"body": "b"}).status == 201
    assert site.send("POST", path, {"body": "c"}).status == 502
    assert [c.body for c in site.sandbox.comments("acme/nightly", 1)] == ["b", "c"]
    site.sandbox.fail("GET", ".*", 429, headers={"Retry-After": "7"}, times=2)
    limited = site.send("GET", path)
    assert (limited.status, limited.headers["Retry-After"]) == (429, "7")
    site.sandbox.clear_faults()
    assert site.send("GET", path).status == 200


def test_the_call_log(site: Site) -> None:
    site.send("GET", "/repos/acme/nightly/issues/1/comments?per_page=5")
    site.send("POST", "/graphql", {"query": "{ viewer { login } }"}, token="t")
    rest, graphql = site.sandbox.calls()
    assert (rest.method, rest.query, rest.status, rest.login) == (
        "GET",
        "per_page=5",
        200,
        "github-actions[bot]",
    )
    assert (graphql.path, graphql.operation) == ("/graphql", "viewer")
    site.sandbox.clear_calls()
    assert site.sandbox.calls() == ()


QUERY = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 2, after: $after) {
        nodes { id databaseId body viewerDidAuthor isMinimized author { login __typename } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""


def test_graphql_tells_whose_comment_it_is(site: Site) -> None:
    for login in ("mona", "github-actions[bot]", "hubot"):
        site.sandbox.add_comment("acme/nightly", 1, login, f"by {login}")
    requester = site.client().requester
    seen: list[tuple[str, str, bool]] = []
    after = None
    while True:
        variables = {"owner": "acme", "name": "nightly", "number": 1, "after": after}
        _, data = requester.graphql_query(QUERY, variables)
        comments = data["data"]["repository"]["pullRequest"]["comments"]
        for node in comments["nodes"]:
            author = node["author"]
            seen.append((author["login"], author["__typename"], node["viewerDidAuthor"]))
        if not comments["pageInfo"]["hasNextPage"]:
            break
        after = comments["pageInfo"]["endCursor"]
    assert seen == [("mona", "User", False), ("github-actions", "Bot", True), ("hubot", "User", False)]


def test_graphql_minimises(site: Site) -> None:
    pull = site.client().get_repo("acme/nightly").get_pull(1)
    comment = pull.create_issue_comment("old")
    assert comment.minimize()
    assert site.sandbox.comments("acme/nightly", 1)[0].minimized == "outdated"
    assert comment.unminimize()
    assert site.sandbox.comments("acme/nightly", 1)[0].minimized == ""


def test_graphql_refuses_as_github_does(site: Site) -> None:
    site.sandbox.add_token("fork", read_only=True)
    comment = site.sandbox.add_comment("acme/nightly", 1, "mona", "x")
    minimize = "minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId }"
    mutation = f"mutation($id: ID!) {{ {minimize} }}"
    node = site.client().get_repo("acme/nightly").get_pull(1).get_issue_comment(comment.id).node_id
    refused = site.send("POST", "/graphql", {"query": mutation, "variables": {"id": node}}, token="fork")
    assert refused.status == 200
    assert refused.body["errors"][0]["type"] == "FORBIDDEN"
    lost = site.send("POST", "/graphql", {"query": mutation, "variables": {"id": "IC_nothing"}})
    assert lost.body["errors"][0]["type"] == "NOT_FOUND"
    misspelt = site.send("POST", "/graphql", {"query": "{ viewer { logn } }"})
    assert "logn" in misspelt.body["errors"][0]["message"]
    assert "data" not in misspelt.body


def test_the_stage_is_set_over_http_too(site: Site) -> None:
    def control(what: str, body: object, method: str = "POST") -> Answer:
        return site.send(method, f"/_control/{what}", body, token=None)

    assert control("repositories", {"repository": "o/r", "default_branch": "trunk"}).status == 201
    assert control("commits", {"repository": "o/r", "sha": BASE, "branch": "trunk"}).status == 201
    pull = control("pulls", {"repository": "o/r", "head_ref": "x", "head_sha": HEAD, "title": "T"})
    assert (pull.body["number"], pull.body["base_sha"]) == (1, BASE)
    assert (
        control("comments", {"repository": "o/r", "number": 1, "login": "mona", "body": "hi"}).status == 201
    )
    assert control("tokens", {"token": "fork", "read_only": True}).status == 201
    assert control("faults", {"method": "get", "path": "/user", "status": 502}).status == 201
    assert control("merge", {"repository": "o/r", "number": 1, "sha": MERGE}).status == 201
    assert site.send("GET", "/user").status == 502
    (comment,) = control("comments?repository=o/r&number=1", None, "GET").body
    assert (comment["login"], comment["body"]) == ("mona", "hi")
    (call,) = control("calls", None, "GET").body
    assert (call["path"], call["status"]) == ("/user", 502)
    assert control("calls", None, "DELETE").status == 204
    assert control("calls", None, "GET").body == []
    assert control("pulls", {"repository": "no/such"}).status == 400
    assert control("nonsense", {}).status == 404
    assert control("pulls", []).status == 400


def test_many_at_once_lose_nothing(site: Site) -> None:
    def post(number: int) -> None:
        site.send("POST", "/repos/acme/nightly/issues/1/comments", {"body": str(number)})

    threads = [threading.Thread(target=post, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    comments = site.sandbox.comments("acme/nightly", 1)
    assert sorted(int(c.body) for c in comments) == list(range(24))
    assert len({c.id for c in comments}) == 24
