"""Studies: every file loads and runs on a small county, and its report answers its question first."""

import math
from pathlib import Path

import pytest

from benchmarks import studies as runner
from scenarios import load, names
from sim.__main__ import main
from sim.core.errors import ConfigError
from sim.core.text import Language, Text
from sim.experiment import study as study_module
from sim.experiment.compare import compare_plan, plan
from sim.experiment.findings import LEVEL, Check, Finding, Verdict, judge, together
from sim.experiment.study import list_studies, load_study
from sim.experiment.study_model import SYSTEMS
from sim.outcomes import REFORM, tidy
from sim.report.analysis import Analysis, estimate_of
from sim.report.data import Claim
from sim.report.findings import finding_sentences
from sim.report.from_experiments import of_comparison
from sim.report.names import arm_name, inside
from sim.report.sentences import answer, study_paragraph
from sim.report.verdicts import claim_lines, verdict
from sim.report.wording import spaced, with_unit
from tests.report_world import TWO_ARMS, comparison

SMALL = ["population.residents=900", "experiment.replications=2", "years.history=1", "years.reform=2"]
TWO_TOWNSHIPS = ["population.households_per_village=100", "population.villages_per_township=2"]
"""So that each of two communities has members."""
BEGIN_LATER = {"payment.procurement_saving=0.1 (arm full)"}
"""Settings of studies that begin to act after the two reform years of these tests."""
NAN = math.nan
LANGUAGES: tuple[Language, ...] = ("en", "zh")


# --- every study ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", names())
def test_a_study_runs_and_its_report_answers_first(name: str) -> None:
    result = compare_plan(plan(name, [*SMALL, *TWO_TOWNSHIPS]), save=False)
    assert set(result.notes.idle) <= BEGIN_LATER, f"{name}: a setting that nothing looks at"
    data = of_comparison(result, {})
    assert data.findings, f"{name}: headline says what answers the question"
    analysis = Analysis(data)
    for language in LANGUAGES:
        analysis.language = language  # the estimates stay
        first = " ".join(finding_sentences(analysis)).lower()
        assert len(answer(analysis)[0].split(". ")) <= 5, "three sentences, then the tables"
        for finding in data.findings:
            assert inside(analysis, finding.outcome, finding.group).lower() in first
            assert analysis.label(finding.arm).lower() in first
    for finding in data.findings:
        assert math.isfinite(estimate_of(analysis, finding).value), finding
    for claim in data.claims:
        assert not claim.checks or verdict(analysis, claim) != "unknown", claim.effect.en


@pytest.mark.parametrize("name", names())
def test_a_study_says_what_it_is(name: str) -> None:
    study = load(name)
    assert study.line is not None
    assert study.system
    assert any(item.check for item in study.expected)
    assert study.known_differences
    for text in (study.title, study.line, study.question, *(arm.label for arm in study.arms.values())):
        text.zh.encode("gb2312")  # what the font covers
    for label in (*(item.effect for item in study.expected), *study.known_differences):
        label.zh.encode("gb2312")


