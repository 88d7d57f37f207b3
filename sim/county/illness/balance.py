"""A start in balance: onset, detection and enrolment solved from the shares of persons who are ill, known and managed.

A county knows shares: how many have a condition at each age, how many of them are diagnosed, how many of these are
managed.  The model needs yearly probabilities.  Somebody who lived under constant probabilities since birth is, at
each age, in each state with a certain probability; the probabilities are chosen so that these are the shares given.
Persons then start in the state of their age, and nothing moves by itself as long as the ages stay as they are.  Shares
that no probability keeps are refused.

Deaths do not depend on illness and nobody is cured, so with P(a) the prevalence at age a, onset at that age among those
without the condition is (P(a) - P(a-1)) / (1 - P(a-1)).  A condition is found by an admission for it, or else with a
yearly probability of detection; where admissions alone would find more than the share known, detection is 0 and an
admission finds it with a probability below 1.  Vascular disease begins more often with hypertension or diabetes, so
these three are followed together (64 joint states), COPD by itself.
"""

from __future__ import annotations

import functools
import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sim.core.bisection import OutOfReachError, solve
from sim.core.errors import ConfigError
from sim.county.illness.config import Config
from sim.tables import COPD, DIABETES, HYPERTENSION, OLDEST, QUINTILES, VASCULAR, Floats

NONE, UNDIAGNOSED, DIAGNOSED, MANAGED = range(4)
"""State of a condition in a person."""

CONDITION_KEYS = ("hypertension", "diabetes", "copd", "vascular")
"""Parameters of prevalence, by condition."""

JOINT_ORDER = (HYPERTENSION, DIABETES, VASCULAR)
"""Conditions of a joint state, the first counts most."""

ADMITTED = 0.8
"""Part of the needs of admission that lead to one, as far as balance is concerned (figures 2.3: 21.5 % do not)."""


class Balance(NamedTuple):
    """Yearly probabilities and the state of each age that they keep."""

    onset: Floats
    """[condition, fifth, age 0..119]; of vascular disease without hypertension and diabetes"""
    detection: Floats
    """[condition]"""
    finding: Floats
    """[condition] probability that an admission for it finds it; 1 unless that alone would find too many"""
    found: Floats
    """[condition] probability that admissions of a year find it"""
    enrol: float
    joint: Floats
    """[fifth, age, hypertension x 16 + diabetes x 4 + vascular] cumulative shares"""
    copd: Floats
    """[fifth, age, state] cumulative shares"""


class Given(NamedTuple):
    """What a county knows, from `Config`."""

    prevalence: tuple[tuple[float, ...], ...]
    """[condition][age band]"""
    diagnosed: tuple[float, ...]
    """[condition] of those who have it"""
    managed: float
    """of the diagnosed"""
    drop_out: float
    exacerbation: tuple[float, ...]
    """[condition] needs of admission a year"""
    by_income: tuple[float, ...]
    """[fifth] factors on prevalence"""
    vascular_risk: float
    onset_relief: float


class Flow(NamedTuple):
    """How persons move between the states of one condition in a year."""

    found: float
    """An admission finds it."""
    detection: float
    enrol: float
    drop_out: float


def relative(factors: tuple[float, ...]) -> Floats:
    """Factors with mean 1, of which only the relation counts; all 1 if they are all 0."""
    values = np.array(factors)
    mean = float(values.mean())
    return values / mean if mean > 0.0 else np.ones(len(factors))


def by_age(bands: tuple[float, ...], factor: float) -> Floats:
    """[age] prevalence between the middles of the age bands, times a factor."""
    middles = 10.0 * np.arange(len(bands)) + 4.5
    values: Floats = np.interp(np.arange(OLDEST + 1), middles, np.array(bands)) * factor
    return values


