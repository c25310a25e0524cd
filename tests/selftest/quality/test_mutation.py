"""The mutation command: its mutants, how they are planted, what is resumed and what is reported."""

from __future__ import annotations

import ast
import importlib
import marshal
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.paths import ROOT
from tests.quality.mutation import children, equivalent, reach, report
from tests.quality.mutation.campaign import Campaign, Ledger, MutantTask, Outcome, sample
from tests.quality.mutation.mutants import Mutant, members, mutants
from tests.quality.mutation.reach import Probe, Reach
from tests.quality.mutation.running import STORE
from tests.quality.mutation.surroundings import ONLY
from tests.quality.mutation.targets import EXCLUDED, files, keras_root

LSTM = "layers/rnn/lstm.py"
README = (ROOT / "README.md").read_text(encoding="utf-8")


@cache
def made() -> tuple[Mutant, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return tuple(mutant for file in files("tensorflow") for mutant in mutants(file))


class Counting:
    """A suite that finds fault with nothing."""

    name = "ours"

    def tests(self) -> list[str]:
        return ["keen"]

    def kind(self, test: str) -> str:
        return test

    def family(self, test: str) -> str:
        return test

    def likeness(self, test: str) -> str:
        return test

    def fault(self, test: str) -> str:
        return ""


def outcome(mutant: Mutant, word: Any = "killed", **changes: Any) -> Outcome:
    plain = Outcome(mutant.id, "ours", word, "a test", "VALUE-1", 1, 3, 0.5, "key")
    return replace(plain, **changes)


def test_ids_are_unique_and_say_where() -> None:
    counts = Counter(mutant.id for mutant in made())
    assert max(counts.values()) == 1
    assert all(re.fullmatch(r"[a-z0-9_/]+\.py:\d+:\d+:[a-z]+(\.\d+)?", id) for id in counts)


def test_every_mutant_is_other_code_than_its_original() -> None:
    """Compiled, not only written: a change that never reaches the code would survive all tests."""
    originals = {
        mutant.member: marshal.dumps(mutant.code())
        for file in ("layers/rnn/stacked_rnn_cells.py", "layers/rnn/time_distributed.py")
        for mutant in unchanged(file)
    }
    for mutant in made():
        if mutant.member in originals:
            assert marshal.dumps(mutant.code()) != originals[mutant.member], mutant.id


def unchanged(file: str) -> Iterator[Mutant]:
    """For each function of a source a mutant that puts into its place what is there."""
    for mutant in mutants(file):
        edit = mutant._edit
        place = getattr(edit.parent, edit.field)
        same = place if edit.index is None else place[edit.index]
        yield replace(mutant, _edit=replace(edit, new=same))


def test_every_source_has_mutants() -> None:
    assert {mutant.file for mutant in made()} == set(files("tensorflow"))


def test_mutants_differ_from_the_original_and_compile() -> None:
    for mutant in sample(list(made()), 200):
        assert mutant.before != mutant.after
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            assert mutant.code()


@pytest.mark.parametrize(
    "file", [file for file in {**EXCLUDED, **ONLY} if (keras_root() / file).exists()]
)
def test_what_is_left_out_exists(file: str) -> None:
    tree = ast.parse((keras_root() / file).read_text(encoding="utf-8"))
    names = {f"{holder}.{node.name}".lstrip(".") for node, holder in members(tree)}
    assert {*EXCLUDED.get(file, ()), *ONLY.get(file, ())} <= names


@pytest.mark.parametrize("of", ["surroundings", "exports"])
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch", "numpy"])
def test_the_sources_around_the_layers_exist(backend: str, of: str) -> None:
    assert [file for file in files(backend, of) if not (keras_root() / file).exists()] == []


def test_a_sample_is_part_of_a_larger_one() -> None:
    assert set(sample(list(made()), 20)) <= set(sample(list(made()), 50))


def test_any_test_may_reach_a_source_that_was_not_watched() -> None:
    green, red = Probe({}, 0.1, ""), Probe({}, 0.1, "RUN-1")
    probes = {"keen": green, "red": red}
    assert Reach(probes, frozenset(["layers/rnn/gru.py"])).of(made()[0]) == ["keen"]


def test_the_reach_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "reach.json"
    known = Reach({"keen": Probe({LSTM: [1, 2]}, 0.1, "")}, frozenset([LSTM]))
    path.write_text(reach.dump(known, "key"), encoding="utf-8")
    assert reach.load(path, "key") == known == reach.load(path, None)
    assert reach.load(path, "another") == Reach() == reach.load(tmp_path / "none.json", "key")


def test_a_child_sees_its_mutant_and_the_parent_does_not() -> None:
    task = MutantTask(_Looking(), _sign_of_the_carry(), ["carry"], {"carry": 1.0})
    ((_, told, ending),) = children.conduct([task], 1)
    assert (ending, told[-1]) == ("done", ["killed", "f * c_tm1 - i * "])
    assert _Looking().fault("carry") == ""


def _sign_of_the_carry() -> Mutant:
    found = [
        mutant
        for mutant in made()
        if mutant.member == "LSTMCell._compute_carry_and_output_fused"
        and mutant.operator == "arithmetic"
        and " - i" in mutant.after
    ]
    return found[0]


VARIABLES = "backend/common/variables.py"


class _Freezing(Counting):
    """Tells what freezing a variable does."""

    def fault(self, test: str) -> str:
        from keras import Variable

        variable = Variable([1.0], trainable=True)
        variable.trainable = False
        return f"{variable.trainable} {variable._trainable}"


@pytest.mark.parametrize(
    ("operator", "seen"), [("return", "None False"), ("statement", "True True")]
)
def test_half_of_a_property_leaves_the_other_half(operator: str, seen: str) -> None:
    """The getter gives None, or the setter does nothing: the other half is as it was."""
    mutant = next(
        m for m in mutants(VARIABLES) if (m.member, m.operator) == ("Variable.trainable", operator)
    )
    ((_, told, _),) = children.conduct([MutantTask(_Freezing(), mutant, ["one"], {"one": 1.0})], 1)
    assert told[-1] == ["killed", seen]


def _in_the_constructor() -> Mutant:
    return next(mutant for mutant in made() if mutant.member == "RNN.__init__")


class _Looking(Counting):
    """Tells whether the carry is computed with a minus sign, from the compiled code alone."""

    def fault(self, test: str) -> str:
        import dis

        from keras.layers import LSTMCell

        operators = [
            i.argrepr
            for i in dis.get_instructions(LSTMCell._compute_carry_and_output_fused)
            if i.opname.startswith("BINARY")
        ]
        return "f * c_tm1 - i * " if "-" in operators or "BINARY_SUBTRACT" in operators else ""


def test_a_child_that_hangs_is_ended() -> None:
    class Hanging:
        def work(self, tell: children.Tell) -> None:
            while True:
                pass

        def allowance(self, told: list[Any]) -> float:
            return 0.5

    ((_, told, ending),) = children.conduct([Hanging()], 1)
    assert (told, ending) == ([], "timeout")


def test_what_a_child_imported_is_imported_for_the_next() -> None:
    class Importing:
        def work(self, tell: children.Tell) -> None:
            tell("colorsys" in sys.modules)
            importlib.import_module("colorsys")

        def allowance(self, told: list[Any]) -> float:
            return 60.0

    sys.modules.pop("colorsys", None)
    seen = [told for _, told, _ in children.conduct([Importing(), Importing()], 1)]
    assert seen == [[False], [True]]


def test_only_tests_that_reach_a_line_are_tried() -> None:
    mutant = made()[0]
    line = min(mutant.lines)
    probes = {
        "keen": Probe({mutant.file: [line]}, 0.1, ""),
        "elsewhere": Probe({mutant.file: [10**6]}, 0.1, ""),
        "red": Probe({mutant.file: [line]}, 0.1, "RUN-1"),
    }
    assert Reach(probes, frozenset(files("tensorflow"))).of(mutant) == ["keen"]


def test_a_mutant_that_nothing_reaches_is_told_apart() -> None:
    campaign = Campaign(Counting(), Reach({}, frozenset(files("tensorflow"))), "key")
    (seen,) = campaign.run([made()[0]], 1)
    assert (seen.word, seen.alive) == ("unreached", True)


class Keen(Counting):
    """A suite of which one test of two notices a fault in the constructor of RNN."""

    def __init__(self) -> None:
        self.original = self.constructor()

    @staticmethod
    def constructor() -> Any:
        from keras.layers import RNN

        return RNN.__init__

    def tests(self) -> list[str]:
        return ["blind", "keen"]

    def fault(self, test: str) -> str:
        planted = self.constructor() is not self.original
        return "VALUE-1" if test == "keen" and planted else ""


def test_a_known_killer_needs_no_reach() -> None:
    mutant = _in_the_constructor()
    campaign = Campaign(Keen(), Reach(), "key", known={mutant.id: ["gone", "keen"]})
    (seen,) = campaign.recall([mutant], 1)
    assert (seen.word, seen.by, seen.tried, seen.of) == ("killed", "keen", 1, 0)


def test_what_the_known_killers_pass_is_left_to_the_campaign() -> None:
    mutant = _in_the_constructor()
    campaign = Campaign(Keen(), Reach(), "key", known={mutant.id: ["blind"]})
    assert list(campaign.recall([mutant, made()[1]], 1)) == []


def test_the_known_killers_come_first() -> None:
    mutant = made()[0]
    probe = Probe({mutant.file: sorted(mutant.lines)}, 0.1, "")
    campaign = Campaign(Keen(), Reach({"blind": probe, "keen": probe}), "key")
    campaign.known = {mutant.id: ["keen"]}
    assert campaign.ordered(mutant) == ["keen", "blind"]


def test_a_ledger_remembers_what_killed() -> None:
    killed, dead, alive = made()[:3]
    seen = [outcome(killed), outcome(dead, "trivial", by=""), outcome(alive, "survived", by="")]
    ledger = Ledger(Path("nowhere"), {(one.id, "ours"): one for one in seen})
    assert ledger.killers("ours") == {killed.id: ["a test"], dead.id: []}
    assert ledger.killers("keras") == {}


def test_a_ledger_resumes_and_drops_a_torn_line(tmp_path: Path) -> None:
    first, second, third = made()[:3]
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.add(outcome(first))
    ledger.add(outcome(second, "survived", tried=1, of=3))
    with ledger.path.open("a", encoding="utf-8") as file:
        file.write('{"id": "torn')
    again = Ledger.open(ledger.path)
    assert again.settled(first.id, "ours", "key", False, 0)
    assert not again.settled(first.id, "ours", "another", False, 0)
    assert again.settled(first.id, "ours", "another", True, 0)
    assert again.settled(second.id, "ours", "key", False, 1)
    assert not again.settled(second.id, "ours", "key", False, 0)
    assert not again.settled(third.id, "ours", "key", True, 0)


def test_an_outcome_after_a_torn_line_is_not_glued_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = made()[:2]
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.add(outcome(first))
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + whole[:-1])
    Ledger.open(ledger.path)
    assert ledger.path.read_bytes() == 2 * whole, "a line that lacks its end alone is whole"
    for cut in range(1, len(whole) - 1):
        ledger.path.write_bytes(whole + whole[:cut])
        again = Ledger.open(ledger.path)
        assert "the last line was cut off" in capsys.readouterr().err
        assert ledger.path.read_bytes() == whole
        again.add(outcome(second))
        assert len(Ledger.open(ledger.path).outcomes) == 2
        assert capsys.readouterr().err == "", "it is said once"


