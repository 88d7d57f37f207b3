"""What is installed and shipped: the wheel's contents, the lock files, the font."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from fontTools.ttLib import TTFont
from packaging.requirements import Requirement

from tests.paths import ROOT

FONT = ROOT / "sim" / "fonts" / "NotoSansCJKsc-Subset.otf"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|\bgit\+")


def files(folder: str, *suffixes: str) -> set[str]:
    """Paths, relative to the root, of the files below a folder."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in paths if not suffixes or path.suffix in suffixes}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("countyfund-*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_code_configuration_studies_and_font(wheel: set[str]) -> None:
    wanted = files("sim", ".py", ".typed", ".otf", ".txt", ".j2", ".html", ".css", ".csv", ".yaml") | files("scenarios")
    wanted |= {"sim/" + name for name in files("conf")}
    assert wanted <= wheel, wanted - wheel
    assert any(name.startswith("sim/conf/") for name in wheel)


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} <= {"sim", "scenarios", f"countyfund-{VERSION}.dist-info"}


def test_the_licences_are_in_the_wheel(wheel: set[str]) -> None:
    licences = {name.split("/licenses/")[1] for name in wheel if "/licenses/" in name}
    assert licences == {"LICENSE", "THIRD_PARTY.md", "sim/fonts/OFL.txt"}


VERSION = PROJECT["project"]["version"]


def test_the_changelog_knows_the_version() -> None:
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["requirements.lock", "bootstrap.lock", "pyproject.toml", "Makefile", ".ci/run"])
def test_no_registry_is_named(name: str) -> None:
    assert not ADDRESS.search((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["requirements.lock", "bootstrap.lock"])
def test_every_locked_package_has_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        assert re.match(r"\S+==\S+ .*--hash=sha256:", line), line


def test_every_dependency_is_locked_within_its_bounds() -> None:
    locked: dict[str, list[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M
    ):
        locked.setdefault(name, []).append(version)
    groups = PROJECT["dependency-groups"]
    names = [
        *PROJECT["project"]["dependencies"],
        *groups["build"],
        *(one for one in groups["dev"] if isinstance(one, str)),
    ]
    for requirement in map(Requirement, names):
        assert requirement.name in locked, f"{requirement} is not locked: make lock"
        for version in locked[requirement.name]:
            assert version in requirement.specifier, f"{requirement} but {version} is locked: make lock"


def test_the_two_lock_files_agree() -> None:
    pins = [
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.M))
        for name in ("bootstrap.lock", "requirements.lock")
    ]
    assert pins[0] <= pins[1]


def test_the_font_has_every_character_of_gb2312_and_ascii() -> None:
    has = TTFont(FONT).getBestCmap()
    pairs = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    wanted = {character for pair in pairs for character in pair.decode("gb2312", "ignore")} | set(
        map(chr, range(0x20, 0x7F))
    )
    assert len(wanted) == 7445 + 95
    assert not [character for character in wanted if ord(character) not in has]


def test_the_font_draws_every_chinese_label_in_the_package() -> None:
    has = TTFont(FONT).getBestCmap()
    folders = [files("sim", ".py", ".yaml", ".j2", ".html"), files("scenarios", ".yaml"), files("conf")]
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in set().union(*folders))
    assert not sorted({c for c in text if "\u2e80" <= c <= "\uffef" and ord(c) not in has})
