"""Assessment, deposit, pool and distribution from a user's files and from a seed, explained step by step."""

import pytest

from sim.__main__ import main
from sim.core.errors import CountyFundError
from sim.core.units import fen
from sim.settle.explain import explain
from tests.settle_world import county, explained, write

RULES = ("fixed", "volume", "contribution", "lead", "tree")
RULED = [
    "payment=package",
    "settlement.lump_per_head=690",
    "settlement.deposit=0.05",
    "settlement.pool_share=0.1",
    "settlement.distribution.rule=tree",
    "settlement.surplus_quality=0.5",
]


def test_a_scored_settlement_is_explained_and_says_who_gets_what(tmp_path):
    """Budget 690 x 10,000, spent 6,806,500 with fee for service; score 0.8; the clinic hangs on the centre."""
    rows = [
        "provider,name,tier,community,parent",
        "0001,王村卫生室,village,东医共体,0002",
        "0002,城关镇卫生院,township,东医共体,0003",
        "0003,县人民医院,county,东医共体,",
        "0004,市第一医院,city,,",
    ]
    providers = write(tmp_path / "p.csv", "\n".join(rows) + "\n")
    heads = write(tmp_path / "e.csv", "community,year,heads,score\n东医共体,2024,10000,0.8\n")
    for rule in RULES:
        out = tmp_path / rule
        words = [*RULED, f"settlement.distribution.rule={rule}", f"enrolment={heads}"]
        result = county(out, *words, providers=providers)
        (row,) = result.communities.to_dict("records")
        own = result.providers[result.providers["category"] == "all"].set_index("provider")
        assert row["balance"] == fen(93_500)
        assert row["transfer"] == fen(84_150)  # x (1 - 0.5 x 0.2)
        assert row["pool"] == fen(8415)
        assert own.loc[["0001", "0002", "0003"], "distributed"].sum() == fen(84_150 - 8415)
        assert own.loc["0003", "forfeited"] == fen(3_645_000 * 0.05 * 0.2)
        lost = fen((400_000 + 360_000 + 586_500 + 3_645_000) * 0.05 * 0.2)
        (whole,) = result.fund.to_dict("records")
        assert whole["forfeited"] == lost
        assert whole["fund"] == whole["receipts"] + whole["transfer"] - lost
        explained(out)
    tree = result  # the last of the rules
    page = (out / "statements.html").read_text(encoding="utf-8")
    assert "清算分配" in page or "Part of the transfer" in page
    assert tree.providers.set_index("provider").loc["0001", "parent"].iloc[0] == "0002"
    told = explain(["provider=0002", f"settled={out}"])
    for words in ("settlement.distribution.keep_township", "settlement.deposit", "settlement.pool_share", "keeps"):
        assert words in told, words


def test_a_parent_of_another_community_is_refused(tmp_path):
    rows = ["provider,tier,community,parent", "0001,village,东医共体,0004", "0002,township,东医共体,",
            "0003,county,东医共体,0002", "0004,city,,"]  # fmt: skip
    providers = write(tmp_path / "p.csv", "\n".join(rows) + "\n")
    with pytest.raises(CountyFundError, match="parent") as error:
        county(tmp_path / "out", *RULED, providers=providers)
    assert "higher tier of the same community" in str(error.value)


@pytest.mark.slow
def test_a_simulated_year_is_assessed_settled_and_explained_again(tmp_path):
    """Two communities, the tree, assessment from half a year on, a deposit and a pool; every identity is checked."""
    out = tmp_path / "run"
    small = ["engine=reference", "population.residents=600", "population.households_per_village=50",
             "population.villages_per_township=3",
             "providers.communities=2", "experiment.replications=1", "years.history=1", "years.reform=2",
             "years.warm_up=1", "output.claims=true", "output.report=false", f"output.dir={out}"]  # fmt: skip
    terms = ["payment=package", "settlement.distribution.rule=tree", "settlement.assessment.apply=true",
             "settlement.assessment.from_year=0.5", "settlement.surplus_quality=1", "settlement.deposit=0.05",
             "settlement.pool_share=0.2", "settlement.base=negotiated", "settlement.revenue_cap=false",
             "settlement.distribution.fiscal_subsidy.township=100000"]  # fmt: skip
    assert main(["run", *small, *terms]) == 0
    told = explain(["fund", "year=2", f"run={out}"])
    wanted = ("settlement.assessment.from_year", "settlement.bargaining", "deposits forfeited")
    assert [words for words in wanted if words not in told] == []
