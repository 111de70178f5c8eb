"""What is seen of a run under way."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from pipelayer.model import Action, Key, Kind, PipelinePlan, Step
from pipelayer.progress import Bars, Lines, journal_for

KEY = Key("acme/nightly", "dev", "alpha")
UPLOAD, CREATE = Step(Action.UPLOAD, "upload 3 files"), Step(Action.CREATE, "create the pipeline")
PLAN = PipelinePlan(KEY, "Alpha", Kind.CREATE, "", (UPLOAD, CREATE))


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_line_for_each_step() -> None:
    file = io.StringIO()
    lines = Lines(file)
    assert not lines.began
    for step in PLAN.steps:
        lines.begins(PLAN, step)
        lines.done(PLAN, step)
    lines.says(None, "two\nlines \x1b[31m")
    assert file.getvalue() == "dev/alpha: upload 3 files\ndev/alpha: create the pipeline\n" + (
        file.getvalue().splitlines()[2] + "\n"
    )
    assert "\x1b" not in file.getvalue()
    assert lines.began


def test_a_long_step_says_now_and_then_how_far_it_is() -> None:
    file, clock = io.StringIO(), Seconds()
    lines = Lines(file, clock)
    lines.begins(PLAN, UPLOAD)
    for done in range(1, 1001):
        clock.now += 1 / 64
        lines.progress(KEY, "files", done, 1000)
    said = file.getvalue().splitlines()[1:]
    assert said == [f"dev/alpha: files: {done} of 1,000" for done in (320, 640, 960)]


def test_a_file_that_is_no_terminal_gets_lines() -> None:
    with journal_for(io.StringIO()) as journal:
        assert isinstance(journal, Lines)


@pytest.fixture
def progress() -> Progress:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    return Progress(TextColumn("{task.description}"), console=console, auto_refresh=False)


def test_a_bar_moves_with_steps_and_their_parts_and_goes_when_all_is_done(progress: Progress) -> None:
    bars = Bars(progress)
    bars.begins(PLAN, UPLOAD)
    (task,) = progress.tasks
    assert (task.completed, task.total, task.visible) == (0, 2, True)
    bars.progress(KEY, "files", 1, 4)
    assert task.completed == 0.25
    assert task.description == "[bold]dev/alpha[/] 1 of 4 files"
    bars.done(PLAN, UPLOAD)
    assert task.completed == 1
    bars.begins(PLAN, CREATE)
    bars.done(PLAN, CREATE)
    assert (task.completed, task.visible) == (2, False)


def test_a_name_is_never_markup(progress: Progress) -> None:
    bars = Bars(progress)
    bars.progress(None, "[red]x[/]", 1, 3)
    assert "\\[red]" in progress.tasks[0].description
