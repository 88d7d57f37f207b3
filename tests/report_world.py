"""A made-up comparison with plausible numbers, so that reports can be drawn and looked at without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.outcomes import OUTCOMES, tidy
from sim.report import ReportInput, Sweep, SweepAxis, Text, ValidationRow
from sim.report.data import County, SettingRow

ARMS = {
    "ffs": Text("Fee for service", "按项目付费"),
    "package": Text("Package, all kept and borne", "总额打包（结余留用、超支自付）"),
    "drg": Text("DRG inside a package", "打包内 DRG（超支分担）"),
    "dip": Text("DIP regional points", "DIP 区域点数法"),
}
TWO_ARMS = """
title: {en: t, zh: 题}
question: {en: q, zh: 问}
baseline: a
arms:
  a: {label: {en: a, zh: 甲}, overrides: [payment=ffs]}
  b: {label: {en: b, zh: 乙}, overrides: [payment=package]}
"""
"""A study's file, to which a test adds what it is about."""
YEARS, REFORM_START, HEADS = 8, 3, 17_200.0

# mean before the reform, noise shared by arms, yearly drift, effect by arm in the first reform year, its yearly growth
LEVELS: dict[str, tuple[float, float, float, dict[str, float], float]] = {
    "fund_income_per_head": (1_060, 0, 55, {}, 0),
    "fund_outgo_per_head": (1_010, 16, 62, {"package": -18, "drg": -25, "dip": -6}, 0.5),
    "own_payment_per_head": (655, 12, 30, {"package": -6, "drg": 2, "dip": 9}, 0.4),
    "reimbursement_ratio": (0.571, 0.003, 0.001, {"package": 0.004, "drg": 0.001, "dip": -0.006}, 0.1),
    "catastrophic_10": (0.121, 0.004, 0.001, {"package": -0.002, "dip": 0.0015}, 0.3),
    "catastrophic_25": (0.042, 0.003, 0.001, {"package": -0.001}, 0.3),
    "forgone_admissions": (0.193, 0.003, 0, {"package": 0.006, "drg": 0.0002, "dip": -0.0003}, 0.1),
    "in_county_episodes": (0.772, 0.004, -0.001, {"package": 0.011, "drg": 0.003, "dip": -0.004}, 0.3),
    "in_county_fund": (0.648, 0.006, -0.001, {"package": 0.014, "drg": 0.002, "dip": -0.006}, 0.3),
    "primary_visits": (0.712, 0.002, 0, {"package": 0.017, "drg": 0.006, "dip": 0.0003}, 0.4),
    "episodes_per_100": (17.1, 0.2, 0.15, {"package": -0.35, "drg": 0.25, "dip": 0.5}, 0.4),
    "cost_per_episode": (7_080, 70, 260, {"package": -210, "drg": -390, "dip": -280}, 0.1),
    "margin_rate": (0.035, 0.004, -0.002, {"package": 0.004, "drg": -0.02, "dip": -0.012}, 0.1),
    "managed_share": (0.41, 0.002, 0.004, {"package": 0.02, "drg": 0.012}, 0.6),
    "avoidable_admissions": (12.4, 0.3, 0.1, {"package": -0.5, "drg": -0.2}, 0.5),
}
VISITS = np.array([0.38, 0.27, 0.25, 0.06, 0.04])
STAYS = np.array([0.0, 0.25, 0.53, 0.12, 0.10])
FUND = np.array([0.05, 0.14, 0.46, 0.19, 0.16])
TIERS = ("village", "township", "county", "city", "remote")
SURPLUS_RATE = {"package": 0.024, "drg": 0.006}
OFF_FACTOR = 0.25


def effect(arm: str, by_arm: dict[str, float], year: int, growth: float) -> float:
    """Effect of an arm in a year; a quarter of it with the response off."""
    if year < REFORM_START:
        return 0.0
    name, off = arm.removesuffix("@off"), arm.endswith("@off")
    return by_arm.get(name, 0.0) * (1 + growth * (year - REFORM_START)) * (OFF_FACTOR if off else 1.0)


def table(
    replications: int = 20,
    arms: dict[str, Text] = ARMS,
    seed: int = 4,
    off: bool = True,
    study: str = "payment_methods",
) -> pd.DataFrame:
    """The tidy table of a comparison."""
    names = [*arms, *(f"{arm}@off" for arm in arms if arm != "ffs")] if off else list(arms)
    rows: list[tuple[Any, ...]] = []
    for r in range(replications):
        luck = np.random.default_rng([seed, r]).normal(size=(len(LEVELS) + 12, YEARS))
        for a, arm in enumerate(names):
            own = np.random.default_rng([seed, r, a]).normal(size=(len(LEVELS) + 12, YEARS))
            rows += run_rows(study, arm, r, luck, own)
    return tidy(rows)


