"""What an event asks for: a verb with a base to compare with, nothing, or a refusal. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from pipelayer.changes.base import BaseSpec, BeforeMerge, FirstParent, LostBase, NoBase, Nothing, Revision
from pipelayer.github.event import Event, EventName, PullRequest, Push
from pipelayer.github.inputs import Command
from pipelayer.model import Verb

_QUEUE = "gh-readonly-queue/"
_ON_PULL_REQUESTS = "Let it run on `pull_request`, whose job gets no secrets for what comes from a fork."
_ON_SCHEDULE = "Look on `schedule` or `workflow_dispatch`, which run on the default branch."
_ON_PUSH = "Deploy on `push` to the default branch, or on a branch by `workflow_dispatch` or `schedule`."


@dataclass(frozen=True)
class Run:
    """Do this. `head` is the commit whose files count (an id, or a revision as the user wrote it).

    `branch` is the branch whose tip is asked for before each write, empty where nothing may be written.
    `notes` are said aloud.
    """

    verb: Verb
    head: str
    base: BaseSpec
    branch: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """Look how the pipelines are. Nothing in AWS is changed."""


@dataclass(frozen=True)
class NothingToDo:
    """The event asks for nothing; `reason` is said aloud."""

    reason: str


@dataclass(frozen=True)
class Refusal:
    """This must not be done here: exit 2 with the reason, and what to do instead."""

    reason: str
    hint: str


def decide(event: Event, command: Command) -> Verb | Look | NothingToDo | Refusal:
    """What to do for this event. The checkout isn't looked at: what is refused is never opened."""
    nothing = _nothing(event)
    if nothing is not None:
        return nothing
    match _verb(event, command):
        case Verb() as verb:
            return _refusal(event, verb) or verb
        case Look() as look:
            return _refusal_to_look(event) or look
        case NothingToDo() as nothing:
            return nothing
        case never:
            assert_never(never)


def orders(event: Event, verb: Verb, *, checked_out: str = "", base: str = "", head: str = "") -> Run:
    """The verb with the commits that it is about.

    `checked_out` is the commit of the checkout, empty where that isn't known; `base` and `head` are the
    user's overrides.
    """
    found_head, found_base, notes = _range(event, checked_out)
    return Run(
        verb=verb,
        head=head or found_head,
        base=Revision(base) if base else found_base,
        branch=event.branch if verb is not Verb.VALIDATE else "",
        notes=notes,
    )


def _nothing(event: Event) -> NothingToDo | None:
    """Events after which there is nothing to look at, whatever the command."""
    if event.push is not None and event.push.deleted:
        return NothingToDo(f"`{_short(event.push.ref)}` was deleted, which changes no pipeline.")
    if event.merge_group is not None and event.merge_group.action == "destroyed":
        return NothingToDo("The merge group was dissolved.")
    request = event.pull_request
    if event.name is EventName.PULL_REQUEST and request and request.action == "closed" and not request.merged:
        return NothingToDo("The pull request was closed without being merged.")
    return None


def _verb(event: Event, command: Command) -> Verb | Look | NothingToDo:
    match command:
        case Command.AUTO:
            return _automatic(event)
        case Command.VALIDATE:
            return Verb.VALIDATE
        case Command.UPLOAD:
            return Verb.UPLOAD
        case Command.ACTIVATE:
            return Verb.ACTIVATE
        case Command.DEPLOY:
            return Verb.DEPLOY
        case Command.STATUS:
            return Look()
        case _:
            assert_never(command)


def _automatic(event: Event) -> Verb | NothingToDo:
    match event.name:
        case EventName.PULL_REQUEST | EventName.MERGE_GROUP:
            return Verb.VALIDATE
        case EventName.PUSH if event.on_default_branch:
            return Verb.DEPLOY
        case EventName.PUSH | EventName.RELEASE if event.is_tag:
            return NothingToDo(
                f"`command: auto` does nothing on `{event.title}` of the tag `{_short(event.ref)}`: "
                "only of a branch can be told whether a commit is still its newest."
            )
        case EventName.PUSH:
            return NothingToDo(
                f"`command: auto` deploys pushes to the default branch `{event.default_branch}`; "
                f"this one is to `{_short(event.ref)}`."
            )
        case EventName.WORKFLOW_DISPATCH:
            return Verb.DEPLOY if event.on_default_branch else Verb.VALIDATE
        case EventName.PULL_REQUEST_TARGET | EventName.WORKFLOW_RUN:
            return NothingToDo(f"`command: auto` does nothing on `{event.title}`. {_ON_PULL_REQUESTS}")
        case EventName.SCHEDULE | EventName.REPOSITORY_DISPATCH:
            return NothingToDo(
                f"`command: auto` does nothing on `{event.title}`. "
                "`command: status` looks how the pipelines are, `command: deploy` deploys whatever differs "
                "from what is live, `command: validate` checks it."
            )
        case _:
            return NothingToDo(f"`command: auto` does nothing on `{event.title}`. {_ON_PUSH}")


