"""From groups to stages: which account and region each one is, and whether AWS is asked at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelayer.console.ports import Cloud
from pipelayer.deploy.facts import Options
from pipelayer.deploy.known import KnownSecrets
from pipelayer.deploy.snapshot import Snapshot, take_snapshot
from pipelayer.deploy.stage import Stage
from pipelayer.deploy.survey import Survey
from pipelayer.errors import AwsError, UsageError
from pipelayer.model import GroupInfo, Verb
from pipelayer.project.config import Group
from pipelayer.project.pipeline import Pipeline
from pipelayer.run.choosing import Chosen
from pipelayer.run.head import Head
from pipelayer.run.ports import Ports
from pipelayer.run.request import AskAws, ReplaceOrder, Request

_Opened = tuple[tuple[Stage, ...], tuple[GroupInfo, ...], tuple[str, ...]]


def open_stages(
    request: Request, ports: Ports, head: Head, chosen: Chosen, pipelines: Sequence[Pipeline]
) -> _Opened:
    """The stages of the groups that AWS is asked about, every group as this run saw it, and what was not
    asked, in words.

    Raises UsageError for a group of another account where it was named or would be written, and where there
    is no region.
    """
    groups = _concerned(request, head, chosen)
    why_not = _why_not(request, ports)
    if why_not:
        infos = tuple(GroupInfo(group.name, request.region_of(group.region)) for group in groups)
        return (), infos, (why_not,)
    stages: list[Stage] = []
    infos_found: list[GroupInfo] = []
    notes: list[str] = []
    for one in reach(request, ports, groups):
        infos_found.append(one.info)
        if isinstance(one, OutOfReach):
            if request.writes or request.groups or request.aws is AskAws.REQUIRED:
                raise one.refusal
            notes.append(f"AWS was not asked about the group {one.info.name}: {one.why}.")
        else:
            survey = _survey(request, ports, head, one.cloud, one.snapshot)
            stages.append(_stage(request, head, one.group, survey, pipelines, heads_region=one.heads_region))
    return tuple(stages), tuple(infos_found), tuple(notes)


@dataclass(frozen=True)
class Reached:
    """A group with what its region holds. The first one of a region `heads_region`: it answers for what no
    group has.
    """

    group: Group
    info: GroupInfo
    cloud: Cloud
    snapshot: Snapshot
    heads_region: bool


@dataclass(frozen=True)
class OutOfReach:
    """A group that AWS can't be asked about: why, in half a sentence, and what to raise where that won't
    do.
    """

    info: GroupInfo
    why: str
    refusal: UsageError


def reach(request: Request, ports: Ports, groups: Iterable[Group]) -> Iterator[Reached | OutOfReach]:
    """The groups one after the other, as AWS has them: one list and one describe for each region. Raises
    AwsError where AWS can't be asked, UsageError where there are no credentials.
    """
    clouds: dict[str, tuple[Cloud, Snapshot]] = {}
    for group in groups:
        region = request.region_of(group.region)
        if not region:
            yield OutOfReach(GroupInfo(group.name), "it has no region", no_region(group))
            continue
        known = clouds.get(region)
        cloud = known[0] if known else ports.connect(region)
        account = account_of(ports, cloud)
        info = GroupInfo(group.name, region, account)
        if group.account and group.account != account:
            why = f"it belongs to account {group.account}, and these credentials to {account}"
            yield OutOfReach(info, why, wrong_account(group, account))
            continue
        snapshot = known[1] if known else take_snapshot(cloud.pipelines)
        clouds[region] = cloud, snapshot
        yield Reached(group, info, cloud, snapshot, heads_region=not known)


def told_groups(request: Request, head: Head, chosen: Chosen) -> tuple[GroupInfo, ...]:
    """The groups as the files have them: what is known of them if the run stops here."""
    groups = _concerned(request, head, chosen)
    return tuple(GroupInfo(one.name, request.region_of(one.region), one.account) for one in groups)


def _survey(request: Request, ports: Ports, head: Head, cloud: Cloud, snapshot: Snapshot) -> Survey:
    return Survey(
        cloud=cloud,
        snapshot=snapshot,
        configured=head.configured,
        options=_options(request),
        read=ports.tree.read,
        secrets=KnownSecrets(cloud.secrets, ports.on_secret),
        salt=request.secret_salt,
        deploying=request.writes,
    )


def _options(request: Request) -> Options:
    return Options(
        verb=request.verb,
        run_on_demand=request.run_on_demand,
        replace_on_demand=request.replace_on_demand,
        prune=request.prune,
        respect_paused=request.respect_paused,
        cancel_running=request.cancel_running,
        delete_first=request.replace is ReplaceOrder.DELETE_FIRST,
    )


def _stage(
    request: Request,
    head: Head,
    group: Group,
    survey: Survey,
    pipelines: Sequence[Pipeline],
    *,
    heads_region: bool,
) -> Stage:
    own = [pipeline for pipeline in pipelines if pipeline.key.group == group.name]
    names = frozenset(other.name for other in head.config.groups) - {group.name}
    return Stage(group, head.config.project, survey, own, request.concurrency, names, heads_region)


def _why_not(request: Request, ports: Ports) -> str:
    """Why AWS isn't asked at all, "" where it is."""
    if request.aws is AskAws.NEVER:
        if request.writes:
            raise UsageError(f"{request.verb} can't do without AWS.", "Remove `aws: never`.")
        return "AWS was not asked, as wished (aws: never): only the offline checks were made."
    if ports.has_credentials or request.writes or request.aws is AskAws.REQUIRED:
        return ""
    return "AWS was not asked, since there are no credentials: only the offline checks were made."


def _concerned(request: Request, head: Head, chosen: Chosen) -> tuple[Group, ...]:
    """Validating looks only at groups in which something is selected; what may catch up or prune looks at
    all.
    """
    if request.verb is not Verb.VALIDATE or chosen.live_decides:
        return head.groups
    names = {item.key.group for item in chosen.selection.items}
    if chosen.gone_names or any(head.config.group(name) is None for name in names):
        return head.groups  # what a group left behind may lie wherever any of them is
    return tuple(group for group in head.groups if group.name in names)


def account_of(ports: Ports, cloud: Cloud) -> str:
    """Whose credentials these are. A machine's own role shows only when it is asked for, so its lack does
    too.
    """
    try:
        return cloud.account()
    except AwsError as problem:
        if ports.has_credentials:
            raise
        raise UsageError(problem.message, problem.hint) from problem


def no_region(group: Group) -> UsageError:
    """What to raise for a group whose region nothing tells."""
    hint = "Set `region` in pipelayer.yml (under `defaults` or the group), or AWS_REGION."
    return _about(group, f"The group `{group.name}` has no region.", hint)


def wrong_account(group: Group, account: str) -> UsageError:
    """What to raise for a group of another account than the credentials'."""
    message = (
        f"The group {group.name} belongs to account {group.account}, and these credentials to {account}."
    )
    return _about(group, message, "Use that account's role; nothing was changed.")


def _about(group: Group, message: str, hint: str) -> UsageError:
    at = group.at
    return UsageError(
        message,
        hint,
        path=at.path if at else "",
        line=at.line if at else 0,
        column=at.column if at else 0,
    )
