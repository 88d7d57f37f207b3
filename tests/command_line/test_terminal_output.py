"""What reaches the terminal: any encoding, any reader, text that is text; and how a command ends."""

from __future__ import annotations

import errno
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import sim.__main__ as command_line
from sim.core.console import ERRORS, READABLE, Standard, rich_console
from sim.core.visible import visible
from sim.report import Analysis, Text
from sim.report.figures import burden, style
from sim.report.labels import TIER_LABELS
from sim.report.phrases import TEMPLATES
from sim.report.terminal import print_report, validation_table
from tests.report_world import ARMS, VALIDATION, comparison, table

SMALL = ["population.residents=200", "experiment.replications=2", "years.history=1", "years.reform=1"]
SHELL = {**os.environ, "PYTHONUTF8": "0"}


def shell(line: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A line of the shell in which $C is the command."""
    full = line.replace("$C", f"{sys.executable} -m sim")
    return subprocess.run(["bash", "-c", full], cwd=cwd, env={**SHELL, **env}, capture_output=True, timeout=300)


# --- encodings --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp1252"])
def test_a_simulation_is_printed_in_any_encoding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding=encoding))
    assert command_line.main(["run", *SMALL]) == 0, capsys.readouterr().err
    text = printed.getvalue().decode(encoding)
    assert "Accumulated fund balance million yuan" in text
    assert re.search(r"\d (\+-|±) \d", text)
    assert "?" not in text


def test_a_locale_without_chinese_prints_what_it_can_and_says_so(tmp_path: Path) -> None:
    done = shell("$C studies language=zh", tmp_path, LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert b"payment_methods" in done.stdout
    assert b"ascii has no Chinese characters" in done.stderr


def test_every_sign_of_the_english_report_has_a_substitute_in_ascii() -> None:
    texts = [text.en for text in TEMPLATES.values()] + ["▲▼◆≈±−–×÷…“”’→↑↓✓✗"]
    signs = {character for text in texts for character in text if not character.isascii()}
    assert len(signs) > 10
    assert "?" not in "".join(signs).encode("ascii", ERRORS).decode()
    assert all(value.isascii() for value in READABLE.values())


# --- readers that are gone, disks that are full -----------------------------------------------------------------------
@pytest.mark.parametrize("sink", ["> /dev/full", ">&-", "| true"])
def test_what_was_computed_is_kept_whatever_becomes_of_the_words(tmp_path: Path, sink: str) -> None:
    done = shell(f"set -o pipefail; $C run {' '.join(SMALL)} output.dir=out output.report=false {sink}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert b"results: out" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("sink", "code"), [("> /dev/full", 2), (">&-", 2), ("| true", 0), ("| head -1", 0)])
def test_a_command_that_only_prints_fails_if_nothing_arrives_but_not_if_the_reader_has_enough(
    tmp_path: Path, sink: str, code: int
) -> None:
    done = shell(f"set -o pipefail; $C studies {sink}", tmp_path)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert done.stderr.count(b"\n") == (1 if code else 0)


def test_a_closed_standard_error_is_no_end(tmp_path: Path) -> None:
    assert shell("$C run nonsense=1 2>&-", tmp_path).returncode == 2
    assert shell("$C --version <&- 2>&-", tmp_path).returncode == 0


def test_a_stream_that_fails_once_takes_no_more() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "full")

    out = Standard(Full())
    print("words", file=out)  # type: ignore[arg-type]
    assert out.fault is not None
    assert out.fault.errno == errno.ENOSPC
    assert not out.gone


# --- text is text -----------------------------------------------------------------------------------------------------
HOSTILE = [
    "[/red] x",
    "[bold]b",
    ":smile:",
    "_hidden",
    "<script>",
    "a & b",
    "$\\frac{1}$",
    "100% {0} %s",
    "\x1b[31mred",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_printed_as_it_stands(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = comparison("en", 2, arms={**ARMS, "drg": Text(name, name)}, title=Text(name, name))
    print_report(Analysis(data), rich_console(width=400))
    out = capsys.readouterr().out
    assert visible(name) in out
    assert "\x1b" not in out


def test_control_characters_never_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    rich_console().print("a\x1b]0;title\x07b\x9b31mc\u202ed")
    from sim.core.console import say

    say("a\x1b]0;title\x07b\x9b31mc\u202ed")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", capsys.readouterr().out)


def test_names_stand_in_the_legend_as_they_are() -> None:
    names = {f"a{k}": Text(name, name) for k, name in enumerate(HOSTILE[:7])}
    arms = {"ffs": ARMS["ffs"], **names}
    analysis = Analysis(comparison("en", 2, arms=arms, table=table(2, arms)))
    with style.look():
        figure = burden.draw(analysis)
    assert figure is not None
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown == ["Fee for service", *HOSTILE[:7]]


# --- nothing is cut ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [50, 80, 120])
def test_chinese_labels_are_never_cut(width: int) -> None:
    rows = [VALIDATION[0]._replace(label=Text("Visits", f"各层级门诊人次占比：{t.zh}")) for t in TIER_LABELS.values()]
    screen = Console(width=width, record=True, file=io.StringIO(), markup=False)
    print_report(Analysis(comparison("zh", 3)), screen)
    screen.print(validation_table(rows, "zh"))
    text = screen.export_text()
    assert "…" not in text
    joined = re.sub(r"\s", "", text)
    if width == 120:
        assert "各层级门诊人次占比：乡镇卫生院" in joined
    assert joined.count("院") >= len("乡镇卫生院县级医院市级医院") // 5


# --- ends -------------------------------------------------------------------------------------------------------------
def test_an_interruption_after_saving_says_where_the_results_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.report.from_experiments import Reporter

    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Reporter, "show", interrupted)
    words = ["run", *SMALL, "output.report=false"]
    assert command_line.main([*words, "output.dir=one"]) == 130
    message = capsys.readouterr().err
    assert "interrupted" in message
    assert "one" in message
    assert "nothing was saved" not in message
    assert (tmp_path / "one" / "manifest.json").is_file()
    assert command_line.main([*words, "output.dir=two", "language=zh"]) == 130
    assert "已中断：结果已完整保存于" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("of 3 TiB"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("x.so: failed to map segment"),
    ],
)
def test_a_want_of_memory_is_one_message(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(words: object) -> None:
        raise error

    monkeypatch.setattr(command_line, "dispatch", fails)
    assert command_line.main(["run"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: the memory does not suffice")
    assert "executor.workers=1" in message


def test_another_fault_is_not_taken_for_a_want_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(words: object) -> None:
        raise ImportError("planted")

    monkeypatch.setattr(command_line, "dispatch", fails)
    with pytest.raises(ImportError, match="planted"):
        command_line.main(["run"])


def test_markup_in_a_whole_report_changes_nothing_else() -> None:
    name = "[red]DRG[/red]"
    data = replace(comparison("en", 2), arms={**ARMS, "drg": Text(name, name)})
    screen = rich_console(width=200)
    with screen.capture() as captured:
        print_report(Analysis(data), screen)
    assert name in captured.get()
