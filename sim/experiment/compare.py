"""Compare arms: per replication the history once, then every arm, with provider response on and off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sim import outcomes
from sim.config import load_config, override_key
from sim.core.errors import ConfigError
from sim.experiment import ledger_files, run_folder
from sim.experiment.manifest import Extras, Record, facts, manifest
from sim.experiment.records import Notes
from sim.experiment.replicate import ArmTask, Task, simulate_all, summarise, tidy_table
from sim.experiment.results import Comparison
from sim.experiment.setting_notes import of_comparison
from sim.experiment.study import load_study, study_path
from sim.experiment.study_model import LEVERS, Plan, Study
from sim.experiment.targets import target_files, targets_of

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_STUDY = "payment_methods"


def plan(study: str | Path | Study = DEFAULT_STUDY, overrides: Sequence[str] = ()) -> Plan:
    """Read a study and validate all its arms.

    The user's overrides hold for the history and for every arm, and come after the arm's own.

    Raises:
        ConfigError: for a mistake in the study, in an arm (named) or in the user's overrides.
    """
    file = None if isinstance(study, Study) else study_path(study)
    chosen = study if isinstance(study, Study) else load_study(study)
    source = str(file) if file else f"study {chosen.name!r}"
    _refuse_collisions(chosen, overrides)
    repeated = [f"experiment.replications={chosen.replications}"] if chosen.replications else []
    common = [*repeated, *chosen.overrides]
    places = dict.fromkeys(common, f"{source}, overrides")
    base = load_config([*common, *overrides], places=places)
    targets_of(base)  # a mistake in them is told before anything is computed
    arms = {}
    for name, arm in chosen.arms.items():
        arm_places = dict.fromkeys(arm.overrides, f"{source}, arms.{name}.overrides")
        try:
            arms[name] = load_config([*common, *arm.overrides, *overrides], places={**places, **arm_places})
        except ConfigError as error:
            where = error.where if name in error.where else f"{error.where}, in arm {name!r}"
            raise ConfigError(error.what, where=where, value=error.value, bound=error.bound, todo=error.todo) from None
    return Plan(chosen, base, arms, tuple(overrides), file)


def _refuse_collisions(study: Study, overrides: Sequence[str]) -> None:
    """Refuse an option of a group from which arms choose themselves: it would make the arms alike."""
    for override in overrides:
        group = override_key(override)
        if group not in LEVERS:
            continue
        arms = [
            n for n, arm in study.arms.items() if any(override_key(o).split(".")[0] == group for o in arm.overrides)
        ]
        if arms:
            raise ConfigError(
                f"the arms of study {study.name!r} set {group} themselves",
                where=f"override {override!r} on the command line",
                bound=f"{group} is set by {', '.join(arms)}",
                todo=f"for one configuration use `countyfund run {override}`, or write a study of your own",
            )


def compare(
    study: str | Path | Study = DEFAULT_STUDY,
    overrides: Sequence[str] = (),
    *,
    save: bool | None = None,
    extras: Extras[Comparison] | None = None,
) -> Comparison:
    """Compare the arms of a study on common random numbers.

    Args:
        study: name of a study in ``scenarios/``, a YAML file, or a `Study`.
        overrides: for the history and every arm, such as ``["population.residents=5000"]``.
        save: write a run folder; None = if ``output.dir`` is given.
        extras: given the result, the run folder in the making and facts of the run, adds figures and a report.

    Returns:
        Outcomes, summary, paired differences to the baseline, and the run folder if results were saved.

    Raises:
        ConfigError: for a mistake in the study or the overrides.
        OutputError: if the run folder cannot be written, before anything is computed.

    For example ``compare("payment_methods", ["population.residents=5000"]).differences``.
    """
    return compare_plan(plan(study, overrides), save=save, extras=extras)


def compare_plan(planned: Plan, *, save: bool | None = None, extras: Extras[Comparison] | None = None) -> Comparison:
    """`compare` for a plan that is ready."""
    base, name = planned.base, planned.study.name
    started = perf_counter()
    with run_folder.open_folder(base.output, name, save) as folder:
        claims = folder.path if folder and base.output.claims else None
        measured = simulate_all(base, _tasks(planned, claims, folder.path if folder else None), name)
        tidy, notes = tidy_table(name, measured, planned.ids), of_comparison(planned, measured)
        result = _comparison(planned, tidy, folder.final if folder else None)._replace(notes=notes)
        if folder:
            for table in ("outcomes", "summary", "differences", "response"):
                folder.write_table(table, getattr(result, table))
            folder.join_claims(planned.ids, base.experiment.replications)
            ledger_files.join(folder.path, planned.ids, base.experiment.replications)
            record = _record(planned, notes)
            if extras:
                extras(result, folder.path, facts(record))
            folder.finish(manifest(record, started))
    return result


def _tasks(planned: Plan, claims: Path | None, books: Path | None) -> list[Task]:
    """One task per replication; ``books`` is the folder for ledgers."""
    texts = {name: config.model_dump_json() for name, config in planned.arms.items()}
    arms = tuple(
        ArmTask(name, texts[name.removesuffix(outcomes.OFF)], name.endswith(outcomes.OFF)) for name in planned.ids
    )
    history = planned.base.model_dump_json()
    count = planned.base.experiment.replications
    return [
        Task(
            planned.study.name,
            history,
            arms,
            replication,
            claims,
            ledger_files.wanted(planned.base, books, replication),
        )
        for replication in range(count)
    ]


def _comparison(planned: Plan, table: pd.DataFrame, folder: Path | None) -> Comparison:
    confidence, start = planned.base.experiment.confidence, planned.base.years.history
    baseline = planned.study.baseline
    return Comparison(
        planned,
        table,
        summarise(planned.base, table),
        outcomes.differences(table, baseline, reform_start=start, confidence=confidence),
        outcomes.response_effects(table, reform_start=start, confidence=confidence),
        folder,
    )


def _record(planned: Plan, notes: Notes) -> Record:
    return Record(
        "compare",
        planned.study.name,
        planned.overrides,
        planned.base,
        planned.arms,
        extra={"baseline": planned.study.baseline, "study_definition": planned.study.model_dump(mode="json")},
        inputs=[*([planned.file] if planned.file else []), *target_files(planned.base)],
        notes=notes,
    )
