"""What one looks up on the command line: the rules, and the schemas of the files."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NoReturn

import click
from click.shell_completion import CompletionItem

from pipelayer.schemas import NAMES

if TYPE_CHECKING:
    from pipelayer.explain import Rule

_COLORS = {"error": "red", "warning": "yellow", "note": "blue"}
_AWS = "These are AWS's own words: it was asked to validate the definition, and this is what it answered."


def _codes(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from pipelayer.explain import rules

    return [
        CompletionItem(rule.code, help=rule.title)
        for rule in rules().values()
        if rule.code.startswith(begun.upper())
    ]


@click.command(short_help="Explain a finding's code.")
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=_codes)
def explain(codes: tuple[str, ...]) -> None:
    """Explain a finding's code, with an example of how not to write it, and how to.

    Without a code, list all of them, a line each. The same is to be read in docs/rules.md.

    \b
    Examples:
      pipelayer explain PL209
      pipelayer explain | grep -i period
    """
    from pipelayer.explain import explain, rules

    if not codes:
        for known in rules().values():
            click.echo(_line(known))
        return
    found = [(code, explain(code)) for code in codes]
    for code, rule in found:
        if rule is None and code.upper() != "AWS":
            _unknown(code)
    for number, (_, rule) in enumerate(found):
        if number:
            click.echo()
        if rule is None:
            click.echo(_AWS)
        else:
            _show(rule)


def _line(rule: Rule) -> str:
    severity = click.style(f"{rule.severity.value:<7}", fg=_COLORS[rule.severity.value])
    return f"{rule.code}  {severity}  {rule.title}"


def _show(rule: Rule) -> None:
    from pipelayer.explain.page import markdown

    if not sys.stdout.isatty():
        click.echo(f"# {rule.code}\n\n{markdown(rule)}")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=min(Console().width, 100))
    click.echo(_line(rule))
    _, _, rest = markdown(rule).partition("\n")  # the title again
    console.print(Markdown(rest, code_theme="ansi_dark"))


def _unknown(code: str) -> NoReturn:
    from pipelayer.definition.suggest import did_you_mean
    from pipelayer.explain import rules
    from pipelayer.render.escape import one_line

    hint = did_you_mean(code, rules(), "`pipelayer explain` lists all of them.")
    raise click.UsageError(f"There is no rule {one_line(code)[:80]!r}. {hint}")


@click.command(short_help="Print the JSON Schema of a file.")
@click.argument("file", type=click.Choice(NAMES))
def schema(file: str) -> None:
    """Print the JSON Schema of a file, so that an editor completes and checks it.

    `values` is for values.json, `definition` for pipeline_definition.json, `config` for pipelayer.yml,
    `report` for what --json prints, `status` for what `pipelayer status --json` prints. docs/files.md says
    how to tell an editor.

    \b
    Example:
      pipelayer schema values > .vscode/values.schema.json
    """
    from pipelayer.schemas import load

    click.echo(json.dumps(load(file), indent=2, ensure_ascii=False))
