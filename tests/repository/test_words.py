"""Words of the parameter table that promise something are held: "calibrated" by a fit and a target, others by a test."""

import re

from sim.config.model import Parameter, describe_parameters

PROMISES = re.compile(r"\b(calibrated|balances|keeps|steady|neutral|roughly|by itself|moves nothing|gains by)\b")
"""Words whose truth can be lost by a change elsewhere."""

MEANT_OTHERWISE = {
    "claims.variable_cost": "neutral intensity: a definition",
    "claims.return_intensity": "neutral intensity: a definition",
    "settlement.retained_share": "what a community keeps",
    "settlement.surplus_bands[].share": "what a community keeps",
    "settlement.overrun_bands[].share": "what a community keeps",
    "settlement.distribution.keep_lead": "what a hospital keeps",
    "settlement.distribution.keep_township": "what a centre keeps",
    "fund.city_pool.apply": "what a county keeps",
}
"""Keys whose sentence has such a word and promises nothing."""

HELD = {
    "population.births": "tests/county/test_population.py",
    "population.come_back": "tests/county/test_population.py",
    "population.income_growth": "tests/repository/test_words.py",
    "contracts.sign": "tests/county/test_family_doctors.py",
    "illness.drop_out": "tests/county/test_illness.py",
}
"""Other keys, and the tests that hold what is promised."""


def plain(key: str) -> str:
    """A key without tiers and positions."""
    return re.sub(r"\.(village|township|county|city|remote)$", "", key)


def promising() -> list[Parameter]:
    """Parameters whose sentence or source promises something."""
    found = {}
    for parameter in describe_parameters():
        if PROMISES.search(f"{parameter.doc} {parameter.source}") and plain(parameter.key) not in MEANT_OTHERWISE:
            found.setdefault(plain(parameter.key), parameter)
    return list(found.values())
