"""No answer is a way of counting: what a reform does to admissions rests on episodes, not on discharges."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import numpy as np
import pytest

import sim
from scenarios import load, names
from sim.outcomes import HEADLINE, REFORM
from sim.report.sentences import WATCHED

SMALL = ["population.residents=6000", "experiment.replications=3", "years.history=1", "years.reform=4",
         "executor.workers=1"]  # fmt: skip
BY_DISCHARGE = {"discharges_per_100", "cost_per_admission", "own_payment_per_admission", "in_county_admissions",
                "admission_share", "los", "readmissions"}  # fmt: skip


@functools.cache
def package_against_fee_for_service(tight: float | None) -> dict[str, float]:
    """Outcome -> difference over the reform years; ``tight``: `claims.step_down_tight`, None: its default."""
    more = ["response.optimism=20"]  # effort, which makes more patients step down, is near its most
    more += [] if tight is None else [f"claims.step_down_tight={tight}"]
    rows = sim.compare("youxi", [*SMALL, *more]).differences.query(
        "arm == 'youxi' and group == 'all' and year == @REFORM", local_dict={"REFORM": REFORM}
    )
    return dict(zip(rows["outcome"], rows["difference"], strict=True))


@pytest.mark.slow
def test_what_a_package_does_to_admissions_does_not_depend_on_how_many_step_down() -> None:
    """More patients who step down are more discharges and not more patients; the studies say so of their sources."""
    default, none_more = package_against_fee_for_service(None), package_against_fee_for_service(0)
    assert default["referrals_down"] > 1
    assert np.sign(default["episodes_per_100"]) == np.sign(none_more["episodes_per_100"]) == -1
    assert default["discharges_per_100"] > 0 > none_more["discharges_per_100"]
    moved = {name: default[name] - none_more[name] for name in default}
    assert abs(moved["episodes_per_100"]) < 0.1 * moved["discharges_per_100"]
    assert abs(moved["in_county_episodes"]) < 0.5 * moved["in_county_admissions"]
    assert abs(moved["episode_days"]) < 0.2 * abs(moved["los"])
    assert moved["readmissions"] < moved["episode_readmissions"]


def test_headlines_and_warnings_are_by_episode() -> None:
    """Of the report, and of every study, but where a claim is of a source that counts discharges."""
    shown = {outcome.id for outcome in HEADLINE} | set(WATCHED)
    assert {"episodes_per_100", "cost_per_episode", "in_county_episodes", "episode_readmissions"} <= shown
    assert not shown & BY_DISCHARGE
    for name in names():
        study = load(name)
        assert not {finding.outcome for finding in study.headline} & BY_DISCHARGE, name
        for item in study.expected:
            for check in item.check:
                assert check.outcome not in BY_DISCHARGE or "discharge" in item.citation.en, (name, item.effect.en)


def test_the_page_says_by_how_much_discharges_exceed_episodes() -> None:
    """Under fee for service, in the default county, as docs/model.md says beside the targets' way of counting."""
    result = sim.run(sim.load_config(["payment=ffs", "experiment.replications=2", "years.history=2", "years.reform=1"]))
    level = result.summary.query("group == 'all' and year == 1").set_index("outcome")["mean"]
    more = level["discharges_per_100"] / level["episodes_per_100"] - 1
    page = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
    said = re.search(r"discharges, which under fee for\s+service are some (\d+) % more", page)
    assert said
    assert round(100 * more) == int(said[1])
