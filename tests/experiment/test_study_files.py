"""Studies are data from somebody else: bounded, without references, and without a say over the reader's computer."""

import time
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.config.folder_names import fault_of_name, name_of_file
from sim.config.safe_yaml import MOST_BYTES, MOST_DEPTH, MOST_TEXT, read_yaml
from sim.core.errors import ConfigError
from sim.core.paths import conf_dir
from sim.experiment.compare import compare_plan, plan
from sim.experiment.run_folder import read_manifest
from sim.experiment.study import load_study

HEAD = "title: {en: Test, zh: 试验}\nquestion: {en: What if, zh: 如何}\n"
ARMS = "baseline: ffs\narms:\n  ffs: {label: {en: FFS, zh: 项目}, overrides: [payment=ffs]}\n"
GOOD = HEAD + ARMS
SMALL = [
    "population.residents=300",
    "years.warm_up=0",
    "years.history=1",
    "years.reform=1",
    "experiment.replications=1",
    "executor.workers=1",
]


def study(folder: Path, text: str | bytes, name: str = "study.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def message(path: Path) -> str:
    """The one message about a file, within a second."""
    started = time.perf_counter()
    with pytest.raises(ConfigError) as caught:
        load_study(path)
    assert time.perf_counter() - started < 1
    told = str(caught.value)
    assert "to do: " in told or "bound: " in told
    assert str(path) in told
    for inside in ("valid dictionary", "instance of", "Input should", "omegaconf", "pydantic", "Traceback"):
        assert inside not in told
    return told


def test_a_good_study_is_read(tmp_path: Path):
    made = load_study(study(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n")))
    assert (made.name, made.title.zh, made.arms["ffs"].overrides) == ("study", "试验", ("payment=ffs",))


# --- hostile files --------------------------------------------------------------------------------------------------
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" + "".join(
    f"{chr(99 + n)}: &{chr(99 + n)} [{','.join([f'*{chr(98 + n)}'] * 9)}]\n" for n in range(6)
)
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "aliases that stand for a billion nodes": (BOMB, "anchors (&) and aliases (*) are not read"),
    "a node that holds itself": ("a: &a [*a]\n", "anchors (&) and aliases (*) are not read"),
    "an alias alone": (GOOD + "line: *a\n", "anchors (&) and aliases (*) are not read"),
    "nesting of lists": ("a: " + "[" * 60_000, "nested more than"),
    "nesting of tables": ("{a: " * 40_000, "nested more than"),
    "nesting by indentation": ("".join(f"{' ' * n}a:\n" for n in range(400)), "nested more than"),
    "a huge value": (GOOD + "line: " + "x" * (MOST_TEXT + 1), "longer than"),
    "a huge file": (GOOD + "#" * MOST_BYTES, "too large"),
    "a huge number": (GOOD + "replications: " + "9" * 9_000, "replications must be a whole number"),
    "a number beyond floats": (GOOD + "replications: 1e999", "replications"),
    "a tag that makes an object": (GOOD + "line: !!python/object/apply:os.system [echo]\n", "tags are not read"),
    "a tag of its own": (GOOD + "line: !x y\n", "tags are not read"),
    "a tag of a type": (GOOD + "line: !!str y\n", "tags are not read"),
    "a key twice": (GOOD + "title: {en: Other, zh: 其他}\n", "the key 'title' is there twice"),
    "a key twice in a table": (HEAD.replace("zh: 试验", "zh: 试验, zh: 他") + ARMS, "the key 'zh' is there twice"),
    "a key that is a list": (GOOD + "[a, b]: c\n", "a key must be a word"),
    "two documents": (GOOD + "---\n" + GOOD, "several documents"),
    "a directive": ("%YAML 1.1\n---\n" + GOOD, "directives (%) are not read"),
    "NUL": (GOOD + "line: a\x00b\n", "control character"),
    "a terminal's escape": (GOOD.replace("Test", "\x1b]0;x\x07"), "control character"),
    "an escape in escapes": (GOOD + 'line: {en: "\\e[2J", zh: 好}\n', "control character"),
    "a turn of the writing": (GOOD.replace("Test", "a\u202eb"), "control character"),
    "bytes that are not UTF-8": (GOOD.encode("gbk"), "not text in UTF-8"),
    "a reference to the environment": (
        GOOD + "reference: ['${oc.env:HOME}']\n",
        "references such as ${…} are not read",
    ),
    "a reference in an override": (
        GOOD + "overrides: ['seed=${oc.env:HOME}']\n",
        "references such as ${…} are not read",
    ),
    "a reference in a key": ("${seed}: 1\n" + GOOD, "references such as ${…} are not read"),
    "nothing": ("", "keys and values"),
    "a word": ("study", "keys and values"),
    "merging": (GOOD + "<<: {line: x}\n", "unknown key '<<'"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_end_in_one_message_within_a_second(case: str, tmp_path: Path):
    text, told = HOSTILE[case]
    assert told in message(study(tmp_path, text))


def test_the_line_is_named(tmp_path: Path):
    assert "study.yaml, line 7" in message(study(tmp_path, GOOD + "\nline: &a x\n"))


def test_depth_and_size_of_real_studies_are_far_from_the_bounds(tmp_path: Path):
    deep = "a: " + "[" * (MOST_DEPTH - 1) + "1" + "]" * (MOST_DEPTH - 1)
    assert list(read_yaml(study(tmp_path, deep))) == ["a"]
    largest = max((conf_dir().parent / "scenarios").glob("*.yaml"), key=lambda path: path.stat().st_size)
    assert largest.stat().st_size < MOST_BYTES / 4


def test_values_are_what_they_look_like(tmp_path: Path):
    text = "a: 010\nb: 1:30\nc: 2024-01-01\nd: yes\ne: 1_000\nf: 1e3\ng: null\nh: true\ni: '1'\nj: .inf\nk: 0x1F\n"
    assert read_yaml(study(tmp_path, text)) == {
        "a": 10, "b": "1:30", "c": "2024-01-01", "d": "yes", "e": "1_000", "f": 1000.0, "g": None, "h": True, "i": "1",
        "j": ".inf", "k": "0x1F",
    }  # fmt: skip


# --- a file that is none --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["folder", ".", "nowhere.yaml", "a" * 5_000, "a\x00b", "/dev/null"])
def test_what_is_no_file_ends_in_one_message(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert main(["compare", f"study={name}"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert "Traceback" not in printed
    assert len(printed) < 2_000
    assert ("is a folder" in printed) == (name in ("folder", "."))


@pytest.mark.parametrize("action", ["is_file", "open"])
def test_what_may_not_be_read_ends_in_one_message(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """A closed folder on the way, or a closed file; the user of a test may be allowed everything."""
    path, genuine = study(tmp_path, GOOD), getattr(Path, action)

    def closed(self: Path, *rest: object, **named: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return genuine(self, *rest, **named)

    monkeypatch.setattr(Path, action, closed)
    assert main(["compare", f"study={path}"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert str(path) in printed


# --- names ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["../../x", "a/b", "a\\b", ".hidden", "..", "con", "NUL", "com1", "x" * 61, "a b", "a:b", "-rf"]
)
def test_a_name_that_would_leave_its_place_is_refused(name: str, tmp_path: Path):
    assert "the name of a study becomes that of a folder" in message(study(tmp_path, f"name: {name!r}\n" + GOOD))
    assert fault_of_name(name)


@pytest.mark.parametrize("name", ["youxi", "尤溪_2024", "A-1", "7"])
def test_a_plain_name_is_taken(name: str, tmp_path: Path):
    assert load_study(study(tmp_path, f"name: '{name}'\n" + GOOD)).name == name


def test_a_file_with_an_odd_name_gives_its_study_a_plain_one(tmp_path: Path):
    assert load_study(study(tmp_path, GOOD, "my study (2).yaml")).name == "my_study_2"
    assert load_study(study(tmp_path, GOOD, "con.yaml")).name == "study_con"
    assert not fault_of_name(name_of_file("…"))


@pytest.mark.parametrize("arm", ["con", "aux", "a" * 61, "A", "a/b", "../x", "a.b"])
def test_ids_of_arms_are_names_of_files(arm: str, tmp_path: Path):
    text = GOOD + f"  '{arm}': {{label: {{en: X, zh: 好}}, overrides: [payment=drg]}}\n"
    assert "arm id" in message(study(tmp_path, text))


# --- what a study may set -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "override",
    [
        "output.dir=/elsewhere",
        "output.overwrite=true",
        "output.claims=true",
        "executor.workers=99",
        "engine=reference",
        "'output={overwrite: true}'",
    ],
)
def test_a_study_does_not_decide_about_files_and_the_computer(override: str, tmp_path: Path):
    path = study(tmp_path, GOOD + f"overrides: [{override}]\n")
    assert "a study does not set" in message(path)
    arm = GOOD.replace("overrides: [payment=ffs]", f"overrides: [{override}]")
    assert "not a lever" in message(study(tmp_path, arm, "arm.yaml"))
    for verb in (["compare"], ["settle", "claims=c", "providers=p", "out=o"], ["compare", "--cfg", "job"]):
        assert main([*verb, f"study={path}"]) == 2


@pytest.mark.parametrize("override", ["hydra.run.dir=x", "+seed=1", "~seed", "payment@x=drg", "seed"])
def test_a_study_has_no_say_over_the_library(override: str, tmp_path: Path):
    assert "study.yaml, overrides" in message(study(tmp_path, GOOD + f"overrides: ['{override}']\n"))


def test_a_table_named_in_a_study_lies_beside_it_and_is_told_and_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    own = (conf_dir() / "claims" / "inpatient_groups.csv").read_text(encoding="utf-8")
    (tmp_path / "there" / "own.csv").write_text(own, encoding="utf-8")
    (tmp_path / "here" / "own.csv").write_text("not this one\n", encoding="utf-8")
    path = study(tmp_path / "there", GOOD + "overrides: [claims.inpatient_groups=own.csv]\n")
    table = tmp_path / "there" / "own.csv"
    made = plan(path, [*SMALL, f"output.dir={tmp_path}/out", "output.report=false"])
    assert made.base.claims.inpatient_groups == str(table)
    result = compare_plan(made)
    assert f"claims.inpatient_groups: the file {table} is read" in [text.en for text in result.notes.texts]
    assert "own.csv" in read_manifest(tmp_path / "out")["inputs"]


def test_a_table_that_does_not_lie_beside_its_study_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    study(tmp_path, "group\n", "own.csv")
    told = message(study(tmp_path / "there", GOOD + "overrides: [claims.inpatient_groups=own.csv]\n"))
    assert "there is no file for claims.inpatient_groups" in told
    assert "beside" in told
    named = load_study(
        study(tmp_path / "there", GOOD + "overrides: [claims.inpatient_groups=claims/inpatient_groups.csv]\n")
    )
    assert named.overrides == ("claims.inpatient_groups=claims/inpatient_groups.csv",)  # the program's own


# --- mistakes, in the words of the file -----------------------------------------------------------------------------
def arms(text: str) -> str:
    return HEAD + "baseline: ffs\narms:\n" + text


def findings(text: str) -> str:
    return GOOD + text


MISTAKES: dict[str, tuple[str, tuple[str, ...]]] = {
    "a title in one language": (
        GOOD.replace("title: {en: Test, zh: 试验}", "title: Test"),
        ("title must be a text in both languages, {en: …, zh: …}", "value: 'Test'"),
    ),
    "a title that is a list": (
        GOOD.replace("title: {en: Test, zh: 试验}", "title: [a, b]"),
        ("title must be a text in both",),
    ),
    "no Chinese": (GOOD.replace(", zh: 试验}", "}"), ("the study has no 'title.zh'",)),
    "an empty title": (GOOD.replace("en: Test", "en: ''"), ("title.en must be more than nothing",)),
    "a title that is a number": (
        GOOD.replace("en: Test", "en: 5"),
        ("title.en must be text; put it in quotes", "value: 5"),
    ),
    "a title that is a switch": (GOOD.replace("en: Test", "en: true"), ("title.en must be text; put it in quotes",)),
    "arms as a list": (arms("  - ffs\n"), ("arms must be a table of arms by their id",)),
    "an arm of text": (arms("  ffs: payment=ffs\n"), ("arms.ffs must be a label and overrides",)),
    "no arms": (HEAD + "baseline: ffs\narms: {}\n", ("arms must be more than nothing",)),
    "overrides of text": (
        GOOD.replace("[payment=ffs]", "payment=ffs"),
        ("arms.ffs.overrides must be a list, such as [a, b]",),
    ),
    "overrides as a table": (GOOD.replace("[payment=ffs]", "{payment: ffs}"), ("arms.ffs.overrides must be a list",)),
    "an override as a table": (
        GOOD.replace("[payment=ffs]", "[payment: ffs]"),
        ("arms.ffs.overrides[1] must be text with =, such as payment=drg",),
    ),
    "an override that is a number": (
        GOOD.replace("[payment=ffs]", "[payment=ffs, 5]"),
        ("arms.ffs.overrides[2]", "value: 5"),
    ),
    "replications in words": (findings("replications: few\n"), ("replications must be a whole number", "'few'")),
    "a switch for replications": (findings("replications: true\n"), ("replications must be a number, not true",)),
    "a switch for a bound": (
        findings(
            "expected:\n  - {effect: {en: a, zh: 好}, citation: c,\n"
            "     check: {arm: ffs, outcome: fund_outgo, against: level, low: true}}\n"
        ),
        ("expected.0.check.low must be a number, not true",),
    ),
    "too many replications": (findings("replications: 1000000\n"), ("replications must be at most 100,000",)),
    "no replication": (findings("replications: 0\n"), ("replications must be at least 1",)),
    "a headline of text": (findings("headline: [fund_outgo]\n"), ("headline[1] must be an arm and an outcome",)),
    "a headline without outcome": (
        findings("headline:\n  - {arm: ffs}\n"),
        ("the study has no 'headline[1].outcome'",),
    ),
    "a horizon": (
        findings("headline:\n  - {arm: ffs, outcome: x, horizon: late}\n"),
        ("headline[1].horizon must be mean, end, or the number of a reform year", "'late'"),
    ),
    "an outcome": (
        findings("headline:\n  - {arm: ffs, outcome: outgo, against: level}\n"),
        ("headline 1: unknown outcome 'outgo'",),
    ),
    "a sign": (
        findings("expected:\n  - {effect: {en: a, zh: 好}, citation: c, check: {arm: ffs, outcome: x, sign: rise}}\n"),
        ("expected[1].check[1].sign must be up, down or none", "'rise'"),
    ),
    "a bound in words": (
        findings("expected:\n  - {effect: {en: a, zh: b}, citation: c, check: {arm: ffs, outcome: x, low: z}}\n"),
        ("expected[1].check[1].low must be a number",),
    ),
    "an effect in one language": (
        findings("expected:\n  - {effect: rises, citation: c}\n"),
        ("expected[1].effect must be a text in both languages",),
    ),
    "an expectation of text": (
        findings("expected: [it rises]\n"),
        ("expected[1] must be an effect, its source and a check",),
    ),
    "a check of text": (
        findings("expected:\n  - {effect: {en: a, zh: 好}, citation: c, check: up}\n"),
        ("expected[1].check",),
    ),
    "a key of an arm": (
        GOOD.replace("overrides:", "override:"),
        ("unknown key 'arms.ffs.override'", "did you mean 'overrides'?"),
    ),
    "a system": (findings("system: [B1]\n"), ("system 'B1'",)),
    "a name that is a number": ("name: 7\n" + GOOD, ("name must be text",)),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_its_key_and_what_to_write(case: str, tmp_path: Path):
    text, words = MISTAKES[case]
    told = message(study(tmp_path, text))
    for word in words:
        assert word in told