def check_prevalence(name: str, bands: tuple[float, ...], factors: Floats) -> None:
    """Refuse a prevalence that no onset keeps: one that falls with age, or more than all of a fifth of income.

    Raises:
        ConfigError: naming the parameter ``illness.NAME`` and the first value that cannot be.
    """
    for band, (before, now) in enumerate(pairwise(bands), 1):
        if now < before:
            raise ConfigError(
                "a prevalence cannot fall with age, as nobody is cured and deaths do not depend on illness",
                where=f"illness.{name}[{band}]",
                value=now,
                bound=f"at least {before:g}, as in the age band before",
                todo="give values that do not fall",
            )
    most = float(factors.max()) * max(bands)
    if most > 1.0:
        raise ConfigError(
            "more than all persons of a fifth of income would have the condition",
            where=f"illness.{name}",
            value=max(bands),
            bound=f"at most {math.floor(1000.0 / factors.max()) / 1000.0:g} with illness.chronic_by_income as it is",
            todo="give a smaller prevalence, or factors of illness.chronic_by_income that are closer together",
        )


def onset_of(prevalence: Floats) -> Floats:
    """[age] yearly onset among those without the condition that keeps a prevalence by age.

    >>> onset_of(np.array([0.0, 0.1, 0.19]))
    array([0. , 0.1, 0.1])
    """
    before = np.concatenate([np.zeros_like(prevalence[:1]), prevalence[:-1]])
    well = 1.0 - before
    onset: Floats = np.divide(prevalence - before, well, out=np.zeros_like(prevalence), where=well > 0.0)
    return onset


def undiagnosed_by_age(prevalence: Floats, found: float, detection: float) -> Floats:
    """[age, ...] share of all persons who have the condition and do not know it."""
    undiagnosed = np.zeros_like(prevalence)
    left, before = np.zeros_like(prevalence[0]), np.zeros_like(prevalence[0])
    for age, now in enumerate(prevalence):
        left = (left * (1.0 - found) + now - before) * (1.0 - detection)
        undiagnosed[age] = left
        before = now
    return undiagnosed


def managed_by_age(prevalence: Floats, undiagnosed: Floats, flow: Flow) -> Floats:
    """[age, ...] share of all persons who have the condition and are managed."""
    managed = np.zeros_like(prevalence)
    for age in range(1, len(prevalence)):
        before = managed[age - 1]
        known = prevalence[age - 1] - undiagnosed[age - 1] * (1.0 - flow.found)
        managed[age] = before * (1.0 - flow.drop_out) + (known - before) * flow.enrol
    return managed


def balance(config: Config, ages: Floats) -> Balance:
    """Probabilities and states in balance for a county of these ages; the same arguments are solved once."""
    given = Given(
        prevalence=(config.hypertension, config.diabetes, config.copd, config.vascular),
        diagnosed=config.diagnosed,
        managed=config.managed,
        drop_out=config.drop_out,
        exacerbation=tuple(rate * config.severe_scale for rate in config.exacerbation),
        by_income=config.chronic_by_income,
        vascular_risk=config.vascular_risk,
        onset_relief=config.onset_relief,
    )
    return _balance(given, tuple(ages.tolist()))


@functools.lru_cache(maxsize=32)
def _balance(given: Given, ages: tuple[float, ...]) -> Balance:
    weights = np.repeat(np.array(ages)[:, None], QUINTILES, axis=1)
    factors = relative(given.by_income)
    for name, bands in zip(CONDITION_KEYS, given.prevalence, strict=True):
        check_prevalence(name, bands, factors)
    prevalences = [np.stack([by_age(bands, factor) for factor in factors], axis=1) for bands in given.prevalence]
    finding, found, detection = zip(
        *(
            _detection(prevalence, weights, rate * ADMITTED, diagnosed)
            for prevalence, rate, diagnosed in zip(prevalences, given.exacerbation, given.diagnosed, strict=True)
        ),
        strict=True,
    )
    enrol = _enrol(given, prevalences, weights, found, detection)
    flows = [Flow(f, d, enrol, given.drop_out) for f, d in zip(found, detection, strict=True)]
    onset = np.stack([onset_of(prevalence).T for prevalence in prevalences])
    joint = np.zeros((QUINTILES, OLDEST + 1, 64))
    copd = np.zeros((QUINTILES, OLDEST + 1, 4))
    for fifth in range(QUINTILES):
        vascular = prevalences[VASCULAR][:, fifth]
        joint[fifth], onset[VASCULAR, fifth] = _follow_three(given, onset[:, fifth], vascular, flows)
        copd[fifth] = _follow_one(onset[COPD, fifth], flows[COPD])
    rates = (np.array(detection), np.array(finding), np.array(found))
    return Balance(onset, *rates, enrol, joint.cumsum(axis=2), copd.cumsum(axis=2))


