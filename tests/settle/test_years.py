"""Days that are no days of a claim, gaps in the history, base years that nobody asked for, words without a value."""

import pytest

from sim.core.errors import ConfigError
from sim.settle.command import settle
from tests.settle.small import fund, refused, settled

HEAD = "claim,person,provider,date,category,charge,statutory\n"
NOW = HEAD + "9,P1,H1,2024-05-01,住院,10000,5000\n"
HEADS = "community,year,heads\n" + "".join(f"A,{year},100\n" for year in range(2019, 2025))


def past(*years):
    return HEAD + "".join(f"{year},P1,H1,{year}-05-01,住院,20000,10000\n" for year in years)


@pytest.mark.parametrize("day", ["1900-01-01", "1899-12-30", "0001-01-01", "9999-12-31", "1753-01-01", "2101-01-01"])
def test_a_day_that_stands_for_an_unknown_one_is_no_year_of_claims(day, tmp_path):
    """A database writes 1900-01-01 for nothing: as a base year it made a budget of 678 million out of 10,000."""
    says = "must be a day of the years 1990 .. 2100"
    for files in ({"claims": NOW.replace("2024-05-01", day)}, {"claims": NOW, "history": past(2023, day[:4])}):
        if day > "2024" and "history" in files:
            continue
        assert says in refused(tmp_path, **files)


def test_years_that_the_history_lacks_are_named(tmp_path):
    """Grown from 2021 and 2023: (10,000 x 1.1^3 + 10,000 x 1.1) / 2 = 12,155."""
    words = ("payment=budget", "payment.base=mean", "payment.growth=0.1", "overwrite=true")
    result = settled(tmp_path, *words, claims=NOW, history=past(2021, 2023), enrolment=HEADS)
    assert fund(result) == 1_215_500
    assert any("no claims of 2022: the base is 2021, 2023" in note for note in result.notes)
    whole = settled(tmp_path, *words, claims=NOW, history=past(2021, 2022, 2023), enrolment=HEADS)
    assert not any("no claims of" in note for note in whole.notes)


def test_last_year_alone_is_asked_for_where_the_base_is_last_year(tmp_path):
    words = ("payment=budget", "payment.base=last_year", "payment.growth=0", "overwrite=true")
    result = settled(tmp_path, *words, claims=NOW, history=past(2023))
    assert fund(result) == 1_000_000
    assert not any("base years asked for" in note for note in result.notes)
    older = settled(tmp_path, *words, claims=NOW, history=past(2022))
    assert any("no claims of 2023: the base is 2022" in note for note in older.notes)


@pytest.mark.parametrize("word", ["enrolment=", "history=", "groups=''", "year=", "available=", "out="])
def test_a_word_without_a_value_is_refused(word, tmp_path):
    with pytest.raises(ConfigError, match="names nothing"):
        settle([f"claims={tmp_path / 'c.csv'}", "payment=ffs", word])
