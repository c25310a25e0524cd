"""The laws of a user's own layers find what is wrong, and nothing in what is right."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import pytest

from keras_rnn_conformance import Declared, check_cell, check_layer, parametrize_with_checks
from keras_rnn_conformance.own.api import ChecksFailed
from keras_rnn_conformance.own.judge import same_error
from keras_rnn_conformance.own.laws import LAWS
from tests.selftest.own.planted import PLANTED, Planted, finds, planted_here
from tests.selftest.own.wrong_copies import ConfigLacksScale, scaled
from tests.selftest.own.wrong_layers import (
    CarryLost,
    Counts,
    MaskIgnored,
    NotANumber,
)

FIRST = [(name, all_of[0]) for name, all_of in planted_here().items() if all_of]
"""One fault of each law; `tests/quality/own_layers` has the others."""


def test_every_law_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(LAWS)
    assert all(PLANTED.values())


@pytest.mark.parametrize(("name", "one"), FIRST, ids=[name for name, _ in FIRST])
def test_a_law_finds_its_planted_fault(name: str, one: Planted) -> None:
    assert finds(name, one, quickly=True)


def test_keras_own_simple_rnn_keeps_every_law(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = check_layer(keras.layers.SimpleRNN, on_fail="return", verbose=True)
    assert [o for o in outcomes if o.status == "failed"] == []
    assert sum(o.status == "passed" for o in outcomes) > 45
    progress = capsys.readouterr().err.splitlines()
    assert [line for line in progress if line.startswith(f"1/{len(LAWS)} check_call passed (")]


def test_a_check_expected_to_fail_must_fail() -> None:
    expected = {"check_call": "a reason"}
    with pytest.raises(ChecksFailed, match=r"check_call .*a reason.* but it passes"):
        check_layer(keras.layers.SimpleRNN, expected_failed_checks=expected, only="check_call")
    (outcome,) = check_layer(NotANumber, expected_failed_checks=expected, only="check_call")
    assert (outcome.status, outcome.reason) == ("expected", "a reason")


def test_a_check_expected_to_fail_must_be_tried() -> None:
    with pytest.raises(ChecksFailed, match="was not run: units_independent is not declared"):
        check_layer(
            keras.layers.SimpleRNN,
            expected_failed_checks={"check_units_independent": "a reason"},
            only="check_units_independent",
        )


def test_an_unknown_check_is_an_error() -> None:
    with pytest.raises(ValueError, match="no check called 'check_nothing'"):
        check_layer(keras.layers.LSTM, expected_failed_checks={"check_nothing": "?"})
    with pytest.raises(ValueError, match="no check called 'check_nothing'"):
        parametrize_with_checks([keras.layers.LSTM], expected_failed_checks={"check_nothing": "?"})


@pytest.mark.parametrize("wrong", [{"masks": "some"}, {"lacks": ("speed",)}, {"shortest": 0}])
def test_what_cannot_be_declared_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Declared"):
        Declared(**wrong)  # type: ignore[arg-type]


def test_an_unknown_declaration_is_an_error() -> None:
    with pytest.raises(TypeError, match="nothing called 'mask' can be declared"):
        check_layer(keras.layers.LSTM, mask="none")


def test_an_instance_is_checked_by_its_configuration() -> None:
    only = ["check_call", "check_rows_independent", "check_config"]
    outcomes = check_layer(keras.layers.GRU(3, reset_after=False), only=only)
    assert [o.status for o in outcomes] == ["passed"] * 3


def test_a_failure_names_rule_place_size_and_fault() -> None:
    with pytest.raises(ChecksFailed) as caught:
        check_layer(CarryLost, only="check_parts_equal_whole")
    text = str(caught.value)
    assert "check check_parts_equal_whole: CarryLost, Keras" in text
    assert "rule  A sequence in two parts, with the states handed on" in text
    assert "times the bound" in text
    assert "size  units=1, input of shape (1, 2, 1)" in text
    assert "fault of the layer: Keras's own LSTM passes the same check\n" in text


def test_keras_is_at_fault_only_for_the_same_error() -> None:
    mine = "ValueError: Exception encountered when calling A.call(). shapes (1,1) (1,8) differ"
    assert same_error(mine, mine.replace("A.call", "B.call").replace("8", "12"))
    assert not same_error(mine, "ValueError: state_size must be specified")
    assert same_error(None, None)


class LSTMCellOfATuple(keras.layers.LSTMCell):
    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        output, new = super().call(inputs, states, training)
        return output, tuple(new)


def test_new_states_in_a_tuple_are_no_fault_of_the_cell() -> None:
    outcomes = check_cell(LSTMCellOfATuple, on_fail="return", only=["check_mask_of_true"])
    assert [outcome.status for outcome in outcomes if outcome.status == "failed"] == []


class OfTwo(keras.layers.LSTM):
    def __init__(self, units: int, scale: float, **options: Any) -> None:
        super().__init__(units, **options)


@pytest.mark.parametrize(
    ("check", "thing", "message"),
    [
        (check_layer, keras.layers.LSTMCell, "LSTMCell is a cell: use check_cell"),
        (check_cell, keras.layers.LSTM, "LSTM is no cell, .*: use check_layer"),
        (check_layer, object, "object makes no layer: object is not callable"),
        (check_layer, "LSTM", "'LSTM' is no layer, and neither a class nor a factory"),
        (check_layer, OfTwo, "'scale'; pass a factory instead: def factory.* OfTwo"),
    ],
)
def test_what_is_no_layer_or_cell_is_refused(check: Any, thing: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        check(thing)


class Raises(keras.layers.Layer):
    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def call(self, inputs: Any) -> Any:
        raise NameError("name 'carry' is not defined")


def test_a_layer_that_raises_in_every_call_fails_one_check_with_its_error() -> None:
    with pytest.raises(ChecksFailed, match="name 'carry' is not defined") as caught:
        check_layer(Raises)
    assert {o.check: o.status for o in caught.value.outcomes if o.status != "skipped"} == {
        "check_call": "failed"
    }


def test_many_failures_end_with_their_names_and_print_one_script() -> None:
    with pytest.raises(ChecksFailed) as caught:
        check_layer(scaled, only=["check_config", "check_json", "check_call"])
    text = str(caught.value)
    assert text.count("import keras\n") == 1
    last = text.splitlines()[-1]
    assert last.startswith("2 of 3 checks failed: check_config, check_json; scripts=")


def test_a_failure_says_where_the_check_does_not_apply_to_keras_own() -> None:
    only = "check_units_independent"
    (outcome,) = check_layer(Counts, only=only, on_fail="return", units_independent=True)
    assert outcome.status == "failed"
    assert outcome.beside.startswith("for Keras's own SimpleRNN the check does not apply (units_")


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (CarryLost, "check_parts_equal_whole"),
        (scaled, "check_keras_file"),
        (MaskIgnored, "check_masked_step_is_left_out"),
    ],
)
def test_a_script_fails_on_the_wrong_layer_and_passes_on_the_right(
    thing: Any, name: str, tmp_path: Path
) -> None:
    with pytest.raises(ChecksFailed):
        check_layer(thing, only=name, scripts=tmp_path / "scripts")
    (file,) = (tmp_path / "scripts").iterdir()
    text = file.read_text(encoding="utf-8")
    assert "keras_rnn_conformance" not in text
    assert _status(file) == 1
    mended = tmp_path / "mended.py"
    mended.write_text(
        text.replace(f"return {thing.__name__}(", "return keras.layers.LSTM("), encoding="utf-8"
    )
    assert _status(mended) == 0


def _status(script: Path) -> object:
    """The exit status of a script, run in this process: a new one would import Keras anew."""
    path = list(sys.path)
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        return end.code
    finally:
        sys.path[:] = path
    return 0


def test_a_script_runs_by_itself(tmp_path: Path) -> None:
    with pytest.raises(ChecksFailed):
        check_layer(CarryLost, only="check_parts_equal_whole", scripts=tmp_path)
    (file,) = tmp_path.iterdir()
    run = subprocess.run(
        [sys.executable, str(file)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1, run.stderr[-2000:]
    assert "differs at" in run.stdout


def test_a_script_holds_a_lambda_with_what_it_needs(tmp_path: Path) -> None:
    factor = 3.0

    def half(units: int, **options: Any) -> Any:
        return ConfigLacksScale(units, scale=factor / 6, **options)  # type: ignore[no-untyped-call]

    with pytest.raises(ChecksFailed):
        check_layer(
            lambda units, **kwargs: half(units, **kwargs), only="check_keras_file", scripts=tmp_path
        )
    (file,) = tmp_path.iterdir()
    text = file.read_text(encoding="utf-8")
    assert "factory = lambda units, **kwargs: half(units, **kwargs)" in text
    assert "factor = 3.0" in text
    assert _status(file) == 1


def test_a_script_that_lacks_the_layer_says_so(tmp_path: Path) -> None:
    made = [CarryLost]
    with pytest.raises(ChecksFailed):
        check_layer(
            lambda units, **options: made[0](units, **options),
            only="check_parts_equal_whole",
            scripts=tmp_path,
        )
    (file,) = tmp_path.iterdir()
    assert _status(file) == "this script lacks the layer: see the comment at its top"


def test_the_example_finds_what_is_wrong_and_passes_what_is_right() -> None:
    folder = Path(__file__).parents[2] / "examples" / "own_layers"
    environment = {**os.environ, "PYTHONPATH": str(folder.parents[1])}
    choice = "check_call or keras_file or deepcopy or masked_step or output_is"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", choice],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    assert not [line for line in failed if "test_right" in line]
    for wrong in (
        "forgets_scale-check_keras_file",
        "LosesMask-check_masked_step",
        "StateBeforeOutput-check_",
    ):
        assert [line for line in failed if wrong in line], run.stdout[-2000:]


def test_importing_the_package_imports_no_keras() -> None:
    code = "import sys, keras_rnn_conformance; sys.exit('keras' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
