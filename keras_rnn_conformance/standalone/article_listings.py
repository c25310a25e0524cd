"""Run the article's five listings, as they stand, on the Keras of this Python.

    python listings.py LISTINGS CASES OBSERVATIONS

LISTINGS is fixtures/article/listings.json, CASES what export wrote for the ids of the listings.
One file, which needs Keras and NumPy and nothing of the suite, for Python 3.6 and later; meant for
the releases of the article's time. The numbers go to `judge`, which holds the printed decimals.
"""

import io
import json
import platform
import sys
from typing import Any, Dict, Iterator, List

import keras
import numpy as np
from keras import backend as K  # noqa: N812

STATES = ["hidden state", "carry"]


def main(argv: List[str]) -> int:
    """Run every listing that a case names."""
    if len(argv) != 4:
        sys.stderr.write("usage: python listings.py LISTINGS CASES OBSERVATIONS\n")
        return 2
    with io.open(argv[1], encoding="utf-8") as file:
        article = json.load(file)
    with io.open(argv[2], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    with io.open(argv[3], "w", encoding="ascii") as file:
        for line in observations(article, lines):
            file.write(json.dumps(line, sort_keys=True) + "\n")
    return 0


def observations(article: Dict[str, Any], lines: List[Dict[str, Any]]) -> Iterator[Dict[str, Any]]:
    """The lines of the answer."""
    yield {
        "format": "keras-rnn-conformance observations",
        "version": 1,
        "cases": lines[0],
        "keras": keras.__version__,
        "backend": K.backend(),
        "backend_version": __import__(K.backend()).__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": "{} {}".format(platform.system(), platform.machine()),
        "device": "cpu",
        "records": [],
        "configs": {},
    }
    for case in lines[1:-1]:
        number = int(case["options"]["what"][-1])
        seen = decoder(case) if number == 5 else listing(article, number)
        seen["id"] = case["id"]
        yield seen
    yield {"rows": len(lines) - 2}


def listing(article: Dict[str, Any], number: int) -> Dict[str, Any]:
    """Listings 1 to 4: a model of one layer, and its predict."""
    common = article["common"]
    one = next(each for each in article["listings"] if each["number"] == number)
    inputs = keras.layers.Input(shape=common["input_shape"])
    layer = keras.layers.LSTM(
        common["units"],
        kernel_initializer=keras.initializers.Constant(common["kernel_initializer"]),
        recurrent_initializer=keras.initializers.Constant(common["recurrent_initializer"]),
        bias_initializer=keras.initializers.Constant(common["bias_initializer"]),
        **one["arguments"],
    )
    model = keras.models.Model(inputs=inputs, outputs=layer(inputs))
    given = model.predict(np.array(common["input"]).reshape([1] + common["input_shape"]))
    returned = given if isinstance(given, list) else [given]
    arrays = dict(zip(["output", *STATES], map(written, returned)))
    for weight, value in zip(["kernel", "recurrent_kernel", "bias"], layer.get_weights()):
        arrays["weights/" + weight] = written(value)
    several = isinstance(given, list)
    return {"arrays": arrays, "structure": "list[%d]" % len(given) if several else "tensor"}


def decoder(case: Dict[str, Any]) -> Dict[str, Any]:
    """Listing 5: one layer, one timestep a call, its output the next input.

    Beside it the same loop on given inputs, and the whole sequence in one call.
    """
    x = array(case["inputs"][0])
    states = [array(state) for state in case["initial_state"]]
    layer = keras.layers.LSTM(case["arguments"]["units"], return_sequences=True, return_state=True)
    steps = [keras.layers.Input(shape=(1, x.shape[2])) for _ in range(x.shape[1])]
    start = [keras.layers.Input(shape=state.shape[1:]) for state in states]
    fed_back = loop(layer, steps[:1] + [None] * (len(steps) - 1), start)
    forced = loop(layer, steps, start)
    whole = layer(keras.layers.concatenate(steps, axis=1), initial_state=start)
    model = keras.models.Model(inputs=steps + start, outputs=fed_back + forced + list(whole))
    layer.set_weights([array(weight) for weight in case["weights"]])
    given = model.predict([x[:, t : t + 1] for t in range(x.shape[1])] + states)
    names = [p + name for p in ("", "forced ", "whole ") for name in ["output", *STATES]]
    arrays = dict(zip(names, map(written, given)))
    return {"arrays": arrays, "structure": "list[3]"}


def loop(layer: Any, steps: List[Any], states: List[Any]) -> List[Any]:
    """Call the layer a timestep at a time; a step that is None takes the output before it."""
    outputs = []  # type: List[Any]
    for step in steps:
        output, state_h, state_c = layer(
            outputs[-1] if step is None else step, initial_state=states
        )
        outputs.append(output)
        states = [state_h, state_c]
    return [keras.layers.concatenate(outputs, axis=1), *states]


def array(value: Dict[str, Any]) -> Any:
    """An array of a case."""
    return np.array(value["data"], dtype="float64").reshape(value["shape"])


def written(value: Any) -> Dict[str, Any]:
    """An array as JSON."""
    flat = np.ravel(value).astype("float64").tolist()
    return {"dtype": str(value.dtype), "shape": list(value.shape), "data": flat}


if __name__ == "__main__":
    sys.exit(main(sys.argv))
