"""A month's needs and the draws of their first choices, made in blocks ahead of use, and put in the order of time.

A plain loop over many addresses lets the compiler compute several of them at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.randomness import CHOICE, MONTH_NEEDS, NEED_TIME, VISIT, Key, words
from sim.core.rules import kernel, rule
from sim.county import illness
from sim.county.claims.rules import visit_noise
from sim.engine.needs import DRAWS_PER_NEED, classify
from sim.engine.world import World
from sim.tables import TIERS, Floats, Ints

Needs = npt.NDArray[np.void]
Row = Any

BLOCK = 128  # persons whose needs are drawn together
NEEDS_A_MONTH = illness.ACUTE_NEEDS + 2  # at most


class Words(NamedTuple):
    """Four random words at each of many addresses."""

    w0: Ints
    w1: Ints
    w2: Ints
    w3: Ints


class Scratch(NamedTuple):
    """Working space for a block of persons or needs."""

    who: Ints
    zero: Ints
    row: Ints
    number: Ints
    words: Words


class Draws(NamedTuple):
    """Draws of the month's needs made ahead of use; index = place of the need in time order."""

    choice: Ints
    gate: Ints
    patience: Ints
    noise: Floats
    """Random factor of the charge of a visit at the first choice."""
    referral: Ints
    weights: Floats
    """Working space: the weight of each tier in one choice."""


def create_scratch() -> Scratch:
    """Working space for one block."""
    empty = [np.zeros(BLOCK * NEEDS_A_MONTH, dtype=np.int64) for _ in range(8)]
    return Scratch(empty[0], empty[1], empty[2], empty[3], Words(*empty[4:]))


def create_draws(count: int) -> Draws:
    """Room for the draws of ``count`` needs."""
    empty = [np.empty(count, dtype=np.int64) for _ in range(4)]
    return Draws(empty[0], empty[1], empty[2], np.empty(count), empty[3], np.zeros(len(TIERS)))


@rule
def draw_words(key: Key, who: Ints, decision: int, period: int, index: Ints, count: int, into: Words) -> None:
    """Random words at many addresses of one decision and period: a plain loop, which the compiler makes parallel."""
    for k in range(count):
        w0, w1, w2, w3 = words(key, who[k], decision, period, index[k])
        into.w0[k] = w0
        into.w1[k] = w1
        into.w2[k] = w2
        into.w3[k] = w3


@rule
def list_needs(world: World, month: int, first: int, rows: int, scratch: Scratch) -> int:
    """Put row and number of the needs of ``rows`` persons from ``first`` on into ``scratch``; returns how many."""
    for k in range(rows):
        scratch.who[k] = world.residents[first + k].key
    draw_words(world.key, scratch.who, MONTH_NEEDS, month, scratch.zero, rows, scratch.words)
    drawn = scratch.words
    used = 0
    for k in range(rows):
        person = world.residents[first + k]
        if not person.alive:
            continue
        acute, chronic, severe = illness.needs_of_month(
            person, world.rules.illness, drawn.w0[k], drawn.w1[k], drawn.w2[k]
        )
        for number in range(acute):
            scratch.row[used] = first + k
            scratch.number[used] = number
            used += 1
        for number, arises in ((illness.CHRONIC_NEED, chronic), (illness.SEVERE_NEED, severe)):
            if arises:
                scratch.row[used] = first + k
                scratch.number[used] = number
                used += 1
    return used


@kernel
def draw_needs(
    world: World, needs: Needs, used: int, first: int, month: int, start: float, length: float, scratch: Scratch
) -> tuple[int, int]:
    """Needs of all persons from row ``first`` on, block by block; stops early when ``needs`` is nearly full.

    Returns the number of needs and the row to go on with.
    """
    while first < len(world.residents):
        rows = min(BLOCK, len(world.residents) - first)
        if used + rows * NEEDS_A_MONTH > len(needs):
            return used, first
        count = list_needs(world, month, first, rows, scratch)
        for k in range(count):
            scratch.who[k] = world.residents[scratch.row[k]].key
        draw_words(world.key, scratch.who, NEED_TIME, month, scratch.number, count, scratch.words)
        for k in range(count):
            drawn = scratch.words
            person = world.residents[scratch.row[k]]
            severity, group = classify(world, person, scratch.number[k], drawn.w2[k], drawn.w3[k])
            need = needs[used + k]
            need.time = illness.time_of_need(start, length, drawn.w0[k], drawn.w1[k])
            need.key = person.key
            need.row = scratch.row[k]
            need.number = scratch.number[k]
            need.severity = severity
            need.group = group
        used += count
        first += rows
    return used, first


@kernel
def draw_first_choices(world: World, needs: Needs, month: int, scratch: Scratch, draws: Draws) -> None:
    """The draws of each need's first choice and of a visit that follows it at once, block by block, ahead of use."""
    size = BLOCK * NEEDS_A_MONTH
    for first in range(0, len(needs), size):
        count = min(size, len(needs) - first)
        for k in range(count):
            need = needs[first + k]
            scratch.who[k] = need.key
            scratch.number[k] = need.number * DRAWS_PER_NEED
        draw_words(world.key, scratch.who, CHOICE, month, scratch.number, count, scratch.words)
        for k in range(count):
            draws.choice[first + k] = scratch.words.w0[k]
            draws.gate[first + k] = scratch.words.w1[k]
            draws.patience[first + k] = scratch.words.w2[k]
            scratch.number[k] += 1
        draw_words(world.key, scratch.who, VISIT, month, scratch.number, count, scratch.words)
        for k in range(count):
            draws.noise[first + k] = visit_noise(world.rules.claims, scratch.words.w0[k])
            draws.referral[first + k] = scratch.words.w1[k]


@rule
def comes_before(a: Row, b: Row) -> bool:
    """Whether need ``a`` comes before ``b``: by time, then (practically never) by the person's key."""
    return bool(a.time < b.time or (a.time == b.time and a.key < b.key))


@kernel
def time_order(needs: Needs, used: int, ordered: Needs, begin: Ints, start: float, length: float) -> None:
    """Put needs into ``ordered`` by time: a bucket for every two, then insertion within the nearly sorted whole.

    ``ordered`` has ``used + 1`` places, the last one spare; ``begin`` has one more than there are buckets, all zero.
    """
    buckets = len(begin) - 1
    scale = buckets / length
    for k in range(used):
        begin[min(int((needs[k].time - start) * scale), buckets - 1) + 1] += 1
    for bucket in range(buckets):
        begin[bucket + 1] += begin[bucket]
    for k in range(used):
        bucket = min(int((needs[k].time - start) * scale), buckets - 1)
        ordered[begin[bucket]] = needs[k]
        begin[bucket] += 1
    for k in range(1, used):
        if not comes_before(ordered[k], ordered[k - 1]):
            continue
        ordered[used] = ordered[k]
        at = k
        while at > 0 and comes_before(ordered[used], ordered[at - 1]):
            ordered[at] = ordered[at - 1]
            at -= 1
        ordered[at] = ordered[used]
