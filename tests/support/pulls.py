"""What pull requests cause: opened, reviewed, closed, merged in each of GitHub's ways, and checked out
anyhow.
"""

from __future__ import annotations

from dataclasses import dataclass

from support import webhooks
from support.selecting import Place, Trigger
from support.small_project import project
from support.triggers import GONE, MAIN, edit


@dataclass(frozen=True)
class Pull:
    """Gamma's change and alpha's on a branch; main has gained beta's change since."""

    opened_on: str
    head: str
    main: str
    merge: str


def pull(place: Place) -> Pull:
    work = place.work
    opened_on = place.commit(project("alpha", "beta", "gamma"))
    work.git("checkout", "--quiet", "-b", "change")
    edit(place, "gamma")
    head = edit(place, "alpha")
    work.git("checkout", "--quiet", "main")
    main = edit(place, "beta")
    work.git("checkout", "--quiet", "--detach")
    merge = work.merge("change")
    work.git("checkout", "--quiet", "main")
    work.push("main", "change", f"{merge}:refs/pull/7/merge", f"{head}:refs/pull/7/head")
    return Pull(opened_on, head, main, merge)


def requested(pulled: Pull, *, event: str = "pull_request", action: str = "synchronize") -> Trigger:
    payload = webhooks.pull_request(
        number=7, action=action, head=pulled.head, base=pulled.opened_on, merge_commit=pulled.merge, commits=2
    )
    return Trigger(event, payload, pulled.merge, "refs/pull/7/merge", "refs/remotes/pull/7/merge")


def head_behind_base(place: Place) -> Trigger:
    """`base.sha` is what the branch was opened on; beta's change is main's own."""
    return requested(pull(place))


def head_checked_out(place: Place) -> Trigger:
    """The workflow checks out the branch's own commit, which lacks what main has gained."""
    pulled = pull(place)
    trigger = requested(pulled)
    return Trigger(
        trigger.event, trigger.payload, trigger.sha, trigger.ref, "refs/remotes/pull/7/head", pulled.head
    )


def something_else_checked_out(place: Place) -> Trigger:
    """The workflow checks out main: seen from there the pull request would change nothing."""
    pulled = pull(place)
    trigger = requested(pulled)
    ref = "refs/remotes/origin/main"
    return Trigger(trigger.event, trigger.payload, trigger.sha, trigger.ref, ref, pulled.main)


def newer_head_checked_out(place: Place) -> Trigger:
    """The branch has moved on since the event, and has taken main's change in."""
    pulled = pull(place)
    trigger = requested(pulled)
    place.work.git("checkout", "--quiet", "change")
    newer = place.work.merge("main")
    place.work.push("change")
    place.work.git("checkout", "--quiet", "main")
    ref = "refs/remotes/origin/change"
    return Trigger(trigger.event, trigger.payload, trigger.sha, trigger.ref, ref, newer)


def rebased_after_updates(place: Place) -> Trigger:
    """The branch's last commit merged main; rebasing drops it."""
    pulled = pull(place)
    place.work.git("checkout", "--quiet", "change")
    updated = place.work.merge("main")
    place.work.push(f"{updated}:refs/pull/7/head")
    place.work.git("checkout", "--quiet", "-B", "rebased", pulled.head)
    place.work.git("rebase", "--quiet", "main")
    rebased = place.work.head()
    place.work.git("checkout", "--quiet", "main")
    place.work.git("merge", "--quiet", "--ff-only", rebased)
    return merged(place, rebased, Pull(pulled.opened_on, updated, pulled.main, pulled.merge), commits=3)


def merge_commit_gone(place: Place) -> Trigger:
    """The branch's own commit is checked out, and the server has no merge commit any more."""
    pulled = pull(place)
    trigger = requested(pulled)
    return Trigger(
        trigger.event, trigger.payload, GONE, trigger.ref, "refs/remotes/pull/7/head", pulled.merge
    )


def closed_unmerged(place: Place) -> Trigger:
    return requested(pull(place), action="closed")


def merged(place: Place, commit: str, pulled: Pull, commits: int = 2) -> Trigger:
    place.work.push("main")
    payload = webhooks.pull_request(
        number=7,
        action="closed",
        merged=True,
        head=pulled.head,
        base=pulled.opened_on,
        merge_commit=commit,
        commits=commits,
    )
    return Trigger("pull_request", payload, commit)


def merged_with_a_merge_commit(place: Place) -> Trigger:
    pulled = pull(place)
    return merged(place, place.work.merge("change"), pulled)


def merged_by_squashing(place: Place) -> Trigger:
    pulled = pull(place)
    place.work.git("merge", "--quiet", "--squash", "change")
    place.work.git("commit", "--quiet", "--date", "2026-02-03T04:05:06+00:00", "-m", "squashed")
    return merged(place, place.work.head(), pulled)


def merged_by_rebasing(place: Place) -> Trigger:
    """Only the last of the rebased commits is told; its parent is one of them."""
    pulled = pull(place)
    place.work.git("checkout", "--quiet", "change")
    place.work.git("rebase", "--quiet", "main")
    rebased = place.work.head()
    place.work.git("checkout", "--quiet", "main")
    place.work.git("merge", "--quiet", "--ff-only", rebased)
    return merged(place, rebased, pulled)


def merged_while_others_go_on(place: Place) -> Trigger:
    """The job's checkout is main's newest commit, which has more than this pull request."""
    pulled = pull(place)
    commit = place.work.merge("change")
    edit(place, "beta", "once more")
    trigger = merged(place, commit, pulled)
    return Trigger(trigger.event, trigger.payload, commit, checkout=place.work.head())


def of_the_target(place: Place) -> Trigger:
    """The checkout is main's; what the payload is about is anybody's."""
    pulled = pull(place)
    trigger = requested(pulled, event="pull_request_target")
    return Trigger(trigger.event, trigger.payload, pulled.main)


def hostile_checkout(place: Place) -> Trigger:
    """As careless workflows do it: the stranger's commit, in a job with secrets."""
    pulled = pull(place)
    trigger = requested(pulled, event="pull_request_target")
    return Trigger(trigger.event, trigger.payload, pulled.main, MAIN, "refs/remotes/pull/7/head", pulled.head)


def reviewed(place: Place) -> Trigger:
    pulled = pull(place)
    payload = webhooks.pull_request_review(number=7, head=pulled.head, base=pulled.opened_on)
    return Trigger(
        "pull_request_review", payload, pulled.merge, "refs/pull/7/merge", "refs/remotes/pull/7/merge"
    )


def comment_with_a_strangers_checkout(place: Place) -> Trigger:
    """A command in a comment; a step has checked out the pull request's head."""
    pulled = pull(place)
    payload = webhooks.issue_comment(number=7)
    return Trigger("issue_comment", payload, pulled.main, MAIN, "refs/remotes/pull/7/head", pulled.head)
