"""Numbers in a study's known differences are the run's (a field), a source's, the study's settings, or said here."""

import re
from collections.abc import Iterator, Mapping

import pytest
from pydantic import BaseModel

from scenarios import load, names
from sim.core.text import Text
from sim.experiment.fields import FIELD
from sim.experiment.study_model import Study
from sim.report.verdicts import _key

SAID: dict[str, dict[str, str]] = {
    "luohu": {"15": "age, of the outcome primary_visits_young_old", "65": "age, of the same outcome"},
    "ningbo": {"1.23": "A5's 123 million yuan as Chinese tells it"},
    "sanming": {"9.38": "A1's 938 million yuan as Chinese tells it"},
}
"""Numbers that stand elsewhere than in the study's file, by study: what they are."""

NO_NUMBERS = re.compile(
    r"[a-z_.]+=[^\s，。；、（）()]+"  # a setting
    r"|(?:\b(?:doc|docs|figures)|文献) \d[\d.]*(?: and \d{3}| to \d{3})?"  # documents
    r"|\b[ACF]\d+[a-z]?\b"  # rows and figures
    r"|(?:19|20)\d\d(?!\d)"  # calendar years
)
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def own_numbers(study: Study) -> set[str]:
    """Numbers of the study's sources, and of what its arms assume."""
    texts = [*(line.en for line in study.reference), *study.overrides]
    for item in study.expected:
        texts += [item.effect.en, item.citation.en, *(f"{check.low} {check.high}" for check in item.check)]
    for arm in study.arms.values():
        texts += [arm.label.en, arm.label.zh, *arm.overrides]
    found = {number.replace(",", "") for text in texts for number in NUMBER.findall(text)}
    return {f"{factor * float(number):g}" for number in found for factor in (1, 100)}


def typed(study: Study, text: str) -> list[str]:
    """Numbers in a text that are neither the run's, nor a source's, nor a setting."""
    left = NO_NUMBERS.sub(" ", FIELD.sub(" ", text))
    known = own_numbers(study) | set(SAID.get(study.name, {}))
    return [number for number in NUMBER.findall(left) if f"{float(number.replace(',', '')):g}" not in known]


@pytest.mark.parametrize("name", names())
def test_no_number_of_a_run_is_typed_in(name: str) -> None:
    study = load(name)
    for text in study.known_differences:
        assert not typed(study, text.en), text.en
        assert not typed(study, text.zh), text.zh


@pytest.mark.parametrize("name", names())
def test_both_languages_tell_the_same_numbers(name: str) -> None:
    for text in load(name).known_differences:
        assert sorted(FIELD.findall(text.en)) == sorted(FIELD.findall(text.zh)), text.en


def test_what_is_said_here_is_there() -> None:
    for name, tokens in SAID.items():
        prose = " ".join(text.en + text.zh for text in load(name).known_differences)
        assert all(token in prose and reason for token, reason in tokens.items()), name


def test_a_typed_number_is_found() -> None:
    study = load("youxi")
    assert typed(study, "Own payment falls by 2.5 % per episode.") == ["2.5"]
    assert typed(study, "住院率升 0.20 次") == ["0.20"]
    assert not typed(study, "doc 001 and C1 (F10) tell 20.1 % in 2019, with response.tightness=semi_tight")
    assert not typed(study, "{level youxi surplus_rate at 5}")


CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]{3,}(?: [a-z]{2,})+")  # two words of prose, where a setting or a document's name has one
DOCUMENT = re.compile(r"\b[ACF]\d+[a-z]?\b|(?:(?<=doc )|(?<=docs )|(?<=文献 ))\d{3}|(?<=and )\d{3}|(?<=与 )\d{3}")


def told(study: Study) -> list[Text]:
    """Every text of a study that a report shows: its fields are texts in both languages, wherever they stand."""

    def texts(value: object) -> Iterator[Text]:
        if isinstance(value, Text):
            yield value
        elif isinstance(value, BaseModel):
            for name in type(value).model_fields:
                yield from texts(getattr(value, name))
        elif isinstance(value, Mapping):
            for element in value.values():
                yield from texts(element)
        elif isinstance(value, tuple):
            for element in value:
                yield from texts(element)

    return list(texts(study))


def untranslated(text: Text) -> bool:
    """Whether the Chinese of a text has English prose, or says nothing in Chinese where the English has words."""
    chinese = FIELD.sub("", re.sub(r"[a-z_]+[._][a-z_.=]+", "", text.zh))
    words = re.search(r"[a-z]{4,}", re.sub(r"\bfigures\b", "", text.en))
    return bool(ENGLISH.search(chinese)) or (words is not None and not CHINESE.search(chinese))


@pytest.mark.parametrize("name", names())
def test_every_text_for_readers_is_in_both_languages(name: str) -> None:
    study = load(name)
    shown = told(study)
    sources = [*study.reference, *(item.citation for item in study.expected)]
    assert sources
    assert all(text in shown for text in [study.title, study.question, *sources, *study.known_differences])
    for text in shown:
        assert not CHINESE.search(re.sub(r"[（(]?以收定支[）)]?", "", text.en)), text.en
        assert not untranslated(text), text.zh
    for text in sources:
        assert sorted(DOCUMENT.findall(text.en)) == sorted(DOCUMENT.findall(text.zh)), text.zh
        assert sorted(DOCUMENT.findall(_key(text.en))) == sorted(DOCUMENT.findall(_key(text.zh))), text.zh


def test_a_source_in_english_alone_is_found() -> None:
    same = "C1 (F10), of discharges; here of episodes"
    assert untranslated(Text(same, same))
    assert untranslated(Text("doc 001, fifth dimension", "doc 001"))
    assert not untranslated(Text("C1 (F10)", "C1（F10）"))
    assert not untranslated(Text("the default (response.cost_shift)", "缺省（response.cost_shift）"))
