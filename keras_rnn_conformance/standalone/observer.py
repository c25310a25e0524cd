"""Run exported cases on the Keras of this Python and write what comes out.

    python observer.py CASES OBSERVATIONS        - is standard output

One file, which needs Keras and NumPy and nothing of the suite, and runs on Python 3.6 and later
and Keras 2.0.5 and later. It does what a plain layer can show; a case that asks for more is
written as skipped, with the reason. docs/format.md explains both files.
"""

import errno
import io
import importlib
import json
import math
import os
import platform
import stat
import sys
import time
import warnings
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
warnings.simplefilter("ignore")

import numpy as np

keras = importlib.import_module(os.environ.get("OBSERVED_MODULE", "keras"))
K = keras.backend

Case = Dict[str, Any]
RELEASE = tuple(int(part) for part in keras.__version__.split(".")[:2])
STATES = {"LSTM": ["hidden state", "carry"], "GRU": ["hidden state"], "SimpleRNN": ["hidden state"]}
POLICIES = {
    "f16": "float16",
    "bf16": "bfloat16",
    "f64": "float64",
    "mf16": "mixed_float16",
    "mbf16": "mixed_bfloat16",
}
KNOWN = {
    "init": ("list", "tuple", "tensor", "symbolic"),
    "maskby": ("masking",),
    "reset": ("between",),
    "train": (1,),
    "dtype": tuple(POLICIES),
}
RECORDS = ["weights", "nesting", "spec", "spec nesting", "functional", "state_size"]
RECORDS += ["output_size", "initial nesting"]


class Unsupported(Exception):
    """This release, or this observer, cannot run a case; the message says why."""


def main(argv: List[str]) -> int:
    """Observe every case of a file."""
    if len(argv) != 3:
        sys.stderr.write("usage: python observer.py CASES OBSERVATIONS\n")
        return 2
    lines = cases_in(argv[1])
    if not lines:
        sys.stderr.write("{}: not a whole file of cases; export it again\n".format(argv[1]))
        return 2
    try:
        write_whole(argv[2], observations(lines))
    except OSError as error:
        text = "{}: cannot be written: {}\n".format(argv[2], error.strerror or error)
        sys.stderr.write(text)
        return 2
    return 0


def write_whole(path: str, lines: Iterator[Dict[str, Any]]) -> None:
    """Write a file whole or not at all; a device, a pipe or an open descriptor in place."""
    place = followed(path)
    if isinstance(place, int):
        sys.stdout.flush()
        return write_lines(os.dup(place), lines)
    before = os.stat(place) if os.path.exists(place) else None
    if before is not None and not stat.S_ISREG(before.st_mode):
        return write_lines(os.open(place, os.O_WRONLY), lines)
    if before is not None and not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    folder, name = os.path.split(place)
    fresh = os.path.join(folder, ".{}.{}.part".format(name[:60], os.getpid()))
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        write_lines(handle, lines)
        if before is not None:
            if (before.st_uid, before.st_gid) != (os.stat(fresh).st_uid, os.stat(fresh).st_gid):
                os.chown(fresh, before.st_uid, before.st_gid)
            os.chmod(fresh, stat.S_IMODE(before.st_mode))
        os.replace(fresh, place)
    except BaseException:
        os.unlink(fresh)
        raise


