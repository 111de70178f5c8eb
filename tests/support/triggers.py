"""What causes a job, as rows of tests want it: commits that are pushed, and the event that tells of it.

trigger = several_commits(place)          # pushes to place.server; trigger.payload is GitHub's
"""

from __future__ import annotations

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


def released(place: Place) -> Trigger:
    last = two_commits(place)[2]
    place.work.git("tag", "v1")
    place.work.push("main", "v1")
    return Trigger("release", webhooks.release(tag="v1"), last, "refs/tags/v1", "refs/tags/v1")