def found_by(admissions: float, finding: float) -> float:
    """Probability that so many admissions a year, each of which finds the condition or not, find it."""
    return 1.0 - math.exp(-admissions * finding)


def _detection(prevalence: Floats, weights: Floats, admissions: float, diagnosed: float) -> tuple[float, float, float]:
    """What keeps a share of cases diagnosed: how often an admission finds one, so found in a year; yearly detection.

    Args:
        prevalence: [age, fifth].
        weights: [age, fifth] of persons.
        admissions: for the condition, of a person who has it, a year.
        diagnosed: share of cases.
    """
    cases = float((prevalence * weights).sum())
    all_found = found_by(admissions, 1.0)
    if cases == 0.0:
        return 1.0, all_found, 0.0

    def share(found: float, detection: float) -> float:
        return 1.0 - float((undiagnosed_by_age(prevalence, found, detection) * weights).sum()) / cases

    if share(all_found, 0.0) <= diagnosed:
        return 1.0, all_found, solve(lambda detection: share(all_found, detection), diagnosed)
    finding = solve(lambda finding: share(found_by(admissions, finding), 0.0), diagnosed)
    return finding, found_by(admissions, finding), 0.0


def _enrol(
    given: Given,
    prevalences: list[Floats],
    weights: Floats,
    found: tuple[float, ...],
    detection: tuple[float, ...],
) -> float:
    """Yearly enrolment that, against drop-out, keeps a share of the diagnosed managed.

    Raises:
        ConfigError: if so many cannot be managed, even if everybody known came under management a year later.
    """
    unknown = [undiagnosed_by_age(p, f, d) for p, f, d in zip(prevalences, found, detection, strict=True)]
    known = sum(float(((p - u) * weights).sum()) for p, u in zip(prevalences, unknown, strict=True))
    if known == 0.0:
        return 0.0

    def share(enrol: float) -> float:
        managed = 0.0
        for p, u, f, d in zip(prevalences, unknown, found, detection, strict=True):
            managed += float((managed_by_age(p, u, Flow(f, d, enrol, given.drop_out)) * weights).sum())
        return managed / known

    try:
        return solve(share, given.managed)
    except OutOfReachError as unreachable:
        raise ConfigError(
            "so many of the diagnosed cannot be managed: management lapses, and begins a year after the diagnosis",
            where="illness.managed",
            value=given.managed,
            bound=f"at most {math.floor(unreachable.most * 1000.0) / 1000.0:g} "
            f"with illness.drop_out={given.drop_out:g}",
            todo="give a smaller share, or a smaller illness.drop_out",
        ) from None


def transition(onset: float, flow: Flow) -> Floats:
    """[state before, state after] of one condition from one year's start, after progress, to the next.

    In the year an admission may find it; at the next year's start come onset, then detection of what is unknown and
    enrolment or drop-out of what was known.
    """
    found, detection, enrol, drop_out = flow
    unknown = 1.0 - found
    return np.array(
        [
            [1.0 - onset, onset * (1.0 - detection), onset * detection, 0.0],
            [0.0, unknown * (1.0 - detection), unknown * detection + found * (1.0 - enrol), found * enrol],
            [0.0, 0.0, 1.0 - enrol, enrol],
            [0.0, 0.0, drop_out, 1.0 - drop_out],
        ]
    )


