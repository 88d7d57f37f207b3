"""What the report shows, gathered from the results of an experiment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from rich.text import Text as Rich

from sim.config import is_sweep
from sim.config.model import SimConfig, find_parameter
from sim.core.console import rich_console
from sim.core.text import Text
from sim.county.variation import swing_of_spending
from sim.experiment.checks import Check, check_history
from sim.experiment.departures import arm_settings, is_default_county, settings
from sim.experiment.records import RUN, Layer, Notes, Point, typed
from sim.experiment.results import Comparison, RunResult, SweepResult
from sim.experiment.study_model import Study
from sim.money import settlement
from sim.money.paying import terms_of
from sim.outcomes.outcome import ALL
from sim.outcomes.trials import NAMED
from sim.report.analysis import Analysis
from sim.report.county_facts import national_note
from sim.report.data import Claim, County, ReportInput, Sweep, SweepAxis, ValidationRow
from sim.report.html import write_report
from sim.report.labels import group_label
from sim.report.numbers import unit_of
from sim.report.settings import ARM, COMMAND_LINE, STUDY, payment_name, setting_row
from sim.report.statements import read_statements
from sim.report.table_rows import DISCHARGES
from sim.report.terminal import county_lines, print_report, validation_table

Facts = Mapping[str, Any]
R = TypeVar("R")


class Reporter(Generic[R]):
    """Writes figures and the page into a run folder, and shows the tables in the terminal.

    Args:
        gather: one of `of_comparison`, `of_run`, `of_sweep`.
        config: says whether a report is wanted.
    """

    def __init__(self, gather: Callable[[R, Facts], ReportInput], config: SimConfig) -> None:
        self.gather, self.config = gather, config
        self.analysis: Analysis | None = None

    def __call__(self, result: R, folder: Path, facts: Facts, /) -> None:
        """Called when the tables are in the folder."""
        gathered = self.gather(result, facts_of(self.config, facts))
        self.analysis = Analysis(replace(gathered, statements=read_statements(folder)))
        if self.config.output.report:
            write_report(self.analysis, folder)

    def show(self) -> None:
        """Print the tables."""
        if self.analysis is not None:
            print_report(self.analysis)


def show_validation(
    config: SimConfig, checks: Sequence[Check], overrides: Sequence[str], notes: Notes | None = None
) -> None:
    """Print the county, the notes on its settings, and published figures beside simulated ones."""
    judged = [check.verdict for check in checks if check.verdict != "info"]
    line = Text("{0} of {1} figures are within tolerance.", "{1} 项指标中 {0} 项在容差内。").of(config.language)
    county = county_of(config, [(COMMAND_LINE, overrides)])
    screen = rich_console()
    for text in remarks(notes or Notes()):
        screen.print(Rich(text.of(config.language), style="yellow"))
    screen.print(county_lines(county, config.language))
    screen.print(validation_table(validation_rows(checks), config.language))
    screen.print(line.format(judged.count("ok"), len(judged)))
    screen.print(Rich(DISCHARGES.of(config.language), style="dim"))
    if remark := national_note(county, judged.count("apart")).of(config.language):
        screen.print(remark)


def of_comparison(result: Comparison, facts: Facts) -> ReportInput:
    """A study's arms."""
    study, base, words = result.plan.study, result.plan.base, result.plan.overrides
    arms = {
        name: (config, [(STUDY, study.overrides), (ARM, study.arms[name].overrides), (COMMAND_LINE, words)])
        for name, config in result.plan.arms.items()
    }
    return ReportInput(
        title=study.title,
        question=study.question,
        table=result.outcomes,
        arms={name: arm.label for name, arm in study.arms.items()},
        baseline=study.baseline,
        reform_start=base.years.history,
        base_year=base.base_year,
        language=base.language,
        confidence=base.experiment.confidence,
        validation=validation_rows(check_history(base, result.outcomes, is_default_county(base))),
        manifest=facts,
        remarks=remarks(result.notes),
        notes=_notes(study),
        findings=study.headline,
        claims=tuple(Claim(item.effect, item.citation, item.check) for item in study.expected),
        departures=study.known_differences,
        county=county_of(base, [(STUDY, study.overrides), (COMMAND_LINE, words)], arms),
        terms=_terms(result.plan.arms),
    )


def of_run(result: RunResult, facts: Facts) -> ReportInput:
    """One configuration."""
    config = result.config
    payment = payment_name(config.payment)
    return ReportInput(
        title=Text("One configuration", "单一方案"),
        question=Text(f"How does the county fare under {payment.en}?", f"{payment.zh}下，县域医保运行如何？"),
        table=result.outcomes,
        arms={RUN: payment.capital()},
        baseline=None,
        reform_start=config.years.history,
        base_year=config.base_year,
        language=config.language,
        confidence=config.experiment.confidence,
        validation=validation_rows(check_history(config, result.outcomes, is_default_county(config))),
        manifest=facts,
        county=county_of(config, [(COMMAND_LINE, facts.get("overrides", ()))]),
        terms=_terms({RUN: config}),
        remarks=remarks(result.notes),
    )


