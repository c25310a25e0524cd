"""`identify` says of a whole model in a file whether two outputs differ by rounding alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.identify.whole import assess, only_rounding

Array = np.ndarray[Any, Any]
BATCH, STEPS, FEATURES = 2, 4, 3
X = np.random.default_rng(0).uniform(-1, 1, (BATCH, STEPS, FEATURES)).astype("float32")
_IN_ORDER = ("arr_0", "arr_1")
TOKENS = np.array([[3, 1, 0, 0], [2, 4, 1, 0]])


def stack() -> Any:
    return keras.Sequential(
        [
            keras.Input((STEPS, FEATURES)),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(2, reset_after=False, go_backwards=True),
            layers.Dense(2, activation="softmax", name="classes"),
        ]
    )


def padded() -> Any:
    return keras.Sequential(
        [
            keras.Input((STEPS,)),
            layers.Embedding(5, 3, mask_zero=True),
            layers.Dropout(0.5),
            layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)], return_sequences=True),
            layers.TimeDistributed(layers.Dense(2, activation="tanh")),
            layers.GRU(3),
        ]
    )


def translator() -> Any:
    """An encoder whose states start a decoder, a layer that is called twice, and two outputs."""
    x, start = keras.Input((STEPS, FEATURES), name="x"), keras.Input((3,), name="start")
    _, hidden, carry = layers.LSTM(3, return_state=True, name="encoder")(
        x, initial_state=[start] * 2
    )
    decoder = layers.LSTM(3, return_sequences=True, name="decoder")
    once = decoder(layers.Masking(name="masking")(x), initial_state=[hidden, carry])
    twice = decoder(once)
    both = layers.Add(name="both")([once, twice])
    return keras.Model({"x": x, "start": start}, [layers.Dense(2, name="tags")(both), carry])


def spread(model: Any) -> None:
    """Weights that are not zero anywhere."""
    random = np.random.default_rng(1)
    model.set_weights([random.uniform(-1, 1, np.shape(w)) for w in model.get_weights()])


def saved(path: Path, arrays: Any) -> Path:
    """An array in a file of its own, or arrays by name or in order in one."""
    if not isinstance(arrays, (dict, list)):
        np.save(path, arrays)
        return path.with_suffix(".npy")
    named = arrays if isinstance(arrays, dict) else dict(zip(_IN_ORDER, arrays, strict=False))
    np.savez(path, **named)
    return path.with_suffix(".npz")


def written(folder: Path, model: Any, inputs: dict[str, Array] | Array) -> list[Path]:
    """The model, its inputs and its outputs, in files."""
    spread(model)
    model.save(folder / "model.keras")
    return [
        folder / "model.keras",
        saved(folder / "inputs", inputs),
        saved(folder / "outputs", model.predict(inputs, verbose=0)),
    ]


MODELS: dict[str, tuple[Callable[[], Any], Any]] = {
    "stack": (stack, X),
    "padded": (padded, TOKENS),
    "translator": (translator, {"x": X, "start": X[:, 0]}),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_keras_computes_is_within_the_bound(name: str, tmp_path: Path) -> None:
    make, inputs = MODELS[name]
    precision, outputs = assess(written(tmp_path, make(), inputs))
    assert precision == "float32"
    assert only_rounding(outputs)
    for output in outputs:
        assert output.misses[0].ratio > 0 or output.bound == 0
        assert abs(sum(output.part.shares.values()) - 1) < 1e-9


@pytest.mark.parametrize("name", MODELS)
def test_a_twentieth_of_one_weight_is_no_rounding(name: str, tmp_path: Path) -> None:
    make, inputs = MODELS[name]
    model = make()
    paths = written(tmp_path, model, inputs)
    weights = model.get_weights()
    for number, weight in list(enumerate(weights))[::3]:
        model.set_weights([w * (1.05 if k == number else 1) for k, w in enumerate(weights)])
        other = saved(tmp_path / f"other{number}", model.predict(inputs, verbose=0))
        assert not only_rounding(assess([*paths[:2], other])[1]), weight.shape


def test_two_outputs_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = written(tmp_path, stack(), X)
    output = np.load(paths[2])
    np.save(tmp_path / "theirs.npy", output + np.array([[0, 0], [0, 0.001]], "float32"))
    assert run(["identify", *map(str, paths), str(tmp_path / "theirs.npy")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "model.keras, float32: 1 output"
    assert re.fullmatch(r"output classes \(2, 2\): a bound of \S+ at most", lines[1])
    assert re.fullmatch(r"  outputs.npy: within the derived bound: \S+ of it at most", lines[2])
    assert re.match(r"  theirs.npy: not only rounding: off by 0.001 at \[1, 1\], ", lines[3])
    assert lines[4] == "  the two are 0.001 apart at most"
    assert re.match(r"  of the bound at \[1, 1\], by the layer that rounds: \w+ \d+%, ", lines[5])
    assert run(["identify", *map(str, paths)]) == 0


def test_the_layer_that_dominates_is_named(tmp_path: Path) -> None:
    """What a loop rounds counts more, the more timesteps it has."""
    shares = []
    for steps in (1, 40):
        model = keras.Sequential(
            [keras.Input((steps, 3)), layers.SimpleRNN(3, name="loop"), layers.Dense(1)]
        )
        x = np.random.default_rng(2).uniform(-1, 1, (2, steps, 3)).astype("float32")
        (output,) = assess(written(tmp_path, model, x))[1]
        shares.append(output.part.shares["loop"])
    assert shares[1] > shares[0] + 0.1


def test_a_file_of_the_older_form_is_read(tmp_path: Path) -> None:
    model = stack()
    _, *arrays = written(tmp_path, model, X)
    model.save(tmp_path / "model.h5")
    assert only_rounding(assess([tmp_path / "model.h5", *arrays])[1])


def test_a_mask_that_is_an_input_is_handed_on(tmp_path: Path) -> None:
    x = keras.Input((STEPS, FEATURES), name="x")
    mask = keras.Input((STEPS,), dtype="bool", name="mask")
    model = keras.Model({"x": x, "mask": mask}, layers.LSTM(2)(x, mask=mask))
    given = {"x": X, "mask": np.array([[1, 0, 1, 0], [1, 1, 1, 0]], bool)}
    assert only_rounding(assess(written(tmp_path, model, given))[1])


def unread(path: Path) -> str:
    (path / "model.keras").write_bytes(b"no zip")
    return "Keras does not load it"


def missing(path: Path) -> str:
    (path / "outputs.npy").unlink()
    return "outputs.npy: No such file"


def pickled(path: Path) -> str:
    np.save(path / "outputs.npy", np.array([{}]), allow_pickle=True)
    return "no array of NumPy"


def misshapen(path: Path) -> str:
    np.save(path / "outputs.npy", np.zeros((3, 2)))
    return "output classes must be (2, 2), got (3, 2)"


def unnumbered(path: Path) -> str:
    np.save(path / "inputs.npy", np.full(X.shape, np.nan))
    return "must hold finite numbers"


def too_wide(path: Path) -> str:
    np.save(path / "inputs.npy", np.zeros((2, 4, 5)))
    return "must have shape"


def several(path: Path) -> str:
    np.savez(path / "two.npz", np.zeros(1), np.zeros(1))
    (path / "two.npz").rename(path / "outputs.npy")
    return "must hold classes, got arr_0, arr_1"


def convolved(path: Path) -> str:
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), layers.Conv1DTranspose(2, 1)])
    model.save(path / "model.keras")
    return "no equations for a layer of kind 'Conv1DTranspose'"


def dilated(path: Path) -> str:
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), layers.Conv1D(2, 2, dilation_rate=2)])
    model.save(path / "model.keras")
    return "dilation_rate=(2,) is not defined here, only 1"


def stateful(path: Path) -> str:
    model = keras.Sequential([keras.Input(batch_shape=X.shape), layers.GRU(2, stateful=True)])
    model.save(path / "model.keras")
    return "is stateful"


def mixed(path: Path) -> str:
    model = keras.Sequential(
        [keras.Input((STEPS, FEATURES)), layers.LSTM(2, dtype="mixed_float16")]
    )
    model.save(path / "model.keras")
    return "layers of "


FAULTS = (
    *(unread, missing, pickled, misshapen, unnumbered, too_wide, several),
    *(convolved, dilated, stateful, mixed),
)


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda fault: fault.__name__)
def test_what_cannot_be_used_is_refused_in_one_line(
    spoil: Callable[[Path], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = written(tmp_path, stack(), X)
    sentence = spoil(tmp_path)
    assert run(["identify", *map(str, paths)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.strip().splitlines()) == 1


def test_a_model_needs_inputs_and_outputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["identify", "model.keras"]) == 2
    assert "its inputs and one or two outputs" in capsys.readouterr().err
