"""Notes on the settings of a run: how they were read, which had no effect, which files were used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sim.config import idle_settings, load_config, override_key, readings
from sim.config.model import SimConfig
from sim.config.options import base_years
from sim.config.words import exact, without_year
from sim.core.errors import ConfigError
from sim.core.text import Text
from sim.county.claims import groups
from sim.experiment import targets
from sim.experiment.manifest import tables
from sim.experiment.records import RUN, Measured, Notes, Point
from sim.experiment.study_model import Plan
from sim.money.base_years import BudgetBase
from sim.money.response import responds

OUTSIDE = ("experiment", "executor", "output", "language", "engine", "targets")
"""Groups that act on a run as a whole, outside the county."""

LONG = 10
"""Years from which on a run says what moves by itself."""

OF_BUDGETS = tuple(
    f"settlement.{name}" for name in (*BudgetBase.model_fields, "outpatient_growth", "lump_per_head", "bargaining")
)
"""What a budget is made from, as long as the fund's income suffices."""


def had_no_effect(settings: Sequence[str], arm: Text | None = None) -> Text:
    """The sentence on settings that no rule read; of an arm, by its label."""
    of, of_zh = (f" of arm “{arm.en}”", f"方案“{arm.zh}”的 ") if arm else ("", "")
    return Text(
        f"no effect in this run: nothing looks at the setting{'s' if len(settings) > 1 else ''}{of} "
        f"{', '.join(settings)}",
        f"本次运行中不起作用（没有规则用到）：{of_zh}{'、'.join(settings)}",
    )


def of_run(
    config: SimConfig, overrides: Sequence[str], measured: Sequence[Measured], outside: Sequence[str] = OUTSIDE
) -> Notes:
    """Notes on a single configuration."""
    idle = idle_settings(overrides, _all_read(measured) | set(outside), config.base_year)
    sentences = [had_no_effect(idle)] if idle else []
    sentences += _on_again(config, overrides) + _held_down({RUN: (overrides, measured)})
    sentences += _long_horizon(config)
    return Notes(tuple(idle), (*sentences, *readings(tuple(overrides), config.base_year), *_of_county(config)))


def of_comparison(planned: Plan, measured: Sequence[Measured]) -> Notes:
    """Notes on a study: the user's settings, the study's own and those of each arm."""
    study, everything = planned.study, _all_read(measured) | set(OUTSIDE)
    year = planned.base.base_year
    of_user = idle_settings(planned.overrides, everything, year)
    common = [*study.overrides, *planned.overrides]
    of_study = _without_defaults(idle_settings(study.overrides, everything, year), common)
    idle = list(dict.fromkeys([*of_user, *of_study]))
    sentences = [had_no_effect(idle)] if idle else []
    for name, arm in study.arms.items():
        read = {key for m in measured if m.arm.partition("@")[0] == name for key in m.read}
        unread = _without_defaults(idle_settings(arm.overrides, read, year), [*common, *arm.overrides])
        if unread:
            sentences.append(had_no_effect(unread, arm.label))
            idle += [f"{text} (arm {name})" for text in unread]
    sentences += _on_again(planned.base, planned.overrides) + _same_arms(planned.arms)
    sentences += _long_horizon(planned.base)
    sentences += _held_down(
        {
            name: ([*common, *arm.overrides], [m for m in measured if m.arm.partition("@")[0] == name])
            for name, arm in study.arms.items()
        }
    )
    written = (*planned.overrides, *study.overrides, *(text for arm in study.arms.values() for text in arm.overrides))
    return Notes(tuple(idle), (*sentences, *readings(written, year), *_of_county(planned.base)))


def _on_again(config: SimConfig, overrides: Sequence[str]) -> list[Text]:
    """The sentence on what still responds although ``response=off`` is set beside it."""
    if "response=off" not in map(exact, overrides) or not responds(config.response):
        return []
    others = [text for text in overrides if override_key(text).startswith("response.")]
    return [
        Text(
            f"response=off leaves on what is set beside it: {', '.join(others)}",
            f"response=off 之外另行设定者仍起作用：{'、'.join(others)}",
        )
    ]


