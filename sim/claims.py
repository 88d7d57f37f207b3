"""What is billed: case group, length of stay, charge, catalogue part, and the provider's cost."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.errors import ConfigError
from sim.parameters import ByTier, Rate, Share, Yuan, by_tier, param
from sim.parameters import Config as BaseConfig
from sim.paths import conf_dir
from sim.randomness import STAY, STAY_COST, Key, normal, unit, words
from sim.rules import rule
from sim.tables import Floats, Ints
from sim.units import PPM, fen, part, ppm


class Config(BaseConfig):
    """Case groups, prices, lengths of stay and providers' costs."""

    inpatient_groups: str = param(
        "claims/inpatient_groups.csv",
        "Table of inpatient case groups, a file or a path below conf/.",
        unit="",
        zh="住院病组表",
        source="figures 2.10; assumed",
    )
    outpatient_groups: str = param(
        "claims/outpatient_groups.csv",
        "Table of outpatient groups, a file or a path below conf/.",
        unit="",
        zh="门诊病组表",
        source="assumed",
    )
    visit_charge: ByTier[Yuan] = param(
        by_tier(53.0, 75.0, 219.0, 359.0, 360.0, Yuan),
        "Mean charge of an ordinary outpatient visit in year 0.",
        unit="yuan",
        zh="普通门诊次均费用",
        source="figures 4 (55, 87, 232, 370) brought back to the base year; F39",
    )
    chronic_charge: ByTier[Yuan] = param(
        by_tier(227.0, 378.0, 783.0, 1_136.0, 1_136.0, Yuan),
        "Mean charge of a visit with the chronic benefit in year 0.",
        unit="yuan",
        zh="门诊慢特病次均费用",
        source="calibrated: 470 yuan per chronic visit in 2019 (F2)",
    )
    stay_charge: ByTier[Yuan] = param(
        by_tier(1_500.0, 2_730.0, 6_820.0, 9_780.0, 14_400.0, Yuan),
        "Charge of a stay of weight 1 in year 0; mean charge per stay is this times the tier's case mix.",
        unit="yuan",
        zh="住院单位权重费用",
        source="calibrated: cost per admission by tier of figures 4",
    )
    stay_days: ByTier[Rate] = param(
        by_tier(6.4, 6.4, 9.0, 9.0, 9.0, Rate),
        "Mean length of stay.",
        unit="days",
        zh="平均住院日",
        source="F3, figures 4",
    )
    days_sigma: float = param(
        0.5,
        "Standard deviation of log length of stay.",
        unit="log units",
        zh="住院日离散度",
        ge=0,
        le=2,
        source="assumed",
    )
    visit_sigma: float = param(
        0.8,
        "Standard deviation of log charge of a visit.",
        unit="log units",
        zh="门诊费用离散度",
        ge=0,
        le=2,
        source="assumed",
    )
    stay_sigma: float = param(
        0.8,
        "Standard deviation of log charge of a stay within its group and tier.",
        unit="log units",
        zh="住院费用离散度",
        ge=0,
        le=2,
        source="assumed: coefficient of variation within groups about 0.9",
    )
    days_charge_correlation: float = param(
        0.6,
        "Correlation of log length of stay and log charge.",
        unit="",
        zh="住院日与费用相关",
        ge=-1,
        le=1,
        source="assumed",
    )
    non_catalogue: ByTier[Share] = param(
        by_tier(0.05, 0.09, 0.16, 0.17, 0.18, Share),
        "Part of the charge outside the insurance catalogue.",
        unit="share",
        zh="目录外费用占比",
        source="figures 4: 10-15 % on average reproduces fund/cost of 53-61 %; by tier assumed",
    )
    growth: float = param(
        0.06,
        "Yearly growth of charges before any reform.",
        unit="per year",
        zh="医疗费用增长率",
        ge=-0.5,
        le=0.5,
        source="figures 4: 6 % a year",
    )
    variable_cost: ByTier[Share] = param(
        by_tier(0.60, 0.60, 0.62, 0.62, 0.62, Share),
        "Variable cost of care per yuan of charge at neutral intensity.",
        unit="share",
        zh="变动成本率",
        source="assumed: drugs, materials and output pay",
    )
    fixed_cost: ByTier[Share] = param(
        by_tier(0.35, 0.36, 0.35, 0.35, 0.35, Share),
        "Fixed cost of an institution as a share of its charges in the history years.",
        unit="share",
        zh="固定成本率",
        source="assumed: salaries and buildings; leaves a margin of 2-5 % before the reform",
    )
    step_down: Share = param(
        0.08,
        "Share of county and city stays of at least `step_down_days` that may recover in the township centre.",
        unit="share",
        zh="下转比例",
        source="doc 002: 上转容易下转难; assumed: few before integration",
    )
    step_down_tight: Share = param(
        0.10,
        "Added to it at full prevention effort in a tight community.",
        unit="share",
        zh="紧密型医共体下转增量",
        source="assumed",
    )
    step_down_days: Rate = param(
        8.0, "Least length of such a stay.", unit="days", zh="可下转最短住院日", source="assumed"
    )
    step_down_at: Share = param(
        0.6,
        "Part of the stay after which the patient moves down.",
        unit="share of the stay",
        zh="下转时点",
        source="assumed",
    )
    step_down_charge: Yuan = param(
        260.0,
        "Charge of a day of recovery in the township centre.",
        unit="yuan per day",
        zh="康复床日费用",
        source="F39: 317.5 yuan a day in township centres, less for recovery; assumed",
    )
    return_probability: Share = param(
        0.045,
        "Probability of an unplanned return within 30 days of discharge.",
        unit="share",
        zh="30天再入院概率",
        source="F28: 5.4-6.8 % readmission in two cities, planned ones included",
    )
    return_intensity: Rate = param(
        0.5,
        "Rise of that probability for each unit by which intensity falls below neutral.",
        unit="share per unit",
        zh="强度下降对再入院的影响",
        source="assumed: under-treatment shows as readmission; F28 found 5.44 to 6.81 %",
    )
    referral_charge: Share = param(
        0.6,
        "Charge of a visit that ends in referral up, relative to a full one.",
        unit="share",
        zh="转诊就诊费用系数",
        source="assumed: first examination only",
    )


