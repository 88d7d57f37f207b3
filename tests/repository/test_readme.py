"""Every command and Python example in README works, on a small county.

How README is read: each ```sh block is a list of commands, one a line (a backslash continues it).  A command is either
one of ours (`countyfund …`, `python -m sim …`), which is run here with the overrides of SMALL put in place of its own,
or one of ELSEWHERE, with the reason why it is not run here.  Anything else is an error, so that nothing is skipped by
accident.  Output is shown in ```text blocks, which are not run.  Each ```python block is run as it stands.
"""

import re
import shlex
import sys
from pathlib import Path

import pytest

from sim.settle.write.template import write_sample
from tests.paths import ROOT
from tests.processes import finished

SMALL = {"population.residents": "800", "experiment.replications": "2"}
NO_OVERRIDES = {"template", "--help", "-h", "--version", "explain", "studies"}
ELSEWHERE = {
    r"git clone \S+( \S+)?": "the reader has the clone already",
    r"cd \S+": "goes with git clone",
    r"make setup": "this test runs in what it makes",
    r"make run( ARGS=.*)?": "runs `python -m sim`, which the other commands cover",
    r"make test": "this test is part of it",
    r"make (bench|studies|lock|clean)": "for developers; takes minutes, or changes the clone",
    r"(apt-get|apt|brew) .*": "needs administrator's rights",
}
TIMEOUT = 240


def blocks(text: str, *languages: str) -> list[str]:
    """The contents of the fenced blocks in one of the languages."""
    return [code for language, code in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S) if language in languages]


def commands(text: str) -> list[str]:
    """The commands of all shell blocks, comments and continuation taken out."""
    lines = "\n".join(blocks(text, "sh", "bash", "shell", "console")).replace("\\\n", " ").splitlines()
    stripped = [re.sub(r"(^|\s)#.*", "", line).strip().removeprefix("$ ") for line in lines]
    return [re.sub(r"\s+", " ", line) for line in stripped if line]


def reason_to_pass_over(command: str) -> str | None:
    """Why a command is not run here, or None."""
    return next((reason for pattern, reason in ELSEWHERE.items() if re.fullmatch(pattern, command)), None)


def small(command: str) -> list[str]:
    """The arguments to run one of our commands with on a small county."""
    words = shlex.split(command)
    if words[0] in {"countyfund", ".venv/bin/countyfund"}:
        words = words[1:]
    elif re.fullmatch(r"(\.venv/bin/)?python3? -m sim", " ".join(words[:3])):
        words = words[3:]
    else:
        raise AssertionError(f"README: {command!r} is neither ours nor in ELSEWHERE, so it was never tried")
    arguments = [sys.executable, "-m", "sim", *words]
    if NO_OVERRIDES & set(words):
        return arguments
    swept = {word.split("=")[0] for word in words if "=" in word and "," in word.split("=", 1)[1]}
    small_words = {key: value for key, value in SMALL.items() if key not in swept}
    kept = [word for word in arguments if word.split("=")[0] not in small_words]
    return kept + [f"{key}={value}" for key, value in small_words.items()]


def readme() -> str:
    """README and its Chinese sister, if any."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("README*.md")))


ALL = commands(readme())
OURS = [command for command in dict.fromkeys(ALL) if reason_to_pass_over(command) is None]


def run(arguments: list[str], folder: Path) -> None:
    done = finished(arguments, folder, timeout=TIMEOUT)
    assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_readme_begins_with_the_two_commands() -> None:
    assert ALL, "README.md has no ```sh block"
    first = [command for command in ALL if not re.match(r"git clone|cd ", command)]
    assert first[0].startswith("make ")
    assert {"make run", "make test"} <= set(ALL)


@pytest.mark.slow
@pytest.mark.parametrize("command", OURS)
def test_command(command: str, tmp_path: Path) -> None:
    if "=sample/" in command or "settled=" in command:  # what earlier commands of README write
        write_sample(tmp_path / "sample")
    if "settled=" in command:
        run(small(next(other for other in OURS if "=sample/" in other)), tmp_path)
    run(small(command), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("code", blocks(readme(), "python"))
def test_python(code: str, tmp_path: Path) -> None:
    run([sys.executable, "-c", code], tmp_path)


def test_a_command_is_read_with_its_continuation_and_without_its_comment() -> None:
    shell = "$ python -m sim run \\\n  payment=drg  # one arm\n\n# only a comment\nmake test\n"
    text = f"```sh\n{shell}```\n```text\nls\n```\n"
    assert commands(text) == ["python -m sim run payment=drg", "make test"]


def test_overrides_of_the_size_are_replaced_and_others_kept() -> None:
    got = small("countyfund run population.residents=1000000 payment=drg 'name=县域试点'")
    assert got[1:] == [
        "-m",
        "sim",
        "run",
        "payment=drg",
        "name=县域试点",
        "population.residents=800",
        "experiment.replications=2",
    ]


def test_a_swept_size_is_kept() -> None:
    assert "population.residents=1000,2000" in small("countyfund sweep population.residents=1000,2000")


def test_help_takes_no_overrides() -> None:
    assert small(".venv/bin/countyfund --help")[1:] == ["-m", "sim", "--help"]


def test_an_unknown_command_is_not_skipped() -> None:
    assert reason_to_pass_over("rm -rf outputs") is None
    with pytest.raises(AssertionError, match="never tried"):
        small("rm -rf outputs")
