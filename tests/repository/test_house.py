"""How easily somebody finds the way, in figures: the house of docs/architecture.md keeps to them."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.paths import ROOT

SIM = ROOT / "sim"
MODULES = sorted(path for path in SIM.rglob("*.py"))

MOST_ENTRIES = 18
DEEPEST = 14
MOST_PARAMETERS = 8
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60
FOLDERS_OF_DATA = {"conf", "data", "fonts", "templates", "__pycache__"}


def imports() -> dict[str, set[str]]:
    """What each module imports, anywhere in it."""
    graph = grimp.build_graph("sim", cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def longest_chain(graph: dict[str, set[str]]) -> list[str]:
    """The longest chain of imports, from the top to the ground; raises `graphlib.CycleError` if there is a circle."""
    below: dict[str, list[str]] = {}
    for module in TopologicalSorter(graph).static_order():
        below[module] = [module, *max((below[other] for other in sorted(graph.get(module, ()))), key=len, default=[])]
    return max(below.values(), key=len)


def test_imports_are_shallow_and_have_no_circle() -> None:
    chain = longest_chain(imports())
    assert len(chain) - 1 <= DEEPEST, " -> ".join(chain)


def test_a_chain_and_a_circle_are_found() -> None:
    assert longest_chain({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="cycle"):
        longest_chain({"a": {"b"}, "b": {"a"}})


def test_few_things_lie_side_by_side() -> None:
    entries = sorted(path.name for path in SIM.iterdir() if path.name not in FOLDERS_OF_DATA and path.name[0] != ".")
    assert len(entries) <= MOST_ENTRIES, entries


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def name_of(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"


def test_functions_take_few_arguments_outside_the_engine() -> None:
    """Compiled loops hand arrays and numbers one by one."""
    many = [
        name_of(path, function)
        for path in MODULES
        if "engine" not in path.parts
        for function in functions(path)
        if len([*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]) > MOST_PARAMETERS
    ]
    assert not many, many


def test_functions_and_modules_are_short() -> None:
    long = [
        name_of(path, function)
        for path in MODULES
        if "engine" not in path.parts
        for function in functions(path)
        if function.end_lineno is not None and function.end_lineno - function.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, long
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not {name: count for name, count in lines.items() if count > MOST_LINES}
