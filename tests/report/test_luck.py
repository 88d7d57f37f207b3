"""Wherever a community is settled, readers see how far its result is luck, by its size."""

from __future__ import annotations

import math
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.core.text import Language
from sim.experiment.compare import compare
from sim.experiment.results import Comparison
from sim.experiment.run import run
from sim.report import Analysis
from sim.report import html as page
from sim.report.from_experiments import of_comparison, of_run
from sim.report.luck import HEADS, MEASURED, NOTE, TITLE
from sim.report.seen_luck import seen_luck, spread_of
from sim.report.table_rows import luck_lines, luck_missing, persons_of
from sim.settle.write.terminal import show
from tests.report.test_sentences import printed
from tests.settle_world import county, write

SMALL = ("population.residents=2000", "experiment.replications=2", "years.reform=1", "executor.workers=1")
CORRIDOR = ("settlement.minimum_rate=0.02", "settlement.minimum_overrun_rate=0.02")


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return compare("payment_methods", [*SMALL, *CORRIDOR])


def chance(percent: float, spread: float) -> float:
    """Chance that a normal result passes a threshold, in per cent; both are per cent of the budget."""
    return 100 * float(stats.norm.sf(percent / spread))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_comparison_tells_luck_for_its_own_size_and_others(compared: Comparison, language: Language) -> None:
    data = of_comparison(compared, {})
    analysis = Analysis(data)
    analysis.language = language
    lines = luck_lines(analysis)
    assert [line.arm for line in lines if line.arm] == [analysis.label("package"), analysis.label("drg_package")]
    persons = persons_of(analysis, "package")
    of_persons = persons.variation * math.sqrt(1 - persons.persistence)
    assert 0 < persons.persistence < 0.5
    heads = analysis.level("package", "insured", "community_1").value
    own, *others = lines[:6]
    assert own.insured.startswith(f"{heads:,.0f}")
    for line, size in zip((own, *others), (heads, 1000, 5000, 20_000, 100_000, 500_000), strict=True):
        of_years = math.hypot(0.02, 0.02)  # illness and prices of a year, for everybody
        spread = 100 * math.hypot(of_persons / math.sqrt(size), of_years) * math.sqrt(4 / 3)  # three base years
        assert float(line.spread.removeprefix("± ")) == pytest.approx(spread, abs=0.051)
        for cell in (line.rewarded, line.penalised):
            assert float(cell.rstrip("%")) == pytest.approx(chance(2, spread), abs=0.51)
    assert len(lines) == 6 + 1  # of DRG inside a package only the size that was simulated
    told = unescape(page.render(analysis, []))
    for words in (TITLE, *HEADS, MEASURED):
        assert words.of(language) in told
    assert NOTE.of(language).split("{0}")[0] in told


def test_the_terminal_tells_it_too(compared: Comparison) -> None:
    told = printed(of_comparison(compared, {}))
    assert TITLE.en in told
    assert "500,000" in told


def test_inside_methods_swing_as_simulated_without_response(compared: Comparison) -> None:
    """By hand from the table of outcomes; the budget is taken before it was held down to income."""
    analysis = Analysis(of_comparison(compared, {}))
    line = luck_lines(analysis)[-1]
    rows = compared.outcomes.query("arm == 'drg_package@off' and group == 'community_1' and year == 3")
    by = rows.pivot_table(index="outcome", columns="replication", values="value")
    free = by.loc["budget"] - by.loc["surplus_revenue_cap"]
    rates = (by.loc["surplus"] - by.loc["surplus_revenue_cap"]) / free
    assert line.spread == f"± {100 * abs(rates[0] - rates[1]) / math.sqrt(2):.1f}"
    kept, borne = ((sign * by.loc["surplus_retained"] > 0).mean() for sign in (1, -1))
    assert line.seen == f"{100 * kept:.0f} / {100 * borne:.0f}"


