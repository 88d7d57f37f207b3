"""Published and worked results (D13, D14) through `settle`, from files to the fen."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.core.errors import IdentityError
from sim.core.units import fen
from sim.settle import price
from sim.settle.command import Result, settle
from sim.settle.explain import explain
from sim.settle.read.columns import FILES as DECLARED
from tests.settle_world import explained, loaded, told_of, write

CASES = loaded("published.yaml")
FILES = tuple(DECLARED)
PROVIDERS = "provider,tier,community\n0002,township,\n0003,county,\n"


def settled(case: dict[str, Any], folder: Path) -> Result:
    """Communities come from the enrolment file; the institutions belong to none, so all care is bought outside."""
    texts = {"providers": PROVIDERS, "enrolment": "community,heads\n东,1\n"}
    texts |= {name: case[name] for name in (*FILES, "history") if name in case}
    files = [f"{name}={write(folder / f'{name}.csv', text)}" for name, text in texts.items()]
    return settle([*files, *case["words"], f"out={folder / 'out'}"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_published_results_from_files(case: dict[str, Any], tmp_path):
    result = settled(case, tmp_path)
    told_of(case, result, tmp_path / "out")
    explained(tmp_path / "out")
    if "fund" in case:
        assert int(result.fund["fund"].iloc[0]) == fen(case["fund"])
    if "point_value" in case:
        assert result.fund["point_value"].iloc[0] == pytest.approx(case["point_value"], rel=1e-9)
    for key, column in (("budgets", "budget"), ("transfers", "transfer")):
        if key in case:
            assert result.communities[column].tolist() == [fen(amount) for amount in case[key]]
    for name, amount in case.get("accounts", {}).items():
        assert int(result.communities[name].iloc[0]) == fen(amount), name
    if "quotas" in case:
        months = pd.read_csv(tmp_path / "out" / "quota.csv")
        assert months["quota"].tolist() == case["quotas"]
        assert months["accumulated"].tolist()[-1] == sum(case["quotas"])
    if "receipts" in case:
        receipts = pd.read_parquet(tmp_path / "out" / "receipts.parquet").filter(like="receipt.").iloc[:, 0]
        assert receipts.tolist() == [fen(amount) for amount in case["receipts"]]


@pytest.mark.parametrize(
    ("column", "words"), [("balance", "balance = budget"), ("transfer", "Σ distributed = transfer")]
)
def test_a_settlement_that_does_not_add_up_is_not_written(column, words, tmp_path, monkeypatch):
    """Planted: a fen too much in a column."""
    original = price.pay_and_settle

    def careless(*arguments: Any) -> Any:
        paid = original(*arguments)
        more = paid.settled._replace(**{column: getattr(paid.settled, column) + 1})
        return paid._replace(settled=more)

    monkeypatch.setattr(price, "pay_and_settle", careless)
    with pytest.raises(IdentityError, match=words):
        settled(next(case for case in CASES if "transfers" in case), tmp_path)
    assert not (tmp_path / "out").exists()


def test_the_services_of_a_visit_are_explained(tmp_path):
    """Weights 2.0 and 1.5, the second at half, a packaged test of 0.2 (published-results 4.7)."""
    settled(next(case for case in CASES if "items" in case), tmp_path)
    told = explain([f"settled={tmp_path / 'out'}", "claim=V1"])
    for words in ("services of the visit: 3", "2 -> 2", "1.5 -> 0.75", "payment.further_share", "2.75"):
        assert words in told, told
