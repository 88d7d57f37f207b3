"""One self-contained page for people who decide: needs no network, no fonts, no scripts; prints well."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.core.text import Text
from sim.core.visible import visible
from sim.outcomes.trials import TRIALS
from sim.report.analysis import Analysis
from sim.report.county_facts import county_facts, national_note, size_note
from sim.report.figures.catalogue import Drawn, draw_all
from sim.report.filled import filled
from sim.report.findings import finding_sentences
from sim.report.labels import WORDS, word
from sim.report.luck import TITLE, heads_of
from sim.report.prevention import NOTE as NOTE_ON_PREVENTION
from sim.report.prevention import TITLE as TITLE_OF_PREVENTION
from sim.report.prevention import paying, prevention_lines
from sim.report.sentences import answer, drift, emptied
from sim.report.statements import section
from sim.report.surplus_parts import expected_lines, part_lines, with_parts
from sim.report.sweeps import sweep_grid
from sim.report.table_rows import (
    DISCHARGES,
    facts,
    headline_lines,
    luck_lines,
    luck_note_of,
    risk_heads,
    risk_lines,
    table_note,
    tail_of,
    validation_lines,
)
from sim.report.verdicts import claim_lines
from sim.report.wording import enumerated

if TYPE_CHECKING:
    from jinja2 import Environment

HEADINGS: dict[str, Text] = {
    "question": Text("Question", "问题"),
    "answer": Text("Answer", "结论"),
    "county": Text("The county", "本县设置"),
    "county_arms": Text("What each arm sets otherwise than the history years", "各方案与历史年份不同的设置"),
    "county_same": Text("Nothing: as in the history years.", "无：与历史年份相同。"),
    "headline": Text("Headline outcomes", "主要指标"),
    "differences": Text("Differences to the baseline", "与基准方案之差"),
    "remarks": Text("About the settings", "关于设定"),
    "claims": Text("What the sources claim", "文献所述与模拟结果"),
    "departures": WORDS["departures"],
    "parts": Text("Where the surplus comes from", "结余从何而来"),
    "risk": Text("Risk of the fund", "基金风险"),
    "figures": Text("Figures", "图"),
    "sweep": Text("All settings", "全部设置"),
    "statements": Text("Statements", "结算报表"),
    "response": Text("What the provider response adds", "医疗机构行为反应的影响"),
    "validation": Text("Against published figures", "与公开数据比较"),
    "method": Text("How this was computed, and how to read it", "方法与阅读说明"),
    "definitions": Text("Definitions", "指标定义"),
    "manifest": Text("This run", "运行信息"),
    "contents": Text("Contents", "目录"),
    "figure": Text("Figure", "图"),
    "better": Text("▲ clearly better", "▲ 明显改善"),
    "worse": Text("▼ clearly worse", "▼ 明显变差"),
    "moved": Text("◆ clearly changed", "◆ 明显变化"),
    "noise": Text("≈ cannot be told from noise", "≈ 与随机波动无法区分"),
    "rare": Text("○ too rare to say", "○ 事件过少，无法判断"),
    "difference_on": Text("Difference, response on", "差异（有行为反应）"),
    "difference_off": Text("Difference, response off", "差异（无行为反应）"),
    "effect": Text("Response on − off, same arm", "同一方案：有反应 − 无反应"),
    "period": Text("Period", "时期"),
}

FACTS: dict[str, Text] = {
    "program": Text("program", "程序"),
    "version": Text("version", "版本"),
    "code_revision": Text("code revision", "代码版本"),
    "verb": Text("verb", "命令"),
    "study": Text("study", "研究"),
    "overrides": Text("overrides", "命令行参数"),
    "seed": Text("seed", "随机种子"),
    "engine": Text("engine", "引擎"),
    "python": Text("Python", "Python 版本"),
    "platform": Text("platform", "运行平台"),
    "residents": Text("residents", "户籍人口"),
    "replications": Text("replications", "重复次数"),
}
"""Names of the facts of a run."""

NOTES: dict[str, Text] = {
    "differences": Text(
        "Paired differences to “{base}” with {ci} confidence intervals; arms with the response off are compared with "
        "the baseline with the response off where that was run.",
        "与“{base}”的配对差及 {ci} 置信区间；无行为反应的方案在可能时与无行为反应的基准相比。",
    ),
    "response": Text(
        "The same comparison with the provider response switched on and off, and the paired difference between an arm "
        "and its twin without response. A result that lives only in the column “on” rests on the assumed behaviour.",
        "同一比较在有、无医疗机构行为反应下的结果，以及同一方案两者之差。仅在“有行为反应”一列出现的结果依赖于行为假"
        "设。",
    ),
    "parts": Text(
        "The first lines sum to the surplus or overrun of all communities together, a year. Luck and the lines above "
        "it are those of the same arm with the provider response off; behaviour is what the response makes of the "
        "whole surplus, with the same luck: leaner or more care, what the payment method inside pays for it, bills "
        "moved to patients where that is on. Of an arm that was not played without response, behaviour is in all "
        "lines. Below: "
        "how spending per head was expected to grow, which budgets without a growth of their own follow, and by how "
        "much more or less income grows.",
        "前几行之和为全部医共体年均结余或超支。随机波动及其上各行取自同一方案关闭医疗机构行为反应时的结果；行为反应为"
        "同一随机数下反应对全部结余的影响，包括诊疗增减、内部支付方式随之支付的金额，以及（启用时）转由患者负担的费用。"
        "未另作无反应模拟的方案，行为影响包含在各行之中。其下为人均支出的预期增长（未另设增长率的预算据此增长）及筹资"
        "增长与之相比的差距。",
    ),
    "validation": Text(
        "Simulated history years beside published figures. {misses} of {all} are outside the stated tolerance and are "
        "marked; “shown only” means that the sources conflict or are too weak to judge by. " + DISCHARGES.en,
        "模拟的历史年份与公开数据对照。{all} 项中 {misses} 项超出容差并予以标记；“仅列示”表示来源相互矛盾或证据较弱，"
        "不作判定。" + DISCHARGES.zh,
    ),
    "county": Text(
        "Set otherwise than in the default county of the base year, and by whom; everything else is as in "
        "docs/parameters.md.",
        "以下设置与基准年缺省县不同，并列出由谁设定；其余均为缺省值（见 docs/parameters.md）。",
    ),
    "county_default": Text(
        "Nothing is set otherwise than in the default county of the base year.", "各项设置均为基准年缺省县的取值。"
    ),
    "departures": Text(
        "Written down with the study at its own settings; the numbers of the simulation are those of this run, with "
        "standard error (±) or interval [ ].",
        "文字随研究方案写定（按其自身设置）；模拟数字取自本次运行，附标准误（±）或区间 [ ]。",
    ),
    "risk": Text(
        "Across {n} replications over the reform years; brackets hold 95% confidence intervals (Wilson's). The last "
        "two columns concern the accumulated balance at the end: the balance that 95% of the replications reach, and "
        "the mean of the worst 5% (value at risk and tail value at risk, without interpolation between replications). "
        "They rest on the worst {tail} of {n} replications, so read them with care.",
        "改革期内 {n} 次重复的统计，方括号为 95% 置信区间（威尔逊法）。后两列针对期末累计结余：95% "
        "的重复都能达到的结余"
        "（风险价值），以及最差 5% 情形的平均结余（尾部风险价值），取自各次重复的实际值，不作插值。"
        "仅据结果最差的 {tail} 次重复，请谨慎解读。",
    ),
}

TRIALS_NOTE = Text(
    "Not counted here: how demand answers prices, {n} figures of trials ({names}). They need "
    "counties of their own and "
    "are held against published ones by “countyfund validate” alone, which says which of them miss.",
    "未计入：需求对价格的反应，即 {n} 项试验指标（{names}）。须另行模拟，仅由 countyfund validate 与公开数据比较，"
    "并列出未达标者。",
)

METHOD: tuple[Text, ...] = (
    Text(
        "Common random numbers: every draw has an address made of seed, replication, resident, decision and time, so "
        "the same person has the same luck in every arm. A difference is taken inside each replication and then "
        "averaged; the luck that both arms share cancels.",
        "共用随机数：每个随机数由种子、重复号、居民、决策与时间定址，同一居民在各方案中的运气相同。差异先在同一次重复"
        "内计算，再取均值，共同的运气相互抵消。",
    ),
    Text(
        "± is the Monte Carlo standard error, the standard deviation over replications divided by the square root of "
        "their number. Intervals are {ci} t intervals, given where they hold: not for means of rare events. "
        "Errors and intervals measure the noise of the simulation, not what is unknown "
        "about the parameters or the model.",
        "± 为蒙特卡洛标准误，即各次重复的标准差除以重复次数的平方根。区间为 {ci} t 置信区间，仅在可靠时给出，"
        "罕见事件的均值不给出。"
        "二者只反映模拟噪声，不反映参数与模型本身的不确定性。",
    ),
    Text(
        "Each interval stands alone: among twenty differences that are truly zero, about one would look clear by "
        "chance.",
        "各区间单独成立：若二十项差异实际均为零，平均约有一项会因偶然而显得“明显”。",
    ),
    Text(
        "History years run under the current payment rule and are the same in all arms to the last digit; the reform "
        "begins after them. Money is counted in whole fen, and the accounting identities are checked in every run.",
        "历史年份按现行支付方式运行，各方案逐位相同，之后改革开始。金额以分为单位取整数，每次运行均核对会计恒等式。",
    ),
    Text(
        "Figures that concern the resident fund count resident-insured persons only; waits, travel, forgone care and "
        "avoidable admissions count all residents, as the definitions say.",
        "涉及居民医保基金的指标仅计居民医保参保人；等候、距离、未就诊与可避免住院按定义计全体居民。",
    ),
)


def render(analysis: Analysis, drawn: list[Drawn]) -> str:
    """The page as text."""
    environment = _environment()
    page: str = environment.get_template("report.html.j2").render(_context(analysis, drawn))
    return page


def write_report(analysis: Analysis, folder: Path) -> Path:
    """Draw the figures into ``folder/figures`` and write ``folder/report.html``, which appears whole or not at all."""
    drawn = draw_all(analysis, folder / "figures")
    target = folder / "report.html"
    partial = target.with_suffix(".html.partial")
    partial.write_text(render(analysis, drawn), encoding="utf-8")
    os.replace(partial, target)
    return target


def _environment() -> Environment:
    """Templates that escape all text, and show what is not seen."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )


