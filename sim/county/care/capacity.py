"""The rules of queues.

Outpatient slots: an institution sees ``slots`` patients a day.  A patient who comes when the day is full is given the
first free day; if that is farther off than his patience, he turns to his next choice at once.  Unused slots do not
carry over.  Beds: first come, first served.  A patient who is not given a bed within his patience leaves the queue and
turns to his next choice.  At one instant departures come before arrivals, and those who have waited longer come first.
"""

from __future__ import annotations

from sim.core.rules import rule


@rule
def quoted_days(today: int, book_day_now: int, book_used: int, slots: int) -> int:
    """Days until the first free slot, given the last day given out and the slots used on it."""
    if book_day_now < today:
        return 0
    return book_day_now - today + (1 if book_used >= slots else 0)


@rule
def book_day(today: int, wait_days: int, book_day_now: int, book_used: int) -> tuple[int, int]:
    """The appointment book after one more patient: (last day given out, slots used on that day)."""
    day = today + wait_days
    if day == book_day_now:
        return day, book_used + 1
    return day, 1
