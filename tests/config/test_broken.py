"""Broken configurations in tests/broken: each ends with one clear message, exit code 2 and no traceback.

A file holds ``what`` is broken, ``argv`` of the command line, the ``words`` its message must contain, and for studies
the ``study`` file itself.  ``{tmp}`` stands for a folder with a file, and a folder with other files, in it.
"""

from pathlib import Path

import pytest
import yaml

from sim.__main__ import main
from tests.paths import ROOT

CASES = sorted((ROOT / "tests" / "broken").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_one_clear_message(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(case) <= {"what", "argv", "words", "study"}, "a key the test does not know"
    (tmp_path / "file").write_text("a file\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious.txt").write_text("not a run\n")
    (tmp_path / "study.yaml").write_text(case.get("study", ""), encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))

    code = main([word.replace("{tmp}", str(tmp_path)) for word in case["argv"]])

    printed = capsys.readouterr()
    assert code == 2, printed
    for word in case["words"]:
        assert word.replace("{tmp}", str(tmp_path)) in printed.err, f"{word!r} is not in:\n{printed.err}"
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err
    assert "to do: " in printed.err or "bound: " in printed.err, "the message does not say what to do"
    assert printed.out == ""
    left = [p for p in sorted(tmp_path.rglob("*")) if p not in before and p.name != "outputs"]
    assert left == [], "something was written"


def test_there_are_cases():
    assert len(CASES) > 40
