"""Queues for beds and slots against brute force and against queueing theory.

Needs are put into a county at chosen times, so that arrivals are those of theory; the engines do the rest.
"""

from __future__ import annotations

import heapq
import itertools
import math
import sys
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.core.randomness import Key
from sim.county.claims import compile_rules, stay_length
from sim.county.illness import SEVERE_NEED
from sim.engine import encounter, heap, kernel, reference
from sim.engine.create import RuleConfigs
from sim.engine.needs import DRAWS_PER_NEED
from sim.engine.reference import County
from sim.engine.world import DAYS_IN_YEAR, MONTH_START, NEED
from sim.tables import COUNTY_COUNTERS, INPATIENT, PROVIDER_COUNTERS, Flows
from tests.core_world import EVEN, interpreted_kernel, make, play, tiers, under_pressure, with_slack
from tests.processes import finished

KEY = Key(1, 0)
FAR = -1000.0  # nobody chooses a place of this utility


# --- needs at chosen times -------------------------------------------------------------------------------------------
def month_of(times: np.ndarray) -> np.ndarray:
    """Number of the month of each time, counted from the first."""
    year = np.floor_divide(times, DAYS_IN_YEAR).astype(np.int64)
    return 12 * year + np.searchsorted(MONTH_START, times - DAYS_IN_YEAR * year, side="right") - 1


def needs_of_admission(times: np.ndarray, rows: np.ndarray) -> np.ndarray:
    needs = np.zeros(len(times), dtype=NEED)
    needs["time"], needs["row"], needs["key"] = times, rows, rows
    needs["number"], needs["severity"] = SEVERE_NEED, 1
    return needs


@contextmanager
def given_needs(needs: np.ndarray) -> Iterator[None]:
    """Both engines meet these needs instead of drawing any."""
    months = month_of(needs["time"])

    def draw_needs(world: Any, buffer: Any, used: int, first: int, month: int, *rest: Any) -> tuple[int, int]:
        now = needs[months == month]
        if len(now) > len(buffer):
            return 0, 0  # asks for a larger buffer
        buffer[: len(now)] = now
        return len(now), len(world.residents)

    def needs_of(county: County, person: Any, start: float, length: float) -> list[Any]:
        now = needs[(months == county.month) & (needs["row"] == person.key)]
        return [(float(n["time"]), int(n["number"]), int(n["severity"]), int(n["group"])) for n in now]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "draw_needs", draw_needs)
        patch.setattr(County, "needs_of", needs_of)
        yield


def one_hospital_each(residents: int, hospitals: int, beds: int, patience: float, **claims: Any) -> RuleConfigs:
    """Everybody goes to his county hospital and nowhere else; nobody is born, dies or moves."""
    return with_slack(
        residents,
        population={
            "away": 0.0,
            "births": 0.0,
            "mortality_male": 0.0,
            "mortality_female": 0.0,
            "villages_per_township": 1,
        },
        providers={
            "county_hospitals": hospitals,
            "beds_per_1000": tiers(0.0, 0.0, 1000.0 * beds * hospitals / residents + 1e-9, 1000.0, 1000.0),
            "capability": tiers(0, 1, 3, 3, 3),
            "bed_patience": patience,
        },
        care={"inpatient": tiers(FAR, FAR, 30.0, FAR, FAR), "price": (0.0,) * 3, "wait": (0.0,) * 3},
        illness={"severe": (0.1,) * 9},  # at any age, so that beds stay as many
        claims=EVEN | {"step_down": 0.0, "return_probability": 0.0} | claims,
    )


