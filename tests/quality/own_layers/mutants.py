"""Plant small faults into cells of published packages, and see which the laws notice.

  python -m tests.quality.own_layers.mutants --sample 12
  KERAS_BACKEND=torch python -m tests.quality.own_layers.mutants --cell CfCCell

It needs ncps 1.0.1 and qkeras-v3 1.2.1. A mutant is noticed where a check fails that passes on the
cell as it was published. The mutants of a cell are chosen by a hash of their names.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import inspect
import runpy
import warnings
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.base.timeout import CaseTimeout, limited
from tests.quality.mutation.operators import OPERATORS, changes
from tests.quality.mutation.plant import replace_method

CELLS = {
    "CfCCell": ("ncps.keras.cfc_cell", "cfc_cell"),
    "LTCCell": ("ncps.keras.ltc_cell", "ltc_cell"),
    "MixedMemoryRNN": ("ncps.keras.mm_rnn", "mixed_cell"),
    "QSimpleRNNCell": ("qkeras.qrecurrent", "q_simple_rnn"),
    "QGRUCell": ("qkeras.qrecurrent", "q_gru"),
}
"""By class: its module, and the factory of `examples/own_layers/packages` that makes it."""
METHODS = ("call", "build", "get_config", "get_initial_state", "_ode_solver", "_map_outputs")
PATIENCE = 600.0
"""Seconds for one mutant, at most."""
Statuses = dict[str, str]


@dataclass(frozen=True)
class Mutant:
    """One small fault in a method of a cell.

    Attributes:
        id: the method, the line in it, the operator, and a number.
        method: its name.
        tree: the faulty method.
    """

    id: str
    method: str
    tree: ast.FunctionDef = field(compare=False)


def mutants(owner: type) -> Iterator[Mutant]:
    """Every mutant of the methods of a class, in the order of its source."""
    module = ast.parse(inspect.getsource(inspect.getmodule(owner) or owner))
    holder = next(
        n for n in ast.walk(module) if isinstance(n, ast.ClassDef) and n.name == owner.__name__
    )
    for method in holder.body:
        if isinstance(method, ast.FunctionDef) and method.name in METHODS:
            yield from _of_method(method)


def _of_method(method: ast.FunctionDef) -> Iterator[Mutant]:
    if ast.get_docstring(method):
        method.body = method.body[1:]
    raising = {
        id(n)
        for r in ast.walk(method)
        if isinstance(r, (ast.Raise, ast.Assert))
        for n in ast.walk(r)
    }
    for place, node in enumerate(ast.walk(method)):
        if id(node) in raising or node is method:
            continue
        for number, (operator, _, _) in enumerate(changes(node, OPERATORS)):
            line = getattr(node, "lineno", method.lineno) - method.lineno
            id_ = f"{method.name}:{line}:{operator}:{place}.{number}"
            yield Mutant(id_, method.name, _changed(method, place, number))


def _changed(method: ast.FunctionDef, place: int, number: int) -> ast.FunctionDef:
    """The method with one change of one node, both by their number."""
    copy = deepcopy(method)
    node = list(ast.walk(copy))[place]
    new = list(changes(node, OPERATORS))[number][1]
    for parent in ast.walk(copy):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, new)
            elif isinstance(value, list):
                setattr(parent, name, [new if item is node else item for item in value])
    return copy


def planted(owner: type, mutant: Mutant) -> Any:
    """Put the faulty method in its place; returns what was there.

    Raises:
        SyntaxError, ValueError, TypeError: if the change makes no code.
    """
    holder = ast.ClassDef(owner.__name__, [], [], [mutant.tree], [])
    if "type_params" in ast.ClassDef._fields:
        holder.type_params = []  # type: ignore[attr-defined]
    tree = ast.fix_missing_locations(ast.Module([holder], []))
    made: dict[str, Any] = {}
    namespace = vars(inspect.getmodule(owner))
    exec(compile(tree, "<mutant>", "exec"), namespace, made)  # noqa: S102  (it is planted)
    before = vars(owner)[mutant.method]
    replace_method(owner, mutant.method, vars(made[owner.__name__])[mutant.method])
    return before


def judged(thing: Any, known: Statuses | None = None) -> Statuses:
    """What every check comes to; it ends at the first that departs from what is known to pass."""
    from keras_rnn_conformance import Declared
    from keras_rnn_conformance.own.judge import attempt
    from keras_rnn_conformance.own.laws import LAWS
    from keras_rnn_conformance.own.subject import Subject, kind_of

    factory, declared = thing if isinstance(thing, tuple) else (thing, Declared())
    statuses: Statuses = {}
    try:
        subject = Subject(factory, kind_of(factory), declared)
        for name, law in LAWS.items():
            if known is not None and known.get(name) != "passed":
                continue
            if known is None and subject.lacking(law):
                statuses[name] = "skipped"
                continue
            failure = attempt(law, subject, subject.sizes(law))
            statuses[name] = "failed" if failure else "passed"
            if failure and known is not None:
                break
    except Exception as error:  # a cell that cannot be made any more is noticed
        statuses[f"{type(error).__name__}"] = "failed"
    return statuses


def main(arguments: argparse.Namespace) -> None:
    """Print every mutant with the check that notices it, and the shares."""
    warnings.simplefilter("ignore")
    path = ROOT / "examples" / "own_layers" / "packages" / "test_packages.py"
    things = {
        (thing[0] if isinstance(thing, tuple) else thing).__name__: thing
        for thing in runpy.run_path(str(path))["THINGS"]
    }
    lines = []
    for name, (module, factory) in CELLS.items():
        if arguments.cell in (None, name):
            owner = getattr(importlib.import_module(module), name)
            lines.append(_share(name, owner, things[factory], arguments.sample))
    print("\n".join(lines), flush=True)


def _share(name: str, owner: type, thing: Any, sample: int) -> str:
    known = judged(thing)
    chosen = sorted(mutants(owner), key=lambda m: hashlib.sha256(m.id.encode()).hexdigest())
    noticed, tried = 0, 0
    for mutant in chosen:
        if tried == sample:
            break
        try:
            before = planted(owner, mutant)
        except (SyntaxError, TypeError, ValueError):
            continue
        tried += 1
        try:
            with limited(mutant.id, PATIENCE):
                found = [check for check, s in judged(thing, known).items() if s == "failed"]
        except CaseTimeout:
            found = ["no end"]
        finally:
            setattr(owner, mutant.method, before)
        noticed += bool(found)
        print(f"{name} {mutant.id}: {', '.join(found) or 'not noticed'}", flush=True)
    return f"{name}: {noticed} of {tried} mutants are noticed"


def configured() -> argparse.ArgumentParser:
    """The arguments of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=12, help="mutants of each cell (default 12)")
    parser.add_argument("--cell", choices=tuple(CELLS), help="only those of this cell")
    return parser


if __name__ == "__main__":
    main(configured().parse_args())
