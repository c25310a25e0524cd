"""The coverage command: what a line is called, the reviewed list, and a run of one case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cli import commands
from tests.quality.coverage import command, measure
from tests.quality.coverage.measure import Reached
from tests.quality.coverage.sources import Source, names
from tests.quality.coverage.unreached import FILE, Entry, Spot, UnreachedError, faults, load
from tests.quality.mutation.targets import keras_root

CODE = """\
def outer(x):
    def inner():
        return 1
    if x:  # why
        y = [1,
             2]
    else:
        raise ValueError(
            # a comment
            "long"
        )
    for _ in x:
        while y:
            y.pop()
    return inner


def fused():
    return 2
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "code.py"
    path.write_text(CODE, encoding="utf-8")
    return Source(path, ("fused",))


def test_a_statement_is_its_function_and_its_text(source: Source) -> None:
    texts = {line: (s.function, s.text) for line, s in source.statements.items()}
    assert texts[1] == ("", "def outer(x):")
    assert texts[3] == ("outer.inner", "return 1")
    assert texts[4] == ("outer", "if x:")
    assert texts[5] == ("outer", "y = [1, 2]")
    assert texts[8] == ("outer", 'raise ValueError( "long" )')
    assert not [line for line in texts if line > 18]


def reached(source: Source, run: list[int], taken: list[tuple[int, int]]) -> Reached:
    """As `coverage` reports it; all lines and branches of `CODE`."""
    lines = {1, 2, 3, 4, 5, 8, 12, 13, 14, 15, 19}
    branches = {(4, 5), (4, 8), (12, 13), (12, 15), (13, 12), (13, 14)}
    report = {
        "executed_lines": run,
        "missing_lines": sorted(lines - set(run)),
        "executed_branches": taken,
        "missing_branches": sorted(branches - set(taken)),
    }
    return Reached.of("code.py", source, report)


def test_a_block_is_missed_by_its_first_lines_and_branches_between_run_lines(
    source: Source,
) -> None:
    part = reached(source, [1, 2, 4, 5, 12, 15], [(4, 5), (12, 15)])
    assert [spot.text for spot in part.missed] == [
        "return 1",
        'raise ValueError( "long" )',
        "while y:",
    ]
    part = reached(source, [1, 2, 3, 4, 5, 8, 12, 13, 14, 15], [(4, 5), (4, 8), (12, 13), (13, 14)])
    assert [spot.text for spot in part.missed] == [
        "for _ in x: -> return inner",
        "while y: -> for _ in x:",
    ]
    row = next(command.table([part]))
    assert re.sub(" +", " ", row) == "code.py 10 of 10 lines 4 of 6 branches"


def spot(text: str) -> Spot:
    return Spot("code.py", "outer", text)


def entry(*texts: str) -> Entry:
    return Entry(tuple(map(spot, texts)), ("numpy",), "nobody calls it", 7)


def test_the_list_is_held_to_in_both_directions() -> None:
    there = [spot("a"), spot("b")]
    assert not list(faults([entry("a")], "numpy", [spot("a")], there))
    assert list(faults([], "numpy", [spot("a")], there)) == [
        "not reached, and not listed: code.py, outer: a"
    ]
    assert list(faults([entry("a")], "numpy", [], there)) == [
        "listed in line 7, and is reached: code.py, outer: a"
    ]
    assert list(faults([entry("c")], "numpy", [], there)) == [
        "listed in line 7, and is not in this Keras: code.py, outer: c"
    ]


def test_a_text_counts_as_often_as_it_is_unreached() -> None:
    twice = [spot("a"), spot("a")]
    assert len(list(faults([entry("a")], "numpy", twice, twice))) == 1
    assert not list(faults([entry("a", "a")], "numpy", twice, twice))


def test_other_backends_and_other_sources_are_passed_over() -> None:
    assert not list(faults([entry("a")], "torch", [], [spot("a")]))
    assert not list(faults([entry("a")], "numpy", [], [Spot("other.py", "", "a")]))


GOOD = 'file = "f.py"\nfunction = "g"\nlines = ["a"]\nreason = "nobody ever calls it"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("other = 1", "expected .* tables"),
        ("unreached = 1", "on its own line"),
        ("unreached = [{}]", "on its own line"),
        ("[[unreached]]\n" + GOOD.replace("file", "path"), "an entry has file"),
        ("[[unreached]]\n" + GOOD.replace('lines = ["a"]\n', ""), "name the lines"),
        ("[[unreached]]\n" + GOOD.replace('["a"]', '"a"'), "must be a list"),
        ("[[unreached]]\n" + GOOD.replace("lines", "branches"), "`line -> line`"),
        ("[[unreached]]\n" + GOOD.replace("nobody ever calls it", "why"), "say why"),
        ("[[unreached]]\n" + GOOD + 'backend = ["theano"]\n', "backend must be of"),
    ],
)
def test_what_is_not_of_the_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreachedError, match=message):
        load(path)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_place_of_the_reviewed_list_is_in_keras(backend: str) -> None:
    if not (keras_root() / f"backend/{backend}/rnn.py").exists():
        pytest.skip(f"this Keras has no recurrent loop for {backend}")
    lines = {
        (name, statement.function, statement.text)
        for name in names(backend)
        for statement in Source.of(name).statements.values()
    }
    for listed in load(FILE):
        for place in listed.spots if backend in listed.backends else ():
            if place.file in names(backend):
                for text in place.text.split(" -> "):
                    found = (place.file, place.function, text)
                    assert found in lines or text == "exit", f"line {listed.line}: {found}"


def test_the_sources_are_layers_and_one_loop() -> None:
    found = names("numpy")
    assert "layers/rnn/lstm.py" in found
    assert found[-1] == "backend/numpy/rnn.py"
    assert not [name for name in found if name.endswith(("_test.py", "__init__.py"))]


def test_one_case_is_measured_and_held_to_the_list(capfd: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["coverage", "--case", "SimpleRNN-seq0-state0-u1-t1"]) == 1
    said = capfd.readouterr().out
    assert re.search(r"layers/rnn/simple_rnn.py +\d+ of \d+ lines", said)
    assert re.search(rf"backend/{environment.backend()}/rnn.py +\d+ of \d+ lines", said)
    assert "not reached, and not listed: layers/rnn/lstm.py, LSTMCell.call:" in said
    assert "not reached, and not listed: layers/rnn/rnn.py, RNN.call: timesteps" not in said


def test_without_coverage_the_command_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(CommandFault, match=re.escape("pip install '.[coverage]'")):
        measure.measure([])


def test_a_run_without_a_verdict_is_an_error() -> None:
    with pytest.raises(CommandFault, match="did not judge"):
        measure.measure(["--case", "nonsense"])
