"""Mutants that act under a condition: guards, structural mutants, the choice, the tables."""

from __future__ import annotations

import ast
import marshal
import re
import warnings
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from keras_rnn_conformance.base.errors import CommandFault
from tests.quality.mutation import equivalent
from tests.quality.mutation.campaign import Outcome
from tests.quality.mutation.conditions import conditional, planted, spots
from tests.quality.mutation.conditions.conditional import balanced, kind_of, pool, watching
from tests.quality.mutation.conditions.conditional_command import CLAIMS, choose, named
from tests.quality.mutation.conditions.guards import GUARDS
from tests.quality.mutation.conditions.published import FILE, Count, Published, counts, kind, tables
from tests.quality.mutation.conditions.structural import BACKENDS, STRUCTURAL, TITLES, of_backend
from tests.quality.mutation.mutants import Mutant, mutants
from tests.quality.mutation.operators import OPERATORS
from tests.quality.mutation.reach import Probe, Reach
from tests.quality.mutation.targets import files
from tests.selftest.quality.test_guards import Layer, scenes

RNN = "layers/rnn/rnn.py"
LSTM = "layers/rnn/lstm.py"
ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@cache
def structures(backend: str = "tensorflow") -> tuple[Mutant, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return tuple(m for file in files(backend) for m in mutants(file, of_backend(backend)))


@cache
def plain(file: str) -> tuple[Mutant, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return tuple(mutants(file))


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch", "numpy"])
def test_every_structural_operator_makes_mutants_that_compile(backend: str) -> None:
    made = structures(backend)
    assert {mutant.operator for mutant in made} == {
        name for name in STRUCTURAL if backend in BACKENDS.get(name, (backend,))
    }
    for mutant in made:
        assert mutant.code()


def test_structural_operators_have_titles() -> None:
    assert set(TITLES) == set(STRUCTURAL)


def test_structural_helpers_do_what_they_are_called() -> None:
    chunk = planted.CHUNK
    assert scenes()["helpers"] == {
        "chunks": [chunk, 3],
        "chunked": 2 * chunk,
        "inplace": [True, [2, 2, 2]],
        "clobbered": ["result", [0, 0, 0]],
        "product": [True, True],
        "appended": [7, [7]],
        "retraced": 2 * (chunk + 1),
        "cut": [1, 1],
    }


def test_a_cache_gives_in_a_later_call_what_it_gave_in_an_earlier_one() -> None:
    from tests.quality.mutation.conditions.history import HISTORY

    layer = Layer(cell=Layer())
    given = []
    for number in (1, 2):
        HISTORY.enter(layer, np.ones((1, 2, 3)), False)
        given.append(planted.cached("place", partial(np.float64, number)))
        HISTORY.leave()
    assert given == [1, 1]
    assert planted.cached("place", lambda: 3) == 3


def guarded() -> Mutant:
    return next(
        m
        for m in plain(LSTM)
        if m.member == "LSTMCell._compute_carry_and_output_fused" and " - i" in m.after
    ).under("units>64")


def test_a_guarded_mutant_holds_both_branches() -> None:
    mutant = guarded()
    assert re.fullmatch(r"layers/rnn/lstm\.py:\d+:\d+:arithmetic@units>64", mutant.id)
    function = next(
        const
        for outer in mutant.code().co_consts
        if hasattr(outer, "co_consts")
        for const in outer.co_consts
        if hasattr(const, "co_consts")
    )
    carry = (np.full((1, 1), 2.0),) * 4
    same = lambda value: value  # noqa: E731
    for true, expected in ((True, 2 * 3 - 2 * 2), (False, 2 * 3 + 2 * 2)):
        runtime = SimpleNamespace(acts=lambda guard, variables, true=true: true)
        layer = Layer(recurrent_activation=same, activation=same, units=65)
        made = FunctionType(function, {"_planted": runtime})
        c, _ = made(layer, carry, np.full((1, 1), 3.0))
        assert c.item() == expected


def test_what_is_planted_is_the_same_bytes_each_time() -> None:
    first, again = guarded().code(), guarded().code()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        made = {mutant.id: mutant for mutant in mutants(LSTM)}
    fresh = made[guarded().plain].under("units>64")
    assert marshal.dumps(first) == marshal.dumps(again) == marshal.dumps(fresh.code())
    watched = [marshal.dumps(code) for _, _, code in watching([guarded()])]
    assert watched == [marshal.dumps(code) for _, _, code in watching([fresh])]


def told_everywhere(*kinds: str) -> dict[str, dict[int, set[str]]]:
    """A dry run that could tell some kinds of guards on every line."""
    return {RNN: {line: set(kinds) for line in range(1, 1000)}}


def test_a_guard_is_tried_only_where_it_can_be_told() -> None:
    made = list(pool(plain(RNN), told_everywhere("units is 1")))
    assert {mutant.guard for mutant in made} == {"units=1"}
    assert list(pool(plain(RNN), {})) == []
    structural = [mutant for mutant in structures() if mutant.file == RNN]
    assert list(pool(structural, {})) == structural


def test_headers_decorators_and_errors_get_no_guard() -> None:
    left = [mutant for mutant in plain(RNN) if not mutant.guardable]
    assert {"decorator", "raise"} <= {mutant.operator for mutant in left}
    assert all(isinstance(mutant.place, (ast.FunctionDef, ast.Raise)) for mutant in left)


def test_a_sample_is_balanced_and_begins_with_the_smaller_one() -> None:
    made = list(pool(plain(RNN), told_everywhere("units above", "mask present", "second call")))
    taken = balanced(made, 30)
    assert taken == balanced(reversed(made), 60)[:30]
    numbers = [sum(kind_of(m) == kind for m in taken) for kind in set(map(kind_of, taken))]
    assert numbers == [10, 10, 10]


def arguments(**given: Any) -> Any:
    plain_ones: dict[str, Any] = {"guard": [], "files": [], "sample": 0}
    return SimpleNamespace(**{**plain_ones, **given})


def test_the_choice_follows_guards_and_files() -> None:
    made = list(pool(plain(RNN), told_everywhere("units above", "mask present")))
    assert {m.guard for m in choose(made, arguments(guard=["units>2*"]))} == {
        "units>2",
        "units>256",
    }
    with pytest.raises(CommandFault, match="no guard or structural operator is called nowhere"):
        choose(made, arguments(guard=["nowhere"]))
    with pytest.raises(CommandFault, match="no such mutant"):
        choose(made, arguments(files=["nowhere"]))


def test_only_tests_that_make_a_mutant_act_are_tried() -> None:
    assert scenes()["campaign"] == [["70"], "killed", "70", 1]


def test_white_spots_are_conditions_that_hold_in_no_case() -> None:
    made = spots.watched(pool(plain(RNN), told_everywhere("batch is 1", "mask present")))
    places = [(mutant.member, mutant.guard) for mutant in made]
    assert len(set(places)) == len(places)
    number = places.index(("RNN.call", "mask"))
    test = "LSTM-seq1-state1-u3-t5-as.rnn-mask.gap"
    probes = {test: Probe({"places": [number]}, 0.0, "")}
    text = spots.report(conditional.acting(Reach(probes), made), made)
    assert "| condition by source | layers/rnn/rnn.py |" in text
    assert "| mask | 1 |" in text
    assert "| batch=1 | 0 |" in text
    assert "| condition by form | rnn |" in text
    _, white = text.split("never true:")
    assert re.search(r"batch=1\tlayers/rnn/rnn.py\t.*RNN.call", white)
    assert not re.search(r"mask\tlayers/rnn/rnn.py\t.*RNN.call\b(?!_)", white)


def test_the_dry_run_tells_what_can_be_seen() -> None:
    found = set(scenes()["sight"])
    assert {"units above", "batch is 1", "dtype policy", "second call"} <= found
    assert not {"timesteps above", "mask present", "more than 3 cells"} & found


def test_the_sight_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "sight.json"
    known = told_everywhere("units is 1", "mask present")
    path.write_text(conditional.dump_sight(known), encoding="utf-8")
    assert conditional.load_sight(path) == known


def test_mutants_are_made_from_their_names_alone() -> None:
    bases = list(plain(RNN))
    ids = [bases[0].id, f"{bases[9].id}@units>2"]
    assert [mutant.id for mutant in named(ids, bases)] == ids
    for wrong in ("nowhere", f"{bases[9].id}@nowhere"):
        with pytest.raises(CommandFault, match=f"no such mutant: {wrong}"):
            named([wrong], bases)
    with pytest.raises(CommandFault, match="take a --sample"):
        named([], bases)


def test_what_is_claimed_equivalent_and_noticed_is_refuted() -> None:
    id = "layers/rnn/rnn.py:1:1:statement@units>64"
    chosen: Any = [SimpleNamespace(id=id)]
    for word, letters in (("survived", "ee"), ("killed", None)):
        seen: Any = {(id, "ours"): Outcome(id, "ours", word, "", "", 1, 1, 0, "")}  # type: ignore[arg-type]
        if letters:
            assert Published.of({}, 1, chosen, seen, {id}).mutants == {id: letters}
        else:
            with pytest.raises(CommandFault, match="claimed to be equivalent"):
                Published.of({}, 1, chosen, seen, {id})


def test_what_keras_own_tests_found_stays_where_they_are_not_run() -> None:
    id = "layers/rnn/rnn.py:1:1:statement@units>64"
    chosen: Any = [SimpleNamespace(id=id)]
    seen: Any = {(id, "ours"): Outcome(id, "ours", "killed", "", "", 1, 1, 0, "")}
    for before, letters in (("sk", "kk"), ("s-", "k-"), ("ee", "k-")):
        earlier = Published({}, 1, {id: before})
        assert Published.of({}, 1, chosen, seen, before=earlier).mutants == {id: letters}


def test_claims_name_guards_and_operators_that_exist() -> None:
    for claim in equivalent.load("3.15.1", CLAIMS):
        for id in claim.ids:
            base, _, guard = id.partition("@")
            operator = base.rsplit(":", 1)[1].partition(".")[0]
            assert any(fnmatchcase(name, operator) for name in (*OPERATORS, *STRUCTURAL))
            assert not guard or any(fnmatchcase(name, guard) for name in GUARDS)


def published() -> Published:
    names = {"layers/rnn/rnn.py:1:1:statement@units>64": "k", "layers/rnn/lstm.py:1:1:cached": "s"}
    outcomes = {
        (id, "ours"): Outcome(
            id, "ours", "killed" if w == "k" else "unreached", "", "", 0, 0, 0, ""
        )
        for id, w in names.items()
    }
    chosen: Any = [SimpleNamespace(id=id) for id in [*names, "untried"]]
    return Published.of({"keras": "3.15.1"}, 9, chosen, outcomes)


def test_the_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "conditional.json"
    path.write_text(Published.dump({"run": published()}), encoding="utf-8")
    assert Published.read(path) == {"run": published()}
    assert Published.read(tmp_path / "none.json") == {}
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(CommandFault, match="is no ledger of conditional mutants"):
        Published.read(path)


def test_the_tables_count_by_guard_and_by_source() -> None:
    run = published()
    assert counts(run, "ours") == Count(2, 1, 1)
    text = tables({"run": run})
    assert "| units above | 1 of 1, 100% | 0 |" in text
    assert f"| {TITLES['cached']} | 0 of 1, 0% | 1 |" in text
    assert "| layers/rnn/lstm.py | 0 of 1, 0% | 1 |" in text
    assert "| all | 1 of 2, 50% | 1 |" in text


def test_the_stored_ledger_names_guards_and_operators_that_exist() -> None:
    for run in Published.read(FILE).values():
        assert all(kind(id) for id in run.mutants)
        assert all(re.fullmatch("[ksn][ksn-]|ee", letters) for letters in run.mutants.values())


def test_the_readme_states_the_figures_of_the_stored_ledger() -> None:
    stated = re.findall(
        r"^\| (\w+) \| (\d+ of \d+, \d+%) \| (-|\d+ of \d+, \d+%) \|$", README, re.M
    )
    runs = Published.read(FILE)
    wanted = {
        (name.rsplit("-", 1)[1], str(counts(run, "ours")), str(counts(run, "keras")))
        for name, run in runs.items()
    }
    assert set(stated) == wanted