def _refusal(event: Event, verb: Verb) -> Refusal | None:
    match event.name:
        case EventName.PULL_REQUEST_TARGET | EventName.WORKFLOW_RUN:
            return Refusal(
                f"`{verb}` is refused on `{event.title}`: its job holds your secrets, "
                "and what it checks out may be anybody's",
                _ON_PULL_REQUESTS if verb is Verb.VALIDATE else _ON_PUSH,
            )
        case _ if verb is Verb.VALIDATE:
            return None
        case _ if event.title.startswith("pull_request"):
            return Refusal(f"`{verb}` is refused on `{event.title}`: what merging brings is a push", _ON_PUSH)
        case EventName.MERGE_GROUP:
            return Refusal(f"`{verb}` is refused on `merge_group`: its commit is not merged yet", _ON_PUSH)
        case _ if event.branch.startswith(_QUEUE):
            return Refusal(f"`{verb}` is refused on a merge queue's branch: it is not merged yet", _ON_PUSH)
        case EventName.OTHER:
            return Refusal(
                f"`{verb}` is refused on `{event.title}`: it tells of no merge, and strangers may cause it",
                _ON_PUSH,
            )
        case _ if not event.branch:
            return Refusal(
                f"`{verb}` is refused on `{_short(event.ref) or event.title}`: "
                "only of a branch can be told whether this commit is still its newest",
                _ON_PUSH,
            )
        case _:
            return None


def _refusal_to_look(event: Event) -> Refusal | None:
    """A look compares what is live with the files, and those of a pull request are nobody's yet."""
    match event.name:
        case EventName.PULL_REQUEST_TARGET | EventName.WORKFLOW_RUN:
            return Refusal(
                f"`status` is refused on `{event.title}`: its job holds your secrets, "
                "and what it checks out may be anybody's",
                _ON_SCHEDULE,
            )
        case _ if event.title.startswith("pull_request"):
            return Refusal(f"`status` is refused on `{event.title}`: its files are not merged", _ON_SCHEDULE)
        case EventName.MERGE_GROUP:
            return Refusal("`status` is refused on `merge_group`: its files are not merged yet", _ON_SCHEDULE)
        case _ if event.branch.startswith(_QUEUE):
            return Refusal(
                "`status` is refused on a merge queue's branch: its files are not merged yet", _ON_SCHEDULE
            )
        case _:
            return None


def _range(event: Event, checked_out: str) -> tuple[str, BaseSpec, tuple[str, ...]]:
    """Head, base and what to say about them.

    What strangers may cause is about the event's own commit, whatever a careless step checked out.
    """
    here = event.sha if event.name is EventName.OTHER else checked_out or event.sha
    if event.pull_request is not None:
        return _pull_request_range(event, event.pull_request, here)
    notes = (f"The checkout is {here[:7]} and not the event's {event.sha[:7]}; it is what is looked at.",)
    base: BaseSpec = NoBase(f"`{event.title}` names no commit to compare with")
    if event.push is not None:
        base = _push_base(event, event.push)
    elif event.merge_group is not None:
        base = Revision(event.merge_group.base_sha) if event.merge_group.base_sha else Nothing()
    return here, base, () if here == event.sha else notes


def _push_base(event: Event, push: Push) -> BaseSpec:
    if push.before:
        return Revision(push.before)
    if event.on_default_branch:
        return Nothing()
    what = "tag" if event.is_tag else "branch"
    return LostBase(f"the {what} `{_short(event.ref)}` is new, so the push names no commit before it")


def _pull_request_range(
    event: Event, request: PullRequest, here: str
) -> tuple[str, BaseSpec, tuple[str, ...]]:
    """The merge commit against its first parent: what merging now changes, and nothing that others merged.

    Whatever else the workflow checks out, the branch's own commit for one, may lack what the base has gained
    since, or hold what others have merged; the merge commit is then looked at in its place.
    """
    if request.action == "closed" and request.merged:
        merge = request.merge_commit
        return merge, BeforeMerge(merge, request.head_sha, request.commits), ()
    what = "the branch's own commit" if here == request.head_sha else here[:7]
    note = f"The checkout is {what}; what is looked at is the branch's merge into the base, {event.sha[:7]}."
    return event.sha, FirstParent(event.sha), () if here == event.sha else (note,)


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