# --- the file ---------------------------------------------------------------------------------------------------------
def written(folder: Path, more: str, name: str = "mine") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(TWO_ARMS + more, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("headline: [{arm: c, outcome: surplus}]", "headline 1: arm 'c' is not one of the arms a, b"),
        ("headline: [{arm: a, outcome: surplus}]", "headline 1: the baseline is compared with itself"),
        ("headline: [{arm: b, outcome: surplus, against: b}]", "compared with itself"),
        ("headline: [{arm: b, outcome: surplus, against: basline}]", "did you mean 'baseline'?"),
        ("headline: [{arm: b, outcome: surplus_rat}]", "did you mean 'surplus_rate'?"),
        (
            "headline: [{arm: b, outcome: surplus, group: county}]",
            "no group 'county'; it is reported by all, community",
        ),
        ("headline: [{arm: b, outcome: surplus, group: community_x}]", "no group 'community_x'"),
        ("headline: [{arm: b, outcome: surplus, horizon: 0}]", "horizon"),
        ("system: [A28]", "A1 to A27"),
        (
            "expected: [{effect: {en: e, zh: 效}, citation: c, check: {arm: b, outcome: surplus}}]",
            "sign (up, down, none)",
        ),
        (
            "expected: [{effect: {en: e, zh: 效}, citation: c, check: {arm: b, outcome: surplus, sign: up, low: 0}}]",
            "either a sign",
        ),
        (
            "expected: [{effect: {en: e, zh: 效}, citation: c, check: {arm: b, outcome: surplus, low: 2, high: 1}}]",
            "low 2 is above high 1",
        ),
        (
            "expected: [{effect: {en: e, zh: 效}, citation: c, check: {arm: b, outcome: nope, sign: up}}]",
            "expected 1, check: unknown outcome 'nope'",
        ),
    ],
)
def test_a_mistake_in_a_study_is_named(tmp_path: Path, more: str, said: str) -> None:
    path = written(tmp_path, more)
    with pytest.raises(ConfigError) as caught:
        load_study(path)
    assert said in str(caught.value)
    assert str(path) in caught.value.where


def test_groups_of_every_kind_are_accepted(tmp_path: Path) -> None:
    finding = "headline: [{{arm: b, outcome: {}, group: {}}}]"
    for outcome, group in (
        ("fund_paid", "county/inpatient"),
        ("surplus", "community_2"),
        ("los", "township"),
        ("own_share", "chronic"),
        ("burden_of_income", "q1"),
        ("surplus", "all"),
    ):
        assert load_study(written(tmp_path, finding.format(outcome, group))).headline[0].group == group
    assert SYSTEMS[0] == "A1"
    assert SYSTEMS[-1] == "A27"


def test_a_check_may_be_one_or_several(tmp_path: Path) -> None:
    claim = "expected: [{{effect: {{en: e, zh: 效}}, citation: c, check: {}}}]"
    one = "{arm: b, outcome: surplus_rate, against: level, low: 0, high: 0.05}"
    assert len(load_study(written(tmp_path, claim.format(one))).expected[0].check) == 1
    assert len(load_study(written(tmp_path, claim.format(f"[{one}, {one}]"))).expected[0].check) == 2


# --- the list ---------------------------------------------------------------------------------------------------------
def test_the_list_has_every_study_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["studies"]) == 0
    out = capsys.readouterr().out
    for name in names():
        study = load(name)
        assert f"{name} ({', '.join(study.system)})\n  {study.one_line('en')}\n  {study.one_line('zh')}\n" in out
    assert main(["studies", "language=zh"]) == 0
    chinese = capsys.readouterr().out
    assert load("sanming").one_line("zh") in chinese
    assert load("sanming").one_line("en") not in chinese
    assert main(["studies", "seed=1"]) == 2


def test_a_broken_file_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, "system: [A3]", "good")
    bad = written(tmp_path, "nonsense: 1", "bad")
    monkeypatch.setattr(study_module, "scenarios_dir", lambda: tmp_path)
    assert [line.split("\n") for line in list_studies(["en"]).lines] == [["good (A3)", "  t"]]
    assert main(["studies"]) == 2
    shown = capsys.readouterr()
    assert "good (A3)\n  t\n  题\n" in shown.out
    assert str(bad) in shown.err
    assert "1 of 2 studies cannot be read" in shown.err


# --- verdicts ---------------------------------------------------------------------------------------------------------
def check(**given: object) -> Check:
    return Check.model_validate({"arm": "package", "outcome": "surplus_rate", **given})


