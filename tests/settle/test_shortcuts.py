"""Quick tests of whole blocks and columns never pass what the slow look at one line or cell would find."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.files.cells import code_fault, half_width, plain
from sim.settle.read import csv_rows, texts


def well_closed(block: bytes) -> bool:
    """The slow way: quote after quote, line by line."""
    for line in block.replace(b"\r", b"\n").split(b"\n"):
        opened = False
        for at, sign in enumerate(line):
            if sign != csv_rows.QUOTE:
                continue
            beside = line[at + 1 : at + 2] if opened else line[at - 1 : at] if at else b""
            if beside not in (b"", b",", b'"'):
                return False
            opened = not opened
        if opened:
            return False
    return True


@pytest.mark.parametrize("step", [2, 3, 1 << 16])
@given(text=st.text(alphabet='",\n\rab', min_size=1, max_size=40))
def test_quotes_of_a_block_are_sound_where_those_of_each_line_are(step, text):
    before, csv_rows.STEP = csv_rows.STEP, step
    try:
        block = (text + "\n").encode()
        assert csv_rows._all_closed(block, ",") == well_closed(block)
    finally:
        csv_rows.STEP = before


@given(st.text(alphabet="合计汇总和小計總TOTALtotalSUMsum1, 甲", max_size=30))
def test_no_word_of_totals_is_missed(text):
    if csv_rows._TOTALS.search(text.encode()):
        assert csv_rows.hints_at_total(text.encode())


@given(st.text(alphabet="0123456789eE+-.,infINF#\"'=JanＡ\u200b Z/", max_size=12))
def test_a_code_that_is_passed_at_once_has_no_fault_by_itself(cell):
    if texts._is_plain(pa.array([cell])):
        assert plain(cell) == cell == half_width(cell)
        assert not code_fault(cell)
