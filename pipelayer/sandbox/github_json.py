"""The stand-in's state in the shapes of GitHub's REST API (tests hold them against its description)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import TypeAlias
from urllib.parse import quote

from pipelayer.sandbox.github_state import Comment, Commit, Pull, Repository
from pipelayer.sandbox.github_words import (
    ISSUE_FIELDS,
    PULL_COUNTS,
    REPOSITORY_COUNTS,
    REPOSITORY_LINKS,
    USER_LINKS,
    instant,
    node_id,
    words,
)

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
Object: TypeAlias = dict[str, Json]


def error(message: str, status: int, errors: Sequence[Json] | None = None) -> Object:
    """An error's body."""
    body: Object = {
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(status),
    }
    return body if errors is None else {**body, "errors": errors}


@dataclass(frozen=True)
class Shapes:
    """Builds the answers. `api` is the root of the API as the client reaches it, `web` of the pages."""

    api: str
    web: str

    def user(self, login: str) -> Object:
        """A "simple user"."""
        bot = login.endswith("[bot]")
        url = f"{self.api}/users/{quote(login)}"
        number = int(sha1(login.encode(), usedforsecurity=False).hexdigest()[:6], 16)
        page = f"{self.web}/apps/{login.removesuffix('[bot]')}" if bot else f"{self.web}/{login}"
        return {
            "login": login,
            "id": number,
            "node_id": node_id("BOT" if bot else "U", number),
            "avatar_url": f"{self.web}/avatars/u/{number}",
            "gravatar_id": "",
            "url": url,
            "html_url": page,
            **{f"{link}_url": f"{url}/{link}" for link in USER_LINKS},
            "type": "Bot" if bot else "User",
            "site_admin": False,
        }

    def public_user(self, login: str, created: datetime) -> Object:
        """The answer to `GET /user`."""
        return {
            **self.user(login),
            **dict.fromkeys(words("name company blog location email bio hireable")),
            **dict.fromkeys(words("public_repos public_gists followers following"), 0),
            "created_at": instant(created),
            "updated_at": instant(created),
        }

    def repository(self, repo: Repository) -> Object:
        """A "full repository"; it also serves where GitHub shows less."""
        url = self.url(repo)
        page = f"{self.web}/{repo.full_name}"
        created = instant(repo.created)
        return {
            "id": repo.id,
            "node_id": node_id("R", repo.id),
            "name": repo.name,
            "full_name": repo.full_name,
            "owner": self.user(repo.owner),
            "private": repo.private,
            "html_url": page,
            "description": None,
            "fork": False,
            "url": url,
            **{f"{link}_url": f"{url}/{link}" for link in REPOSITORY_LINKS},
            **{f"{scheme}_url": f"{page}.git" for scheme in ("git", "ssh", "clone")},
            "svn_url": page,
            **dict.fromkeys(REPOSITORY_COUNTS, 0),
            **dict.fromkeys(["homepage", "language", "mirror_url", "license"]),
            **dict.fromkeys((f"has_{part}" for part in ("wiki", "pages", "discussions")), False),
            **dict.fromkeys((f"has_{part}" for part in ("projects", "downloads")), True),
            "has_issues": repo.has_issues,
            "archived": False,
            "disabled": False,
            "default_branch": repo.default_branch,
            "network_count": 0,
            "subscribers_count": 0,
            "pushed_at": created,
            "created_at": created,
            "updated_at": created,
        }

    def commit(self, repo: Repository, commit: Commit) -> Object:
        """A commit; its tree's id is made up."""
        url = f"{self.url(repo)}/commits/{commit.sha}"
        person: Object = {
            "name": repo.owner,
            "email": f"{repo.owner}@example.com",
            "date": instant(commit.at),
        }
        tree = sha1(commit.sha.encode(), usedforsecurity=False).hexdigest()
        return {
            "sha": commit.sha,
            "node_id": node_id("C", commit.sha),
            "url": url,
            "html_url": f"{self.web}/{repo.full_name}/commit/{commit.sha}",
            "comments_url": f"{url}/comments",
            "commit": {
                "url": f"{self.url(repo)}/git/commits/{commit.sha}",
                "author": person,
                "committer": person,
                "message": commit.message,
                "tree": {"sha": tree, "url": f"{self.url(repo)}/git/trees/{tree}"},
                "comment_count": 0,
            },
            "author": self.user(repo.owner),
            "committer": self.user(repo.owner),
            "parents": [
                {
                    "sha": parent,
                    "url": f"{self.url(repo)}/commits/{parent}",
                    "html_url": f"{self.web}/{repo.full_name}/commit/{parent}",
                }
                for parent in commit.parents
            ],
        }

    def branch(self, repo: Repository, name: str) -> Object:
        """A branch that nothing protects."""
        url = f"{self.url(repo)}/branches/{quote(name)}"
        return {
            "name": name,
            "commit": self.commit(repo, repo.commits[repo.branches[name]]),
            "_links": {"self": url, "html": f"{self.web}/{repo.full_name}/tree/{quote(name)}"},
            "protected": False,
            "protection": {"enabled": False},
            "protection_url": f"{url}/protection",
        }

    def reference(self, repo: Repository, name: str) -> Object:
        """A branch as a git reference."""
        sha = repo.branches[name]
        return {
            "ref": f"refs/heads/{name}",
            "node_id": node_id("REF", name),
            "url": f"{self.url(repo)}/git/refs/heads/{quote(name)}",
            "object": {"type": "commit", "sha": sha, "url": f"{self.url(repo)}/git/commits/{sha}"},
        }

    def comparison(self, repo: Repository, base: str, head: str, commits: Sequence[Json]) -> Object:
        """Two commits compared by what is known of their history; `commits` is one page of head's own."""
        ours, theirs = repo.ancestors(head), repo.ancestors(base)
        ahead, behind = len(set(ours) - set(theirs)), len(set(theirs) - set(ours))
        fork = next((sha for sha in theirs if sha in ours), base)
        statuses = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
        page = f"{self.web}/{repo.full_name}/compare/{base}...{head}"
        return {
            "url": f"{self.url(repo)}/compare/{base}...{head}",
            "html_url": page,
            "permalink_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": self.commit(repo, repo.commits[base]),
            "merge_base_commit": self.commit(repo, repo.commits[fork]),
            "status": statuses.get((ahead > 0, behind > 0), "identical"),
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            "commits": commits,
            "files": [],
        }

    def pull(self, repo: Repository, pull: Pull) -> Object:
        """A pull request."""
        url = f"{self.url(repo)}/pulls/{pull.number}"
        page = f"{self.web}/{repo.full_name}/pull/{pull.number}"
        issue = f"{self.url(repo)}/issues/{pull.number}"
        statuses = f"{self.url(repo)}/statuses/{pull.head_sha}"
        links = {
            "self": url,
            "html": page,
            "issue": issue,
            "comments": f"{issue}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{self.url(repo)}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": statuses,
        }
        return {
            "url": url,
            "id": self.number_of(repo, pull),
            "node_id": node_id("PR", self.number_of(repo, pull)),
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "issue_url": issue,
            "commits_url": links["commits"],
            "review_comments_url": links["review_comments"],
            "review_comment_url": links["review_comment"],
            "comments_url": links["comments"],
            "statuses_url": statuses,
            "number": pull.number,
            "state": "closed" if pull.closed_at else "open",
            "locked": False,
            "title": pull.title,
            "user": self.user(pull.login),
            "body": None,
            "created_at": instant(pull.created),
            "updated_at": instant(pull.closed_at or pull.created),
            "closed_at": instant(pull.closed_at),
            "merged_at": instant(pull.merged_at),
            "merge_commit_sha": pull.merge_commit_sha or None,
            **dict.fromkeys(["assignee", "milestone", "auto_merge"]),
            **{name: [] for name in ("labels", "assignees", "requested_reviewers", "requested_teams")},
            "draft": False,
            "head": self._end(repo, pull.head_ref, pull.head_sha, fork=pull.from_fork),
            "base": self._end(repo, pull.base_ref, pull.base_sha),
            "_links": {name: {"href": href} for name, href in links.items()},
            "author_association": "CONTRIBUTOR",
            "merged": pull.merged_at is not None,
            "mergeable": None if pull.closed_at else True,
            "rebaseable": None,
            "mergeable_state": "unknown" if pull.closed_at else "clean",
            "merged_by": self.user(repo.owner) if pull.merged_at else None,
            "comments": len(repo.comments_of(pull.number)),
            "maintainer_can_modify": False,
            "commits": len(pull.commits) or 1,
            **dict.fromkeys(PULL_COUNTS, 0),
        }

    def issue(self, repo: Repository, pull: Pull) -> Object:
        """A pull request as the issue that it also is."""
        full = self.pull(repo, pull)
        url = str(full["issue_url"])
        links = ("url", "html_url", "diff_url", "patch_url", "merged_at")
        return {
            **{name: full[name] for name in ISSUE_FIELDS},
            "url": url,
            "repository_url": self.url(repo),
            **{f"{link}_url": f"{url}/{link}" for link in ("comments", "events", "labels")},
            **dict.fromkeys(["assignee", "milestone"]),
            "labels": [],
            "assignees": [],
            "author_association": full["author_association"],
            "pull_request": {name: full[name] for name in links},
        }

    def comment(self, repo: Repository, comment: Comment) -> Object:
        """A comment on a pull request or an issue."""
        kind = "issues" if comment.number in repo.issues else "pull"
        page = f"{self.web}/{repo.full_name}/{kind}/{comment.number}"
        return {
            "url": f"{self.url(repo)}/issues/comments/{comment.id}",
            "html_url": f"{page}#issuecomment-{comment.id}",
            "issue_url": f"{self.url(repo)}/issues/{comment.number}",
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "user": self.user(comment.login),
            "created_at": instant(comment.created),
            "updated_at": instant(comment.updated),
            "body": comment.body,
            "author_association": "NONE" if comment.login.endswith("[bot]") else "CONTRIBUTOR",
            "performed_via_github_app": None,
        }

    def url(self, repo: Repository) -> str:
        """The address of the repository in the API."""
        return f"{self.api}/repos/{repo.full_name}"

    def number_of(self, repo: Repository, pull: Pull) -> int:
        """The pull request's id, which is not its number."""
        return repo.id * 100_000 + pull.number

    def _end(self, repo: Repository, ref: str, sha: str, *, fork: bool = False) -> Object:
        owner = "contributor" if fork else repo.owner
        return {
            "label": f"{owner}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repo),
        }