def _without_defaults(texts: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """The overrides that change the configuration: a study may set a value that is the default.

    A setting of another base year (`sim.config.dated`) is held against that year's values.
    """
    return [text for text in texts if not _says_the_default(text, overrides)]


def _says_the_default(text: str, overrides: Sequence[str]) -> bool:
    words = [*overrides, *(f"base_year={year}" for year in base_years() if without_year(text, year) != exact(text))]
    try:
        return bool(load_config([word for word in words if word != text]) == load_config(words))
    except ConfigError:
        return False


def _held_down(arms: Mapping[str, tuple[Sequence[str], Sequence[Measured]]]) -> list[Text]:
    """Sentences on settings of budgets that never acted, because the fund's income held the budgets down.

    Args:
        arms: name -> overrides of the arm, and what was measured.
    """
    held: dict[tuple[str, ...], list[str]] = {}
    for name, (overrides, measured) in arms.items():
        budget_settings = tuple(text for text in overrides if override_key(text) in OF_BUDGETS)
        if budget_settings and measured and all(m.capped for m in measured):
            held.setdefault(budget_settings, []).append("" if name == RUN else name)
    return [
        _never_reached(", ".join(budget_settings), [name for name in names if name])
        for budget_settings, names in held.items()
    ]


def _never_reached(settings: str, arms: Sequence[str]) -> Text:
    """The sentence on settings that would have made larger budgets."""
    of, of_zh = (f" in arm {' and '.join(arms)}", f"方案 {'、'.join(arms)} 的 ") if arms else ("", "")
    return Text(
        f"never reached{of}: {settings}; in every year the fund's income held all budgets below it "
        "(settlement.revenue_cap=false lets them be)",
        f"未达到：{of_zh}{settings}；各年预算均按以收定支封顶，低于该设定所得数额"
        "（settlement.revenue_cap=false 可取消封顶）",
    )


def _long_horizon(config: SimConfig) -> list[Text]:
    """The sentence on what ageing moves by itself, where so many years are played that it shows."""
    years = config.years.history + config.years.reform
    if years < LONG:
        return []
    return [
        Text(
            f"over {years} years the county ages, in all arms alike: use and charges per head rise, and beds and fixed "
            "cost follow the needs of admission to expect by age and sex; county hospitals become somewhat fuller, in "
            "part because fewer of an older county's residents work away (docs/model.md, section 4)",
            f"{years} 年间全县人口老龄化（各方案相同）：人均就医与费用上升，床位与固定成本按分年龄、性别的"
            "预期住院需求调整；县级医院床位使用率仍略有上升，部分原因是外出务工者减少（docs/model.md 第 4 节）",
        )
    ]


def _same_arms(arms: Mapping[str, SimConfig]) -> list[Text]:
    """Sentences on arms with equal settings, as when an override of all arms sets what they differ in."""
    alike = [[name for name, other in arms.items() if other == config] for config in arms.values()]
    same = dict.fromkeys(tuple(names) for names in alike if len(names) > 1)
    return [
        Text(
            f"no difference: the arms {' and '.join(names)} have the same settings",
            f"没有差别：方案 {'、'.join(names)} 的设置相同",
        )
        for names in same
    ]


def of_sweep(
    points: Sequence[Point], overrides: Sequence[str], measured: Sequence[Measured], levers: Collection[str]
) -> Notes:
    """Notes on a grid, among them axes that no rule read: all points along such an axis are alike."""
    keys = list(points[0].values)
    by_arm = {key for m in measured for key in m.read}
    everything = _all_read(measured) | {*OUTSIDE} - {"targets"}  # no point is held against figures
    still, year = [], points[0].history.base_year
    for key in keys:
        read = by_arm if key.partition(".")[0] in levers else everything
        values = dict.fromkeys(f"{key}={point.values[key]}" for point in points)
        if len(idle_settings(tuple(values), read, year)) == len(values):
            still.append(key)
    sentences = [
        Text(
            f"no effect in this sweep: nothing looks at {key}, so all points along it are the same",
            f"本次扫描中 {key} 不起作用（没有规则用到）：沿该参数各点结果相同",
        )
        for key in still
    ]
    fixed = [text for text in overrides if not _sets(text, keys)]
    if idle := idle_settings(fixed, everything, year):
        sentences.append(had_no_effect(idle))
    return Notes((*still, *idle), (*sentences, *readings(tuple(overrides), year), *_of_county(points[0].history)))


def _sets(text: str, keys: Sequence[str]) -> bool:
    return override_key(text) in keys


def _all_read(measured: Sequence[Measured]) -> set[str]:
    """Keys read in any arm, replication or history."""
    key_sets = {id(m.read): m.read for m in measured} | {id(m.history_read): m.history_read for m in measured}
    return {key for read in key_sets.values() for key in read}


def _of_county(config: SimConfig) -> list[Text]:
    """Sentences on what is read of the county: the user's files, and more residents than it has."""
    residents, whole = config.population.residents, config.population.county_residents
    if residents <= whole:
        return _files(config)
    more = Text(
        f"population.county_residents={whole} is less than population.residents={residents}: the simulated residents "
        "are taken to be the whole county",
        f"population.county_residents={whole} 小于 population.residents={residents}：以所模拟的居民为全县居民",
    )
    return [more, *_files(config)]


def _files(config: SimConfig) -> list[Text]:
    """Sentences on the user's files: which are read, and which parts of them are not."""
    read = [Text(f"{key}: the file {path} is read", f"{key}：读取文件 {path}") for key, path in tables(config).items()]
    remarks = [(key, words) for key, path in tables(config).items() for words in groups.said_of(key, path)]
    remarks += [("targets", words) for words in targets.said_of(config)]
    return [*read, *(Text(f"{key}: ", f"{key}：") + words for key, words in remarks)]
