"""What causes a job, as rows of tests want it: commits that are pushed, and the event that tells of it.

trigger = several_commits(place)          # pushes to place.server; trigger.payload is GitHub's
"""

from __future__ import annotations

from dataclasses import dataclass

from support import webhooks
from support.jobs import NOTHING
from support.selecting import Place, Trigger
from support.small_project import project

GONE = "f" * 40
MAIN = "refs/heads/main"


def edit(place: Place, name: str, text: str = "again") -> str:
    """A commit that changes what one pipeline runs."""
    return place.commit({f"{name}/tasks/main.sh": f"echo {text}\n"})


def two_commits(place: Place) -> tuple[str, str, str]:
    """The project, which has a past, then alpha's change, then beta's."""
    place.commit({"README.md": "begun\n"})
    first = place.commit(project())
    return first, edit(place, "alpha"), edit(place, "beta")


def push(place: Place, before: str, after: str, *, forced: bool = False, ref: str = MAIN) -> Trigger:
    place.work.push(f"{after}:{ref}")
    payload = webhooks.push(before=before, after=after, forced=forced, ref=ref)
    return Trigger("push", payload, after, ref)


# ---- pushes


def several_commits(place: Place) -> Trigger:
    first, _, last = two_commits(place)
    return push(place, first, last)


def one_of_several_commits(place: Place) -> Trigger:
    _, second, last = two_commits(place)
    return push(place, second, last)


def what_was_undone_again(place: Place) -> Trigger:
    """Trees are compared, not histories: what a push changed and took back is no change."""
    first = place.commit(project())
    edit(place, "alpha")
    place.commit({"alpha/tasks/main.sh": "echo alpha\n"})
    return push(place, first, edit(place, "beta"))


def first_commit(place: Place) -> Trigger:
    return push(place, NOTHING, place.commit(project()))


def new_default_branch_with_history(place: Place) -> Trigger:
    return push(place, NOTHING, two_commits(place)[2])


def new_branch(place: Place) -> Trigger:
    place.commit(project())
    place.work.push("main")
    place.work.git("checkout", "--quiet", "-b", "side")
    after = edit(place, "alpha")
    trigger = push(place, NOTHING, after, ref="refs/heads/side")
    return Trigger("push", trigger.payload, after, trigger.ref, "refs/remotes/origin/side")


def forced(place: Place) -> Trigger:
    """The commit that was replaced is on no branch any more; the server still has it."""
    first, second, _ = two_commits(place)
    place.work.push("main")
    place.work.git("reset", "--quiet", "--hard", first)
    after = edit(place, "beta", "otherwise")
    replaced = second
    return push(place, replaced, after, forced=True)


def forced_and_gone(place: Place) -> Trigger:
    place.commit(project())
    return push(place, GONE, edit(place, "alpha"), forced=True)


def forced_back(place: Place) -> Trigger:
    """Somebody takes commits away: what they changed is changed back."""
    first, _, third = two_commits(place)
    place.work.push("main")
    place.work.git("reset", "--quiet", "--hard", first)
    return push(place, third, first, forced=True)


def deleted_branch(place: Place) -> Trigger:
    """The job runs on the default branch's tip."""
    place.commit(project())
    after = edit(place, "alpha")
    place.work.push("main")
    return Trigger("push", webhooks.push(before=after, after=NOTHING, ref="refs/heads/side"), after)


def new_tag(place: Place) -> Trigger:
    after = two_commits(place)[2]
    place.work.push("main")
    place.work.git("tag", "v1")
    place.work.push("v1")
    payload = webhooks.push(before=NOTHING, after=after, ref="refs/tags/v1")
    return Trigger("push", payload, after, "refs/tags/v1", "refs/tags/v1")


def moved_tag(place: Place) -> Trigger:
    """An annotated tag's `before` is the tag's own id, not the commit's."""
    first, _, after = two_commits(place)
    place.work.push("main")
    place.work.git("tag", "--annotate", "--message", "one", "v1", first)
    before = place.work.git("rev-parse", "v1")
    place.work.push("v1")
    place.work.git("tag", "--annotate", "--force", "--message", "two", "v1", after)
    place.work.push("v1")
    payload = webhooks.push(before=before, after=after, ref="refs/tags/v1", forced=True)
    return Trigger("push", payload, after, "refs/tags/v1", "refs/tags/v1")


def nothing_of_a_pipeline(place: Place) -> Trigger:
    before = place.commit(project())
    return push(place, before, place.commit({"README.md": "hello\n", "alphabet/run": "no pipeline\n"}))


# ---- pull requests


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


# ---- the others


def queued(place: Place, action: str = "checks_requested") -> Trigger:
    base = place.commit(project())
    place.work.push("main")
    edit(place, "alpha")
    head = edit(place, "beta")
    ref = f"refs/heads/gh-readonly-queue/main/pr-7-{base}"
    place.work.push(f"{head}:{ref}")
    payload = webhooks.merge_group(base=base, head=head, action=action)
    return Trigger("merge_group", payload, head, ref, ref.replace("heads", "remotes/origin"))


def dissolved(place: Place) -> Trigger:
    return queued(place, "destroyed")


def on_main(place: Place, event: str, payload: dict[str, object]) -> Trigger:
    last = two_commits(place)[2]
    place.work.push("main")
    return Trigger(event, payload, last)


def dispatched(place: Place) -> Trigger:
    return on_main(place, "workflow_dispatch", webhooks.workflow_dispatch(ref=MAIN))


def scheduled(place: Place) -> Trigger:
    return on_main(place, "schedule", webhooks.schedule())


def called(place: Place) -> Trigger:
    return on_main(place, "repository_dispatch", webhooks.repository_dispatch())


def created(place: Place) -> Trigger:
    return on_main(place, "create", webhooks.create(ref="side"))


def workflow_run(place: Place) -> Trigger:
    last = two_commits(place)[2]
    place.work.push("main")
    return Trigger("workflow_run", webhooks.workflow_run(head=last), last)


def comment_with_a_strangers_checkout(place: Place) -> Trigger:
    """A command in a comment; a step has checked out the pull request's head."""
    pulled = pull(place)
    payload = webhooks.issue_comment(number=7)
    return Trigger("issue_comment", payload, pulled.main, MAIN, "refs/remotes/pull/7/head", pulled.head)


def released(place: Place) -> Trigger:
    last = two_commits(place)[2]
    place.work.git("tag", "v1")
    place.work.push("main", "v1")
    return Trigger("release", webhooks.release(tag="v1"), last, "refs/tags/v1", "refs/tags/v1")
