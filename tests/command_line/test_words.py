"""The words of the command line: accepted where they mean one thing, and said; refused with what to write otherwise."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.__main__ import HELP, main, parse, split_study
from sim.config import SimConfig, exact, expand, load_config, readings
from sim.config.model import parameter_table
from sim.config.options import groups
from sim.config.terms import option_terms
from sim.core.errors import ConfigError
from sim.core.text import Text
from sim.experiment.compare import plan
from sim.experiment.run import run
from sim.experiment.run_folder import read_manifest
from sim.money.payment import SCHEMES

READ: dict[str, str] = {
    # options in any case, by their labels and by what people call them
    "payment=DIP": "payment=dip",
    "payment=Fee for service": "payment=ffs",
    "payment=打包付费": "payment=package",
    "payment=总额包干": "payment=package",
    "payment=按病组付费（DRG）": "payment=drg",
    "payment=按病种分值付费(DIP)": "payment=dip",
    "payment=按病种分值付费": "payment=dip",
    "payment=门诊病组付费(APG)": "payment=apg",
    "payment='按床日付费'": "payment=per_diem",
    "current_payment=按项目付费": "current_payment=ffs",
    "payment=DRG,DIP": "payment=drg,dip",
    "Payment=drg": "payment=drg",
    "settlement=超支分担": "settlement=shared",
    "settlement=超支自付": "settlement=own_risk",
    "settlement=MSSP_One_Sided": "settlement=mssp_one_sided",
    "settlement=风险走廊": "settlement=risk_corridor",
    "response=关闭": "response=off",
    "base_year=２０２４": "base_year=2024",
    "base_year=2024年": "base_year=2024",
    "payment.within=DRG": "payment.within=drg",
    "settlement.base=Head_Count": "settlement.base=head_count",
    "response.tightness=半紧密型": "response.tightness=semi_tight",
    "language=中文": "language=zh",
    "language=ZH": "language=zh",
    "response.intensity=否": "response.intensity=false",
    # numbers
    "population.residents=45万": "population.residents=450000",
    "population.residents=4.5万人": "population.residents=45000",
    "population.residents=9": "population.residents=9",
    "population.residents＝９００": "population.residents=900",
    "years.history=3年": "years.history=3",
    "payment.pool=1.2亿元": "payment.pool=120000000",
    "settlement.growth=9%": "settlement.growth=0.09",
    "settlement.growth=９％": "settlement.growth=0.09",
    "settlement.growth=+3%": "settlement.growth=0.03",
    "settlement.growth=−3%": "settlement.growth=-0.03",
    "payment.review.quota=5‰": "payment.review.quota=0.005",
    "payment.cap_ratio=110%": "payment.cap_ratio=1.1",
    "settlement.retained_share=0%,30%,100%": "settlement.retained_share=0,0.3,1",
    "payment.caps=[45万, 3]": "payment.caps=[450000,3]",
    "payment.coefficient.县级=1": "payment.coefficient.county=1",
    "POPULATION.residents=9": "population.residents=9",
}
SAME = [
    "payment=drg", "population.residents=450000", "settlement.growth=0.03", "settlement.growth=+0.03",
    "payment.rate=6e3", "payment.rate=null", "output.dir=DRG", "output.dir='9%'", "output.dir=45万",
    "payment.year_weights=[1, 2, 7]", "care.exempt_stay_groups=[RW1]", "payment={scheme: dip}",
    "years.reform=range(2,4)", "response.intensity=True", "quite.unknown=45万", "claims.csv",
    "settlement.surplus_bands=[{upto: 0.1, share: 1}]",
]  # fmt: skip
REFUSED: dict[str, tuple[str, ...]] = {
    "payment=总额控制": ("no option '总额控制'", "did you mean payment=cap or payment=budget?"),
    "payment=按人头付费": ("did you mean payment=capitation or payment=weighted_capitation or payment=signed_quota?",),
    "settlement=结余留用": ("settlement=own_risk or settlement=shared or settlement=surplus_only",),
    "payment=dipp": ("did you mean payment=dip?",),
    "payment=": ("has no option ''",),
    "population.residents=四十五万": ("whole number, in digits", "45万"),
    "population.residents=1,000": ("several values", "population.residents=1000"),
    "population.residents=１，０００": ("several values",),
    "population.residents=450000元": ("population.residents", "whole number"),
    "settlement.lump_per_head=9%": ("settlement.lump_per_head", "number"),
    "population.residents=": ("population.residents", "whole number"),
    "人口=5000": ("names of parameters are English", "did you mean population.residents"),
    "hydra/sweeper=": ("unknown parameter 'hydra/sweeper'",),
    "hydra.run.dir=x": ("unknown parameter 'hydra.run.dir'",),
    "Hydra.verbose=true": ("unknown parameter",),
    "+seed=3": ("without +", "write seed=3"),
    "++seed=3": ("without +", "write seed=3"),
    "+population.cats=3": ("unknown parameter 'population.cats'",),
    "~seed": ("cannot be removed",),
    "payment@payment.within=drg": ("unknown parameter 'payment@payment.within'", "payment.within"),
    "seed=${oc.env:HOME}": ("references such as ${…} are not read",),
    "output.dir=${now:%Y}": ("references such as ${…} are not read",),
    "output.dir=a\x1b[2Jb": ("control character",),
    "study=luohu": ("a word of `countyfund compare`",),
    "claims=c.csv": ("a word of `countyfund settle`",),
    "=5": ("an override is written key=value",),
    "450000": ("an override is written key=value",),
}


@pytest.mark.parametrize("written", READ)
def test_what_means_one_thing_is_read_so(written: str):
    assert exact(written) == READ[written]
    assert exact(READ[written]) == READ[written]


@pytest.mark.parametrize("written", [text for text in READ if text != READ[text]])
def test_it_is_said_how_it_was_read(written: str):
    (told,) = readings((written,))
    assert told == Text(f"{written} is read as {READ[written]}", f"{written} 理解为 {READ[written]}")


@pytest.mark.parametrize("written", SAME)
def test_what_is_exact_or_unknown_stays_as_it_is(written: str):
    assert exact(written).replace("'", "") == written.replace("'", "")
    assert readings((written,)) == ()


@pytest.mark.parametrize("written", REFUSED)
def test_what_means_nothing_or_several_things_is_refused_with_what_to_write(written: str):
    with pytest.raises(ConfigError) as caught:
        load_config([written])
    for words in REFUSED[written]:
        assert words in str(caught.value)


def test_values_arrive_as_they_were_meant():
    config = load_config(
        ["payment=打包付费", "population.residents=４.５万", "settlement.growth=+3%", "response=关", "output.dir=结果"]
    )
    assert (config.payment.scheme, config.population.residents) == ("package", 45_000)
    assert (config.settlement.growth, config.response.intensity, config.output.dir) == (0.03, False, "结果")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_goes_by_its_labels(scheme: str):
    assert exact(f"payment={SCHEMES[scheme].label.zh}") == f"payment={scheme}"
    assert exact(f"payment={SCHEMES[scheme].label.en}") == f"payment={scheme}"


def test_every_term_is_one_of_an_option_that_there_is():
    for group, options in groups().items():
        assert set(option_terms(group).values()) <= set(options)


def test_the_manifest_and_the_notes_tell_how_words_were_read(tmp_path: Path):
    words = [
        "population.residents=0.05万",
        "payment=DRG",
        "experiment.replications=1",
        "years.history=1",
        "years.reform=1",
    ]
    result = run([*words, f"output.dir={tmp_path}/out"])
    told = ["population.residents=0.05万 is read as population.residents=500", "payment=DRG is read as payment=drg"]
    assert [text.en for text in result.notes.texts] == told
    content = read_manifest(tmp_path / "out")
    assert content["notes"] == told
    assert content["overrides"][:2] == words[:2]
    assert content["arms"]["run"]["payment"]["scheme"] == "drg"


def test_words_of_a_study_are_read_alike(tmp_path: Path):
    file = tmp_path / "study.yaml"
    label = "{en: Test, zh: 试验}"
    file.write_text(
        f"title: {label}\nquestion: {label}\nbaseline: a\noverrides: [fund.interest=2%]\n"
        f"arms:\n  a: {{label: {label}, overrides: [payment=按项目付费]}}\n"
        f"  b: {{label: {label}, overrides: [payment=DIP]}}\n",
        encoding="utf-8",
    )
    made = plan(file)
    assert made.base.fund.interest == 0.02
    assert [config.payment.scheme for config in made.arms.values()] == ["ffs", "dip"]


def test_points_of_a_sweep_are_read_alike():
    assert expand(["payment=DRG,打包付费", "settlement.growth=0%,5%"], 10) == [
        ("payment=drg", "settlement.growth=0"),
        ("payment=drg", "settlement.growth=0.05"),
        ("payment=package", "settlement.growth=0"),
        ("payment=package", "settlement.growth=0.05"),
    ]


def test_a_number_with_a_comma_is_no_sweep():
    with pytest.raises(ConfigError, match="without commas"):
        expand(["settlement.lump_per_head=1,000"], 10)
    assert len(expand(["payment.rate=100,200"], 10)) == 2


# --- options and words of verbs -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compare", "-p", "450000"], "it needs --cfg"),
        (["run", "--package=payment"], "it needs --cfg"),
        (["run", "--resolve"], "it needs --cfg"),
        (["run", "--cfg", "job", "-p"], "wants the key"),
        (["run", "--resolve=no"], "takes no value"),
        (["run", "seed=1", "seed=2"], "seed is given twice"),
        (["settle", "claims=a.csv", "claims=b.csv"], "claims is given twice"),
        (["compare", "payment=drg", " payment=dip"], "payment is given twice"),
        (["compare", "450000"], "an override is written key=value"),
        (["run", "study=luohu"], "a word of `countyfund compare`"),
        (["sweep", "study=luohu", "seed=1,2"], "a word of `countyfund compare`"),
        (["sweep", "payment=drg"], "nothing is swept"),
        (["template", "claims", "skip_bad=true"], "takes nothing but out="),
    ],
)
def test_words_without_effect_are_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert main(words) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.out == ""


def test_the_same_word_twice_is_the_same_word():
    assert parse(["run", "seed=1", "seed=1"]).overrides == ("seed=1", "seed=1")


# --- nothing but a message ------------------------------------------------------------------------------------------
INSIDES = (
    "hydra",
    "omegaconf",
    "pydantic",
    "dictconfig",
    "sweeper",
    "traceback",
    "nonetype",
    "valid dictionary",
    "instance of",
)
"""Text of the libraries that no message may hold."""


def insides(words: list[str], error: ConfigError) -> list[str]:
    """Text of the libraries in a message, besides those that the user wrote."""
    told = str(error).replace("job or hydra or all", "").lower()  # what --cfg prints
    return [inside for inside in INSIDES if inside in told and not any(inside in word.lower() for word in words)]


def attempt(words: list[str]) -> ConfigError | None:
    """Read a command line as the verbs do; a `ConfigError` is the only other end."""
    try:
        request = parse(words)
        _, overrides = split_study(request.overrides)
        readings(tuple(overrides))
        for point in expand(overrides, 8)[:2]:
            load_config(point)
    except ConfigError as error:
        return error
    return None


def check(words: list[str]) -> None:
    error = attempt(words)
    assert error is None or error.what
    assert error is None or not insides(words, error), f"{words}: {error}"


KEYS = sorted({*parameter_table(), *groups(), "study", "claims", "payment.within", "hydra", "payment", "output", ""})
VALUES = (
    "", "1", "-1", "0.5", "null", "true", "DRG", "drg", "dip_full", "打包付费", "45万", "９", "9%", "+3%",
    "1,000", "1,2", "[]", "[1,2", "{}", "{a: 1}", "{scheme: drg}", "{scheme: nix}", "[{upto: 1}]", "${seed}",
    "range(1,3)", "range(1", "choice(a,b)", "glob(*)", "'", '"', "'a'", "a b", "a:b", "\\", "\x00", "\x1b[31m",
    "1e999", "nan", "inf", "-0", "9" * 50, "0x10", "1_0", "int(1)", "str(a)", "json_str({a:1})", "extend_list(1)",
    "sort(1,2)", "shuffle(1,2)", "tag(a,1)", "=", "a=b", "~", "+", "@", "/", "\u200b", "\u202e", "😀",
    "１，０００", "０", "true,false", "[[[[1]]]]", "{{}", "a" * 3000,
)  # fmt: skip
MARKS = ("+", "++", "~", "@x", "/", ".", "..", "[0]", ".0", " ", "＝", "\t", "$", "-", "--")


def mutated(chance: random.Random) -> str:
    """A word that is nearly an override."""
    key, value = chance.choice(KEYS), chance.choice(VALUES)
    text = f"{key}={value}"
    for _ in range(chance.choice((0, 0, 1, 2))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice((*MARKS, *VALUES[:20])) + text[at + chance.choice((0, 0, 1)) :]
    return text


@pytest.mark.parametrize("seed", range(settings().max_examples // 25))
def test_whatever_is_written_ends_in_a_configuration_or_one_message(seed: int):
    chance = random.Random(seed)
    for _ in range(250):
        verb = chance.choice(("", "run", "compare", "sweep", "rnu"))
        option = chance.choice(("", "", "", "-p", "--cfg", "--cfg=job", "--resolve", "--help", "-x", "--cfg=hydra"))
        check([word for word in (verb, option, *(mutated(chance) for _ in range(chance.choice((1, 1, 2))))) if word])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KEYS), st.text(max_size=10))
def test_any_value_of_any_key_ends_in_a_configuration_or_one_message(key: str, value: str):
    check([f"{key}={value}"])


@pytest.mark.parametrize(
    "text",
    [
        "payment.caps=" + "[" * 4_900,
        "payment.caps=" + "{a:" * 1_600,
        "seed=" + "sort(" * 900,
        "seed=" + "a b " * 1_200,
        "a" * 4_900,
        "'" * 4_900,
        "seed=" + "\\" * 4_900,
        "x=" + "9" * 10**6,
        "payment.caps=[" + "1," * 2_400 + "1]",
    ],
)
def test_long_words_end_soon(text: str):
    started = time.perf_counter()
    check([text])
    assert time.perf_counter() - started < 10


def test_planted_words_of_a_library_are_found():
    leaking = ConfigError("title: input should be a valid dictionary or instance of Label")
    assert insides(["title=x"], leaking) == ["valid dictionary", "instance of"]
    assert insides(["a=valid dictionary"], leaking) == ["instance of"]


def test_messages_name_the_command():
    assert all("python -m" not in text for text in HELP.values())
    with pytest.raises(ConfigError, match="countyfund"):
        load_config(["seed=1,2"])
    assert SimConfig().seed == load_config().seed