@pytest.mark.parametrize(
    ("given", "low", "high", "expected"),
    [
        ({"sign": "up"}, 0.1, 0.2, "met"),
        ({"sign": "up"}, -0.2, -0.1, "against"),
        ({"sign": "up"}, -0.1, 0.2, "noise"),
        ({"sign": "up"}, 0.0, 0.2, "noise"),
        ({"sign": "up"}, 0.0, 0.0, "against"),
        ({"sign": "down"}, -0.2, -0.1, "met"),
        ({"sign": "down"}, 0.1, 0.2, "against"),
        ({"sign": "down"}, -0.2, 0.1, "noise"),
        ({"sign": "none"}, -0.1, 0.2, "met"),
        ({"sign": "none"}, 0.0, 0.0, "met"),
        ({"sign": "none"}, 0.1, 0.2, "against"),
        ({"low": 0.0, "high": 0.05}, 0.01, 0.04, "met"),
        ({"low": 0.0, "high": 0.05}, 0.01, 0.06, "noise"),
        ({"low": 0.0, "high": 0.05}, -0.04, -0.01, "against"),
        ({"low": 0.0, "high": 0.05}, 0.06, 0.07, "against"),
        ({"low": 0.0}, 0.01, 9.0, "met"),
        ({"high": 0.05}, 0.06, 9.0, "against"),
        ({"sign": "up"}, NAN, NAN, "unknown"),
        ({"low": 0.0}, NAN, NAN, "unknown"),
    ],
)
def test_verdicts(given: dict[str, object], low: float, high: float, expected: Verdict) -> None:
    assert judge(check(**given), low, high) == expected


def test_a_claim_of_several_checks_is_as_weak_as_its_weakest() -> None:
    assert together(["met", "met"]) == "met"
    assert together(["met", "noise"]) == "noise"
    assert together(["noise", "unknown", "met"]) == "unknown"
    assert together(["noise", "against", "met"]) == "against"
    assert together([]) == "unknown"


def hand_made(language: Language = "en", **changes: object) -> Analysis:
    """Two arms, three replications, years 0 (history), 1 and 2.

    Charge per visit: a 100; b 110, 112, 114 in year 1 and 4 more in year 2, so b − a is 12, 14, 16 on average: mean 14,
    standard error 2/√3, half a 95 % interval 4.303 × 1.1547 = 4.968.  Visits are alike; days vary about zero.
    """
    rows = []
    for r in range(3):
        for year in range(3):
            for arm in "ab":
                rise = (10 + 2 * r + 4 * (year - 1)) * (arm == "b") * (year > 0)
                swing = (r - 1) * (arm == "b") * (year > 0)
                values = (("cost_per_visit", 100 + rise), ("visits_per_head", 3), ("los", 9 + swing))
                rows += [("s", arm, 0, r, year, outcome, "all", float(value)) for outcome, value in values]
    given = {
        "table": tidy(rows),
        "arms": {"a": Text("Old", "旧"), "b": Text("New", "新")},
        "baseline": "a",
        "reform_start": 1,
        "validation": (),
        "notes": (),
    }
    return Analysis(comparison(language, **(given | changes)))


def finding(outcome: str, **more: object) -> Finding:
    return Finding.model_validate({"arm": "b", "outcome": outcome, **more})


def test_estimates_of_findings() -> None:
    analysis = hand_made()
    mean = estimate_of(analysis, finding("cost_per_visit"))
    assert mean.value == pytest.approx(14)
    assert (mean.low, mean.high) == (pytest.approx(14 - 4.968, abs=1e-3), pytest.approx(14 + 4.968, abs=1e-3))
    assert estimate_of(analysis, finding("cost_per_visit", horizon=1)).value == pytest.approx(12)
    assert estimate_of(analysis, finding("cost_per_visit", horizon="end")).value == pytest.approx(16)
    assert estimate_of(analysis, finding("cost_per_visit", horizon=1, against="a")).value == pytest.approx(12)
    assert estimate_of(analysis, finding("cost_per_visit", against="a")) == mean
    assert estimate_of(analysis, finding("cost_per_visit", against=LEVEL)).value == pytest.approx(114)
    assert estimate_of(analysis, finding("cost_per_visit", horizon=9)).n == 0
    assert analysis.when("cost_per_visit") == REFORM