def _follow_one(onset: Floats, flow: Flow) -> Floats:
    """[age, state] shares of somebody who lives under these probabilities."""
    states = np.zeros((len(onset), 4))
    now = np.array([1.0, 0.0, 0.0, 0.0])
    for age, rate in enumerate(onset):
        now = now @ transition(float(rate), flow)
        states[age] = now
    return states


def _follow_three(given: Given, onset: Floats, vascular: Floats, flows: list[Flow]) -> tuple[Floats, Floats]:
    """[age, joint state] of hypertension, diabetes and vascular disease; and [age] vascular onset without the others.

    Args:
        given: what the county knows.
        onset: [condition, age] of hypertension and diabetes.
        vascular: [age] prevalence of vascular disease.
        flows: by condition.
    """
    factor = vascular_factor(given.vascular_risk, given.onset_relief)
    new = np.diff(vascular, prepend=0.0)
    states, base = np.zeros((len(vascular), 64)), np.zeros(len(vascular))
    now = np.zeros((4, 4, 4))
    now[0, 0, 0] = 1.0
    for age in range(len(vascular)):
        now = np.einsum("hdv,hx->xdv", now, transition(float(onset[HYPERTENSION, age]), flows[HYPERTENSION]))
        now = np.einsum("hdv,dx->hxv", now, transition(float(onset[DIABETES, age]), flows[DIABETES]))
        at_risk = float((now[:, :, NONE] * factor).sum())
        base[age] = new[age] / at_risk if at_risk > 0.0 else 0.0
        begins = now[:, :, NONE] * np.minimum(base[age] * factor, 1.0)
        detected = begins * flows[VASCULAR].detection
        now = now @ transition(0.0, flows[VASCULAR])
        now[:, :, NONE] -= begins
        now[:, :, UNDIAGNOSED] += begins - detected
        now[:, :, DIAGNOSED] += detected
        states[age] = now.ravel()
    return states, base


def vascular_factor(risk: float, relief: float) -> Floats:
    """[state of hypertension, state of diabetes] factor on vascular onset: less if one of them is managed."""
    factor = np.full((4, 4), risk)
    factor[NONE, NONE] = 1.0
    managed = 1.0 + (risk - 1.0) * (1.0 - relief)
    factor[MANAGED, :] = managed
    factor[:, MANAGED] = managed
    return factor


def present_and_managed(solved: Balance, condition: int) -> tuple[Floats, Floats]:
    """[fifth, age] shares of persons who have a condition, and who are managed for it, in balance."""
    if condition == COPD:
        states = np.diff(solved.copd, axis=2, prepend=0.0)
    else:
        joint = np.diff(solved.joint, axis=2, prepend=0.0).reshape(*solved.joint.shape[:2], 4, 4, 4)
        place = JOINT_ORDER.index(condition)
        states = joint.sum(axis=tuple(2 + other for other in range(3) if other != place))
    return states[..., UNDIAGNOSED:].sum(axis=2), states[..., MANAGED]


def unknown_by_age(config: Config, ages: Floats) -> tuple[Floats, Floats]:
    """[age] shares of persons of whom no condition is known, in balance: at a year's start, and at its end.

    In the year admissions find some.
    """
    solved = balance(config, ages)
    shares = []
    for found in (np.zeros(4), solved.found):
        hidden = [np.array([1.0, 1.0 - share, 0.0, 0.0]) for share in found]
        three = np.einsum("h,d,v->hdv", *(hidden[condition] for condition in JOINT_ORDER)).ravel()
        joint = np.diff(solved.joint, axis=2, prepend=0.0) @ three
        shares.append((joint * (np.diff(solved.copd, axis=2, prepend=0.0) @ hidden[COPD])).mean(axis=0))
    return shares[0], shares[1]
