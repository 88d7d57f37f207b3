"""Writes sim/data/sample_*.csv, the county that ships with `settle`.  Run: python docs/sample.py

The default county of 20,000 residents, with two communities, played for two years under fee for service: the bills of
every fortieth resident.  Years are called 2023 and 2024.  The same every time (seed 1).  Names and codes are made
up, in the form of those in use; assessment scores are assumed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from sim import pipeline
from sim.config import SimConfig, load_config
from sim.core.randomness import Key
from sim.core.units import yuan_text
from sim.county.claims import inpatient_groups, outpatient_groups
from sim.engine import engines
from sim.money import response
from sim.settle.read.columns import CATEGORY_TERMS, CLAIMS, INSURANCE_TERMS, REFERRED_TERMS, TIER_TERMS
from sim.settle.write.sheet_files import as_csv
from sim.tables import CATEGORIES, INPATIENT, INSURANCES, RESIDENT_INSURED, TIERS, Claims, Flows, Providers

YEARS = (2023, 2024)
ONE_IN = 40
SCORES = ("0.95", "0.88")
COMMUNITIES = ("县人民医院医共体", "县中医院医共体")
NAMES = {
    "village": [
        "双桥",
        "石门",
        "梅岭",
        "上洋",
        "河口",
        "大塘",
        "竹溪",
        "龙泉",
        "新丰",
        "白沙",
        "枫林",
        "杨梅",
        "东坑",
        "西坪",
        "南岗",
        "北山",
    ],
    "township": ["城关镇中心", "双桥镇", "石门乡", "河口镇", "龙泉乡"],
    "county": ["县人民医院", "县中医院", "县妇幼保健院"],
    "city": ["市第一人民医院", "市中心医院"],
    "remote": ["省立医院", "省肿瘤医院"],
}
ENDINGS = {"village": "村卫生室", "township": "卫生院"}
MONEY = ("charge", "covered", "statutory", "catastrophic", "assistance", "patient")
WRITTEN = ("claim", "person", "provider", "date", "insurance", "category", "group", "home", "referred", "days", *MONEY)


def county(residents: int) -> SimConfig:
    """The default county with two communities, keeping every bill."""
    return load_config([f"population.residents={residents}", "providers.communities=2", "output.claims=true"])


def played(config: SimConfig) -> tuple[Providers, list[Flows]]:
    """Its institutions and its years."""
    setting = engines.Setting(True, config.years.warm_up)
    engine = engines.create(config.engine, pipeline.rule_configs(config), Key(config.seed, 0), setting)
    policy = response.neutral(config.providers.communities)
    flows = [pipeline.play(engine, policy, config, year) for year in range(-config.years.warm_up, len(YEARS))]
    return engine.world.providers, flows[-len(YEARS) :]


def codes_of(providers: Providers) -> list[str]:
    """Codes of institutions in the form of the national ones: H, area, number."""
    return [f"H330599{number + 1:05d}" for number in range(len(providers.tier))]


def provider_rows(providers: Providers) -> list[tuple[str, ...]]:
    """Code, name, tier and community of each institution."""
    rows, met = [], dict.fromkeys(TIERS, 0)
    for code, number, community in zip(codes_of(providers), providers.tier, providers.community, strict=True):
        tier = TIERS[number]
        names, nth = NAMES[tier], met[tier]
        met[tier] += 1
        name = names[nth % len(names)] + (f"第{nth // len(names) + 1}" if nth >= len(names) else "")
        rows.append(
            (code, name + ENDINGS.get(tier, ""), TIER_TERMS[tier][0], COMMUNITIES[community] if community >= 0 else "")
        )
    return rows


def claim_rows(
    claims: Claims, providers: Providers, groups: dict[bool, list[str]], year: int, one_in: int
) -> list[list[str]]:
    """The bills of every so-manieth resident, in the order of their days."""
    kept = np.flatnonzero(claims.resident % one_in == 0)
    kept = kept[np.lexsort([getattr(claims, name)[kept] for name in ("charge", "provider", "resident", "day")])]
    codes, first = codes_of(providers), dt.date(year, 1, 1)
    terms = [tuple(spellings[0] for spellings in t.values()) for t in (INSURANCE_TERMS, CATEGORY_TERMS, REFERRED_TERMS)]
    assert (len(terms[0]), len(terms[1])) == (len(INSURANCES), len(CATEGORIES))
    rows = []
    for number, k in enumerate(kept, start=1):
        stay = bool(claims.category[k] == INPATIENT)
        rows.append(
            [
                f"JS{year}{number:06d}",
                f"330599{claims.resident[k]:08d}",
                codes[claims.provider[k]],
                (first + dt.timedelta(days=int(claims.day[k]))).isoformat(),
                terms[0][claims.insurance[k]],
                terms[1][claims.category[k]],
                groups[stay][claims.group[k]],
                COMMUNITIES[claims.home[k]],
                terms[2][claims.referred[k]],
                str(claims.days[k]) if stay else "",
                *(yuan_text(int(getattr(claims, name)[k])) for name in MONEY),
            ]
        )
    return rows


def enrolment_rows(flows: list[Flows], one_in: int) -> list[tuple[object, ...]]:
    """Community, year, insured and signed persons, score."""
    rows: list[tuple[object, ...]] = []
    for year, flow in zip(YEARS, flows, strict=True):
        people = flow.population
        mine = (people.insurance == RESIDENT_INSURED) & (people.key % one_in == 0)
        for number, name in enumerate(COMMUNITIES):
            own = mine & (people.community == number)
            score = SCORES[number] if year == YEARS[-1] else ""
            rows.append((name, year, int(own.sum()), int((own & (people.signed > 0)).sum()), score))
    return rows


def write_sample(folder: Path, residents: int = 20_000, one_in: int = ONE_IN) -> None:
    """Write the five files."""
    config = county(residents)
    providers, flows = played(config)
    stays = inpatient_groups(config.claims.inpatient_groups)
    visits = outpatient_groups(config.claims.outpatient_groups)
    groups = {True: [g.code for g in stays], False: [g.code for g in visits]}
    heads = [next(column.zh for column in CLAIMS if column.name == name) for name in WRITTEN]
    for year, flow, name in zip(YEARS, flows, ("history", "claims"), strict=True):
        rows = claim_rows(flow.claims, providers, groups, year, one_in)
        (folder / f"sample_{name}.csv").write_bytes(as_csv(heads, rows))
    tables = {
        "providers": (["医疗机构编码", "医疗机构名称", "机构层级", "所属医共体"], provider_rows(providers)),
        "enrolment": (["医共体", "年度", "参保人数", "签约人数", "考核得分"], enrolment_rows(flows, one_in)),
    }
    weights = [(g.code, g.name_zh, g.weight / 1e6) for g in stays] + [
        (g.code, "门诊" + g.name_zh, g.cost / 1e6) for g in visits
    ]
    tables["groups"] = (["病组编码", "病组名称", "权重"], [(c, n, f"{w:.2f}") for c, n, w in weights])
    for name, (own_heads, own_rows) in tables.items():
        (folder / f"sample_{name}.csv").write_bytes(as_csv(own_heads, own_rows))


if __name__ == "__main__":
    write_sample(Path(__file__).parents[1] / "sim" / "data")