def _context(analysis: Analysis, drawn: list[Drawn]) -> dict[str, Any]:
    """Everything the template names, in one language."""
    from markupsafe import Markup

    data, language = analysis.data, analysis.language
    heads = {key: text.of(language) for key, text in HEADINGS.items()}
    sweep_heads, sweep_rows = sweep_grid(analysis)
    return {
        "lang": "zh-CN" if language == "zh" else "en",
        "title": data.title.of(language),
        "question": data.question.of(language),
        "answer": [text for text in (*answer(analysis), emptied(analysis)) if text],
        "findings": finding_sentences(analysis),
        "h": heads,
        "w": {key: word(key, language) for key in WORDS},
        "arms": [(arm, analysis.label(arm)) for arm in analysis.arms],
        "baseline": analysis.baseline,
        "others": [(arm, analysis.label(arm)) for arm in analysis.others],
        "responding": [(arm, analysis.label(arm)) for arm in analysis.others if arm in analysis.off],
        "claims": claim_lines(analysis),
        "lines": headline_lines(analysis) if data.sweep is None else [],
        "table_note": table_note(analysis),
        "parts": part_lines(analysis) if data.sweep is None else [],
        "parts_arms": [analysis.label(arm) for arm in with_parts(analysis)],
        "expected": expected_lines(analysis) if data.sweep is None else [],
        "prevention": prevention_lines(analysis) if data.sweep is None else [],
        "prevention_arms": [analysis.label(arm) for arm in paying(analysis)],
        "prevention_title": TITLE_OF_PREVENTION.of(language),
        "prevention_note": NOTE_ON_PREVENTION.of(language),
        "risk": risk_lines(analysis) if data.sweep is None else [],
        "risk_heads": risk_heads(analysis),
        "luck": luck_lines(analysis) if data.sweep is None else [],
        "luck_title": TITLE.of(language),
        "luck_heads": heads_of(luck_lines(analysis), language),
        "figures": [(item, Markup(item.svg)) for item in drawn],  # made here, every text in it escaped
        "sweep_heads": sweep_heads,
        "sweep_rows": sweep_rows,
        "statements": section(analysis),
        "validation": validation_lines(data.validation, language),
        **_county(analysis),
        "language": language,
        "notes": _notes(analysis),
        "method": [text.of(language).format(ci=analysis.confidence) for text in METHOD],
        "departures": [filled(analysis, text) for text in data.departures],
        "remarks": [text.of(language) for text in data.remarks],
        "study_notes": [text.of(language) for text in data.notes],
        "facts": [(FACTS.get(name, Text(name, name)).of(language), value) for name, value in facts(data.manifest)],
    }


