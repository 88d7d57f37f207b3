"""Numbers in a study's known differences are the run's (a field), a source's, the study's settings, or said here."""

import re

import pytest

from scenarios import load, names
from sim.experiment.fields import FIELD
from sim.experiment.study_model import Study

SAID: dict[str, dict[str, str]] = {
    "luohu": {"15": "age, of the outcome primary_visits_young_old", "65": "age, of the same outcome"},
    "ningbo": {"1.23": "A5's 123 million yuan as Chinese tells it"},
    "sanming": {"9.38": "A1's 938 million yuan as Chinese tells it"},
}
"""Numbers that stand elsewhere than in the study's file, by study: what they are."""

NO_NUMBERS = re.compile(
    r"[a-z_.]+=[^\s，。；、（）()]+"  # a setting
    r"|\b(?:doc|docs|figures) \d[\d.]*(?: and \d{3}| to \d{3})?"  # documents
    r"|\b[ACF]\d+[a-z]?\b"  # rows and figures
    r"|(?:19|20)\d\d(?!\d)"  # calendar years
)
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def own_numbers(study: Study) -> set[str]:
    """Numbers of the study's sources, and of what its arms assume."""
    texts = [*study.reference, *study.overrides]
    for item in study.expected:
        texts += [item.effect.en, item.citation, *(f"{check.low} {check.high}" for check in item.check)]
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