def test_the_paragraph_says_what_was_found_and_what_was_claimed() -> None:
    effect = Text("Visits cost more.", "次均门诊费用上升。")
    claims = tuple(
        Claim(
            effect,
            Text("doc 001", "文献 001"),
            (Check.model_validate({"arm": "b", "outcome": outcome, "sign": sign}),),
        )
        for outcome, sign in (("cost_per_visit", "up"), ("cost_per_visit", "down"), ("los", "up"))
    )
    findings = (finding("cost_per_visit"), finding("visits_per_head"), finding("los"), finding("los", against=LEVEL))
    text = study_paragraph(hand_made(findings=findings, claims=claims))
    assert text.startswith(
        "Over 2020–2021, the charge per visit is 100 yuan under Old; it rises under New (+14 [9, 19] yuan). "
        "The visits per head are 3.00 a year under Old; they do not change at all under New. "
        "The length of stay is 9.00 days under Old; no change can be told from noise under New "
        "(0.0 [−2.5, 2.5] days). "
    )
    assert (
        "Of 3 effects that the sources lead one to expect, one is found here, one is contradicted and one cannot"
        in text
    )
    assert "As expected" not in text  # the table has what agrees
    lines = claim_lines(hand_made(findings=findings, claims=claims))
    assert [(line.verdict, line.claimed) for line in lines] == [
        ("met", "A rise"),
        ("against", "A fall"),
        ("noise", "A rise"),
    ]
    assert lines[0][2:] == ("Visits cost more.", "A rise", "charge per visit +14 [9, 19] yuan under New", "doc 001")
    alone = study_paragraph(hand_made(findings=findings, claims=claims[:1]))
    assert alone.endswith("As expected: Visits cost more; found charge per visit +14 [9, 19] yuan under New.")
    assert "claimed a fall" not in text  # nor is what does not agree told twice
    found = "found charge per visit +14 [9, 19] yuan under New."
    against, noise = (study_paragraph(hand_made(claims=(claim,))) for claim in claims[1:])
    assert against == f"Against doc 001: Visits cost more; claimed a fall, {found}"
    found = "found length of stay 0.0 [−2.5, 2.5] days under New."
    assert noise == f"Cannot be told from noise: Visits cost more; claimed a rise, {found}"
    chinese = study_paragraph(hand_made("zh", findings=findings, claims=claims))
    assert chinese.startswith("2020—2021 年平均，“旧”的次均门诊费用为 100 元；与之相比，“新”上升（+14 [9, 19] 元）。")
    found = "模拟结果：次均门诊费用：“新” +14 [9, 19] 元。"
    chinese = study_paragraph(hand_made("zh", claims=claims[1:2]))
    assert chinese == f"与文献（文献 001）不符：次均门诊费用上升；文献所述：下降，{found}"


@pytest.mark.parametrize(
    ("outcome", "group", "en", "zh"),
    [
        ("surplus_retained", "all", "what communities keep (+) or bear (−)", "医共体留用（+）或承担（−）"),
        ("surplus_retained", "community_2", "what community 2 keeps (+) or bears (−)", "医共体2留用（+）或承担（−）"),
        ("surplus_retained", "county", "what county hospitals keep (+) or bear (−)", "县级医院留用（+）或承担（−）"),
        ("budget", "community_1", "budget of community 1", "医共体1预算总额"),
        ("surplus_rate", "community_1", "rate of surplus (community 1)", "结余率（医共体1）"),
        ("los", "township", "length of stay (township centres)", "平均住院日（乡镇卫生院）"),
        (
            "burden_of_income",
            "q1",
            "own payment as a share of income (poorest fifth)",
            "个人负担占收入比（最低收入组）",
        ),
    ],
)
def test_names_of_groups_read_well_inside_a_sentence(outcome: str, group: str, en: str, zh: str) -> None:
    assert inside(hand_made(), outcome, group) == en
    assert inside(hand_made("zh"), outcome, group) == zh


