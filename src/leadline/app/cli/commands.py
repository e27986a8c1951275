"""The table of commands: each in the module of what it is about."""

from typing import Annotated

import typer

from leadline.app.cli import aims, audit, definitions, exclusions, facts, figures, periods, serve, trust
from leadline.app.cli.add import add
from leadline.app.cli.backup import backup, restore
from leadline.app.cli.board import board
from leadline.app.cli.change import change
from leadline.app.cli.checks import checks
from leadline.app.cli.context import Context
from leadline.app.cli.demo import demo
from leadline.app.cli.disclose import disclose
from leadline.app.cli.export import export
from leadline.app.cli.history import bridge, deprecate, history, retire, sunset
from leadline.app.cli.identity import identity
from leadline.app.cli.listen import listen_to
from leadline.app.cli.mask import mask
from leadline.app.cli.model import model
from leadline.app.cli.ownership import ownership
from leadline.app.cli.pack import pack
from leadline.app.cli.people import access, people
from leadline.app.cli.plan import apply, candidate, plan, withdraw
from leadline.app.cli.pull import pull_definitions
from leadline.app.cli.quarantine import quarantine
from leadline.app.cli.strategy import strategy
from leadline.app.cli.targets import targets
from leadline.app.cli.work import work
from leadline.app.cli.worker import worker

app = typer.Typer(
    name="leadline",
    help="Compute and govern customer KPIs: definitions, facts, figures, findings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def project(
    context: typer.Context,
    folder: Annotated[
        str, typer.Option("--project", "-p", help="The project's folder.", metavar="DIR")
    ] = ".",
) -> None:
    """Remember the project's folder for the command that follows."""
    context.obj = Context.of(folder)


app.command("check")(definitions.check)
app.command("schema")(definitions.schema)
app.command("metrics")(definitions.metrics)
app.command("plan")(plan)
app.command("apply")(apply)
app.command("withdraw")(withdraw)
app.command("pull")(pull_definitions)
app.command("candidate")(candidate)
app.command("history")(history)
app.command("bridge")(bridge)
app.command("deprecate")(deprecate)
app.command("sunset")(sunset)
app.command("retire")(retire)
app.command("model")(model)
app.command("add")(add)
app.command("fetch")(facts.fetch_sources)
app.command("forget")(facts.forget_landed)
app.command("listen")(listen_to)
app.command("ingest")(facts.ingest_files)
app.add_typer(quarantine, name="quarantine")
app.command("checks")(checks)
app.add_typer(identity, name="identity")
app.command("exclusions")(exclusions.list_exclusions)
app.command("release")(exclusions.release)
app.command("exclude")(exclusions.exclude)
app.command("refresh")(figures.refresh_project)
app.command("query")(figures.query)
app.command("explain")(figures.explain_figure)
app.command("findings")(figures.findings)
app.command("strategy")(strategy)
app.add_typer(targets, name="targets")
app.command("sources")(trust.sources)
app.command("reconcile")(trust.reconcile_sides)
app.command("readiness")(periods.readiness)
app.command("close")(periods.close)
app.command("reopen")(periods.reopen)
app.command("comment")(periods.comment)
app.command("restated")(periods.restated)
app.command("trade-offs")(aims.show_trade_offs)
app.command("what-if")(aims.show_what_if)
app.command("incentives")(aims.show_incentives)
app.command("pack")(pack)
app.add_typer(export, name="export")
app.command("mask")(mask)
app.command("serve")(serve.serve)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("demo")(demo)
app.add_typer(work, name="work")
app.command("worker")(worker)
app.add_typer(people, name="people")
app.add_typer(access, name="access")
app.add_typer(audit.audit, name="audit")
app.command("disclose")(disclose)
app.add_typer(ownership, name="ownership")
app.add_typer(change, name="change")
app.add_typer(board, name="board")