MOST_GROUPS = 16_000  # engines keep a group in 14 bits


class InpatientGroup(NamedTuple):
    """One row of the inpatient table."""

    name: str
    name_zh: str
    weight: float
    shares: tuple[float, float, float, float]
    severities: tuple[float, float, float]
    condition: str
    avoidable: bool


class OutpatientGroup(NamedTuple):
    """One row of the outpatient table."""

    name: str
    name_zh: str
    share: float
    cost: float
    condition: str


def find_table(path: str) -> Path:
    """A table given as a file, else below conf/; `ConfigError` when neither exists."""
    for candidate in (Path(path), conf_dir() / path):
        if candidate.is_file():
            return candidate
    raise ConfigError(
        "the table does not exist", where="claims", value=path, todo="give a file, or a path below the conf folder"
    )


def _rows(path: str) -> list[dict[str, str]]:
    with find_table(path).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    if not 0 < len(rows) <= MOST_GROUPS:
        raise ConfigError(
            "the group table has too few or too many rows",
            where=path, value=len(rows), bound=f"1..{MOST_GROUPS} rows", todo="merge groups",
        )  # fmt: skip
    return rows


def _number(row: dict[str, str], column: str, path: str, line: int, most: float = 1e6) -> float:
    text = (row.get(column) or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        raise ConfigError(
            f"not a number within bounds in the group table: column {column!r}",
            where=f"{path}, data row {line}", value=text, bound=f"0 <= {column} <= {most:g}", todo="mend the table",
        )  # fmt: skip
    return value


def inpatient_groups(path: str) -> list[InpatientGroup]:
    """Read and check the inpatient group table."""
    groups = []
    for line, row in enumerate(_rows(path), start=1):
        numbers = {c: _number(row, c, path, line, 1.0) for c in row if c and c.startswith(("age_", "severity_"))}
        severities = tuple(numbers.get(f"severity_{k}", 0.0) for k in (1, 2, 3))
        if not math.isclose(sum(severities), 1.0, abs_tol=1e-6):
            raise ConfigError(
                "the shares of severity do not sum to 1", where=f"{path}, data row {line}", value=sum(severities),
                bound="severity_1 + severity_2 + severity_3 = 1", todo="mend the table",
            )  # fmt: skip
        shares = tuple(numbers.get(f"age_{band}", 0.0) for band in ("0_14", "15_44", "45_64", "65"))
        groups.append(
            InpatientGroup(row["name"], row["name_zh"], _number(row, "weight", path, line), shares, severities,  # type: ignore[arg-type]
                           row["condition"], row["avoidable"] == "1")
        )  # fmt: skip
    return groups


def outpatient_groups(path: str) -> list[OutpatientGroup]:
    """Read and check the outpatient group table."""
    return [
        OutpatientGroup(
            row["name"],
            row["name_zh"],
            _number(row, "share", path, line, 1.0),
            _number(row, "cost", path, line),
            row["condition"],
        )
        for line, row in enumerate(_rows(path), start=1)
    ]


class ClaimRules(NamedTuple):
    """Numbers the compiled rules use, from `Config`; money in fen, shares of money in ppm."""

    group_cumulative: Floats
    """[sex, age class, group] cumulative shares of needs not due to chronic conditions"""
    severity_cumulative: Floats
    """[group, 2] cumulative shares of severity 1 and 2"""
    weight: Floats
    """[inpatient group]"""
    condition_group: Ints
    """[condition] inpatient group of exacerbations"""
    avoidable: Ints
    """[inpatient group]"""
    visit_group_cumulative: Floats
    """[outpatient group] cumulative shares of acute needs"""
    visit_condition_group: Ints
    """[condition] outpatient group of chronic visits"""
    visit_group_cost: Floats
    """[outpatient group]"""
    visit_charge: Floats
    """[category 0..1, tier] mean charge, fen"""
    stay_charge: Floats
    """[tier] charge of weight 1, fen"""
    stay_days: Floats
    days_sigma: float
    visit_sigma: float
    stay_sigma: float
    correlation: float
    covered: Ints
    """[tier] catalogue part, ppm"""
    variable_cost: Ints
    """[tier] ppm"""
    step_down: float
    step_down_tight: float
    step_down_days: float
    step_down_at: float
    step_down_charge: float
    """fen a day"""
    return_probability: float
    return_intensity: float
    referral_charge: float


CONDITION_NAMES = ("hypertension", "diabetes", "copd", "vascular")


def _condition_groups(conditions: list[str], path: str) -> Ints:
    missing = [c for c in CONDITION_NAMES if c not in conditions]
    if missing:
        raise ConfigError(
            "the group table has no group for a chronic condition", where=path, value=missing[0],
            bound=f"each of {', '.join(CONDITION_NAMES)} needs one row", todo="add a row with this condition",
        )  # fmt: skip
    return np.array([conditions.index(c) for c in CONDITION_NAMES], dtype=np.int64)


def _cumulative(shares: Floats, path: str, what: str) -> Floats:
    totals = shares.sum(axis=-1, keepdims=True)
    if (totals <= 0).any():
        raise ConfigError(f"the shares of {what} sum to zero", where=path, todo="give at least one group a share")
    return np.cumsum(shares / totals, axis=-1)


def compile_rules(config: Config) -> ClaimRules:
    """The configuration and its tables as arrays."""
    stays = inpatient_groups(config.inpatient_groups)
    visits = outpatient_groups(config.outpatient_groups)
    by_age = np.array([g.shares for g in stays]).T
    men = by_age.copy()
    men[:, [g.name == "delivery" for g in stays]] = 0.0
    severities = np.array([g.severities for g in stays])
    return ClaimRules(
        group_cumulative=_cumulative(np.stack([men, by_age]), config.inpatient_groups, "an age class"),
        severity_cumulative=np.cumsum(severities, axis=1)[:, :2].copy(),
        weight=np.array([g.weight for g in stays]),
        condition_group=_condition_groups([g.condition for g in stays], config.inpatient_groups),
        avoidable=np.array([g.avoidable for g in stays], dtype=np.int64),
        visit_group_cumulative=_cumulative(
            np.array([g.share for g in visits]), config.outpatient_groups, "acute needs"
        ),
        visit_condition_group=_condition_groups([g.condition for g in visits], config.outpatient_groups),
        visit_group_cost=np.array([g.cost for g in visits]),
        visit_charge=np.array(
            [[float(fen(v)) for v in c.values()] for c in (config.visit_charge, config.chronic_charge)]
        ),
        stay_charge=np.array([float(fen(v)) for v in config.stay_charge.values()]),
        stay_days=np.array(config.stay_days.values()),
        days_sigma=config.days_sigma,
        visit_sigma=config.visit_sigma,
        stay_sigma=config.stay_sigma,
        correlation=config.days_charge_correlation,
        covered=np.array([PPM - ppm(v) for v in config.non_catalogue.values()], dtype=np.int64),
        variable_cost=np.array([ppm(v) for v in config.variable_cost.values()], dtype=np.int64),
        step_down=config.step_down,
        step_down_tight=config.step_down_tight,
        step_down_days=config.step_down_days,
        step_down_at=config.step_down_at,
        step_down_charge=float(fen(config.step_down_charge)),
        return_probability=config.return_probability,
        return_intensity=config.return_intensity,
        referral_charge=config.referral_charge,
    )


def weights_ppm(config: Config) -> Ints:
    """[inpatient group] relative weights in ppm, for payment schemes."""
    return np.array([ppm(g.weight) for g in inpatient_groups(config.inpatient_groups)], dtype=np.int64)


def visit_weights_ppm(config: Config) -> Ints:
    """[outpatient group] costs relative to the mean in ppm, for payment by outpatient groups."""
    return np.array([ppm(g.cost) for g in outpatient_groups(config.outpatient_groups)], dtype=np.int64)


@rule
def pick(cumulative: Floats, u: float) -> int:
    """Index of the first cumulative share above ``u``; the last one when rounding leaves none."""
    last = len(cumulative) - 1
    for index in range(last):
        if u < cumulative[index]:
            return index
    return last


@rule
def age_class(age: int) -> int:
    """0-14, 15-44, 45-64, 65 and over."""
    if age < 15:
        return 0
    if age < 45:
        return 1
    return 2 if age < 65 else 3


@rule
def severity_of(rules: ClaimRules, group: int, u: float) -> int:
    """Severity 1, 2 or 3 of a need of admission."""
    if u < rules.severity_cumulative[group, 0]:
        return 1
    return 2 if u < rules.severity_cumulative[group, 1] else 3


@rule
def visit_noise(rules: ClaimRules, word: int) -> float:
    """Random factor of a visit's charge, mean 1."""
    sigma = rules.visit_sigma
    return math.exp(sigma * normal(unit(word)) - 0.5 * sigma * sigma)


@rule
def visit_charge(rules: ClaimRules, category: int, tier: int, group: int, factor: float) -> int:
    """Charge of a visit in fen, at least 1 yuan; ``factor`` holds prices, intensity and `visit_noise`."""
    charge = int(rules.visit_charge[category, tier] * rules.visit_group_cost[group] * factor + 0.5)
    return max(charge, 100)


@rule
def stay_length(rules: ClaimRules, key: Key, who: int, month: int, draw: int, tier: int) -> tuple[float, float, float]:
    """Length of a stay in days (at least 0.25), its standard normal number, and a uniform for stepping down."""
    w0, w1, _, _ = words(key, who, STAY, month, draw)
    z = normal(unit(w0))
    sigma = rules.days_sigma
    return max(0.25, rules.stay_days[tier] * math.exp(sigma * z - 0.5 * sigma * sigma)), z, unit(w1)


@rule
def stay_charge(rules: ClaimRules, key: Key, who: int, month: int, draw: int, tier: int, group: int, z_days: float,
                factor: float) -> tuple[int, float, float]:  # fmt: skip
    """Charge of a whole stay in fen (at least 1 yuan), correlated with its length, and two uniforms for a return."""
    w0, w1, w2, _ = words(key, who, STAY_COST, month, draw)
    z = normal(unit(w0))
    rho = rules.correlation
    z = rho * z_days + math.sqrt(1.0 - rho * rho) * z
    sigma = rules.stay_sigma
    level = rules.stay_charge[tier] * rules.weight[group] * factor
    return max(int(level * math.exp(sigma * z - 0.5 * sigma * sigma) + 0.5), 100), unit(w1), unit(w2)


@rule
def covered_part(rules: ClaimRules, tier: int, charge: int) -> int:
    """Catalogue part of a charge, fen."""
    return part(charge, rules.covered[tier])


@rule
def variable_cost(rules: ClaimRules, tier: int, charge: int) -> int:
    """The provider's variable cost of a charge, fen."""
    return part(charge, rules.variable_cost[tier])