def write_lines(handle: int, lines: Iterator[Dict[str, Any]]) -> None:
    """Write lines of JSON to an open descriptor, and close it."""
    with io.open(handle, "w", encoding="ascii", newline="\n") as file:
        for line in lines:
            file.write(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n")


def followed(path: str) -> Union[str, int]:
    """What a path leads to: a path that is no link, or an open descriptor of this process."""
    if path == "-":
        return 1
    for _ in range(40):
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
        if folder == "/proc/{}/fd".format(os.getpid()) and name.isdigit():
            return int(name)
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            return path
        path = os.path.join(folder, os.readlink(path))
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


LONGEST = 16000000  # characters of a line


def opened(path: str) -> int:
    """A descriptor to read a file; a pipe to which nobody writes is empty, and not waited for."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(handle, True)
    return handle


def cases_in(path: str) -> List[Any]:
    """The lines of a file of cases; none if it is no whole one."""
    try:
        with io.open(opened(path), encoding="utf-8") as file:
            lines = [json.loads(line) for line in iter(lambda: file.readline(LONGEST), "")]
    except (IOError, ValueError, RecursionError):
        return []
    whole = all(isinstance(line, dict) for line in lines) and len(lines) > 1
    whole = whole and "format" in lines[0] and lines[-1] == {"rows": len(lines) - 2}
    return lines if whole and all("id" in line for line in lines[1:-1]) else []


def observations(lines: List[Case]) -> Iterator[Dict[str, Any]]:
    """The lines of the file that this writes."""
    RENAMED.update(lines[0].get("renamed", {}))
    yield header(lines[0])
    cases = lines[1:-1]
    for number, case in enumerate(cases, 1):
        if number % 100 == 0:
            sys.stderr.write("{} of {} cases\n".format(number, len(cases)))
        start = time.time()
        seen = observed(case)
        seen["id"] = case["id"]
        if "skipped" not in seen:
            seen["seconds"] = round(time.time() - start, 4)
        yield seen
    yield {"rows": len(cases)}


def header(cases: Dict[str, Any]) -> Dict[str, Any]:
    """What runs here, and what kinds of facts this observer records."""
    name = K.backend()
    module = __import__("numpy" if name == "numpy" else name)
    return {
        "format": "keras-rnn-conformance observations",
        "version": 1,
        "cases": cases,
        "keras": keras.__version__,
        "backend": name,
        "backend_version": module.__version__.split("-")[0],
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": "{} {}".format(platform.system(), platform.machine()),
        "device": "cpu",
        "records": RECORDS if RELEASE >= (3, 0) else ["weights"],
        "configs": {name: config for name, config in map(default_config, sorted(STATES)) if config},
    }


def default_config(name: str) -> Tuple[str, Dict[str, Any]]:
    """The configuration of a layer that is made with no arguments but its size."""
    config = getattr(keras.layers, name)(1).get_config()
    config.pop("name", None)
    return name, json.loads(json.dumps(config, default=str))


def observed(case: Case) -> Dict[str, Any]:
    """What one case gives: an observation, an error, or the reason why it is not run."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            check(case)
            seen = (eager if RELEASE >= (2, 4) else graph)(case)
        except Unsupported as reason:
            return {"skipped": str(reason)}
        except Exception as error:
            bases = [base.__name__ for base in type(error).__mro__]
            seen = {"error": {"class": bases[0], "bases": bases, "message": str(error)}}
    messages = ["{}: {}".format(w.category.__name__, w.message) for w in caught]
    seen["warnings"] = list(dict.fromkeys(messages))
    return seen


def check(case: Case) -> None:
    """Refuse what this observer does not do, or this Keras does not have.

    Raises:
        Unsupported: with the reason.
    """
    if "arguments" not in case and ("construction" not in case or RELEASE < (3, 0)):
        raise Unsupported("only the suite's own observer runs this scenario")
    if "layout" in case:
        raise Unsupported("its weights are not in Keras's layout")
    for key, value in sorted(case["options"].items()):
        if value not in KNOWN.get(key, ()):
            raise Unsupported("the single-file observer has no {}.{}".format(key, value))
    if RELEASE >= (3, 0):
        return
    arguments = case["arguments"]
    if RELEASE < (2, 4) and ("dtype" in arguments or case["dtype"] != "float32"):
        raise Unsupported("this Keras has no dtype policies")
    for name in ("activation", "recurrent_activation"):
        given = arguments.get(name) or "linear"
        if given != "callable" and not hasattr(keras.activations, given):
            raise Unsupported("this Keras has no activation {}".format(given))


def make(case: Case) -> Any:
    """The layer of a case, with its weights yet to set."""
    if "construction" in case:
        return made(case["construction"])
    arguments = dict(case["arguments"])
    for name in ("activation", "recurrent_activation"):
        if arguments.get(name) == "callable":
            arguments[name] = hard_sigmoid_of_keras_2
    arguments.update(kernel_initializer="zeros", recurrent_initializer="zeros")
    arguments = {spelling(name): value for name, value in arguments.items()}
    layer = getattr(keras.layers, case["layer"])
    try:
        return layer(**arguments)
    except TypeError as error:
        if RELEASE >= (3, 0):
            raise
        return make_without(layer, arguments, error)


def made(part: Any) -> Any:
    """A class on its arguments, which may be such parts themselves, or lists of them."""
    if isinstance(part, list):
        items = [made(item) for item in part]
        return items if any(isinstance(item, dict) for item in part) else tuple(items)
    if not isinstance(part, dict):
        return hard_sigmoid_of_keras_2 if part == "callable" else part
    name = part["class"]
    if not hasattr(keras.layers, name) and name != "Sequential":
        raise Unsupported("this Keras has no layer {}".format(name))
    arguments = {spelling(key): made(value) for key, value in part["arguments"].items()}
    if name != "Dense" and ("units" in arguments or "filters" in arguments):
        arguments.update(kernel_initializer="zeros", recurrent_initializer="zeros")
    return getattr(keras if name == "Sequential" else keras.layers, name)(**arguments)


RENAMED: Dict[str, List[str]] = {}
"""By argument, the release from which on it has another name, and that name."""


def spelling(name: str) -> str:
    """The name of an argument in this release."""
    release, new = RENAMED.get(name, ("99", name))
    since = tuple(int(part) for part in release.split(".")[:2])
    return new if since <= RELEASE else name


def make_without(layer: Any, arguments: Dict[str, Any], error: TypeError) -> Any:
    """The layer of a release that has no `reset_after`, if the case asks for none."""
    if arguments.pop("reset_after", True):
        text = "this Keras has no such argument: {}"
        raise Unsupported(text.format(" ".join(map(str, error.args))))
    return layer(**arguments)


def hard_sigmoid_of_keras_2(z: Any) -> Any:
    """clip(0.2 z + 0.5, 0, 1)."""
    if RELEASE >= (3, 0):
        return keras.ops.clip(0.2 * z + 0.5, 0.0, 1.0)
    return K.clip(0.2 * z + 0.5, 0.0, 1.0)


def array(value: Dict[str, Any]) -> Any:
    """An array of a case."""
    return np.array(value["data"], dtype="float64").reshape(value["shape"])


def fed(case: Case, call: int) -> Any:
    """The input of a call; zeros at masked timesteps where a Masking layer makes the mask."""
    x = array(case["inputs"][call])
    if case["options"].get("maskby") == "masking":
        return np.where(array(case["mask"])[..., None] != 0, x, 0.0)
    return x


def direct_mask(case: Case) -> Optional[Any]:
    """The mask, where it is handed over as an argument."""
    if "mask" not in case or "maskby" in case["options"]:
        return None
    return array(case["mask"]).astype(bool)


def policy(case: Case) -> Dict[str, Any]:
    """The dtype argument of the layers in front."""
    dtype = case["options"].get("dtype")
    return {"dtype": POLICIES[dtype]} if dtype else {}


def array_name(name: str, call: int) -> str:
    """The name of an array of a later call of the same layer."""
    return "call {}: {}".format(call + 1, name) if call else name


def record(seen: Dict[str, Any], names: List[str], given: Any, read: Any) -> None:
    """Record the structure of what a call gave, and each array by name."""
    several = isinstance(given, (list, tuple))
    seen["structure"] = "{}[{}]".format(type(given).__name__, len(given)) if several else "tensor"
    for i, item in enumerate(flat(given)):
        seen["arrays"][names[i] if i < len(names) else "extra {}".format(i)] = numbers(*read(item))


def flat(nested: Any) -> List[Any]:
    """What is in lists and tuples, in order; a thing by itself."""
    if not isinstance(nested, (list, tuple)):
        return [nested]
    return [item for inner in nested for item in flat(inner)]


def nesting(nested: Any) -> Any:
    """How tensors are nested, `tensor` for each, whatever the containers."""
    if isinstance(nested, (list, tuple)):
        return [nesting(item) for item in nested]
    return "tensor"


def packed(names: Any, values: Iterator[Any]) -> Any:
    """Values, nested as the names."""
    return [packed(n, values) for n in names] if isinstance(names, list) else next(values)


def numbers(value: Any, dtype: str) -> Dict[str, Any]:
    """An array as JSON."""
    flat = np.ravel(np.asarray(value).astype("float64")).tolist()
    return {
        "dtype": dtype,
        "shape": list(np.shape(value)),
        "data": [v if math.isfinite(v) else str(v) for v in flat],
    }


def weight_facts(layer: Any, dtype_of: Any) -> List[Any]:
    """Name, shape and dtype of every trainable weight."""
    return [
        [
            weight.name.split("/")[-1].split(":")[0],
            [int(size) for size in weight.shape],
            dtype_of(weight),
        ]
        for weight in layer.trainable_weights
    ]


# Keras 3, and the Keras 2 that is tf.keras: layers are called with numbers


def tensor(value: Any, dtype: str) -> Any:
    """A tensor of the backend."""
    if RELEASE >= (3, 0):
        return keras.ops.convert_to_tensor(value, dtype=dtype)
    import tensorflow as tf

    return tf.cast(value, dtype)


def dtype_of(value: Any) -> str:
    """The name of a tensor's dtype."""
    if RELEASE >= (3, 0):
        return str(keras.backend.standardize_dtype(value.dtype))
    return str(getattr(value.dtype, "name", value.dtype))


def graph_dtype(variable: Any) -> str:
    """The name of a variable's dtype; the first releases say `float32_ref`."""
    return str(K.dtype(variable)).replace("_ref", "")


def read_tensor(value: Any) -> Tuple[Any, str]:
    """The numbers of a tensor and its dtype."""
    dtype = dtype_of(value)
    if RELEASE >= (3, 0):
        wide = keras.ops.cast(value, "float32") if dtype == "bfloat16" else value
        return keras.ops.convert_to_numpy(wide), dtype
    import tensorflow as tf

    return tf.cast(value, "float64").numpy(), dtype


def eager(case: Case) -> Dict[str, Any]:
    """Build, call, record."""
    layer = make(case)
    layer.build(tuple(case["static"]))
    set_weights(layer, [array(weight).astype("float32") for weight in case["weights"]])
    seen = {"arrays": {}, "facts": {}}  # type: Dict[str, Any]
    for call in range(len(case["inputs"])):
        if call and case["options"].get("reset"):
            (layer.reset_state if RELEASE >= (3, 0) else layer.reset_states)()
        given = call_eager(layer, case, call)
        names = [array_name(name, call) for name in case["returns"]]
        record(seen, names, given, read_tensor)
        seen["facts"]["nesting"] = nesting(given)
    for name, state in zip(flat(states_of(case)), flat(getattr(layer, "states", None) or [])):
        value = state.value if RELEASE >= (3, 0) else state
        seen["arrays"]["kept " + name] = numbers(*read_tensor(value))
    seen["facts"]["weights"] = weight_facts(layer, dtype_of)
    if RELEASE >= (3, 0):
        record_symbolic(seen, layer, case)
    return seen


def states_of(case: Case) -> Any:
    """The names of the states, nested as they are."""
    return case.get("states", STATES.get(case["layer"]))


def set_weights(layer: Any, weights: List[Any]) -> None:
    """Put the numbers into the trainable weights."""
    variables = layer.trainable_weights
    if RELEASE < (3, 0):
        layer.set_weights(weights)
    elif len(variables) != len(weights):
        raise AssertionError("{} trainable weights".format(len(variables)))
    else:
        for variable, weight in zip(variables, weights):
            variable.assign(weight)


def call_eager(layer: Any, case: Case, call: int) -> Any:
    """Call the layer the way the case asks for."""
    options = {}  # type: Dict[str, Any]
    mask = direct_mask(case)
    if mask is not None:
        options["mask"] = tensor(mask, "bool")
    if "initial_state" in case:
        options["states" if is_cell(case) else "initial_state"] = initial_state(case)
    if case["options"].get("train"):
        options["training"] = True
    if case["options"].get("init") == "symbolic":
        raise Unsupported("the single-file observer has no init.symbolic on this Keras")
    x = tensor(fed(case, call), case["dtype"])
    if case["options"].get("maskby") == "masking":
        x = keras.layers.Masking(mask_value=0.0, **policy_in_front(case))(x)
    return layer(x, **options)


def policy_in_front(case: Case) -> Dict[str, Any]:
    """The dtype argument of what is in front: that of floats that are not the layer's own."""
    own = policy(case).get("dtype", "float32").replace("mixed_", "")
    if case["dtype"] != own and case["dtype"].startswith("float"):
        return {"dtype": case["dtype"]}
    return policy(case)


def initial_state(case: Case) -> Any:
    """The initial states in the container that the case asks for."""
    dtype = policy(case).get("dtype", "float32").replace("mixed_", "")
    states = [tensor(array(s), dtype) for s in case["initial_state"]]
    if case["options"].get("init") == "tensor":
        return states[0]
    states = packed(states_of(case), iter(states))
    return tuple(states) if case["options"].get("init") == "tuple" else states


def is_cell(case: Case) -> bool:
    """Whether a cell is called by itself, for one step."""
    return "construction" in case and case["construction"]["class"].endswith("Cell")


def record_symbolic(seen: Dict[str, Any], layer: Any, case: Case) -> None:
    """Record what Keras 3 foretells: `compute_output_spec` and a symbolic call."""
    shape = tuple(case["static"])
    symbolic = keras.Input(batch_shape=shape, dtype=case["dtype"])
    options = {}  # type: Dict[str, Any]
    if is_cell(case):
        spec = layer(symbolic, symbolic_states(initial_state(case)))
    else:
        if "mask" in case:
            options["mask"] = keras.KerasTensor(shape[: len(case["mask"]["shape"])], dtype="bool")
        if "initial_state" in case:
            options["initial_state"] = initial_state(case)
        spec = layer.compute_output_spec(symbolic, **options)
        if not options:
            seen["facts"]["functional"] = described(layer(symbolic))
    seen["facts"]["spec"], seen["facts"]["spec nesting"] = described(spec), nesting(spec)
    if "construction" in case and hasattr(layer, "get_initial_state"):
        record_initial(seen, layer, case)


def record_initial(seen: Dict[str, Any], layer: Any, case: Case) -> None:
    """Record the states that a cell, RNN or convolution starts from, and how large it says."""
    name = case["construction"]["class"]
    if is_cell(case) or name == "RNN":
        sized = layer if is_cell(case) else layer.cell
        seen["facts"]["state_size"] = listed(sized.state_size)
        seen["facts"]["output_size"] = getattr(sized, "output_size", None)
    if is_cell(case) or name == "RNN" or name.startswith("Conv"):
        given = layer.get_initial_state(batch_size=case["inputs"][0]["shape"][0])
        seen["facts"]["initial nesting"] = nesting(given)
        for label, state in zip(flat(states_of(case)), flat(given)):
            seen["arrays"]["initial " + label] = numbers(*read_tensor(state))


def listed(size: Any) -> Any:
    """A size, or nested lists of sizes."""
    return [listed(item) for item in size] if isinstance(size, (list, tuple)) else int(size)


def symbolic_states(states: Any) -> Any:
    """Symbolic tensors like the states of a cell."""
    if isinstance(states, (list, tuple)):
        return [symbolic_states(state) for state in states]
    return keras.KerasTensor(tuple(states.shape), dtype=dtype_of(states))


def described(spec: Any) -> List[Any]:
    """Shape and dtype of every symbolic tensor."""
    return [[list(item.shape), dtype_of(item)] for item in flat(spec)]


# Keras up to 2.3.1: layers are called with placeholders, and a session fills them in


def graph(case: Case) -> Dict[str, Any]:
    """Build, call, record."""
    K.clear_session()
    layer = make(case)
    inputs, given = call_symbolic(layer, case)
    layer.set_weights([array(weight) for weight in case["weights"]])
    outputs = list(given) if isinstance(given, (list, tuple)) else [given]
    run = K.function(inputs, outputs, updates=layer.updates)
    seen = {"arrays": {}, "facts": {}}  # type: Dict[str, Any]
    for call in range(len(case["inputs"])):
        if call and case["options"].get("reset"):
            layer.reset_states()
        values = run([fed(case, call), *fixed_inputs(case)])
        named = type(given)(values) if isinstance(given, (list, tuple)) else values[0]
        names = [array_name(name, call) for name in case["returns"]]
        record(seen, names, named, lambda value: (value, str(value.dtype)))
    if case["arguments"].get("stateful"):
        for name, state in zip(STATES[case["layer"]], layer.states):
            seen["arrays"]["kept " + name] = numbers(K.get_value(state), graph_dtype(state))
    seen["facts"]["weights"] = weight_facts(layer, graph_dtype)
    return seen


def call_symbolic(layer: Any, case: Case) -> Tuple[List[Any], Any]:
    """The placeholders to fill, in order, and what the layer makes of them."""
    shape = tuple(case["static"])
    x = keras.layers.Input(batch_shape=shape)
    inputs, options = [x], {}  # type: List[Any], Dict[str, Any]
    if "initial_state" in case:
        states = [keras.layers.Input(batch_shape=s["shape"]) for s in case["initial_state"]]
        inputs += states
        single = case["options"]["init"] == "tensor"
        options["initial_state"] = states[0] if single else states
    if direct_mask(case) is not None:
        options["mask"] = keras.layers.Input(batch_shape=shape[:2], dtype="bool")
        inputs.append(options["mask"])
    if case["options"].get("maskby") == "masking":
        x = keras.layers.Masking(mask_value=0.0)(x)
    if case["options"].get("train"):
        options["training"] = True
    return inputs, layer(x, **options)


def fixed_inputs(case: Case) -> List[Any]:
    """What is filled in beside the sequence, in the order of `call_symbolic`."""
    mask = direct_mask(case)
    return [array(s) for s in case.get("initial_state", [])] + ([] if mask is None else [mask])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
