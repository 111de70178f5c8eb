"""Issues on the stand-in for GitHub, through real HTTP and the real client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.github_site import Site

REPO = "acme/nightly"
ISSUES = f"/repos/{REPO}/issues"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as site:
        yield site


def numbers(site: Site, query: str) -> list[int]:
    return [issue["number"] for issue in site.send("GET", f"{ISSUES}?{query}").body]


def test_issues_and_pull_requests_share_numbers_and_the_list(site: Site) -> None:
    made = site.send("POST", ISSUES, {"title": "broken", "body": "since yesterday"})
    assert (made.body["number"], made.body["state"], made.body["state_reason"]) == (2, "open", None)
    assert made.body["user"]["login"] == "github-actions[bot]"
    assert made.headers["Location"] == made.body["url"]
    assert site.sandbox.add_pull(REPO, head_ref="next", head_sha="d" * 40).number == 3
    listed = site.send("GET", ISSUES).body
    assert [(one["number"], "pull_request" in one) for one in listed] == [(3, True), (2, False), (1, True)]


def test_the_list_is_filtered_and_sorted(site: Site) -> None:
    first = site.sandbox.add_issue(REPO, title="first", login="mona").number
    second = site.sandbox.add_issue(REPO, title="second").number
    third = site.sandbox.add_issue(REPO, title="third", login="mona").number
    site.sandbox.set_issue(REPO, first, is_open=False)
    site.sandbox.merge_pull(REPO, 1, "c" * 40)
    assert numbers(site, "") == [third, second]
    assert numbers(site, "creator=mona&state=all") == [third, first]
    assert numbers(site, "creator=nobody&state=all") == []
    assert numbers(site, "state=closed&sort=updated&direction=desc") == [1, first]
    assert numbers(site, "state=all&sort=updated&direction=asc") == [second, third, first, 1]
    assert numbers(site, "state=all&per_page=2&page=2") == [first, 1]


def test_body_and_state_change_in_one_request(site: Site) -> None:
    number = site.sandbox.add_issue(REPO, title="t", body="old").number
    path = f"{ISSUES}/{number}"
    closed = site.send("PATCH", path, {"body": "new", "state": "closed", "state_reason": "not_planned"}).body
    assert (closed["state"], closed["state_reason"], closed["body"]) == ("closed", "not_planned", "new")
    assert closed["closed_at"] == closed["updated_at"] > closed["created_at"]
    # A reason is ignored where the state stays.
    again = site.send("PATCH", path, {"state": "closed", "state_reason": "completed"}).body
    assert again["state_reason"] == "not_planned"
    opened = site.send("PATCH", path, {"state": "open"}).body
    assert (opened["state"], opened["state_reason"], opened["closed_at"]) == ("open", "reopened", None)


def test_an_issue_has_comments(site: Site) -> None:
    number = site.sandbox.add_issue(REPO, title="t").number
    repo = site.client().get_repo(REPO)
    comment = repo.get_issue(number).create_comment("hello")
    assert comment.html_url.endswith(f"/{REPO}/issues/{number}#issuecomment-{comment.id}")
    site.sandbox.set_issue(REPO, number, locked=True)
    refused = site.send("POST", f"{ISSUES}/{number}/comments", {"body": "more"})
    assert (refused.status, len(site.sandbox.comments(REPO, number))) == (403, 1)


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("POST", {"body": "no title"}, 422),
        ("POST", {"title": "t", "body": "x" * 65_537}, 422),
        ("POST", {"title": "t", "body": "x" * 65_536}, 201),
        ("PATCH", {"body": "x" * 65_537, "state": "closed"}, 422),
        ("PATCH", {"state": "gone"}, 422),
        ("PATCH", {"state": "closed", "state_reason": "boredom"}, 422),
    ],
)
def test_what_github_takes(site: Site, method: str, body: object, status: int) -> None:
    number = site.sandbox.add_issue(REPO, title="t", body="as it was").number
    path = ISSUES if method == "POST" else f"{ISSUES}/{number}"
    assert site.send(method, path, body).status == status
    kept = next(issue for issue in site.sandbox.issues(REPO) if issue.number == number)
    assert (kept.body, kept.is_open) == ("as it was", True)


def test_without_permission_without_issues_and_without_the_issue(site: Site) -> None:
    number = site.sandbox.add_issue(REPO, title="t").number
    site.sandbox.add_token("reader", read_only=True)
    assert site.send("PATCH", f"{ISSUES}/{number}", {"state": "closed"}, token="reader").status == 403
    assert site.send("POST", ISSUES, {"title": "t"}, token="reader").status == 403
    site.sandbox.remove_issue(REPO, number)
    assert site.send("GET", f"{ISSUES}/{number}").status == 404
    assert site.send("PATCH", f"{ISSUES}/{number}", {"state": "closed"}).status == 404
    site.sandbox.switch_issues(REPO, on=False)
    assert site.send("GET", ISSUES).status == 410
    assert site.send("POST", ISSUES, {"title": "t"}).status == 410
    # A pull request's comments are not issues.
    assert site.send("POST", f"{ISSUES}/1/comments", {"body": "x"}).status == 201


def test_the_stage_is_set_over_http_too(site: Site) -> None:
    made = site.send("POST", "/_control/issues", {"repository": REPO, "title": "t"}, token=None)
    changed = {"repository": REPO, "number": made.body["number"], "is_open": False, "locked": True}
    assert site.send("POST", "/_control/issue", changed, token=None).status == 201
    (issue,) = site.send("GET", f"/_control/issues?repository={REPO}", token=None).body
    assert (issue["is_open"], issue["locked"], issue["reason"]) == (False, True, "completed")