def _trials(analysis: Analysis) -> str:
    """That the demand side is held against figures by `validate` alone, with their names; "" where nothing is held."""
    if not analysis.data.validation:
        return ""
    shown = {row.label.en for row in analysis.data.validation}
    trials = [trial.outcome for trial in TRIALS.values() if trial.outcome.en not in shown]
    names = enumerated(analysis, [Text(each.en, each.zh).of(analysis.language) for each in trials], comma="、")
    return TRIALS_NOTE.of(analysis.language).format(n=len(trials), names=names) if trials else ""


def _county(analysis: Analysis) -> dict[str, Any]:
    """What the template says of the county; nothing where it is not known."""
    data, language = analysis.data, analysis.language
    if data.county is None:
        return {"county": None, "county_facts": [], "county_arms": []}
    return {
        "county": data.county,
        "county_facts": county_facts(data.county, language),
        "county_arms": [
            (data.arms[arm].of(language) if arm in data.arms else arm, rows) for arm, rows in data.county.arms.items()
        ],
    }


def _notes(analysis: Analysis) -> dict[str, str]:
    verdicts = [row.verdict for row in analysis.data.validation]
    fields = {
        "base": analysis.label(analysis.baseline) if analysis.baseline else "",
        "ci": analysis.confidence,
        "misses": verdicts.count("miss"),
        "all": len(verdicts),
        "n": analysis.replications,
        "tail": tail_of(analysis.replications),
    }
    notes = {key: text.of(analysis.language).format(**fields) for key, text in NOTES.items()}
    national = national_note(analysis.data.county, verdicts.count("apart")).of(analysis.language)
    gap = Text(" ", "").of(analysis.language)
    risk = (notes["risk"], drift(analysis), size_note(analysis.data.county).of(analysis.language))
    notes["risk"] = gap.join(text for text in risk if text)
    notes["trials"] = _trials(analysis)
    return notes | {"national": national, "luck": luck_note_of(analysis)}
