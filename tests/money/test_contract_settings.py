"""Foreign settings of the general risk-sharing rule: MSSP, risk corridor, Alzira; worked cases."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.core.paths import conf_dir
from sim.core.units import fen, ppm
from sim.money.settlement import Config, Contract, minimum_rate_ppm, settle, shared, turnover
from sim.tables import Payments
from tests.money_world import cases, ints, make_claims, make_providers

CASES = cases("contracts.yaml")


def option(name: str) -> Config:
    """A file of conf/settlement."""
    values: dict[str, Any] = yaml.safe_load((conf_dir() / "settlement" / f"{name}.yaml").read_text(encoding="utf-8"))
    return Config(**values)


def named(items: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", items, ids=[item["name"] for item in items])


@pytest.mark.parametrize("case", CASES["rates"], ids=str)
def test_worked_minimum_rates(case):
    assert minimum_rate_ppm(option("mssp_one_sided"), case["heads"]) == ppm(case["rate"])


@named(CASES["sharing"])
def test_worked_sharing(case):
    rule = option(case["option"])
    found = shared(rule, fen(case["budget"]), fen(case["balance"]), case.get("quality", 1.0), case.get("heads"))
    assert found == fen(case["transfer"])


@named(CASES["contracts"])
def test_worked_contracts(case):
    rule = Config(**case["rule"])
    inflow, outflow, own_cost = (fen(case[name]) for name in ("inflow", "outflow", "own_cost"))
    contract = case["contract"]
    capitation = fen(contract.pop("amount_per_head")) * case["heads"]
    found = turnover(Contract(**contract), rule, capitation, (inflow, outflow, own_cost))
    assert found._asdict() == {name: fen(value) for name, value in case["expected"].items()}


def test_the_rate_of_a_community_depends_on_its_heads():
    claims = make_claims([{"tier": "county", "charge": 100, "statutory": 97.2}])
    paid = Payments(claims.statutory, 0.0)
    for heads, transfer in ((10_000, 0), (15_000, 140)):
        settled = settle(option("mssp_one_sided"), ints(10_000), paid, claims, make_providers(), heads=ints(heads))
        assert settled.transfer.tolist() == [transfer]


@given(st.integers(-(10**9), 10**9), st.floats(0, 1), st.integers(0, 100_000))
def test_what_is_kept_and_borne_stays_within_the_deviation(balance, quality, heads):
    for name in ("mssp_one_sided", "mssp_two_sided", "risk_corridor"):
        part = shared(option(name), 10**9, balance, quality, heads)
        assert min(balance, 0) <= part <= max(balance, 0)


def test_bad_tables():
    with pytest.raises(ValidationError, match="heads must rise"):
        Config(minimum_rates=({"heads": 5, "rate": 0.1}, {"heads": 5, "rate": 0.2}))
    with pytest.raises(ValidationError, match="overrun_least"):
        Config(overrun_least=0.7, overrun_most=0.6)
