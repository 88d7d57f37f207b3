"""What `make bench` measures can be measured: each of its parts on a county too small to tell anything by."""

from benchmarks import measure


def test_the_kernel_and_its_floor() -> None:
    found = measure.measure("kernel", 300, 2, 1)
    assert (found["residents"], found["years"]) == (300, 2)
    assert min(found["rate"], found["peak"]) > 0
    assert measure.floor(300, 1)["blocks"] > 1


def test_every_payment_option_is_priced() -> None:
    found = measure.pricing(300)
    assert found["arms"] >= 14
    assert min(found["played"], found["priced"]) > 0


def test_a_file_of_claims_is_settled() -> None:
    assert measure.settle(500, "csv")["seconds"] > 0
