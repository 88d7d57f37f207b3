"""The script that makes the sample of `settle`: the same every time, and what it writes can be settled."""

import runpy

from sim.__main__ import main
from sim.settle.command import settle
from tests.paths import ROOT


def test_the_sample_is_made_again(tmp_path):
    write_sample = runpy.run_path(str(ROOT / "docs" / "sample.py"))["write_sample"]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_sample(tmp_path / name, 600, 4)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
        shipped = (ROOT / "sim" / "data" / path.name).read_text(encoding="utf-8-sig")
        assert path.read_text(encoding="utf-8-sig").splitlines()[0] == shipped.splitlines()[0], path.name
    words = [
        f"{name}={tmp_path / 'a' / f'sample_{name}.csv'}"
        for name in ("claims", "providers", "groups", "enrolment", "history")
    ]
    result = settle([*words, "payment=ffs,dip", f"out={tmp_path / 'out'}"])
    assert result.findings.cells == 0
    assert (result.fund["fund"] > 0).all()


def test_the_sample_is_copied_for_a_user(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["template", "sample"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    shipped = (ROOT / "sim" / "data" / "sample_groups.csv").read_bytes()
    assert (tmp_path / "sample" / "groups.csv").read_bytes() == shipped
    assert main(["template", "sample"]) == 2
    assert "exists already" in capsys.readouterr().err
