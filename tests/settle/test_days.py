"""Which designs need the days of stays is what their payments depend on: found by changing the days."""

import numpy as np
import pytest

from sim.core.paths import conf_dir
from sim.settle.design import Design
from sim.settle.design_choice import designs
from sim.settle.design_needs import days_of_claims, days_of_history, needs_of
from sim.settle.price import history_of, price
from sim.settle.read.check import Findings
from sim.settle.read.everything import read
from sim.settle.request import SettleRequest
from sim.tables import INPATIENT
from tests.paths import SAMPLE

OPTIONS = sorted(path.stem for path in (conf_dir() / "payment").glob("*.yaml"))
MORE = [
    ["payment=drg", "payment.outlier.short_days=4"],
    ["payment=package", "payment.within={scheme: drg, outlier: {short_days: 4}}"],
    ["payment=weighted_capitation", "payment.within=per_diem"],
    ["payment=composite", "payment.long_groups=[0]"],
    ["payment=composite", "payment.inpatient=per_diem"],
    [
        "payment=composite",
        "payment.long_stay={scheme: per_diem, rates: {village: 1, township: 1, county: 1, city: 1, remote: 1}}",
        "payment.long_groups=[0, 1]",
    ],
    ["payment=per_diem", "payment.rates={village: 1, township: 1, county: 1, city: 1, remote: 1}"],
]
WORDS = [[f"payment={option}"] for option in OPTIONS] + MORE


@pytest.fixture(scope="module")
def found():
    names = ("claims", "providers", "groups", "enrolment", "history")
    asked = SettleRequest({name: str(SAMPLE / f"sample_{name}.csv") for name in names}, ())
    chosen = [needs_of(design.name, design.config) for words in WORDS[:1] for design in designs(words)]
    return read(asked, asked.needed("claims"), asked.needed("providers"), chosen, Findings())


def receipts(found, design: Design, now, past) -> list[int]:
    """What is paid row by row when the days of the year's and of earlier stays are those times a factor."""
    closed = tuple(y._replace(claims=y.claims._replace(days=y.claims.days * past)) for y in found.closed)
    history, loaded = history_of(found._replace(closed=closed), design.config)
    loaded = loaded._replace(claims=loaded.claims._replace(days=loaded.claims.days * now))
    paid = price(design.config, history, loaded, found.book, None, found.scores)
    return np.asarray(paid.payments.receipts).tolist()


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_days_are_needed_exactly_where_they_change_what_is_paid(words, found):
    (design,) = designs(words)
    usual = receipts(found, design, 1, 1)
    now, past = days_of_claims(design.config), days_of_history(design.config)
    claims = found.loaded.claims
    listed = np.isin(claims.group, now.groups) & (claims.category == INPATIENT)
    needs = np.ones(len(claims.days), dtype=np.bool_) if now.all else listed
    assert (receipts(found, design, 3, 1) != usual) == bool(needs.any())
    assert receipts(found, design, np.where(needs, 1, 3), 1) == usual  # other rows: whatever their days
    assert (receipts(found, design, 1, 3) != usual) == bool(past.all or past.groups)
