"""Every GraphQL document that is sent to GitHub: for what REST doesn't offer."""

VIEWER = "query { viewer { login } }"
"""Whom the token speaks for. REST's `GET /user` refuses a workflow's token."""

MINIMIZE = """
mutation ($comment: ID!) {
  minimizeComment(input: {subjectId: $comment, classifier: OUTDATED}) {
    minimizedComment { isMinimized }
  }
}
"""
"""Folds a comment up as outdated. `comment` is its `node_id` in REST."""

UNMINIMIZE = """
mutation ($comment: ID!) {
  unminimizeComment(input: {subjectId: $comment}) {
    unminimizedComment { isMinimized }
  }
}
"""
"""Shows it again."""
