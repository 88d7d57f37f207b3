"""A public function that raises says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.paths import ROOT

SIM = ROOT / "sim"


def raising(function: ast.FunctionDef) -> bool:
    """Whether it makes an error and raises it: not in a function inside it, nor one that it caught."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            return True
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def silent(source: str) -> Iterator[str]:
    """Public functions of a module that raise without a word."""
    for function in ast.parse(source).body:
        public = isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        if public and raising(function) and "Raises:" not in (ast.get_docstring(function) or ""):
            yield function.name


def test_a_public_function_that_raises_says_so() -> None:
    found = {str(path.relative_to(SIM)): [*silent(path.read_text(encoding="utf-8"))] for path in SIM.rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_check_finds_one_that_does_not() -> None:
    told = 'def f():\n    """Do.\n\n    Raises:\n        ValueError: always.\n    """\n    raise ValueError(1)\n'
    assert [*silent(told)] == []
    assert [*silent(told.replace("Raises:", "Returns:"))] == ["f"]
    assert [*silent("def f(e):\n    def g():\n        raise ValueError(1)\n    raise e\n")] == []
