"""The sentences that stand in the code, read out of it: for the tests that hold the lists of
translations against everything that can be said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MARKERS = {"_", "lazy", "gettext", "pgettext_lazy"}
NAMES = (
    "Shopify Lejar AcctBridge AutoCount SQL Account SQL Accounting Excel UTF-8 CSV JSON SKU TIN "
    "SST merchant of record webhook webhooks LEJAR_SEAL_KEYS base64 MYR Asia/Kuala_Lumpur API ids "
    "true false or filter kind next"
)
KEPT = re.compile(rf"\b(?:{'|'.join(map(re.escape, NAMES.split()))})\b")
TWO_WORDS = re.compile(r"[A-Za-z]{2,}[ ,.;:]+[A-Za-z]{2,}")
SQL = re.compile(r"[A-Z]{2,} ")


def sentences(path: Path, things: Iterable[str]) -> Iterator[list[str]]:
    """Every sentence of a module as the texts it may come to, with each of the things in the place
    of whatever is put into it. Docstrings and what gettext is asked for are left out."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    constants = _constants(module)
    left_out = _parts(module) | _documented(module) | _translated(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and node not in left_out:
            texts = [_text(node, constants, thing) for thing in things]
            if is_sentence(texts[0]):
                yield texts


def is_sentence(text: str) -> bool:
    begins = text[:1].isupper() or text[:1] in "“7"
    return begins and text.count(" ") > 1 and text.endswith(".") and not SQL.match(text)


def english(said: str, thing: str) -> bool:
    """Whether more than names is left in English of what was said in Chinese."""
    return bool(TWO_WORDS.search(KEPT.sub("", said.replace(thing, ""))))


def _constants(module: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _parts(module: ast.Module) -> set[ast.AST]:
    """What is only a part of a longer text."""
    whole = (n for n in ast.walk(module) if isinstance(n, ast.JoinedStr | ast.BinOp))
    return {part for each in whole for part in ast.walk(each) if part is not each}


def _documented(module: ast.Module) -> set[ast.AST]:
    told = (n for n in ast.walk(module) if isinstance(n, ast.Expr))
    return {node.value for node in told if isinstance(node.value, ast.Constant)}


def _translated(module: ast.Module) -> set[ast.AST]:
    calls = (n for n in ast.walk(module) if isinstance(n, ast.Call))
    marked = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id in MARKERS)
    return {inner for call in marked for inner in ast.walk(call)}


def _text(node: ast.AST, constants: dict[str, ast.expr], thing: str) -> str:
    if isinstance(node, ast.Constant):
        return re.sub(r"{\w*}", thing, str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, constants, thing) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, constants, thing) + _text(node.right, constants, thing)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, constants, thing)
    if isinstance(node, ast.Name) and isinstance(constants.get(node.id), ast.Constant):
        return _text(constants[node.id], constants, thing)
    return thing