def run_rows(study: str, arm: str, r: int, luck: np.ndarray, own: np.ndarray) -> list[tuple[Any, ...]]:
    """One run: every outcome the report draws."""
    out: list[tuple[Any, ...]] = []
    accumulated = 13.5e6
    for year in range(YEARS):
        reform = year >= REFORM_START
        values: dict[tuple[str, str], float] = {}
        for k, (name, (base, noise, drift, by_arm, growth)) in enumerate(LEVELS.items()):
            jitter = 0.12 * own[k, year] if reform else 0.0
            values[name, "all"] = (
                base + drift * year + noise * (luck[k, year] + jitter) + effect(arm, by_arm, year, growth)
            )
        outgo = values["fund_outgo_per_head", "all"] * HEADS
        income = values["fund_income_per_head", "all"] * HEADS
        accumulated += income - outgo
        values |= {
            ("fund_income", "all"): income,
            ("fund_outgo", "all"): outgo,
            ("fund_balance", "all"): income - outgo,
            ("fund_accumulated", "all"): accumulated,
            ("fund_months", "all"): 12 * accumulated / outgo,
            ("surplus_retained", "all"): 0.0,
        }
        shift = effect(arm, {"package": 0.012, "drg": 0.004, "dip": -0.003}, year, 0.3)
        mix = np.array([0.4, 0.6, -0.6, -0.25, -0.15]) * shift
        for name, shares, row in (("visit_share", VISITS, 0), ("episode_share", STAYS, 1), ("fund_share", FUND, 2)):
            spread = 0.002 * np.array([0.3, 0.5, -0.4, -0.3, -0.1]) * luck[len(LEVELS) + row, year]
            parts = np.clip(shares + mix * (1 + row) + spread, 0, None)
            values |= {(name, tier): float(v) for tier, v in zip(TIERS, parts / parts.sum(), strict=True)}
        own_payment = values["own_payment_per_head", "all"]
        for q in range(5):
            relative = (0.86, 0.95, 1.0, 1.07, 1.12)[q] + 0.01 * luck[len(LEVELS) + 4 + q, year]
            income_head = (5_600, 10_400, 15_800, 23_500, 41_000)[q] * 1.06**year
            values["own_payment_per_head", f"q{q + 1}"] = own_payment * relative
            values["burden_of_income", f"q{q + 1}"] = own_payment * relative / income_head
        if reform:
            values |= budget_values(arm, year, outgo, float(luck[-1, year]), float(own[-1, year]))
        else:
            values |= {("surplus_retained", tier): 0.0 for tier in TIERS}
        out += [(study, arm, 0, r, year, name, group, value) for (name, group), value in values.items()]
    return out


def budget_values(arm: str, year: int, outgo: float, luck: float, own: float) -> dict[tuple[str, str], float]:
    """Surplus of the arms in which communities hold a budget."""
    name = arm.removesuffix("@off")
    if name not in SURPLUS_RATE:
        return {("surplus_retained", tier): 0.0 for tier in TIERS}
    off = arm.endswith("@off")
    rate = SURPLUS_RATE[name] * (0.1 if off else 1 + 0.2 * (year - REFORM_START)) + 0.012 * luck + 0.002 * own
    budget = outgo / (1 - rate)
    kept = rate * budget * (1.0 if name == "package" else 0.6)
    values = {("budget", "all"): budget, ("surplus", "all"): rate * budget, ("surplus_rate", "all"): rate}
    values |= {("surplus_retained", "all"): kept, ("surplus_to_fund", "all"): rate * budget - kept}
    return values | {
        ("surplus_retained", tier): kept * part for tier, part in zip(TIERS, (0.1, 0.3, 0.6, 0, 0), strict=True)
    }