def of_sweep(result: SweepResult, facts: Facts) -> ReportInput:
    """A grid; each point is an arm."""
    base = result.points[0].history
    values = {key: typed([point.values[key] for point in result.points]) for key in result.keys}
    axes = tuple(SweepAxis(key, _axis_label(key), tuple(dict.fromkeys(values[key]))) for key in result.keys)
    points = {p.id: tuple(values[key][i] for key in result.keys) for i, p in enumerate(result.points)}
    return ReportInput(
        title=Text("Sweep over " + ", ".join(result.keys), "参数扫描：" + "、".join(result.keys)),
        question=Text("What do these levers do, alone and together?", "这些政策参数单独及共同变化有何影响？"),
        table=result.outcomes,
        arms={point.id: _point_label(point) for point in result.points},
        baseline=None,
        reform_start=base.years.history,
        base_year=base.base_year,
        language=base.language,
        confidence=base.experiment.confidence,
        manifest=facts,
        county=county_of(
            base, [(COMMAND_LINE, [w for w in facts.get("overrides", ()) if not is_sweep(w)])], swept=result.keys
        ),
        remarks=remarks(result.notes),
        sweep=Sweep(axes, points),
    )


def county_of(
    base: SimConfig,
    layers: Sequence[Layer] = (),
    arms: Mapping[str, tuple[SimConfig, Sequence[Layer]]] | None = None,
    *,
    swept: Collection[str] = (),
) -> County:
    """The county of a run.

    Args:
        base: configuration of the history years.
        layers: who gave overrides for all arms.
        arms: by id, each arm's configuration and all that gave overrides for it; None: there is one configuration.
        swept: keys that have several values, none of which is the county's; its history is held against no figures.
    """
    return County(
        base.base_year,
        0 if "population.residents" in swept else base.population.residents,
        base.years.history,
        base.years.reform,
        -1 if "seed" in swept else base.seed,
        base.experiment.replications,
        tuple(setting_row(setting) for setting in settings(base, layers) if setting.key not in swept),
        {
            name: tuple(setting_row(setting) for setting in arm_settings(config, base, arm_layers))
            for name, (config, arm_layers) in (arms or {}).items()
        },
        None if swept else base.targets or "",
        not is_default_county(base),
        0 if "population.county_residents" in swept else base.population.county_residents,
        not base.variation.apply,
    )


def _terms(arms: Mapping[str, SimConfig]) -> dict[str, settlement.Terms]:
    """How communities are settled, of the arms in which they hold a budget."""
    found = ((name, c, terms_of(c.payment, c.settlement, c.starts)) for name, c in arms.items())
    return {
        name: terms._replace(common=swing_of_spending(config.variation))
        for name, config, terms in found
        if terms is not None
    }


def remarks(notes: Notes) -> tuple[Text, ...]:
    """The notes on the settings that a report shows."""
    return tuple(Text(text.en, text.zh) for text in notes.texts)


def validation_rows(checks: Sequence[Check]) -> list[ValidationRow]:
    """Published figures beside simulated ones, in the units that readers use."""
    return [_validation_row(check) for check in checks]


def _validation_row(check: Check) -> ValidationRow:
    target = check.target
    outcome = NAMED[target.outcome]
    en, zh = unit_of(outcome.unit, "en"), unit_of(outcome.unit, "zh")
    label = Text(outcome.en, outcome.zh)
    if target.group != ALL:
        label = Text(
            f"{outcome.en}: {group_label(target.group, 'en')}", f"{outcome.zh}：{group_label(target.group, 'zh')}"
        )
    return ValidationRow(
        label=label,
        unit=Text(en.label, zh.label),
        target=target.target * en.scale,
        simulated=check.simulated * en.scale,
        tolerance=target.tolerance * en.scale,
        source=target.source,
        error=check.error * en.scale,
        decimals=en.decimals,
        note=target.note,
        judged=check.judged,
        own=target.kind == "own",
        use=target.use,
    )


def _notes(study: Study) -> list[Text]:
    """References of a study, and its expected effects that no check belongs to."""
    notes = [Text(f"Reference: {line.en}", f"依据：{line.zh}") for line in study.reference]
    notes += [
        Text(f"Expected: {item.effect.en} ({item.citation.en})", f"预期：{item.effect.zh}（{item.citation.zh}）")
        for item in study.expected
        if not item.check  # the others are in the table of claims
    ]
    return notes


def _axis_label(key: str) -> Text:
    parameter = find_parameter(key)
    return Text(key, parameter.zh if parameter and parameter.zh else key)


def _point_label(point: Point) -> Text:
    text = ", ".join(f"{key.rpartition('.')[2]}={value}" for key, value in point.values.items())
    return Text(text, text)


def facts_of(config: SimConfig, facts: Facts) -> Facts:
    """The facts of a run that a reader looks for; the full configuration is in manifest.json."""
    names = (
        "program",
        "version",
        "code_revision",
        "verb",
        "study",
        "overrides",
        "seed",
        "engine",
        "python",
        "platform",
    )
    shown = {name: facts[name] for name in names if facts.get(name) not in (None, "", [])}
    return {**shown, "residents": config.population.residents, "replications": config.experiment.replications}
