"""Sentence patterns of the answer, in both languages."""

from __future__ import annotations

from sim.core.text import Text

TEMPLATES: dict[str, Text] = {
    "best": Text(
        "{arm} leaves most in the fund: {when} its accumulated balance is {level} {unit} ({months} months "
        "of outgo), {diff} {unit} against {base}{tail}.",
        "{arm}下基金结余最多：{when}累计结余为 {level} {unit}（可支付 {months} 个月），与{base}相比 "
        "{diff} {unit}{tail}。",
    ),
    "best_base": Text(
        "{base} leaves most in the fund: {when} its accumulated balance is {level} {unit} ({months} months "
        "of outgo); the closest other arm, {arm}, differs by {diff} {unit}{tail}.",
        "{base}下基金结余最多：{when}累计结余为 {level} {unit}（可支付 {months} 个月）；"
        "最接近的{arm}与之相差 {diff} {unit}{tail}。",
    ),
    "best_two": Text(
        "{arm} leaves more in the fund: {when} its accumulated balance is {level} {unit} ({months} months "
        "of outgo), {diff} {unit} against {base}{tail}.",
        "{arm}下基金结余较多：{when}累计结余为 {level} {unit}（可支付 {months} 个月），与{base}相比 "
        "{diff} {unit}{tail}。",
    ),
    "moved_base": Text(
        "What the fund has more under {base} providers have less, so it is not called best: {when} its accumulated "
        "balance is {level} {unit} ({months} months of outgo); {arm} differs by {diff} {unit}{tail}.",
        "{base}下基金所得即医疗机构所失，故不以基金结余评优：{when}累计结余为 {level} {unit}（可支付 {months} 个月）；"
        "{arm}与之相差 {diff} {unit}{tail}。",
    ),
    "best_base_two": Text(
        "{base} leaves more in the fund: {when} its accumulated balance is {level} {unit} ({months} months "
        "of outgo); {arm} differs by {diff} {unit}{tail}.",
        "{base}下基金结余较多：{when}累计结余为 {level} {unit}（可支付 {months} 个月）；"
        "{arm}与之相差 {diff} {unit}{tail}。",
    ),
    "no_difference": Text(
        "What is left in the fund is the same under all arms: {when} the accumulated balance is {level} {unit} "
        "({months} months of outgo).",
        "各方案的基金结余完全相同：{when}累计结余为 {level} {unit}（可支付 {months} 个月）。",
    ),
    "no_best_two": Text(
        "{arm} cannot be told from {base} in what it leaves in the fund: the difference in the accumulated balance "
        "{when} is {diff} {unit}, and {base} ends with {level} {unit} ({months} months of outgo).",
        "{arm}的基金结余与{base}无法区分：{when}累计结余之差为 {diff} {unit}；"
        "{base}期末为 {level} {unit}（可支付 {months} 个月）。",
    ),
    "no_best": Text(
        "No arm can be told from {base} in what it leaves in the fund: the largest difference in the accumulated "
        "balance {when}, that of {arm}, is {diff} {unit}, and {base} ends with {level} {unit} ({months} months of "
        "outgo).",
        "各方案的基金结余与{base}均无法区分：{when}累计结余差异最大的是{arm}，为 {diff} {unit}；"
        "{base}期末为 {level} {unit}（可支付 {months} 个月）。",
    ),
    "best_tied": Text(
        "{arms} leave most in the fund and cannot be told apart with {n} replications: {when} the accumulated "
        "balance is {level} {unit} ({months} months of outgo) under {arm}, from which {last} differs by "
        "{spread} {unit}{tail}.",
        "{arms}下基金结余最多，在 {n} 次重复下彼此无法区分：{when}{arm}的累计结余为 {level} {unit}（"
        "可支付 {months} 个月），{last}与之相比 {spread} "
        "{unit}{tail}。",
    ),
    "and_others": Text(" and {n} others", "等 {all} 个方案"),
    "tied_base": Text(
        "; against {base}, {arm} has {diff} {unit}",
        "；与{base}相比，{arm} {diff} {unit}",
    ),
    "lead": Text(
        ", {diff} {unit} more than the next, {second}",
        "，与第二位的{second}相比 {diff} {unit}",
    ),
    "surplus": Text("The communities' budgets close {items}.", "医共体预算年终结果：{items}。"),
    "surplus_item": Text(
        "under {arm} with {what} of {rate} % of {whole}, of which the communities {keep} {kept} {unit} a year",
        "{arm}{what}占{whole} {rate}%，其中医共体每年{keep} {kept} {unit}",
    ),
    "surplus_zero": Text("under {arm} exactly even", "{arm}收支恰好平衡"),
    "surplus_even": Text(
        "under {arm} even within error ({rate} % of {whole}, whose {ci} interval covers zero)",
        "{arm}在误差范围内收支平衡（占{whole} {rate}%，其 {ci} 置信区间包含零）",
    ),
    "parts": Text(
        "A year's surplus or overrun is made of ({unit}): {items}.",
        "年均结余或超支的构成（{unit}）：{items}。",
    ),
    "parts_none": Text(
        "The surplus or overrun is not taken apart under {arms}: there the payment method makes the budget itself, a "
        "contract on turnover settles, or no past is known.",
        "{arms}的结余或超支未作分解：预算由支付方式自行确定，或按营业额合同清算，或没有往年数据。",
    ),
    "parts_item": Text("under {arm} {parts}", "{arm}：{parts}"),
    "expected": Text(
        "Spending per head is expected to grow by {expected_growth} % a year (prices {price}, "
        "ageing {ageing}, benefit "
        "{benefit}), income per head by {income} %.",
        "人均支出预期每年增长 {expected_growth}%（价格 {price}，老龄化 {ageing}，待遇标准 {benefit}），"
        "人均筹资每年增长 {income}%。",
    ),
    "moved": Text(
        "No arm is called best for the fund, since what it gains providers lose: under {arm}, with the largest "
        "balance, it is {level} {unit} {when} ({months} months of outgo), {diff} {unit} against {base}{tail}.",
        "基金所得即医疗机构所失，故不以基金结余评优：结余最大的{arm}{when}累计结余为 {level} "
        "{unit}（可支付 {months} 个月），与{base}相比 {diff} {unit}{tail}。",
    ),
    "moved_two": Text(
        "What the fund gains under {arm} providers lose: {when} its accumulated balance is {level} {unit} "
        "({months} months of outgo), {diff} {unit} against {base}{tail}.",
        "{arm}下基金所得即医疗机构所失：{when}累计结余为 {level} {unit}（可支付 {months} 个月），"
        "与{base}相比 {diff} {unit}{tail}。",
    ),
    "moved_tied": Text(
        "No arm is called best for the fund, since what it gains providers lose; its balance is largest "
        "under {arms}, which cannot be told apart with {n} replications: {when} the accumulated balance "
        "is {level} {unit} ({months} months of outgo) under {arm}, from which {last} differs by {spread} "
        "{unit}{tail}.",
        "基金所得即医疗机构所失，故不以基金结余评优；{arms}下基金结余最大，在 {n} "
        "次重复下彼此无法区分：{when}{arm}的累计结余为 {level} {unit}（可支付 {months} "
        "个月），{last}与之相比 {spread} {unit}{tail}。",
    ),
    "providers": Text(
        "; providers' margin in the county changes by {diff} {unit} over the same years",
        "；同期县域内医疗机构结余合计变动 {diff} {unit}",
    ),
    "communities_bear": Text(
        "; communities lose {kept} {unit} a year on budgets overrun by {rate} %{why}",
        "；医共体预算超支 {rate}%，每年自担 {kept} {unit}{why}",
    ),
    "because": Text(
        ", because {why}",
        "（{why}）",
    ),
    "unsure": Text(
        "With one replication no arm can be called best: {when} the fund's accumulated balance is between "
        "{low} {unit} ({low_arm}) and {high} {unit} ({high_arm}).",
        "仅一次重复，不能评出最优方案：{when}基金累计结余介于 {low} {unit}（{low_arm}）与 {high} "
        "{unit}（{high_arm}）之间。",
    ),
    "patients": Text(
        "Patients pay {level} a head of their own under {base}; the difference is between {low} yuan under "
        "{low_arm} and {high} yuan under {high_arm}.",
        "{base}下人均个人负担为 {level}；各方案与之相差从{low_arm}的 {low} 元到{high_arm}的 {high} 元。",
    ),
    "change": Text(
        "{name} {they} {level} under {base}; the difference, in {difference_unit}, is {items}.",
        "{name}在{base}下为 {level}；差异（{difference_unit}）：{items}。",
    ),
    "item": Text("{diff} under {arm}", "{arm} {diff}"),
    "item_noise": Text("{diff} (noise) under {arm}", "{arm} {diff}（属随机波动）"),
    "watch": Text(
        "Health and access need watching: {items}, against {base}.", "需关注健康与可及性：与{base}相比，{items}。"
    ),
    "watch_item": Text(
        "{name} ({items})",
        "{name}（{items}）",
    ),
    "watch_none": Text(
        "No arm raises forgone care, avoidable admissions, readmissions or catastrophic spending clearly and by more "
        "than 1% of its level under {base}.",
        "各方案的应就诊未就诊、可避免住院、再住院与灾难性支出均未比{base}明显上升 1% 以上。",
    ),
    "noise": Text(
        "{noise} of the {all} headline differences cannot be told from noise with {n} replications; they are marked "
        "≈. ± is a standard error; brackets hold {ci} confidence intervals: noise of the simulation, not doubt about "
        "parameters.",
        "{all} 项主要差异中有 {noise} 项在 {n} 次重复下无法与随机波动区分，以 ≈ 标记。"
        "± 为标准误，方括号为 {ci} 置信区间，均仅反映模拟噪声，不含参数的不确定性。",
    ),
    "no_noise": Text(
        "All {all} headline differences are the same in every replication or can be told from noise, with {n} "
        "replications. ± is a standard error; brackets hold {ci} confidence intervals: noise of the "
        "simulation, not doubt "
        "about parameters.",
        "在 {n} 次重复下，{all} 项主要差异均可与随机波动区分，或在各次重复中完全相同。"
        "± 为标准误，方括号为 {ci} 置信区间，均仅反映模拟噪声，不含参数的不确定性。",
    ),
    "single": Text(
        "This is a single replication: no error can be given, and any difference may be noise.",
        "仅一次重复，无法给出误差，任何差异都可能是随机波动。",
    ),
    "emptied": Text(
        "Nobody is insured with the fund in some years from {year} on, in {count} of {n} replications: the county has "
        "died out or was never insured, and numbers per head of those years do not exist.",
        "自 {year} 年起有年份无人参保（{n} 次重复中有 {count} 次）：居民已无留存或从未参保，这些年份的人均指标不存在。",
    ),
    "run": Text(
        "{arm}: {when} the fund's accumulated balance is {level} {unit} ({months} months of outgo); the fund's "
        "balance of a reform year is {balance} {unit} on average; patients pay {own} yuan a head of their own, and "
        "{county} % of inpatient episodes begin in the county.",
        "{arm}：{when}基金累计结余为 {level} {unit}（可支付 {months} 个月），改革后年均当年结余 {balance} {unit}；"
        "人均个人负担 {own} 元，县域内整段住院占比 {county}%。",
    ),
    "sweep": Text(
        "Over {n} settings, {name} ranges from {low} {unit} ({low_at}) to {high} {unit} ({high_at}); the paired "
        "difference is {diff} {unit}.",
        "{n} 种设置中，{name}从 {low} {unit}（{low_at}）到 {high} {unit}（{high_at}），配对差 {diff} {unit}。",
    ),
    # the study's own answer: what was found
    "over": Text("over {first}–{last}, ", "{first}—{last} 年平均，"),
    "in": Text("in {year}, ", "{year} 年，"),
    "at_end": Text("at the end of {year}, ", "{year} 年末，"),
    "absent": Text("{name} {they} not reported in this run.", "本次运行未报告{name}。"),
    "unreported": Text("not reported in this run", "（本次运行未报告）"),
    "levels": Text("{name} {they} {items}.", "{name}：{items}。"),
    "arm_levels": Text("under {arm}, {items}.", "{arm}：{items}。"),
    "outcome_item": Text("{name} {they} {level}", "{name}为 {level}"),
    "level_item": Text("{level} under {arm}", "{arm}为 {level}"),
    "changes": Text(
        "{name} {they} {level} under {base}; {clauses}.",
        "{base}的{name}为 {level}；与之相比，{clauses}。",
    ),
    "change_up": Text("{arm} ({diff})", "{arm}上升（{diff}）"),
    "change_down": Text("{arm} ({diff})", "{arm}下降（{diff}）"),
    "change_noise": Text("{arm} ({diff})", "{arm}的变化无法与随机波动区分（{diff}）"),
    "change_rare": Text("{arm} ({diff})", "{arm}的差异（{diff}）所依事件过少，无法给出区间"),
    "change_single": Text("{arm} ({diff})", "{arm}有差异（{diff}）"),
    "way_up": Text("{it} rise{s} under {items}", "{items}"),
    "way_down": Text("{it} fall{s} under {items}", "{items}"),
    "way_noise": Text("no change can be told from noise under {items}", "{items}"),
    "way_rare": Text("{it} differ{s} under {items}, by events too rare for an interval", "{items}"),
    "way_single": Text("{it} differ{s} under {items}", "{items}"),
    "way_same": Text("{it} {does} not change at all under {items}", "{items}完全不变"),
    "way_absent": Text("{it} {does} not exist under {items}", "{items}无此指标"),
    # what the sources claim of it
    "counts": Text(
        "Of {all} effects that the sources lead one to expect, {counts}.",
        "文献所述、可检验的 {all} 项效果中，{counts}。",
    ),
    "all_met": Text(
        "All {all} effects that the sources lead one to expect are found here.",
        "文献所述、可检验的 {all} 项效果均与模拟一致。",
    ),
    "count_met": Text("{n} are found here", "{n} 项与模拟一致"),
    "count_met_one": Text("one is found here", "1 项与模拟一致"),
    "count_part": Text("{n} are found in part", "{n} 项部分一致"),
    "count_part_one": Text("one is found in part", "1 项部分一致"),
    "count_against": Text("{n} are contradicted", "{n} 项与模拟不符"),
    "count_against_one": Text("one is contradicted", "1 项与模拟不符"),
    "count_noise": Text("{n} cannot be told from noise", "{n} 项无法与随机波动区分"),
    "count_noise_one": Text("one cannot be told from noise", "1 项无法与随机波动区分"),
    "verdict_met": Text("✓ as claimed", "✓ 与文献一致"),
    "verdict_part": Text("~ in part", "~ 部分一致"),
    "verdict_against": Text("✗ not as claimed", "✗ 与文献不符"),
    "verdict_noise": Text("≈ not decided", "≈ 无法判定"),
    "verdict_fitted": Text("= fitted to it", "= 按此设定"),
    "count_fitted": Text("{n} are no test, since strengths were chosen for them", "{n} 项为设定依据，不作检验"),
    "count_fitted_one": Text("one is no test, since a strength was chosen for it", "1 项为设定依据，不作检验"),
    "within": Text("{aim} (beyond ± {bound})", "{aim}（超出 ± {bound}）"),
    "within_none": Text("{aim} (within ± {bound})", "{aim}（± {bound} 以内）"),
    "tiny": Text(
        "Only {n} residents are simulated: single patients decide every number, so none of them describes a county.",
        "仅模拟 {n} 名居民：个别患者即决定各项结果，均不能代表一个县。",
    ),
    "drift": Text(
        "Spending per head is expected to grow at least {gap} % points a year faster than income "
        "under every arm: a deficit "
        "that comes sooner or later is built in, and its share of replications is no measure of risk.",
        "人均支出预期年均增速在各方案下均比筹资至少高 {gap} 个百分点：收不抵支为设定所含的趋势，"
        "其出现比例并不衡量风险。",
    ),
    "verdict_unknown": Text("– no interval", "– 无置信区间"),
    "claim_met": Text("As expected: {effect}; found {found}.", "与预期一致：{effect}；模拟结果：{found}。"),
    "claim_against": Text(
        "Against {cite}: {effect}; claimed {claimed}, found {found}.",
        "与文献（{cite}）不符：{effect}；文献所述：{claimed}，模拟结果：{found}。",
    ),
    "claim_part": Text(
        "Found of {cite} in part: {effect}; claimed {claimed}, found (✓ as claimed, ✗ not, ≈ noise) {found}.",
        "与文献（{cite}）部分一致：{effect}；文献所述：{claimed}，模拟结果（✓ 一致，✗ 不符，≈ 无法区分）：{found}。",
    ),
    "claim_noise": Text(
        "Cannot be told from noise: {effect}; claimed {claimed}, found {found}.",
        "无法与随机波动区分：{effect}；文献所述：{claimed}，模拟结果：{found}。",
    ),
    "why": Text("What is known of the reasons is in the report under “{heading}”.", "已知原因见报告“{heading}”一节。"),
    "untested": Text(
        "What the sources claim of this cannot be tested with a single replication.",
        "仅一次重复，无法检验文献所述效果。",
    ),
    "aim_up": Text("a rise", "上升"),
    "aim_down": Text("a fall", "下降"),
    "aim_none": Text("no change", "不变"),
    "aim_up_level": Text("above zero", "大于零"),
    "aim_down_level": Text("below zero", "小于零"),
    "aim_none_level": Text("zero", "零"),
    "aim_between": Text("{low} to {bound}", "{low} 至 {bound}"),
    "aim_low": Text("at least {bound}", "不低于{bound}"),
    "aim_high": Text("at most {bound}", "不高于{bound}"),
    "unchanged": Text("unchanged", "不变"),
    "found_arm": Text("{value} under {arm}", "{arm} {value}"),
    "found_pair": Text("{value} under {arm} against {other}", "{arm}与{other}相比 {value}"),
    "found_named": Text("{name} {text}", "{name}：{text}"),
}
