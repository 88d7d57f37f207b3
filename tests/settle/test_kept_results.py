"""Results that are closed, damaged, of another kind or of an earlier version are one message of `explain`."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.core.errors import OutputError
from sim.core.files import places
from sim.experiment import run_folder
from sim.experiment.run_folder import RunFolder, read_manifest
from tests.settle_world import FILES


def words(out: str | Path, *more: str) -> list[str]:
    return ["settle", f"claims={FILES / 'claims.csv'}", f"providers={FILES / 'providers.csv'}",
            f"groups={FILES / 'groups.csv'}", "payment=ffs", f"out={out}", *more]  # fmt: skip


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("settled") / "one"
    assert main(words(place)) == 0
    return place


KEPT = ["receipts.parquet", "past-0.npz", "providers.csv", "groups.csv"]


@pytest.mark.parametrize("harm", ["cut", "noise", "empty", "gone", "folder"])
@pytest.mark.parametrize(("name", "listed"), [*((name, True) for name in KEPT), *((name, False) for name in KEPT[:2])])
def test_damaged_results_are_one_message(
    settled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, harm: str, listed: bool
):
    place = shutil.copytree(settled, tmp_path / "one")
    content = (place / name).read_bytes()
    (place / name).unlink()
    if harm == "folder":
        (place / name).mkdir()
    elif harm != "gone":
        half = len(content) // 2
        new = {"cut": content[:half], "noise": bytes(byte ^ 0x5A for byte in content), "empty": b""}[harm]
        (place / name).write_bytes(new)
    if not listed:  # as earlier versions left it, without hashes
        manifest = read_manifest(place)
        del manifest["files"]
        (place / "manifest.json").write_text(json.dumps(manifest))
    assert main(["explain", "fund", f"settled={place}"]) == 2
    told = capsys.readouterr().err
    assert told.count("error: ") == 1
    assert str(place) in told


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{",
        '{"verb": "settle"}',
        '{"verb": "settle", "designs": 3}',
        '{"verb": "settle", "designs": {"ffs": {}}}',
        "[" * 100_000,
        '{"verb": "run", "arms": 3}',
        '{"verb": "run", "arms": {"run": {"seed": "x"}}}',
        '{"arms": {"run": {}}, "history": []}',
    ],
)
@pytest.mark.parametrize("way", ["settled", "run"])
def test_a_manifest_that_says_too_little_is_one_message(
    settled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], manifest: str, way: str
):
    place = shutil.copytree(settled, tmp_path / "one")
    (place / "manifest.json").write_text(manifest)
    assert main(["explain", "fund", "year=0", f"{way}={place}"]) == 2
    assert capsys.readouterr().err.count("error: ") == 1


def test_a_manifest_that_is_no_file_or_too_large_is_not_read(
    settled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = shutil.copytree(settled, tmp_path / "one")
    monkeypatch.setattr(places, "LARGEST", 100)
    with pytest.raises(OutputError, match="not a complete run folder"):
        read_manifest(place)
    (place / "manifest.json").unlink()
    os.mkfifo(place / "manifest.json")  # whoever opened it would wait for ever
    with pytest.raises(OutputError, match="not a complete run folder"):
        read_manifest(place)


def test_claims_of_a_run_that_cannot_be_read_are_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from sim.config import load_config

    config = load_config(("population.residents=1000",)).model_dump(mode="json")
    with RunFolder(tmp_path / "run") as folder:
        (folder.path / "claims.parquet").write_bytes(b"PAR1 and no more")
        place = folder.finish({"program": "countyfund", "verb": "run", "history": config, "arms": {"run": config}})
    assert main(["explain", "row=0", f"run={place}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: the file is not Parquet, or broken")
    assert told.count("error: ") == 1
    assert str(place / "claims.parquet") in told
    assert run_folder.MANIFEST in os.listdir(place)