def test_rates_are_told_in_the_order_of_each_language() -> None:
    assert with_unit(hand_made(), "+3.3", "referrals_up") == "+3.3 per 1,000"
    assert with_unit(hand_made("zh"), "+3.3", "referrals_up") == "每千人 +3.3"
    assert with_unit(hand_made("zh"), "+3.3", "managed_share", level=False) == "+3.3 个百分点"


def test_no_change_at_all_is_not_called_the_opposite() -> None:
    claims = (Claim(Text("e", "效"), Text("c", "据"), (Check(arm="b", outcome="visits_per_head", sign="up"),)),)
    (line,) = claim_lines(hand_made(claims=claims))
    assert (line.verdict, line.label) == ("against", "✗ not as claimed")
    assert line.found == "visits per head unchanged under New"


def test_a_study_without_findings_keeps_the_general_answer() -> None:
    assert study_paragraph(hand_made()) == ""
    assert study_paragraph(Analysis(comparison())) == ""


def test_one_replication_tests_no_claim() -> None:
    claims = (
        Claim(Text("e", "效"), Text("c", "据"), (Check(arm="package", outcome="own_payment_per_head", sign="down"),)),
    )
    findings = (Finding(arm="package", outcome="own_payment_per_head"),)
    text = study_paragraph(Analysis(comparison("en", 1, claims=claims, findings=findings)))
    assert "it differs under “Package, all kept and borne” (" in text
    assert text.endswith("cannot be tested with a single replication.")


def test_a_claim_that_holds_in_part_says_which() -> None:
    checks = (Check(arm="b", outcome="cost_per_visit", sign="up"), Check(arm="b", outcome="los", sign="up"))
    down = (Check(arm="b", outcome="cost_per_visit", sign="down"), *checks[1:])
    claims = tuple(Claim(Text("e", "效"), Text("c", "据"), each) for each in (checks, down, checks[:1]))
    lines = claim_lines(hand_made(claims=claims))
    assert [line.verdict for line in lines] == ["part", "against", "met"]  # as weak as its weakest only if none is met
    assert [verdict(hand_made(), claim) for claim in claims] == ["noise", "against", "met"]
    assert lines[0].found == (
        "✓ charge per visit +14 [9, 19] yuan under New; ≈ length of stay 0.0 [−2.5, 2.5] days under New"
    )
    text = study_paragraph(hand_made(claims=claims))
    assert text.startswith(
        "Of 3 effects that the sources lead one to expect, one is found here, one is found in part and"
    )
    text = study_paragraph(hand_made(claims=claims[:1]))
    assert "Found of c in part: e; claimed a rise, found (✓ as claimed, ✗ not, ≈ noise) ✓ charge per visit" in text


def test_all_claims_may_hold_and_the_reasons_are_named_only_where_some_do_not() -> None:
    up, down = (
        Claim(
            Text("e", "效"),
            Text("c", "据"),
            (Check.model_validate({"arm": "b", "outcome": "cost_per_visit", "sign": sign}),),
        )
        for sign in ("up", "down")
    )
    why = (Text("because", "因为"),)
    assert study_paragraph(hand_made(claims=(up, up), departures=why)) == (
        "All 2 effects that the sources lead one to expect are found here."
    )
    assert study_paragraph(hand_made(claims=(up, down), departures=why)).endswith(
        "in the report under “Where the model differs from the sources, and why”."
    )
    assert study_paragraph(hand_made(claims=(up, down))).endswith("one is found here and one is contradicted.")


