"""The order of a run. Most end once the files are opened, so what comes after is imported only then."""

from __future__ import annotations

from pipelayer.errors import Interrupted, PipelayerError, UsageError
from pipelayer.model import Report, Result, Verb
from pipelayer.run.draft import Draft
from pipelayer.run.opening import open_project
from pipelayer.run.stopping import told_to_stop


def run(draft: Draft) -> Report:
    """Carries out what the draft is asked. Every failure is in the report; nothing is raised but for bugs.

    Whoever keeps the draft can say how far the run got, while it is under way and after a bug.
    """
    try:
        _go(draft)
    except Interrupted:
        draft.report = draft.cut_short(told_to_stop())
    except PipelayerError as problem:
        draft.fail(problem)
    return draft.report


def _go(draft: Draft) -> None:
    request = draft.request
    opened = open_project(request, draft.ports)
    draft.set(selection=opened.selection, findings=opened.findings)
    if opened.head is None:
        raise UsageError("The configuration is wrong.", "Mend what the findings say.")
    catches_up = request.verb in (Verb.DEPLOY, Verb.PLAN) or opened.chosen.live_decides
    if not opened.selection.items and not opened.chosen.gone_names and not catches_up:
        draft.finish(Result.NOTHING_TO_DO)
        return
    from pipelayer.run.course import Course  # half of what a short run would import

    Course(draft, opened, opened.head).take()
