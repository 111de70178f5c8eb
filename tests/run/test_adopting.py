"""Which directory takes over which live pipeline, in which file that is written, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelayer.api import Silence
from pipelayer.changes.base import NoBase
from pipelayer.deploy import tags
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.model import LivePipeline, PipelineState, Verb
from pipelayer.project.tree import DiskTree
from pipelayer.run.adopting import Adoption, adopt
from pipelayer.run.ports import Ports
from pipelayer.run.request import Request
from support.fakes import FakeClock, FakeCloud, FakePipelines

TEMPLATE = '{"objects": [{"id": "Default", "scheduleType": "ondemand"}]}'
ONE = "version: 1\nproject: acme/nightly\ndefaults: {region: us-east-1}\n"
TWO = f"{ONE}groups: {{dev: {{}}, prod: {{region: us-west-2}}}}\n"
LEGACY = LivePipeline("df-1", "legacy", state=PipelineState.SCHEDULED)


def metadata(**about: object) -> str:
    return json.dumps({"metadata": about, "values": {}}, indent=2) + "\n"


@dataclass
class World:
    """A folder with a project, and one account with a Data Pipeline for each region."""

    folder: Path
    regions: dict[str, FakePipelines] = field(default_factory=dict)

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in {"pipeline_definition.json": TEMPLATE, "pipelayer.yml": ONE, **files}.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(text.encode())

    def live(self, *pipelines: LivePipeline, region: str = "us-east-1") -> None:
        self.regions[region] = FakePipelines({one.id: one for one in pipelines})

    def adopt(
        self, wanted: str = "legacy", to: str = "", group: str = "", region: str = "", *, git: bool = True
    ) -> Adoption:
        ports = Ports(
            tree=DiskTree(self.folder),
            compared=NoBase(""),
            connect=lambda place: FakeCloud(self.regions.get(place, FakePipelines()), region=place),
            has_credentials=True,
            clock=FakeClock(),
            journal=Silence(),
            interrupted=lambda: False,
        )
        groups = tuple(group.split(",")) if group else ()
        request = Request(Verb.DEPLOY, groups=groups, environment_region=region, names_untracked=git)
        found = adopt(request, ports, wanted, to, lambda path: (self.folder / path).exists())
        operations = {name for one in self.regions.values() for name in one.operations}
        assert operations <= {"list", "describe"}, "AWS is only asked"
        return found

    def refusal(self, wanted: str = "legacy", **how: str) -> UsageError:
        with pytest.raises(UsageError) as refused:
            self.adopt(wanted, **how)
        assert refused.value.hint
        return refused.value


Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def world(files: Mapping[str, str], *live: LivePipeline) -> World:
        made = World(tmp_path)
        made.write(files)
        made.live(*live)
        return made

    return world


def written(found: Adoption) -> tuple[str, int, str, object]:
    """The directory, the line, the file, and what its metadata says in the end."""
    assert found.edit is not None
    assert found.at is not None
    assert found.at.path == found.edit.path
    about = json.loads(found.edit.after)["metadata"]
    return found.key.directory, found.at.line, found.edit.path, about


# ---- which directory


def test_the_directory_whose_pipeline_is_called_like_it(make: Make) -> None:
    world = make({"a/values.json": metadata(name="legacy"), "legacy/values.json": metadata(name="b")}, LEGACY)
    about = {"adopt": "df-1", "name": "legacy"}
    assert written(world.adopt()) == ("a", 3, "a/values.json", about)
    assert written(world.adopt("df-1")) == ("a", 3, "a/values.json", about)


def test_the_directory_that_is_called_like_it(make: Make) -> None:
    world = make({"team/legacy/values.json": metadata(name="x"), "b/values.json": "{}"}, LEGACY)
    world.write({"pipelayer.yml": ONE.replace("{region", "{dirs: ['**'], region")})
    assert written(world.adopt())[0] == "team/legacy"


@pytest.mark.parametrize("to", ["b", "b/", "./b"])
def test_the_directory_that_is_named(make: Make, to: str) -> None:
    world = make({"legacy/values.json": "{}", "b/values.json": "{}"}, LEGACY)
    assert written(world.adopt(to=to))[:3] == ("b", 1, "b/values.json")


def test_a_directory_whose_values_cannot_be_read_is_no_obstacle_for_others(make: Make) -> None:
    world = make({"legacy/values.json": "{}", "b/values.json": "{"}, LEGACY)
    assert written(world.adopt())[0] == "legacy"
    broken = world.refusal(to="b")
    assert (broken.path, broken.line) == ("b/values.json", 1)


@pytest.mark.parametrize(
    ("files", "message", "hint"),
    [
        ({"a/values.json": "{}", "b/values.json": "{}"}, "No directory is called `legacy`.", "`a`, `b`."),
        (
            {"x/legacy/values.json": "{}", "y/legacy/values.json": "{}", "z/values.json": "{}"},
            "Several directories are called `legacy`.",
            "`x/legacy`, `y/legacy`.",
        ),
        ({f"d{n}/values.json": "{}" for n in range(10)}, "No directory is called `legacy`.", " and 2 more."),
    ],
)
def test_where_the_directory_cannot_be_told(
    make: Make, files: Mapping[str, str], message: str, hint: str
) -> None:
    world = make({**files, "pipelayer.yml": ONE.replace("{region", "{dirs: ['**'], region")}, LEGACY)
    refused = world.refusal()
    assert refused.message == message
    assert refused.hint.startswith(
        "Say which one takes df-1 over with `to`, on the command line with `--to`: "
    )
    assert refused.hint.endswith(hint)


@pytest.mark.parametrize(
    ("to", "hint"),
    [("orders", "Did you mean `order`?"), ("../outside", "git add"), ("/", "git add"), ("link", "git add")],
)
def test_where_no_pipeline_lies(
    make: Make, tmp_path_factory: pytest.TempPathFactory, to: str, hint: str
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere")
    (outside / "values.json").write_text("{}")
    world = make({"order/values.json": "{}"}, LEGACY)
    (world.folder / "link").symlink_to(outside)
    refused = world.refusal(to=to)
    assert refused.message.startswith("No pipeline lies in `")
    assert hint in refused.hint


# ---- which file


def test_yaml_is_written_as_yaml(make: Make) -> None:
    world = make({"legacy/values.yml": "# Orders\nvalues: {}\n"}, LEGACY)
    found = world.adopt()
    assert found.edit is not None
    assert found.edit.after == b'# Orders\nmetadata: {adopt: "df-1"}\nvalues: {}\n'


def test_several_groups_have_a_file_of_their_own(make: Make) -> None:
    files = {"pipelayer.yml": TWO, "legacy/values.json": metadata(name="legacy")}
    world = make(files)
    world.live(LEGACY, region="us-west-2")
    found = world.adopt(group="prod")
    assert written(found) == ("legacy", 1, "legacy/values.prod.json", {"adopt": "df-1"})
    assert found.edit is not None
    assert found.edit.before is None
    assert found.notes == ("`git add legacy/values.prod.json`: what git doesn't track doesn't count.",)
    assert world.adopt(group="prod", git=False).notes == ()

    world.write({**files, "legacy/values.prod.json": metadata(tags=["a:b"])})
    again = world.adopt(group="prod")
    assert written(again)[2:] == ("legacy/values.prod.json", {"adopt": "df-1", "tags": ["a:b"]})
    assert again.notes == ()


def test_a_new_file_is_written_like_the_one_beside_it(make: Make) -> None:
    world = make({"pipelayer.yml": TWO, "legacy/values.yaml": ""}, LEGACY)
    found = world.adopt(group="dev")
    assert found.edit is not None
    assert (found.edit.path, found.edit.after) == ("legacy/values.dev.yaml", b'metadata: {adopt: "df-1"}\n')


def test_a_directory_of_one_group_alone_has_one_file(make: Make) -> None:
    groups = TWO.replace("dev: {}", "dev: {dirs: [other]}")
    world = make({"pipelayer.yml": groups, "legacy/values.json": "{}", "legacy/values.prod.json": "{}"})
    world.live(LEGACY, region="us-west-2")
    assert written(world.adopt(group="prod"))[2] == "legacy/values.json"


def test_a_file_that_git_does_not_know_is_not_written_over(make: Make) -> None:
    world = make({"pipelayer.yml": TWO, "legacy/values.json": "{}"}, LEGACY)
    tree = DiskTree(world.folder)
    assert "legacy/values.dev.yml" not in tree.entries
    (world.folder / "legacy/values.dev.yml").mkdir()
    refused = world.refusal(group="dev")
    assert refused.message == "`legacy/values.dev.yml` is there, and git doesn't track it."


def test_two_values_files_are_one_too_many(make: Make) -> None:
    world = make({"legacy/values.json": "{}", "legacy/values.yml": ""}, LEGACY)
    assert "both there" in world.refusal().message


# ---- what is so already


@pytest.mark.parametrize("said", ["df-1", "legacy"])
def test_what_the_file_says_already_is_not_written_again(make: Make, said: str) -> None:
    found = make({"a/values.json": metadata(name="legacy", adopt=said)}, LEGACY).adopt()
    assert found.edit is None
    assert found.at is not None
    assert (found.at.path, found.at.line) == ("a/values.json", 4)


def test_what_the_groups_own_file_says_is_what_counts(make: Make) -> None:
    world = make(
        {
            "pipelayer.yml": TWO,
            "legacy/values.json": metadata(adopt="df-9"),
            "legacy/values.dev.json": metadata(name="legacy", adopt="df-1"),
        },
        LEGACY,
    )
    found = world.adopt(group="dev")
    assert found.at is not None
    assert (found.at.path, found.at.line, found.edit) == ("legacy/values.dev.json", 4, None)


def test_what_is_the_directorys_own_by_now_need_not_be_said(make: Make) -> None:
    own = LivePipeline("df-1", "old name", tags={tags.KEY: "acme/nightly:default/a"})
    found = make({"a/values.json": "{}"}, own).adopt("df-1")
    assert (found.key.directory, found.at, found.edit) == ("a", None, None)


# ---- what is refused

DEPLOYED = LivePipeline("df-2", "b", state=PipelineState.SCHEDULED, tags={tags.KEY: "acme/nightly:default/b"})


@pytest.mark.parametrize(
    ("files", "arguments", "message", "place"),
    [
        ({"a/values.json": "{}", "b/values.json": "{}"}, ("b", "a"), "df-2 belongs to `acme/", ""),
        ({"b/values.json": "{}"}, ("legacy", "b"), "`b` is df-2 (`b`) already.", ""),
        (
            {"a/values.json": metadata(name="x", adopt="df-9")},
            ("legacy", "a"),
            "`a` has another `adopt` already.",
            "a/values.json:4",
        ),
        (
            {"a/values.json": metadata(adopt="")},
            ("legacy", "a"),
            "`a` has another `adopt` already.",
            "a/values.json:3",
        ),
        (
            {"a/values.json": metadata(**{"moved-from": "old"})},
            ("legacy", "a"),
            "`a` says with `moved-from` which one",
            "a/values.json:3",
        ),
        (
            {"a/values.json": "{}", "c/values.json": metadata(name="c", adopt="legacy")},
            ("legacy", "a"),
            "`acme/nightly:default/c` takes over df-1 already, by `adopt`.",
            "c/values.json:4",
        ),
        (
            {"a/values.json": "{}", "c/values.json": metadata(**{"moved-from": "b"})},
            ("b", "a"),
            "`acme/nightly:default/c` takes over df-2 already, by `moved-from`.",
            "c/values.json:3",
        ),
        ({"a/values.json": "{}"}, ("legasy", "a"), "No pipeline of this account and region", ""),
        ({"pipelayer.yml": "version: 2\n", "a/values.json": "{}"}, ("b", "a"), "version", "pipelayer.yml:1"),
    ],
)
def test_what_a_deploy_would_refuse(
    make: Make, files: Mapping[str, str], arguments: tuple[str, str], message: str, place: str
) -> None:
    refused = make(files, LEGACY, DEPLOYED).refusal(arguments[0], to=arguments[1])
    assert message in refused.message
    assert (f"{refused.path}:{refused.line}" if refused.path else "") == place


def test_what_another_region_has_is_no_rival(make: Make) -> None:
    files = {"pipelayer.yml": TWO, "a/values.json": "{}", "b/values.dev.json": metadata(adopt="legacy")}
    world = make({**files, "b/values.json": "{}"})
    world.live(LEGACY, region="us-west-2")
    assert written(world.adopt(to="a", group="prod"))[2] == "a/values.prod.json"
    world.live(LEGACY)
    assert "takes over df-1 already" in world.refusal(to="a", group="dev").message


def test_what_another_account_has_is_no_rival(make: Make) -> None:
    groups = "groups: {dev: {account: '999999999999'}, prod: {account: '123456789012'}}\n"
    files = {"a/values.json": "{}", "b/values.json": "{}", "b/values.dev.json": metadata(adopt="legacy")}
    world = make({**files, "pipelayer.yml": ONE + groups}, LEGACY)
    assert written(world.adopt(to="a", group="prod"))[2] == "a/values.prod.json"


@pytest.mark.parametrize(
    ("config", "how", "message"),
    [
        (TWO, {}, "The project has several groups (dev, prod), and none was chosen."),
        (TWO, {"group": "dev,prod"}, "A pipeline can be adopted by one group only."),
        (TWO, {"group": "qa"}, "There is no group `qa`"),
        (ONE.replace("acme/nightly", "''"), {}, "`project` can't be"),
        ("version: 1\n", {}, "The project has no name"),
        ("version: 1\nproject: acme/nightly\n", {}, "The group `default` has no region."),
        (f"{ONE}groups: {{a: {{account: '999999999999'}}}}\n", {}, "belongs to account 999999999999"),
    ],
)
def test_which_group_account_and_region_is_said_as_for_a_deploy(
    make: Make, config: str, how: Mapping[str, str], message: str
) -> None:
    world = make({"pipelayer.yml": config, "legacy/values.json": "{}"}, LEGACY)
    assert message in world.refusal(**how).message


def test_the_region_may_be_the_environments(make: Make) -> None:
    world = make({"pipelayer.yml": "version: 1\nproject: acme/nightly\n", "legacy/values.json": "{}"})
    world.live(LEGACY, region="eu-west-1")
    assert written(world.adopt(region="eu-west-1"))[0] == "legacy"


def test_what_aws_does_not_answer_is_not_guessed(make: Make) -> None:
    world = make({"legacy/values.json": "{}"}, LEGACY)
    world.regions["us-east-1"].fails["list"] = [PipelayerError("no network")]
    with pytest.raises(PipelayerError, match="no network"):
        world.adopt()


# ---- what a deploy would meet


def test_a_pipeline_that_was_deployed_before_is_said_to_be(make: Make) -> None:
    stray = LivePipeline("df-1", "legacy", tags={tags.KEY: "acme/old:default/x"})
    (note,) = make({"legacy/values.json": "{}"}, stray).adopt().notes
    assert note.startswith("It was deployed as `acme/old:default/x`")


def test_a_name_that_would_replace_it_is_told(make: Make) -> None:
    world = make({"a/values.json": metadata(name="new")}, LEGACY)
    (note,) = world.adopt(to="a").notes
    assert note.startswith("The files name it `new`, and AWS can't rename")
    world.write({"a/values.json": metadata(adopt="legacy", name="new")})
    assert world.adopt(to="a").notes == (note,)
    world.write({"a/values.json": "{}"})
    assert world.adopt(to="a").notes == ()
