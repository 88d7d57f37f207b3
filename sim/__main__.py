"""The command line: ``countyfund`` (or ``python -m sim``), a verb, and Hydra overrides."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from sim.core import memory
from sim.core.command_line import Request, refuse_doubles
from sim.core.command_line import parse as parse_words
from sim.core.console import say, tell
from sim.core.ending import ended, say_where
from sim.core.errors import ConfigError
from sim.core.paths import option_names

USAGE = """countyfund: how a county's insurance fund, providers and patients fare when providers are paid otherwise

usage: countyfund [VERB] [OVERRIDE ...]          (or: python -m sim [VERB] [OVERRIDE ...])

verbs
  compare    compare the arms of a study, paired by luck (the default verb: compare study=payment_methods)
  studies    list the studies: the systems each runs, and what it asks
  run        simulate one configuration
  sweep      simulate every combination of several values
  validate   compare the simulated history with published figures
  settle     price and settle your own claims, without simulating
  explain    re-do one number of a settlement or a run, step by step
  template   write an example of an input file of settle

overrides: any parameter by its key; docs/parameters.md lists all
  population.residents=50000     residents simulated, a part of the county (default 20,000; up to 2,000,000)
  payment=drg                    {payments}
  settlement=shared              own_risk, shared, surplus_only, mssp_one_sided, mssp_two_sided,
                                 risk_corridor or alzira; settlement.overrun_share=0.3
  response=off                   nobody responds to the money
  base_year=2024                 {base_years}
  years.history=3 years.reform=5
  experiment.replications=20     seed=1      engine=kernel|reference      executor.workers=2
  output.dir=FOLDER              output.claims=true      language=zh

options
  -h, --help                     this help; `countyfund VERB --help` has examples of a verb
  -c, --cfg job|hydra|all        print the composed configuration and stop; -p, --package KEY prints a part of it
  --resolve                      with --cfg: resolve interpolations
  --version                      print the version

exit codes: 0 done, 2 a mistake in what was asked, 130 interrupted (1 a fault in the program)"""


def usage() -> str:
    """The help of the command itself; what ``conf/`` and installed packages hold is listed from them."""
    from importlib.metadata import entry_points
    from textwrap import wrap

    def told(names: Sequence[str], more: str = "") -> str:
        *most, last = names
        return f"\n{33 * ' '}".join(wrap(f"{', '.join(most)}{' or ' if most else ''}{last}{more}", 86))

    schemes = {*option_names("payment"), *(point.name for point in entry_points(group="countyfund.schemes"))}
    return USAGE.format(
        payments=told(sorted(schemes), " (docs/payment.md); payment.KEY=... sets its parameters"),
        base_years=told(option_names("base_year")),
    )


HELP = {
    "compare": """usage: countyfund compare [study=NAME|FILE.yaml] [OVERRIDE ...]

Compares the arms of a study on the same residents and the same luck; prints paired differences to the baseline arm and
saves a run folder (manifest.json, outcomes.parquet, differences.parquet, figures, report.html).
Overrides hold for the shared history and for every arm.

  countyfund compare study=payment_methods
  countyfund compare study=my_study.yaml population.residents=50000 experiment.replications=20
  countyfund compare language=zh output.dir=results""",
    "studies": """usage: countyfund studies [language=en|zh]

Lists the studies that `compare study=NAME` runs: name, rows of the table of systems of the source documents (A1 to
A27), and one line in English and in Chinese.

  countyfund studies
  countyfund studies language=zh""",
    "run": """usage: countyfund run [OVERRIDE ...]

Simulates one configuration: history years under current_payment, then reform years under payment.

  countyfund run payment=drg population.residents=50000
  countyfund run payment=package settlement=shared output.claims=true
  countyfund run payment=dip --cfg job --package payment""",
    "sweep": """usage: countyfund sweep KEY=VALUE,VALUE,... [OVERRIDE ...]

Simulates every combination of the values given (a=1,2,3 or a=range(1,4)), on the same residents and luck,
and saves one table (sweep.parquet) and figures.

  countyfund sweep settlement.retained_share=0,0.3,0.6,1 settlement.overrun_share=0,0.5,1 payment=package
  countyfund sweep payment=ffs,drg,dip experiment.replications=4""",
    "validate": """usage: countyfund validate [OVERRIDE ...]

Simulates the history years and compares them with published figures: target, simulated, difference, source.

  countyfund validate
  countyfund validate base_year=2024""",
    "settle": """usage: countyfund settle claims=FILE providers=FILE out=FOLDER [payment=NAME[,NAME...]] [OVERRIDE]