VALIDATION = (
    ValidationRow(
        Text("Discharge rate", "住院率"), Text("per 100", "每百人"), 16.6, 17.1, 1.0, Text("F2, 2019", "F2, 2019"), 0.06
    ),
    ValidationRow(
        Text("Charge per discharge", "次均住院费用"),
        Text("yuan", "元"),
        7049,
        7080,
        350,
        Text("F2, 2019", "F2, 2019"),
        21,
        0,
    ),
    ValidationRow(
        Text("Fund ÷ cost", "基金支出占医疗费用比"), Text("%", "%"), 57.0, 57.1, 4.0, Text("F1, F2", "F1, F2"), 0.1, 1
    ),
    ValidationRow(
        Text("In-county share of fund", "县域内基金占比"),
        Text("%", "%"),
        65.8,
        61.2,
        3.0,
        Text("doc 003", "doc 003"),
        0.2,
        1,
        Text("the pilot counties are the better ones", "试点县本身较好"),
    ),
    ValidationRow(
        Text("Months of reserve", "可支付月数"),
        Text("months", "个月"),
        8.7,
        9.1,
        float("nan"),
        Text("F5, 2021", "F5, 2021"),
    ),
)

MANIFEST = {
    "study": "payment_methods",
    "seed": 20240601,
    "replications": 20,
    "residents": 20_000,
    "wall_seconds": 41.3,
    "versions": {"countyfund": "0.1.0", "numpy": "2.4.6", "python": "3.11.7"},
    "code": "b2fbca5 <modified>",
}


YUAN, SHARE = Text("1 yuan", "1 元"), Text("0.5 share", "0.5（比例）")
COUNTY = County(
    2019, 20_000, 3, 5, 20240601, 20,
    (SettingRow("fund.signing_fee", Text("Signing fee", "签约服务费"), YUAN, YUAN, Text("the study", "研究文件")),),
    {
        "ffs": (),
        "package": (SettingRow("settlement.overrun_share", Text("Share borne", "超支自担比例"), SHARE, SHARE,
                               Text("the arm", "该方案")),),
    },
    "", False,
)  # fmt: skip


def comparison(language: str = "en", replications: int = 20, **changes: Any) -> ReportInput:
    """The whole made-up comparison."""
    given: dict[str, Any] = {
        "title": Text("Four ways of paying a county", "县域医保四种支付方式比较"),
        "question": Text(
            "How do the fund, the communities' surplus, patients' burden and the flow of care change when a rural "
            "county leaves fee for service?",
            "一个农业县告别按项目付费后，基金运行、医共体结余、患者负担与就医流向如何变化？",
        ),
        "table": table(replications),
        "arms": ARMS,
        "baseline": "ffs",
        "reform_start": REFORM_START,
        "base_year": 2019,
        "language": language,
        "validation": VALIDATION,
        "manifest": MANIFEST,
        "county": COUNTY,
        "notes": (Text("A1: the lump covers all insured of the county.", "A1：打包资金覆盖全县参保人。"),),
    }
    return ReportInput(**(given | changes))


def sweep(axes: int = 2, language: str = "en", replications: int = 5) -> ReportInput:
    """A sweep over one or two parameters of the package."""
    kept, borne = (0.0, 0.3, 0.6, 1.0), (0.0, 0.5, 1.0)
    grid = [(k, b) for k in kept for b in borne] if axes == 2 else [(k,) for k in kept]
    rows: list[tuple[Any, ...]] = []
    points: dict[str, tuple[Any, ...]] = {}
    for point in grid:
        share, risk = point[0], point[1] if axes == 2 else 1.0
        name = ",".join(f"{k}={v:g}" for k, v in zip(("retained_share", "overrun_share"), point, strict=False))
        points[name] = point
        for r in range(replications):
            luck = np.random.default_rng([9, r]).normal(size=YEARS)
            for year in range(YEARS):
                strength = (0.3 + 0.7 * share) * (0.4 + 0.6 * risk) if year >= REFORM_START else 0
                balance = 1e6 * (0.6 + 0.2 * luck[year] + 0.9 * strength * (1 - 0.8 * share))
                for outcome, value in (
                    ("fund_balance", balance),
                    ("fund_accumulated", 13e6 + 1e6 * (year + strength * year * (1 - 0.8 * share))),
                    ("surplus", 1e5 * (luck[year] + 6 * strength - 1.5)),
                    ("own_payment_per_head", 650 + 12 * luck[year] - 20 * strength),
                ):
                    rows.append(("sweep", name, 0, r, year, outcome, "all", value))
    labels = (
        SweepAxis("settlement.retained_share", Text("Share of surplus kept", "结余留用比例"), kept),
        SweepAxis("settlement.overrun_share", Text("Share of overrun borne", "超支承担比例"), borne),
    )
    return comparison(
        language,
        table=tidy(rows),
        arms={name: Text(name, name) for name in points},
        baseline=None,
        sweep=Sweep(labels[:axes], points),
        validation=(),
    )


assert set(LEVELS) <= set(OUTCOMES)
