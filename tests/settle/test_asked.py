"""Numbers of the command line as people write them, in `settle` and `explain`."""

import pytest

from sim.core.errors import ConfigError
from sim.explain.lookup import year_number
from sim.settle.request import split
from tests.settle.small import one, settled

WORDS = {"450000": 450_000, "45万": 450_000, "45万元": 450_000, "¥450,000.50": 450_000.5, "１．２亿": 120_000_000}


@pytest.mark.parametrize(("text", "amount"), WORDS.items())
def test_an_amount_may_be_written_as_elsewhere(text, amount):
    asked = split([f"available={text}"])
    asked.check()
    assert asked.number("available") == amount


@pytest.mark.parametrize("text", ["四十五万", "45万人", "4,5", "nan", "inf", "-45万", "5%"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ConfigError, match="available"):
        split([f"available={text}"]).check()


@pytest.mark.parametrize(("text", "year"), [("2022年", 2022), ("２０２２", 2022), ("2022", 2022)])
def test_a_year_may_have_its_word(text, year):
    assert split([f"year={text}"]).number("year", int) == year
    assert year_number(text, 2020, 8) == 2


def test_how_an_amount_was_read_is_said(tmp_path):
    notes = settled(tmp_path, "available=45万", claims=one()).notes
    assert "available=45万 is read as available=450000" in notes
    assert not any(
        "is read as" in note for note in settled(tmp_path, "available=450000", "overwrite=true", claims=one()).notes
    )
