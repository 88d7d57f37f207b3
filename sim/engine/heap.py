"""A binary heap of (time, order, what) in three parallel arrays, for compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.rules import rule
from sim.tables import Floats, Ints


class Heap(NamedTuple):
    """Events that wait for their time.  ``size[0]`` of the slots are used; ``size[1]`` counts all pushes."""

    time: Floats
    order: Ints
    """Decides between events of one time: smaller first."""
    what: Ints
    size: Ints


def create(capacity: int) -> Heap:
    """An empty heap."""
    zeros = np.zeros(capacity, dtype=np.int64)
    return Heap(np.zeros(capacity), zeros.copy(), zeros.copy(), np.zeros(2, dtype=np.int64))


def grow(heap: Heap, capacity: int) -> Heap:
    """The same heap with at least this capacity."""
    more = capacity - len(heap.time)
    if more <= 0:
        return heap
    zeros = np.zeros(more, dtype=np.int64)
    return Heap(
        np.concatenate([heap.time, np.zeros(more)]),
        np.concatenate([heap.order, zeros]),
        np.concatenate([heap.what, zeros]),
        heap.size,
    )


@rule
def push(heap: Heap, time: float, order: int, what: int) -> None:
    """Add an event."""
    at = heap.size[0]
    heap.size[0] += 1
    heap.size[1] += 1
    while at > 0:
        parent = (at - 1) >> 1
        if heap.time[parent] < time or (heap.time[parent] == time and heap.order[parent] <= order):
            break
        heap.time[at] = heap.time[parent]
        heap.order[at] = heap.order[parent]
        heap.what[at] = heap.what[parent]
        at = parent
    heap.time[at] = time
    heap.order[at] = order
    heap.what[at] = what


@rule
def pop(heap: Heap) -> int:
    """Remove the first event and return what it is."""
    first = heap.what[0]
    last = heap.size[0] - 1
    heap.size[0] = last
    time = heap.time[last]
    order = heap.order[last]
    what = heap.what[last]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        right = child + 1
        if right < last and (
            heap.time[right] < heap.time[child]
            or (heap.time[right] == heap.time[child] and heap.order[right] < heap.order[child])
        ):
            child = right
        if time < heap.time[child] or (time == heap.time[child] and order <= heap.order[child]):
            break
        heap.time[at] = heap.time[child]
        heap.order[at] = heap.order[child]
        heap.what[at] = heap.what[child]
        at = child
    heap.time[at] = time
    heap.order[at] = order
    heap.what[at] = what
    return int(first)