Prices and settles a CSV or Parquet of claims under one or several designs; docs/data.md describes the files.
Writes receipts.parquet (claim by claim), providers.csv, communities.csv, fund.csv, statements.html, statements/ (one
file an institution) and manifest.json; in Chinese with language=zh.

  enrolment=FILE  insured persons by community      groups=FILE  case groups and weights
  signed=FILE     signed list with base-year costs  items=FILE   services of outpatient visits
  history=FILE    claims of earlier years, from which rates, pools and budgets follow when they are not given
  study=FILE      one design for each arm           year=2024    the year, if the claims do not say
  available=YUAN  fund money for care: no budget above it        skip_bad=true  leave bad rows out, counted and listed
  errors=1000     bad cells listed in errors.csv    overwrite=true  replace a folder of results
  ledger=FOLDER   post the year in a ledger kept there, in double entry, and close it; again: nothing changes
  correction='…'  why a closed year is corrected: the differences are posted in the next open month

  countyfund settle claims=c.csv providers=p.csv payment=drg payment.rate=6000 payment.coefficient=1 out=results
  countyfund settle claims=2024.csv providers=p.csv history=2023.csv enrolment=heads.csv \\
      payment=ffs,drg,dip,package settlement=shared out=results
  countyfund settle claims=2024.csv providers=p.csv payment=ffs ledger=ledger out=results_2024""",
    "explain": """usage: countyfund explain claim=NUMBER|row=ROW|provider=CODE|NAME|fund settled=FOLDER [design=NAME]
       countyfund explain row=ROW|provider=NUMBER|NAME|fund year=YEAR run=FOLDER [arm=NAME] [replication=0]
              [insurance=employee]

Re-does one number: each step with its rule, parameters, values and sources, held against what was settled; in Chinese
with language=zh.  An institution is named by its code, or by its name where no other has it.  YEAR is a calendar year,
or counted from 0, the first history year.  For row=... a run must have been saved with output.claims=true; `row` is
then the row of claims.parquet, from 0.  With insurance=employee, provider and fund are those of the employee fund,
where it has books.

  countyfund explain claim=JS202400000017 settled=results design=dip
  countyfund explain provider=H0001 settled=results
  countyfund explain provider=县人民医院 settled=results language=zh
  countyfund explain fund settled=results
  countyfund explain row=4711 run=outputs/run-20240131-120000""",
    "template": """usage: countyfund template claims|history|providers|enrolment|groups|signed|items [out=FILE.csv]
       countyfund template sample [out=FOLDER]

Writes an input file of settle with its headings and example rows, and beside it what the columns mean, in Chinese with
language=zh; or the five files of a small made-up county, which every payment method settles.

  countyfund template claims
  countyfund template claims language=zh
  countyfund template sample out=sample""",
}

DEFAULT_VERB = "compare"


def parse(arguments: Sequence[str]) -> Request:
    """Tell verb, options and overrides apart (`sim.core.command_line.parse`)."""
    return parse_words(arguments, tuple(HELP), DEFAULT_VERB)


def compare(request: Request) -> None:
    """``compare``: tables, figures, report."""
    from sim.experiment.compare import compare_plan, plan

    study, overrides = split_study(request.overrides)
    planned = plan(study, overrides)
    from sim.report.from_experiments import Reporter, of_comparison

    reporter = Reporter(of_comparison, planned.base)
    result = compare_plan(planned, save=True, extras=reporter)
    reporter.show()
    say_where(result.folder, planned.base.language)


def studies(request: Request) -> None:
    """``studies``: list the studies that `compare` can run.

    Raises:
        ConfigError: when all good studies are listed, if a file is not well formed.
    """
    from sim.experiment.study import list_studies

    words = _languages_exact(request.overrides)
    languages = [word.partition("=")[2] for word in words if word in ("language=en", "language=zh")]
    if len(languages) != len(request.overrides):
        raise ConfigError(
            "studies takes nothing but the language",
            where="the command line",
            value=" ".join(request.overrides),
            bound="language=en or language=zh",
            todo="see countyfund studies --help",
        )
    listed = list_studies(languages[-1:] or ["en", "zh"])
    say("\n".join(listed.lines))
    for error in listed.errors:
        tell(f"error: {error}")
    if listed.errors:
        raise ConfigError(
            f"{len(listed.errors)} of {len(listed.lines) + len(listed.errors)} studies cannot be read",
            where="scenarios",
            todo="correct the files named above",
        )


def run(request: Request) -> None:
    """``run``: one configuration."""
    from sim.config import load_config
    from sim.experiment.run import run_config

    config = load_config(request.overrides)
    from sim.report.from_experiments import Reporter, of_run

    reporter = Reporter(of_run, config)
    result = run_config(config, request.overrides, save=True, extras=reporter)
    reporter.show()
    say_where(result.folder, config.language)


def sweep(request: Request) -> None:
    """``sweep``: a grid."""
    from sim.experiment.sweep import grid, sweep_grid

    points = grid(request.overrides)
    from sim.report.from_experiments import Reporter, of_sweep

    reporter = Reporter(of_sweep, points[0].history)
    result = sweep_grid(points, request.overrides, save=True, extras=reporter)
    reporter.show()
    say_where(result.folder, points[0].history.language)


def validate(request: Request) -> None:
    """``validate``: history against published figures."""
    from sim.experiment.validate import validate as validate_overrides
    from sim.report.from_experiments import show_validation

    result = validate_overrides(request.overrides)
    show_validation(result.config, result.checks, request.overrides, result.notes)
    if result.folder:
        say_where(result.folder, result.config.language)


def settle(request: Request) -> None:
    """``settle``: a user's own claims."""
    from sim.settle.command import settle as settle_files
    from sim.settle.write.terminal import show as show_settled

    result = settle_files(request.overrides)
    show_settled(result)
    say_where(result.folder, result.language)