def drive(
    config: RuleConfigs, needs: np.ndarray, engine: str = "kernel", endless_patience: bool = False
) -> list[Flows]:
    """Play until all needs are met."""
    made = make(config, engine, KEY)
    world = made.world
    world.residents["age"] = 40
    world.residents["village"] = np.arange(len(world.residents)) % config.providers.county_hospitals
    if endless_patience:
        made.world = world._replace(
            rules=world.rules._replace(bed_patience=1e12), heap=heap.grow(world.heap, 2 * len(needs) + 1000)
        )
    with given_needs(needs):
        return play(config, 1 + int(needs["time"].max() // DAYS_IN_YEAR), engine=made).years


# --- published-results 2.2: loss, and what comes first at one instant ------------------------------------------------
def admitted(engine: str, service: float) -> tuple[list[int], list[Flows]]:
    """Arrivals at 1, 2, ..., 100 to one bed; who finds it taken leaves.  Returns who was admitted."""
    config = one_hospital_each(200, 1, 1, 0.0, stay_days=tiers(service), days_sigma=0.0)
    years = drive(config, needs_of_admission(np.arange(1.0, 101.0), np.arange(1, 101)), engine)
    return sorted(years[0].claims.resident.tolist()), years


@pytest.mark.parametrize("engine", ["kernel", "reference"])
@pytest.mark.parametrize("service", [1.5, 2.0])
def test_deterministic_loss(engine: str, service: float) -> None:
    """Half are served; of a departure and an arrival at one instant the departure comes first."""
    served, years = admitted(engine, service)
    assert served == list(range(1, 100, 2))
    counts = dict(zip(("visits", "admissions", "bed_minutes"), years[0].provider.sum(0), strict=False))
    assert counts == {"visits": 0, "admissions": 50, "bed_minutes": 50 * service * 1440}
    assert years[0].provider[:, 5].sum() == 50  # turned away
    assert years[0].claims.day.max() == int(99 + service)


def test_arrivals_before_departures_would_serve_34(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "STAY_ENDS", reference.NEED_ARISES + 1)
    served, _ = admitted("reference", 2.0)
    assert served == list(range(1, 101, 3))
    assert admitted("reference", 1.5)[0] == list(range(1, 100, 2))  # without ties nothing changes


# --- first come, first served, by brute force ------------------------------------------------------------------------
def waits_in_order(times: np.ndarray, service: np.ndarray, servers: int) -> np.ndarray:
    """Waits in a queue of ``servers``, first come, first served, no limit: the recursion of Kiefer and Wolfowitz."""
    free_at = [0.0] * servers
    waits = np.empty(len(times))
    for k, time in enumerate(times):
        start = max(time, heapq.heappop(free_at))
        waits[k] = start - time
        heapq.heappush(free_at, start + service[k])
    return waits


def length_of_stay(config: RuleConfigs, times: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Days of the stay each need leads to."""
    rules = compile_rules(config.claims)
    mean_and_sigma = config.claims.stay_days.county, config.claims.days_sigma
    draw = SEVERE_NEED * DRAWS_PER_NEED + 1
    return np.array(
        [
            stay_length(rules, KEY, int(row), int(month), draw, *mean_and_sigma)[0]
            for month, row in zip(month_of(times), rows, strict=True)
        ]
    )


@pytest.mark.parametrize("beds", [1, 3])
def test_every_wait_by_brute_force(beds: int) -> None:
    """6,000 stays of random length at 90 % load: each waits the same number of minutes as in the recursion."""
    config = one_hospital_each(6_000, 1, beds, 6.0, stay_days=tiers(4.0), days_sigma=1.0)
    generator = np.random.default_rng(beds)
    times = np.cumsum(generator.exponential(4.0 / (0.9 * beds), 6_000))
    rows = generator.permutation(6_000)
    years = drive(config, needs_of_admission(times, rows), endless_patience=True)
    found = {int(k): int(w) for flows in years for k, w in zip(flows.claims.resident, flows.claims.wait, strict=True)}
    waits = waits_in_order(times, length_of_stay(config, times, rows), beds)
    expected = {int(row): int(wait * 1440 + 0.5) for row, wait in zip(rows, waits, strict=True)}
    assert len(found) > 5_900  # all but those who wait at the end
    assert found == {row: expected[row] for row in found}
    assert np.mean([*found.values()]) > 1440


# --- theory (published-results 2.1, 2.3) -----------------------------------------------------------------------------
def assert_mean(batches: np.ndarray, exact: float, error_at_most: float) -> None:
    """Mean of independent batches: within 3.5 standard errors, which are small."""
    error = batches.std(ddof=1) / math.sqrt(len(batches))
    assert abs(batches.mean() - exact) <= 3.5 * error, f"{batches.mean():.4f} ± {error:.4f} against {exact}"
    assert error <= error_at_most * exact


@pytest.mark.parametrize(("sigma", "exact"), [(0.0, 2.0), (1.0, 5.4365637)], ids=["constant", "lognormal"])
def test_waits_by_pollaczek_and_khinchine(sigma: float, exact: float) -> None:
    """Published mean waits, in mean stays, of hospitals of one bed at 80 % load: 2 (1 + squared variation)."""
    stay, hospitals, years, warm_up = 4.0, 100, 70, 3
    config = one_hospital_each(10_000, hospitals, 1, 6.0, stay_days=tiers(stay), days_sigma=sigma)
    generator = np.random.default_rng(7)
    gaps = generator.exponential(stay / (0.8 * hospitals), int(years * DAYS_IN_YEAR * 0.8 * hospitals / stay))
    times = np.cumsum(gaps)
    hospital = generator.integers(0, hospitals, len(times))
    turn = np.zeros(len(times), dtype=np.int64)
    for h in range(hospitals):  # each hospital's people fall ill in turn, so that nobody is ill twice at once
        mine = hospital == h
        turn[mine] = np.arange(mine.sum()) % (10_000 // hospitals)
    flows = drive(config, needs_of_admission(times, turn * hospitals + hospital), endless_patience=True)
    sums, counts = np.zeros(hospitals), np.zeros(hospitals)
    for year in flows[warm_up:]:
        place = year.claims.provider - year.claims.provider.min()
        sums += np.bincount(place, year.claims.wait / 1440 / stay, minlength=hospitals)
        counts += np.bincount(place, minlength=hospitals)
    assert_mean(sums / counts, exact, 0.05 if sigma else 0.01)


@pytest.mark.parametrize(
    ("law", "exact"),
    [
        ("constant", 2.0),
        ("erlang", 3.0),
        ("exponential", 4.0),
        ("lognormal", 5.4365637),
    ],
)
def test_the_recursion_itself_with_one_server(law: str, exact: float) -> None:
    """Published waits at arrival rate 0.8 and mean service 1."""
    generator = np.random.default_rng(3)
    draw = {
        "constant": lambda n: np.ones(n),
        "erlang": lambda n: generator.gamma(2, 0.5, n),
        "exponential": lambda n: generator.exponential(1, n),
        "lognormal": lambda n: generator.lognormal(-0.5, 1, n),
    }[law]
    batches = [
        waits_in_order(np.cumsum(generator.exponential(1 / 0.8, 20_000)), draw(20_000), 1)[1_000:].mean()
        for _ in range(20)
    ]
    assert_mean(np.array(batches), exact, 0.08)


@pytest.mark.parametrize(("servers", "exact"), [(1, 9.0), (2, 4.263158), (5, 1.524986), (10, 0.668732)])
def test_the_recursion_itself_with_many_servers(servers: int, exact: float) -> None:
    """Published waits of M/M/c at 90 % load and mean service 1."""
    generator = np.random.default_rng(5)
    batches = [
        waits_in_order(
            np.cumsum(generator.exponential(1 / (0.9 * servers), 20_000)), generator.exponential(1, 20_000), servers
        )[2_000:].mean()
        for _ in range(20)
    ]
    assert_mean(np.array(batches), exact, 0.12)


# --- every bed and every slot of a county under pressure -------------------------------------------------------------
class Ask(NamedTuple):
    """Somebody asks for a bed or a slot."""

    time: float
    provider: int
    key: int
    u: float
    """Luck of patience."""


class Log(NamedTuple):
    """What happened in a county, as seen from outside the queues."""

    bed_asks: list[Ask]
    slot_asks: list[Ask]
    beds: dict[tuple[int, int, float], float]
    """(provider, key, start) -> end of each stay or part of one"""
    guests: set[tuple[int, int, float]]
    """Those of them who stepped down and did not queue."""
    visits: list[tuple[int, int, float]]
    """(provider, key, time)"""


@contextmanager
def logged() -> Iterator[Log]:
    """Log what both engines do (the kernel as plain Python)."""
    log = Log([], [], {}, set(), [])

    def before(original: Any, note: Any) -> Any:
        def noted(*arguments: Any) -> Any:
            note(*arguments)
            return original(*arguments)

        return noted

    def asks(into: list[Ask]) -> Any:
        return lambda world, policy, *rest: into.append(kernel_ask(world, *rest))

    def kernel_ask(world: Any, *rest: Any) -> Ask:
        row, time, u = rest if len(rest) == 3 else (*rest[1:3], 0.5)
        return Ask(float(time), int(world.episodes[row].provider), world.residents[row].key, float(u))

    def reference_ask(into: list[Ask]) -> Any:
        def note(county: County, person: Any, *rest: Any) -> None:
            episode, u = (rest[1], rest[2]) if len(rest) == 3 else (rest[0], 0.5)
            into.append(Ask(float(county.calendar.now), int(episode.provider), int(person.key), float(u)))

        return note

    def bed_taken(world: Any, policy: Any, person: Any, episode: Any, time: float) -> None:
        log.beds[episode.provider, person.key, float(time)] = math.inf

    def bed_left(
        world: Any, policy: Any, sink: Any, person: Any, episode: Any, charge: int, time: float, month: int
    ) -> None:
        log.beds[episode.provider, person.key, float(episode.start)] = float(time)
        if episode.referred == 2:
            log.guests.add((int(episode.provider), int(person.key), float(episode.start)))

    def came(world: Any, person: Any, provider: int, time: float, asked: float, which: int) -> None:
        if which == 0:
            log.visits.append((int(provider), int(person.key), float(time)))

    with interpreted_kernel() as patch:
        patch.setattr(kernel, "ask_for_bed", before(kernel.ask_for_bed, asks(log.bed_asks)))
        patch.setattr(kernel, "ask_for_slot", before(kernel.ask_for_slot, asks(log.slot_asks)))
        patch.setattr(County, "be_admitted", before(County.be_admitted, reference_ask(log.bed_asks)))
        patch.setattr(County, "see_doctor", before(County.see_doctor, reference_ask(log.slot_asks)))
        patch.setattr(encounter, "begin_stay", before(encounter.begin_stay, bed_taken))
        patch.setattr(encounter, "bill_stay", before(encounter.bill_stay, bed_left))
        patch.setattr(encounter, "arrive", before(encounter.arrive, came))
        yield log


def bed_queue(beds: int, asks: list[Ask], log: Log, mean_patience: float) -> set[tuple[int, float]]:
    """Who is given a bed of one institution and when, worked out anew: (key, start).

    At one instant departures come before the ends of patience, and these before arrivals.
    """
    lengths = {place[1:]: end - place[2] for place, end in log.beds.items()}
    guests = [
        (start, end)
        for (provider, key, start), end in log.beds.items()
        if (provider, key, start) in log.guests and provider == asks[0].provider
    ]
    order = itertools.count()
    events = [(ask.time, 2, next(order), ask) for ask in asks]
    events += [(start, 1.5, next(order), end) for start, end in guests]
    heapq.heapify(events)
    free, queue, given = beds, deque[Ask](), set()

    def take(ask: Ask, time: float) -> None:
        given.add((ask.key, time))
        heapq.heappush(events, (time + lengths.get((ask.key, time), math.inf), 0, next(order), None))

    while events:
        time, kind, _, what = heapq.heappop(events)
        if math.isinf(time):
            break
        if kind == 0:
            free += 1
        elif kind == 1.5:  # a guest comes only to a free bed
            assert free > 0
            free -= 1
            heapq.heappush(events, (what, 0, next(order), None))
        elif kind == 1:
            queue = deque(ask for ask in queue if ask is not what)
        elif free:
            free -= 1
            take(what, time)
        else:
            queue.append(what)
            heapq.heappush(events, (time - mean_patience * math.log(what.u), 1, next(order), what))
        if free and queue:
            free -= 1
            take(queue.popleft(), time)
    return given


def slot_book(slots: int, asks: list[Ask], patience: float) -> list[tuple[int, float]]:
    """Who is seen when, by a calendar kept day by day: (key, time)."""
    calendar: Counter[int] = Counter()
    seen = []
    for ask in asks:
        today = int(ask.time)
        day = next(d for d in itertools.count(today) if calendar[d] < slots)
        if day - today <= patience:
            calendar[day] += 1
            seen.append((ask.key, ask.time if day == today else float(day)))
    return seen


def assert_queues_are_as_worked_out_anew(log: Log, world: Any, horizon: float) -> tuple[int, int]:
    """Every bed and slot; returns how many waited for each."""
    waited = [0, 0]
    for provider in range(len(world.providers.tier)):
        asks = [ask for ask in log.bed_asks if ask.provider == provider]
        if asks:
            expected = bed_queue(int(world.providers.beds[provider]), asks, log, world.rules.bed_patience)
            found = {place[1:] for place in log.beds if place[0] == provider and place not in log.guests}
            assert found == {(key, start) for key, start in expected if start < horizon}
            waited[0] += len({start for _, start in found} - {ask.time for ask in asks})
        asks = [ask for ask in log.slot_asks if ask.provider == provider]
        expected_visits = slot_book(int(world.providers.slots[provider]), asks, world.rules.outpatient_patience)
        found_visits = [visit[1:] for visit in log.visits if visit[0] == provider]
        assert sorted(found_visits) == sorted(visit for visit in expected_visits if visit[1] < horizon)
        by_day = Counter(int(time) for _, time in found_visits)
        assert max(by_day.values(), default=0) <= world.providers.slots[provider]
        waited[1] += sum(time.is_integer() for _, time in found_visits)
    return waited[0], waited[1]


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_beds_and_slots_of_a_county_under_pressure(engine: str) -> None:
    with logged() as log:
        played = play(under_pressure(250), engine=engine)
    beds, slots = assert_queues_are_as_worked_out_anew(log, played.world, 365.0)
    assert beds > 10
    assert slots > 100
    assert log.guests
    assert played.years[0].provider[:, 5].sum() > 50  # turned away


@pytest.mark.parametrize("fault", ["last come, first served", "one bed too many", "patience without end"])
def test_faults_planted_in_queues_are_found(fault: str) -> None:
    with logged() as log, pytest.MonkeyPatch.context() as patch:
        if fault == "last come, first served":

            def join_at_the_head(world: Any, row: int, provider: int) -> None:
                head = int(world.queues.head[provider])
                world.episodes[row].previous, world.episodes[row].next = -1, head
                if head < 0:
                    world.queues.tail[provider] = row
                else:
                    world.episodes[head].previous = row
                world.queues.head[provider] = row

            patch.setattr(kernel, "join_queue", join_at_the_head)
        elif fault == "patience without end":
            patch.setattr(encounter, "bed_patience", lambda world, u: 1e9)
        played = play(under_pressure(250))
    if fault == "one bed too many":
        played.world.providers.beds[...] -= 1
    with pytest.raises(AssertionError):
        assert_queues_are_as_worked_out_anew(log, played.world, 365.0)


def test_waits_in_claims_are_those_of_the_queue() -> None:
    with logged() as log:
        played = play(under_pressure(250))
    rows = played.years[0].claims
    asked = {(ask.provider, ask.key): ask.time for ask in log.bed_asks}
    stays = np.flatnonzero((rows.category == INPATIENT) & (rows.referred < 2))
    starts = {(place[0], place[1]): place[2] for place in log.beds if place not in log.guests}
    once = Counter((ask.provider, ask.key) for ask in log.bed_asks)
    checked = 0
    for k in stays:
        who = int(rows.provider[k]), int(rows.resident[k])
        if once[who] == 1:
            assert rows.wait[k] == int((starts[who] - asked[who]) * 1440 + 0.5)
            checked += 1
    assert checked > 50


CROWD = """
from tests.core_world import play, tiers, county
full = {"beds_per_1000": tiers(0.0, 0.0, 0.0, 1000.0, 1000.0), "capability": tiers(0, 1, 3, 3, 3), "bed_patience": 1e3}
sought = {"inpatient": tiers(-99.0, -99.0, 30.0, -99.0, -99.0)}
played = play(county(14_000, providers=full, care=sought,
                     illness={"severe_scale": 60.0, "frailty": 0.0, "yearly": 0.0}))
print(played.years[0].open_stays[:, 1].sum())
"""


def test_a_crowd_may_wait() -> None:
    """Most of a county waits at once, in a process of its own: a fault here ends the process."""
    done = finished([sys.executable, "-c", CROWD])
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) > 8_000


def test_care_forgone_after_being_turned_away_is_laid_to_capacity() -> None:
    """Only where somebody was turned away, and never more often than that."""
    forgone, overflow = COUNTY_COUNTERS.index("forgone_capacity"), PROVIDER_COUNTERS.index("overflow")
    for config, full in ((under_pressure(400), True), (with_slack(400), False)):
        flows = play(config).years[0]
        lost, turned_away = int(flows.county[:, forgone].sum()), int(flows.provider[:, overflow].sum())
        assert (lost > 0) == full
        assert lost <= turned_away
