"""The part of GitHub's GraphQL API that a client for comments uses.

The schema below is a cut of GitHub's public one, with its names, so that a query that works here means the
same there. graphql-core checks and executes it; what the cut lacks is refused as an unknown field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, build_schema, graphql_sync, parse
from graphql.language import FieldNode

from pipelayer.sandbox.github_json import Json, Shapes
from pipelayer.sandbox.github_state import Comment, Pull, Repository, Token
from pipelayer.sandbox.github_words import instant, node_id

SDL = """
scalar DateTime
scalar URI
scalar BigInt
scalar GitObjectID
enum ReportedContentClassifiers { SPAM ABUSE OFF_TOPIC OUTDATED DUPLICATE RESOLVED }
interface Node { id: ID! }
interface Actor { login: String! url: URI! }
interface Minimizable { isMinimized: Boolean! minimizedReason: String }
type User implements Node & Actor { id: ID! login: String! url: URI! }
type Bot implements Node & Actor { id: ID! login: String! url: URI! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type IssueComment implements Node & Minimizable {
  id: ID! databaseId: Int fullDatabaseId: BigInt author: Actor body: String! url: URI!
  createdAt: DateTime! updatedAt: DateTime! viewerDidAuthor: Boolean! viewerCanUpdate: Boolean!
  isMinimized: Boolean! minimizedReason: String
}
type IssueCommentConnection { nodes: [IssueComment] pageInfo: PageInfo! totalCount: Int! }
type PullRequest implements Node {
  id: ID! number: Int! title: String! url: URI! headRefOid: GitObjectID! merged: Boolean!
  comments(after: String, before: String, first: Int, last: Int): IssueCommentConnection!
}
type Repository implements Node {
  id: ID! nameWithOwner: String! url: URI!
  pullRequest(number: Int!): PullRequest
}
type Query {
  viewer: User!
  node(id: ID!): Node
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
}
input MinimizeCommentInput { clientMutationId: String subjectId: ID! classifier: ReportedContentClassifiers! }
type MinimizeCommentPayload { clientMutationId: String minimizedComment: Minimizable }
input UnminimizeCommentInput { clientMutationId: String subjectId: ID! }
type UnminimizeCommentPayload { clientMutationId: String unminimizedComment: Minimizable }
type Mutation {
  minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
  unminimizeComment(input: UnminimizeCommentInput!): UnminimizeCommentPayload
}
"""

Resolver = Callable[..., object]
Value = dict[str, object]


@cache
def schema() -> GraphQLSchema:
    """The schema, built when first asked for."""
    return build_schema(SDL)


def operation_of(query: str) -> str:
    """The first field that a query asks for: what the call log shows."""
    try:
        definitions = parse(query).definitions
    except GraphQLError:
        return ""
    operations = [part for part in definitions if isinstance(part, OperationDefinitionNode)]
    fields = [part for operation in operations for part in operation.selection_set.selections]
    return next((part.name.value for part in fields if isinstance(part, FieldNode)), "")


def problem(kind: str, message: str) -> GraphQLError:
    """An error of one of GitHub's types (`NOT_FOUND`, `FORBIDDEN`)."""
    return GraphQLError(message, extensions={"type": kind})


@dataclass(frozen=True)
class GraphQL:
    """One request. The caller holds the lock and has checked the token."""

    repositories: Mapping[str, Repository]
    token: Token
    shapes: Shapes

    def respond(self, query: str, variables: Mapping[str, Json]) -> dict[str, object]:
        """The answer's body; GitHub sends it with status 200 even where it holds errors."""
        root: dict[str, Resolver] = {
            "viewer": lambda _info: self._viewer(),
            "node": lambda _info, id: self._comment_value(*self._comment(id)),
            "repository": lambda _info, owner, name, followRenames=True: self._repository(owner, name),
            "minimizeComment": lambda _info, input: self._minimize(input),
            "unminimizeComment": lambda _info, input: self._unminimize(input),
        }
        result = graphql_sync(schema(), query, root_value=root, variable_values=dict(variables))
        body: dict[str, object] = {} if result.data is None else {"data": result.data}
        if result.errors:
            body["errors"] = [self._error(error) for error in result.errors]
        return body

    def _error(self, error: GraphQLError) -> dict[str, object]:
        plain: dict[str, object] = dict(error.formatted)
        extensions = error.extensions or {}
        return {**extensions, **{key: value for key, value in plain.items() if key != "extensions"}}

    def _viewer(self) -> Value:
        return {**self._actor(self.token.login), "__typename": "User", "login": self.token.login}

    def _actor(self, login: str) -> Value:
        user = self.shapes.user(login)
        bot = login.endswith("[bot]")
        # GraphQL shows a bot without the "[bot]" that REST adds to its login.
        name = login.removesuffix("[bot]")
        return {
            "__typename": "Bot" if bot else "User",
            "id": user["node_id"],
            "login": name,
            "url": user["html_url"],
        }

    def _repository(self, owner: str, name: str) -> Value:
        repo = self.repositories.get(f"{owner}/{name}".lower())
        if repo is None:
            message = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise problem("NOT_FOUND", message)
        shown = self.shapes.repository(repo)
        return {
            "id": shown["node_id"],
            "nameWithOwner": repo.full_name,
            "url": shown["html_url"],
            "pullRequest": lambda _info, number: self._pull(repo, number),
        }

    def _pull(self, repo: Repository, number: int) -> Value:
        pull = repo.pulls.get(number)
        if pull is None:
            message = f"Could not resolve to a PullRequest with the number of {number}."
            raise problem("NOT_FOUND", message)
        shown = self.shapes.pull(repo, pull)
        return {
            "id": shown["node_id"],
            "number": number,
            "title": pull.title,
            "url": shown["html_url"],
            "headRefOid": pull.head_sha,
            "merged": pull.merged_at is not None,
            "comments": lambda _info, **window: self._connection(repo, pull, **window),
        }

    def _connection(
        self,
        repo: Repository,
        pull: Pull,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Value:
        size = first if first is not None else last
        if size is None or (first is not None and last is not None):
            message = (
                "You must provide a `first` or `last` value to properly paginate the `comments` connection."
            )
            raise problem("MISSING_PAGINATION_BOUNDARIES", message)
        if not 0 <= size <= 100:
            message = (
                f"Requesting {size} records on the `comments` connection exceeds the limit of 100 records."
            )
            raise problem("EXCESSIVE_PAGINATION", message)
        everything = repo.comments_of(pull.number)
        window: Sequence[Comment] = [
            comment
            for comment in everything
            if (after is None or comment.id > int(after)) and (before is None or comment.id < int(before))
        ]
        window = window[:size] if first is not None else window[max(len(window) - size, 0) :]
        return {
            "nodes": [self._comment_value(repo, comment) for comment in window],
            "totalCount": len(everything),
            "pageInfo": {
                "hasNextPage": bool(window) and window[-1] is not everything[-1],
                "hasPreviousPage": bool(window) and window[0] is not everything[0],
                "startCursor": str(window[0].id) if window else None,
                "endCursor": str(window[-1].id) if window else None,
            },
        }

    def _comment(self, subject: str) -> tuple[Repository, Comment]:
        for repo in self.repositories.values():
            for comment in repo.comments.values():
                if node_id("IC", comment.id) == subject:
                    return repo, comment
        raise problem("NOT_FOUND", f"Could not resolve to a node with the global id of '{subject}'")

    def _comment_value(self, repo: Repository, comment: Comment) -> Value:
        return {
            "__typename": "IssueComment",
            "id": node_id("IC", comment.id),
            "databaseId": comment.id,
            "fullDatabaseId": str(comment.id),
            "author": self._actor(comment.login),
            "body": comment.body,
            "url": self.shapes.comment(repo, comment)["html_url"],
            "createdAt": instant(comment.created),
            "updatedAt": instant(comment.updated),
            "viewerDidAuthor": comment.login == self.token.login,
            "viewerCanUpdate": not self.token.read_only,
            "isMinimized": comment.minimized != "",
            "minimizedReason": comment.minimized or None,
        }

    def _minimize(self, arguments: Mapping[str, str]) -> Value:
        repo, comment = self._writable(arguments)
        comment.minimized = arguments["classifier"].lower().replace("_", "-")
        return self._payload(arguments, "minimizedComment", repo, comment)

    def _unminimize(self, arguments: Mapping[str, str]) -> Value:
        repo, comment = self._writable(arguments)
        comment.minimized = ""
        return self._payload(arguments, "unminimizedComment", repo, comment)

    def _writable(self, arguments: Mapping[str, str]) -> tuple[Repository, Comment]:
        if self.token.read_only:
            raise problem("FORBIDDEN", "Resource not accessible by integration")
        return self._comment(arguments["subjectId"])

    def _payload(self, arguments: Mapping[str, str], name: str, repo: Repository, comment: Comment) -> Value:
        return {
            "clientMutationId": arguments.get("clientMutationId"),
            name: self._comment_value(repo, comment),
        }
