"""The whole configuration as one validated object, and the table of its parameters by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, Self

from pydantic import ConfigDict, ValidationInfo, model_validator

from sim.config.dated import in_year, plain_key
from sim.config.describe import Parameter, parameters_in, parameters_of
from sim.config.options import base_years
from sim.core.parameters import Config, param
from sim.county.benefit import Config as BenefitConfig
from sim.county.care.config import Config as CareConfig
from sim.county.claims.config import Config as ClaimsConfig
from sim.county.family_doctors import Config as ContractsConfig
from sim.county.illness import Config as IllnessConfig
from sim.county.population.config import Config as PopulationConfig
from sim.county.providers import Config as ProvidersConfig
from sim.county.variation import Config as VariationConfig
from sim.money.fund import Config as FundConfig
from sim.money.payment import SCHEMES, AnyConfig, ffs
from sim.money.payment.inner import holds_scheme
from sim.money.response import Config as ResponseConfig
from sim.money.settlement.config import Config as SettlementConfig

PAYMENTS = ("payment", "current_payment")
"""Fields that hold a payment scheme."""

INNER_PAYMENTS = tuple(
    dict.fromkeys(
        name
        for scheme in SCHEMES.values()
        for name, field in scheme.config.model_fields.items()
        if holds_scheme(field.annotation)
    )
)
"""Parameters that hold a scheme inside a scheme."""

LARGEST_SEED = 2**32 - 1

MOST_YEARS = 80
"""The fifth generation, whose keys would not fit, is born after that (`newborn_key` of `sim.county.population`)."""

MOST_GROWTH = 10_000
"""Largest growth of money over all years."""

KEPT = "kept"
"""Context of validation: of a configuration that is kept with results, whose base year may have no file any more."""


class Years(Config):
    """Simulated time: a warm-up, history years under the current payment rule, then reform years."""

    warm_up: int = param(1, unit="years", zh="预热年数", ge=0, le=20)
    """Years played before year 0 and not recorded, so that beds are filled and illness has settled.
    Source: assumed: stays and neglect last days to months, so one year is enough"""

    history: int = param(3, unit="years", zh="历史年数", ge=1, le=20)
    """Years under the current payment rule, the same in all arms; budgets are based on them.
    Source: A23: budgets are based on the past 3-5 years"""
    reform: int = param(5, unit="years", zh="改革年数", ge=1, le=50)
    """Years under the rules of the arm; its payment may come later than the rest (settlement.announced).
    Source: C1: effects of a package were read after 4-5 years"""


class Experiment(Config):
    """How often a run is repeated and how results are stated."""

    replications: int = param(20, unit="", zh="重复次数", ge=1, le=100_000)
    """Replications: the same county again, with other luck.
    Source: assumed: as many as let the main job end within a minute"""
    confidence: float = param(0.95, unit="share", zh="置信水平", gt=0, lt=1)
    """Level of confidence intervals.
    Source: convention"""


class Executor(Config):
    """Where the work is done; it never changes a result."""

    workers: int = param(0, unit="", zh="并行数", ge=0, le=1_024)
    """Tasks done at the same time; 0 means as many as there are cores.
    Source: convention"""


class Output(Config):
    """What is saved, and where."""

    model_config = ConfigDict(coerce_numbers_to_str=True)  # output.dir=2024

    dir: str | None = param(None, unit="", zh="输出目录")
    """Run folder; null means outputs/<study>-<date>-<time>.
    Source: convention"""
    claims: bool = param(False, unit="", zh="保存逐笔结算")
    """Save every claim: claims.parquet, one row a claim.
    Source: convention"""
    ledgers: int = param(1, unit="", zh="保存总账的重复数", ge=0, le=1_000)
    """Replications of which the fund's ledger and its statements are saved, for every arm.
    Source: convention"""
    overwrite: bool = param(False, unit="", zh="覆盖已有结果")
    """Replace a run folder that exists.
    Source: convention"""
    report: bool = param(True, unit="", zh="生成报告")
    """Write figures and report.html.
    Source: convention"""


class SimConfig(Config):
    """Everything a run depends on.  Field names are the groups of ``conf/``."""

    population: PopulationConfig = PopulationConfig()
    providers: ProvidersConfig = ProvidersConfig()
    contracts: ContractsConfig = ContractsConfig()
    illness: IllnessConfig = IllnessConfig()
    care: CareConfig = CareConfig()
    claims: ClaimsConfig = ClaimsConfig()
    benefit: BenefitConfig = BenefitConfig()
    variation: VariationConfig = VariationConfig()
    payment: AnyConfig = ffs.Config()
    current_payment: AnyConfig = ffs.Config()
    settlement: SettlementConfig = SettlementConfig()
    fund: FundConfig = FundConfig()
    response: ResponseConfig = ResponseConfig()
    years: Years = Years()
    seed: int = param(20_220_601, unit="", zh="随机种子", ge=0, le=LARGEST_SEED)
    """Seed of all draws.
    Source: convention"""
    engine: Literal["kernel", "reference"] = param("kernel", unit="", zh="引擎")
    """Compiled kernel, or the readable SimPy reference (slow).
    Source: convention"""
    experiment: Experiment = Experiment()
    executor: Executor = Executor()
    output: Output = Output()
    language: Literal["en", "zh"] = param("en", unit="", zh="语言")
    """Language of tables, figures and the report.
    Source: convention"""
    targets: str | None = param(None, unit="", zh="本县对照数据")
    """CSV file of figures of your own county that the simulated history is held against (docs/model.md, section 19);
    null means the published national figures of conf/targets/.
    Source: convention"""
    base_year: int = param(2019, unit="", zh="基准年")
    """Year whose prices, use of care and financing the defaults describe; conf/base_year/ has a file of each.
    Source: figures 2.1: 2020-2022 are depressed and 2023 is a rebound"""

    @model_validator(mode="before")
    @classmethod
    def _names_of_the_base_year(cls, data: Any) -> Any:
        """Configurations of earlier versions hold the financing of every base year: ``fund.realised_2019``."""
        if not isinstance(data, Mapping):
            return data
        year = data.get("base_year", cls.model_fields["base_year"].default)
        return in_year(cls, data, year)

    @model_validator(mode="after")
    def _base_year_has_a_file(self, info: ValidationInfo) -> Self:
        if info.context != KEPT and self.base_year not in base_years():
            there = " or ".join(map(str, base_years()))
            raise ValueError(f"base_year={self.base_year} has no file in conf/base_year/, which has {there}")
        return self

    @model_validator(mode="after")
    def _names_are_given(self) -> Self:
        """Refuse an empty name: a script whose variable is not set passes `output.dir=`."""
        for key, name in (("output.dir", self.output.dir), ("targets", self.targets)):
            if name is not None and not name.strip():
                raise ValueError(f"{key} is empty: name it, or leave it out")
        return self

    @model_validator(mode="after")
    def _a_pool_has_counties(self) -> Self:
        if self.fund.city_pool.apply and not self.fund.city_pool.others:
            raise ValueError("fund.city_pool.apply needs the city's other counties, in fund.city_pool.others")
        return self

    @model_validator(mode="after")
    def _shares_are_of_one_whole(self) -> Self:
        people = self.population
        for what, names in (
            ("everybody has at most one insurance", ("resident_insured", "employee_insured")),
            ("a household is of one kind", ("elder_households", "middle_households", "nuclear_households")),
        ):
            total = sum(getattr(people, name) for name in names)
            if total > 1 + 1e-9:
                keys = " + ".join(f"population.{name}" for name in names)
                raise ValueError(f"{keys} sum to {total:g}, but must sum to at most 1: {what}")
        return self

    @property
    def starts(self) -> int:
        """First year under ``payment``; the reform years before it are announced (A23), and belong to its base."""
        return self.years.history + self.settlement.announced

    def paid_in(self, year: int) -> AnyConfig:
        """The payment scheme in force in a year, with its parameters."""
        return self.payment if year >= self.starts else self.current_payment

    @model_validator(mode="after")
    def _payment_comes_in_time(self) -> Self:
        announced = self.settlement.announced
        if announced >= self.years.reform:
            raise ValueError(
                f"settlement.announced={announced} must be below years.reform={self.years.reform}, or the payment that "
                "is announced never comes"
            )
        if announced and SCHEMES[self.current_payment.scheme].has_budget:
            raise ValueError(
                f"settlement.announced={announced} needs a current_payment without budgets, such as ffs: those of "
                f"{self.current_payment.scheme} would be settled by the terms that are only announced"
            )
        return self

    @model_validator(mode="after")
    def _employees_have_a_fund(self) -> Self:
        changed = self.settlement.employee.model_dump(exclude_defaults=True)
        if changed and not self.fund.employee.apply:
            raise ValueError(
                f"settlement.employee.{next(iter(changed))} needs fund.employee.apply=true: nobody holds a budget "
                "from a fund without books"
            )
        return self

    @model_validator(mode="after")
    def _money_stays_countable(self) -> Self:
        """Refuse growth that would overflow money, which is counted in 64-bit fen."""
        years = self.years.warm_up + self.years.history + self.years.reform
        if years > MOST_YEARS:
            raise ValueError(
                f"years.warm_up + years.history + years.reform sum to {years}, but must sum to at most {MOST_YEARS}: "
                "a key in 64 bits holds four generations born in simulated time"
            )
        for key, growth in (
            ("claims.growth", self.claims.growth),
            ("fund.income_growth", self.fund.income_growth),
            ("fund.employee.income_growth", self.fund.employee.income_growth or 0.0),
            ("population.income_growth", self.population.income_growth),
        ):
            if (1 + growth) ** years > MOST_GROWTH:
                raise ValueError(
                    f"{key}={growth:g} over {years} years is more than {MOST_GROWTH:,}-fold growth: "
                    "give a smaller growth or fewer years"
                )
        return self


def describe_parameters() -> Iterator[Parameter]:
    """All parameters, in the order of `SimConfig`; those of payment schemes once, under ``payment``."""
    defaults = SimConfig()
    for name, field in SimConfig.model_fields.items():
        if name == "payment":
            for scheme, entry in SCHEMES.items():
                config = entry.config()
                for parameter in parameters_of(config, name):
                    yield parameter._replace(scheme=scheme)
        elif name != "current_payment":
            yield from parameters_in(name, field, getattr(defaults, name), {})


@cache
def parameter_table() -> dict[str, tuple[Parameter, ...]]:
    """Parameters by key; a key of ``payment`` may belong to several schemes.  ``current_payment`` has the same keys."""
    table: dict[str, tuple[Parameter, ...]] = {}
    for parameter in describe_parameters():
        names = PAYMENTS if parameter.scheme else (parameter.key.split(".")[0],)
        for name in names:
            key = ".".join([name, *parameter.key.split(".")[1:]])
            table[key] = (*table.get(key, ()), parameter._replace(key=key))
    return table


def find_parameter(key: str, scheme: str = "") -> Parameter | None:
    """The parameter with a dotted key.

    Positions in lists and a base year in the key are ignored, and ``within`` is a scheme inside a scheme.
    """
    key, _ = plain_key(SimConfig, key)
    parts = key.replace("payment.within.", "payment.").split(".")
    while parts:
        name = ".".join("[]" if part.isdigit() else part for part in parts).replace(".[]", "[]")
        for candidate in (name, name.removesuffix("[]")):
            for parameter in parameter_table().get(candidate, ()):
                if not scheme or parameter.scheme in ("", scheme):
                    return parameter
        if not parts[-1].isdigit():
            return None
        parts.pop()
    return None


def declared(key: str) -> Parameter | None:
    """The parameter of a key, also of one in a scheme inside a scheme."""
    if parameters := parameter_table().get(key):
        return parameters[0]
    head, *rest = key.split(".")
    if head in PAYMENTS and rest[:-1]:
        return find_parameter(".".join(["payment", *(part for part in rest if part not in INNER_PAYMENTS)]))
    return find_parameter(key)