def test_levels_of_one_arm_share_a_sentence() -> None:
    findings = tuple(finding(outcome, against=LEVEL) for outcome in ("cost_per_visit", "visits_per_head", "los"))
    text = study_paragraph(hand_made(findings=findings))
    assert text.startswith("Over 2020–2021, under New, the charge per visit is 114 ± 1 yuan, the visits per head are")
    assert text.endswith(" and the length of stay is 9.00 ± 0.58 days.")
    both = (findings[0], finding("los", against=LEVEL), Finding(arm="a", outcome="los", against=LEVEL))
    assert study_paragraph(hand_made(findings=both)).endswith(
        "The length of stay is 9.00 ± 0.58 days under New and 9.00 days under Old."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((-0.03, -0.02, -0.04), "−3.00 ± 0.58 % (an overrun)"),
        ((0.03, 0.02, 0.04), "3.00 ± 0.58 % (a surplus)"),
        ((-0.01, 0.02, 0.01), "0.67 ± 0.88 % (even within error)"),
    ],
)
def test_a_rate_of_surplus_says_what_its_sign_means(values: tuple[float, ...], said: str) -> None:
    rows = [
        ("s", arm, 0, r, year, "surplus_rate", "all", value)
        for r, value in enumerate(values)
        for year in range(3)
        for arm in "ab"
    ]
    text = study_paragraph(hand_made(table=tidy(rows), findings=(finding("surplus_rate", against=LEVEL),)))
    assert text == f"Over 2020–2021, the rate of surplus is {said} under New."


def test_labels_with_punctuation_of_their_own_are_quoted() -> None:
    labels = {"a": Text("Old: by item", "旧"), "b": Text("Quota, all care", "总额（甲、乙）")}
    assert arm_name(hand_made(arms=labels), "b") == "“Quota, all care”"
    assert arm_name(hand_made(arms=labels), "a") == "“Old: by item”"
    assert arm_name(hand_made(arms={**labels, "b": Text("Heads and reward", "人头")}), "b") == "“Heads and reward”"
    assert arm_name(hand_made("zh", arms=labels), "a") == "“旧”"
    assert arm_name(hand_made(arms={**labels, "b": Text("Fixed 6:3:1", "固定")}), "b") == "Fixed 6:3:1"


def test_chinese_leaves_a_space_beside_latin_letters() -> None:
    labels = {"a": Text("DRG", "打包内DRG"), "b": Text("+3 %", "年增3%")}
    text = study_paragraph(hand_made("zh", arms=labels, findings=(finding("cost_per_visit"),)))
    assert text == "2020—2021 年平均，“打包内 DRG”的次均门诊费用为 100 元；与之相比，“年增3%”上升（+14 [9, 19] 元）。"
    assert spaced("区域DIP下基金") == "区域 DIP 下基金"
    assert spaced("医共体1的30 天再住院率") == "医共体1的 30 天再住院率"


@pytest.mark.parametrize(
    ("outcome", "verb"),
    [
        ("avoidable_admissions", "are"),
        ("settled_visits_per_head", "are"),
        ("fund_months", "are"),
        ("managed_share", "is"),
        ("surplus", "is"),
        ("surplus_rate", "is"),
        ("in_county_admissions", "is"),
        ("readmissions", "is"),
    ],
)
def test_verbs_agree_with_the_names_of_outcomes(outcome: str, verb: str) -> None:
    text = study_paragraph(hand_made(findings=(finding(outcome),)))
    assert f" {verb} not reported in this run." in text


# --- running all ------------------------------------------------------------------------------------------------------
def test_all_studies_are_run_and_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny = ["population.residents=400", *SMALL[1:], "output.report=false"]
    assert runner.main(["overrun_share", *tiny], tmp_path / "out") == 0
    assert (tmp_path / "out" / "overrun_share" / "differences.parquet").is_file()
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if line.startswith("overrun_share  "))
    counts = [int(word) for word in line.split()[2:]]
    assert sum(counts) == len([item for item in load("overrun_share").expected if item.check])
    assert runner.main(["overrun_share", "settlement=shared", *tiny], tmp_path / "out") == 2
    assert "not run" in capsys.readouterr().out
