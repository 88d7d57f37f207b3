"""The documents agree with the code: generated pages, links, files named, citation keys, the notebook's twin."""

import doctest
import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import jupytext
import pytest

from tests.paths import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])

KEY = r"F\d{1,2}[a-e]?|doc 00\d|[AC]\d{1,2}|figures (?:gap )?\d+(?:\.\d+)?|published-results \d\.\d+"
USES = re.compile(rf"\b(?:{KEY})\b")
DEFINES = re.compile(rf"^\| ({KEY}) \|", re.M)


@pytest.mark.parametrize(
    "path",
    [p for p in sorted((ROOT / "sim").rglob("*.py")) if ">>> " in p.read_text(encoding="utf-8")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_examples_of_docstrings_are_true(path: Path) -> None:
    """Those of compiled rules too, which doctest does not find by itself: a rule is a function of Python to Python."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0
    assert found.attempted > 0


def script(name: str) -> ModuleType:
    """A script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchor(heading: str) -> str:
    """The anchor that a Markdown heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def cited() -> dict[str, str]:
    """Every citation key in the code, the configuration, the studies and the documents, with one file that uses it."""
    files = [
        path
        for folder in ("sim", "conf", "scenarios", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".yaml", ".csv", ".md"} and path.name not in {"sources.md", "flow.py"}
    ]
    return {key: str(path.relative_to(ROOT)) for path in files for key in USES.findall(read(path))}


def test_the_outcomes_page_is_up_to_date() -> None:
    assert read(DOCS / "outcomes.md") == script("outcomes").markdown(), "run: python docs/outcomes.py"


def test_the_picture_of_the_house_is_up_to_date() -> None:
    """Every wing stands in it with what it does."""
    house, picture = script("house"), read(DOCS / "house.svg")
    for room in (room for floor in house.floors() for room in floor):
        assert f"<!-- {room.name}  {house.CHINESE[room.name]} -->" in picture, "run: python docs/house.py"
        assert house.does(room.name).split(":")[0].split(",")[0] in picture, "run: python docs/house.py"


def test_the_page_of_responses_is_up_to_date() -> None:
    assert read(DOCS / "responses.md") == script("responses").markdown(), "run: python docs/responses.py"


def test_the_projection_is_generated():
    page = read(DOCS / "model.md")
    assert script("projection").page(page) == page, "run: python docs/projection.py"


def test_the_picture_of_the_flow_is_up_to_date() -> None:
    flow = script("flow")
    assert f"```mermaid\n{flow.mermaid()}```" in read(DOCS / "architecture.md"), "run: python docs/flow.py"
    picture = read(DOCS / "flow.svg")
    for box in (box for band in flow.BANDS for box in band.boxes):
        assert f"<!-- {box.en}  {box.zh} -->" in picture, f"run: python docs/flow.py ({box.id})"
        assert (ROOT / box.module).exists(), box.module


def test_every_citation_key_in_use_has_a_reference() -> None:
    defined = set(DEFINES.findall(read(DOCS / "sources.md")))
    missing = {key: place for key, place in cited().items() if key not in defined}
    assert not missing, f"add to docs/sources.md: {missing}"


def test_a_missing_reference_would_be_found() -> None:
    assert USES.findall("source='F5, doc 003; figures 2.10'") == ["F5", "doc 003", "figures 2.10"]
    assert "F98" not in DEFINES.findall(read(DOCS / "sources.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        place, _, fragment = target.partition("#")
        if "://" in place:
            continue
        file = (page.parent / place).resolve() if place else page
        assert file.exists(), f"{page.name}: {target}"
        if fragment:
            anchors = {anchor(heading) for heading in re.findall(r"^#+ (.*)$", read(file), re.M)}
            assert fragment in anchors, f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_named_in_the_text_exist(page: Path) -> None:
    for name in re.findall(r"`((?:sim|conf|docs|scenarios|tests|notebooks)/[\w./-]+)`", read(page)):
        stem = name.rstrip("/")
        if not re.search(r"[A-Z]{4}", stem):  # conf/payment/NAME.yaml stands for any name
            assert (ROOT / stem).exists(), f"{page.name}: {name}"


def test_no_page_names_a_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(home|root|work|Users)/", read(page)), page.name


def test_the_notebook_and_its_script_are_the_same() -> None:
    cells = [
        [(cell.cell_type, cell.source) for cell in jupytext.read(ROOT / "notebooks" / name).cells]
        for name in ("quick_start.py", "quick_start.ipynb")
    ]
    assert cells[0] == cells[1], "run: jupytext --sync notebooks/quick_start.ipynb, and execute it"


def test_the_notebook_shows_its_results() -> None:
    notebook = jupytext.read(ROOT / "notebooks" / "quick_start.ipynb")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code), "execute the notebook"
    kinds = {kind for cell in code for output in cell.outputs for kind in output.get("data", {})}
    assert "image/png" in kinds
    outputs = [output for cell in code for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