def test_the_cap_moves_who_keeps_and_not_the_spread() -> None:
    words = [*SMALL[1:], "population.residents=3000", "payment=package", "payment.within=dip", "response=off"]
    seen = {}
    for cap in ("true", "false"):
        outcomes = run([*words, f"settlement.revenue_cap={cap}"]).outcomes
        seen[cap] = seen_luck(outcomes.query("group == 'community_1' and year >= 3"))
    held, free = seen["true"], seen["false"]
    assert held is not None
    assert free is not None
    assert held.spread == pytest.approx(free.spread)
    assert held.kept <= free.kept


def test_the_error_of_a_spread_is_how_far_spreads_differ() -> None:
    """Samples of a normal law with sd 2, whose four years hang together: mean and spread of the estimates are known."""
    rng = np.random.default_rng(2)
    samples = [spread_of(2 * (0.8 * rng.normal(size=(12, 1)) + 0.6 * rng.normal(size=(12, 4)))) for _ in range(1500)]
    spreads, errors = np.array(samples).T
    assert np.mean(spreads**2) == pytest.approx(4.0, rel=0.03)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(spreads.std(), rel=0.12)
    assert np.isnan(spread_of(rng.normal(size=(1, 3)))).all()


def test_one_replication_cannot_show_it_and_that_is_said() -> None:
    words = ["population.residents=2000", "experiment.replications=1", "years.reform=1", "executor.workers=1"]
    data = of_comparison(compare("payment_methods", words), {})
    analysis = Analysis(data)
    assert [line.arm for line in luck_lines(analysis) if line.arm] == [analysis.label("package")]
    assert analysis.label("drg_package") in luck_missing(analysis)
    assert "one replication cannot show it" in printed(data).replace("\n", " ").replace("  ", " ")
    assert "one replication cannot show it" in page.render(analysis, [])


def test_a_run_without_budgets_tells_nothing_of_it() -> None:
    without = of_run(run([*SMALL, "payment=drg"]), {})
    assert TITLE.en not in printed(without)
    assert TITLE.en not in page.render(Analysis(without), [])
    assert TITLE.en in printed(of_run(run([*SMALL, "payment=package"]), {}))


CLAIMS = """医疗机构编码,年度,险种,医疗类别,病组编码,例数,住院天数,医疗总费用,统筹基金支付,个人编号
0001,2024,居民,普通门诊,,1,,900.00,600.00,P1
0003,2024,居民,住院,B,1,8,9000.00,5400.00,P1
0003,2024,居民,住院,B,1,8,9000.00,6000.00,P2
0002,2024,居民,住院,A,1,7,5000.00,3000.00,P3
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_settled_claims_tell_luck_from_their_own_persons(
    tmp_path: Path, language: Language, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = write(tmp_path / "c.csv", CLAIMS)
    words = ["payment=package", "settlement.lump_per_head=690", *CORRIDOR, f"language={language}"]
    result = county(tmp_path / "out", *words, claims=claims)
    of_persons = math.sqrt(10_000 * (2 * 6000**2 + 3000**2) / 15_000**2 - 1)  # 10,000 insured, three of whom cost money
    first = result.luck.lines[0]
    assert first.insured.startswith("10,000")
    spread = 100 * of_persons / 100  # a lump is not made of base years
    assert first.spread == f"± {spread:.1f}"
    assert float(first.rewarded.rstrip("%")) == pytest.approx(chance(2, spread), abs=0.51)
    told = (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    show(result)
    for text in (told, capsys.readouterr().out):
        assert TITLE.of(language) in text
        assert first.spread in text


def test_settled_claims_do_not_tell_what_one_year_cannot_show(tmp_path: Path) -> None:
    claims = write(tmp_path / "c.csv", CLAIMS)
    words = ["payment=package", "settlement.charged=members", "settlement.lump_per_head=690"]
    result = county(tmp_path / "out", *words, claims=claims)
    assert not result.luck.lines
    assert "one year cannot show it" in (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")


def test_claims_without_persons_say_why_there_is_no_luck(tmp_path: Path) -> None:
    result = county(tmp_path / "out", "payment=package", "settlement.lump_per_head=690")
    assert not result.luck.lines
    assert "needs the column person" in (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    assert not county(tmp_path / "other", "payment=ffs").luck.note