def test_a_score_leaves_out_what_is_equivalent_and_finds_what_is_refuted() -> None:
    killed, alive, same, refuted = made()[:4]
    seen = {(m.id, "ours"): outcome(m) for m in (killed, refuted)}
    seen |= {(m.id, "ours"): outcome(m, "survived", by="") for m in (alive, same)}
    claim = equivalent.Claim((same.id, refuted.id), "nothing that is documented", 1)
    claims = {same.id: claim, refuted.id: claim}
    results = report.Results({}, 9, [killed, alive, same, refuted], seen, claims)
    score = results.score("ours")
    assert (score.killed, score.alive, score.equivalent) == (2, 1, 1)
    assert results.refuted() == [refuted.id]
    assert results.survivors("ours") == [alive]
    assert alive.before in report.text(results, "ours")


def test_suites_are_compared_on_what_both_have_tried() -> None:
    first, second = made()[:2]
    seen = {(m.id, "ours"): outcome(m) for m in (first, second)}
    seen |= {(first.id, "keras"): outcome(first, "survived", suite="keras", by="")}
    results = report.Results({}, 9, [first, second], seen, {})
    assert report.shared(results) == [first]
    assert (results.score("ours").killed, results.score("keras").alive) == (2, 1)
    assert "on the 1 mutants that both tried" in report.statement(results)


def test_the_readme_states_the_figures_of_the_stored_report() -> None:
    import json

    stated = re.findall(r"(This suite|Keras's own recurrent tests): (\d+) of (\d+) mutants", README)
    reports = sorted(STORE.glob("keras-*.json"))
    if not reports:
        assert not stated, "the README states figures that no stored report bears out"
        return
    document = json.loads(reports[-1].read_text(encoding="utf-8"))
    titles = {"ours": "This suite", "keras": "Keras's own recurrent tests"}
    want = {
        (titles[name], str(score["killed"]), str(score["killed"] + score["alive"]))
        for scores in (document["scores"], document["shared"]["scores"])
        for name, score in scores.items()
    }
    assert set(stated) == want