def explain(request: Request) -> None:
    """``explain``: one number, step by step."""
    from sim.settle.explain import explain as explain_words

    say(explain_words(_languages_exact(request.overrides)))


def template(request: Request) -> None:
    """``template``: an example of an input file.

    Raises:
        ConfigError: unless one known name is given.
    """
    from sim.core.disk import named
    from sim.settle.write.template import write_sample, write_template

    arguments = _languages_exact(request.overrides)
    words = [word for word in arguments if "=" not in word]
    outs = [word.partition("=")[2] for word in arguments if word.startswith("out=")]
    other = [word for word in arguments if "=" in word and not word.startswith(("out=", "language="))]
    if len(words) != 1 or other:
        raise ConfigError(
            "template needs one name, and takes nothing but out= and language=" if other else "template needs one name",
            where="the command line",
            value=" ".join(other or words) or None,
            todo="see countyfund template --help",
        )
    if words == ["sample"]:
        for file in write_sample(named(outs[-1] if outs else "sample")):
            say(os.path.relpath(file))
        return
    languages = [word.partition("=")[2] for word in arguments if word.startswith("language=")]
    place = named(outs[-1] if outs else f"{words[0]}_template.csv")
    write_template(words[0], place, language=(languages or ["en"])[-1])
    say(f"{place}: example rows; {place.with_suffix('.README.md')} says what the columns mean")


VERBS: dict[str, Callable[[Request], None]] = {
    "compare": compare, "studies": studies, "run": run, "sweep": sweep, "validate": validate, "settle": settle,
    "explain": explain, "template": template,
}  # fmt: skip
OF_PARAMETERS = ("compare", "run", "sweep", "validate", "settle")
"""Verbs that take parameters, in any of their spellings."""


def _languages_exact(words: Sequence[str]) -> tuple[str, ...]:
    """Words in which a language is given by its code: ``language=中文`` is ``language=zh``."""
    if not any(word.lower().startswith("language") for word in words):
        return tuple(words)  # without loading anything
    from sim.config import exact

    spelt = [exact(word) for word in words]
    return tuple(new if new.startswith("language=") else word for word, new in zip(words, spelt, strict=True))


def split_study(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The study named by ``study=``, and the other overrides.

    Raises:
        ConfigError: if a study stands there without ``study=``.
    """
    named = [word.partition("=")[2].strip("'\" ") for word in words if word.startswith("study=")]
    others = tuple(word for word in words if not word.startswith("study="))
    if bare := [word for word in others if "=" not in word]:
        from sim.experiment.study import studies

        if bare[0].lower() in studies():
            raise ConfigError(
                f"a study is named by study=: {bare[0]}",
                where="the command line",
                todo=f"write study={bare[0].lower()}",
            )
    return (named or ["payment_methods"])[-1], others


def show(request: Request) -> None:
    """``--cfg``: print the composed configuration."""
    from sim import config

    overrides = request.overrides
    if request.verb == "compare":
        from sim.experiment.study import load_study

        name, others = split_study(overrides)
        overrides = (*load_study(name).overrides, *others)
    if request.verb == "sweep":
        overrides = tuple(word for word in overrides if not config.is_sweep(word))
    say(config.show(overrides, request.show, request.package, resolve=request.resolve).removesuffix("\n"))


def dispatch(arguments: Sequence[str]) -> None:
    """Do what the command line asks for."""
    request = parse(arguments)
    if request.help:
        say(HELP[request.verb] if request.named else usage())
    elif request.version:
        from importlib.metadata import version

        say(f"countyfund {version('countyfund')}")
    else:
        memory.require(memory.TO_LOAD)
        if request.verb in OF_PARAMETERS:
            from sim.config import exact

            refuse_doubles(request.overrides, exact)
        (show if request.show else VERBS[request.verb])(request)


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole command; returns the exit code.

    Args:
        arguments: those of the command line if None; the process then ends here when it is interrupted.
    """
    words = sys.argv[1:] if arguments is None else arguments
    return ended(lambda: dispatch(words), chinese="language=zh" in words, own_process=arguments is None)


if __name__ == "__main__":
    sys.exit(main())
