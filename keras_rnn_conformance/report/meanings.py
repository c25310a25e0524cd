"""What every value of an axis means, for `--list-axes` and for titles."""

from __future__ import annotations

from keras_rnn_conformance.cases.api.misuses import MISUSES
from keras_rnn_conformance.cases.axes import Axis, Value
from keras_rnn_conformance.cases.dtypes import COMPUTE, VARIABLE
from keras_rnn_conformance.cases.models.course import Course
from keras_rnn_conformance.cases.models.courses import COURSES
from keras_rnn_conformance.cases.models.edges import EDGES
from keras_rnn_conformance.cases.models.optimizing import SGD
from keras_rnn_conformance.cases.models.parts import Part
from keras_rnn_conformance.cases.models.shelf import FILES, ROWS
from keras_rnn_conformance.cases.models.table import NEIGHBOURS

_VALUES: dict[str, dict[Value, str]] = {
    "impl": {
        1: "implementation=1: one product for each gate",
        2: "implementation=2: one product for all gates",
    },
    "pad": {"valid": "padding='valid'", "same": "padding='same'"},
    "hold": {
        "numbers": "ordinary numbers",
        "nan": "NaN",
        "inf": "infinity",
        "huge": "the largest finite numbers",
    },
}
_ACTIVATIONS = {
    "none": "None: no activation",
    "callable": "a Python function in place of a name",
}
_NUMBERS = {
    "u": "units",
    "t": "timesteps",
    "n": "samples in the batch",
    "in": "features",
    "calls": "calls of the layer",
    "deep": "cells or layers",
    "slices": "sequences in each sample",
}
_CHOSEN = {
    "n": "the batch size follows from the case",
    "in": "the features follow from the case",
    "deep": "two cells or layers",
}
_SOURCES = {
    "generator": "a generator",
    "pydataset": "a PyDataset",
    "tfdata": "a tf.data.Dataset",
    "fixed": "a tf.data.Dataset of one batch size",
    "loader": "a torch DataLoader",
}
_WAYS = {
    "fit": "fit",
    "refit": "fit for each epoch, with evaluate and predict between",
    "evaluate": "evaluate",
    "judged": "test_on_batch",
    "batches": "train_on_batch",
    **{name: f"fit on {source}" for name, source in _SOURCES.items()},
    "loop": "a training loop of the user's own",
}
_MODELS = {
    "tagger": "a sequence tagger",
    "logits": "a tagger that returns logits",
    "spotter": "a tagger of two classes",
    "scorer": "a regression at every timestep",
    "classifier": "a classifier of sequences",
    "regressor": "a regression of sequences",
    "two_outputs": "a model of two outputs",
    "turned": "a tagger whose classes stand before time",
    "normed": "a tagger with BatchNormalization",
    "uncentered": "a tagger with BatchNormalization(center=False)",
    "unscaled": "a tagger with BatchNormalization(scale=False)",
    "step_normed": "a tagger with BatchNormalization of every timestep",
    "still_normed": "a tagger with a frozen BatchNormalization",
    "still": "a model with a frozen recurrent layer",
    "penalized": "a model with regularizers",
    "translator": "an encoder and a decoder",
    "twelve": "a model of a dozen layers and cells",
    "shared": "a model with a shared layer",
    "blind": "a model with NaN under the mask",
    "vector": "a model behind a Masking of a vector",
    "adding": "a model with a layer that calls add_loss",
    "nested": "a model with models inside",
    "siamese": "a model that calls a model twice",
    "wrapped": "a model with TimeDistributed and Bidirectional",
}


def meaning(axis: Axis, value: Value) -> str:
    """What a value of an axis says."""
    if axis.key == "do":
        return _DEEDS.get(str(value)) or axis.words[value]
    if value in _VALUES.get(axis.key, {}):
        return _VALUES[axis.key][value]
    if value in axis.words:
        return axis.words[value]
    if axis.key in ("act", "ract"):
        name = axis.arguments[0]
        return f"{name}={_ACTIVATIONS.get(str(value), repr(value))}"
    if axis.kind == "bare":
        computes, holds = COMPUTE[str(value)], VARIABLE[str(value)]
        return computes if computes == holds else f"computes in {computes}, variables in {holds}"
    if axis.key in ("drop", "rdrop"):
        return f"{axis.arguments[0]}={int(value) / 100:g}"
    if axis.key in _NUMBERS:
        return _CHOSEN.get(axis.key, "") if value == 0 else f"{value} {_NUMBERS[axis.key]}"
    if axis.values == (0, 1):
        return f"{axis.arguments[0]}={bool(value)}"
    return f"{axis.arguments[0]}={value}"


def variant(scenario: str, name: str) -> str:
    """What a variant of a scenario does."""
    if scenario == "bad":
        return MISUSES[name].sentence
    if scenario == "edge":
        return _edge(name)
    if scenario == "file":
        return _filed(*FILES[name])
    if scenario == "learn":
        return _course(COURSES[name])
    if scenario == "model":
        return _layers(name)
    if (scenario, name) in _VARIANTS:
        return _VARIANTS[scenario, name]
    return f"whether the argument {name} is kept"


def _edge(name: str) -> str:
    """A deed in words that stand alone: what is the same as before is said again."""
    names = list(EDGES)
    first = names.index(name)
    while EDGES[names[first]].startswith(_AGAIN):
        first -= 1
    more = [EDGES[name].removeprefix(_AGAIN).strip(" ,")] if names[first] != name else []
    return ", ".join([EDGES[names[first]], *more])


_AGAIN = "the same"


def _course(course: Course) -> str:
    """A course in words: the model, what is done, and what departs from the plainest."""
    words = [_MODELS[course.model], _WAYS[course.way]]
    if course.optimizer != SGD:
        given = [
            f"{key}={value}"
            for key, value in course.optimizer.items()
            if key not in ("kind", "learning_rate")
        ]
        words.append(f"{course.optimizer['kind']}({', '.join(given)})")
    kinds = {
        "sample": "sample weights",
        "timestep": "a sample weight for every timestep",
        "output": "sample weights of each output",
        "class": "class weights",
        "some": "class weights that leave classes out",
        "": "",
    }
    words.append(kinds[course.weighing])
    goal = next(iter(course.goals.values()))
    words.append("" if goal.reduction == "sum_over_batch_size" else f"reduction={goal.reduction!r}")
    words.append(f"{course.epochs} epochs" if course.epochs > 1 else "")
    words.append(f"{course.steps} steps" if course.steps else "")
    words.append(f"steps_per_execution={course.bundle}" if course.bundle > 1 else "")
    words.append("batches of different timesteps" if course.uneven else "")
    words.append(f"on {_SOURCES[course.source]}" if course.source else "")
    words.append("targets without their last axis" if course.flat else "")
    words.append("classes with a last axis" if course.deep else "")
    words.append("outputs by name" if course.named else "")
    words.append("layers that were called before" if course.before else "")
    words.append("validation_split" if course.validation else "")
    words.append("validation_data" if course.given else "")
    words.append("compiled" if course.graph else "")
    words.append("train_step and compute_loss of the user's own" if course.own else "")
    words.append(f"restored by {course.restored} between two batches" if course.restored else "")
    return ", ".join(filter(None, words))


def _filed(row: str, form: str, release: str) -> str:
    """A file in words."""
    return f"{_FORMS[form]} of Keras {release}: {ROWS[row].sentence}"


_FORMS = {
    "h5": "the .h5 file",
    "keras": "the .keras file",
    "weights": "the .weights.h5 file",
    "bare": "weights alone in an .h5 file",
}


def _layers(name: str) -> str:
    """The layers of a model under masks, in the order in which they are called."""
    return " > ".join(
        spelt(part) if part.name == "neighbour" else part.kind for part in NEIGHBOURS[name].parts
    )


def spelt(part: Part) -> str:
    """A layer of a model with its options, as far as they are short."""
    options = [
        f"{key}={value!r}"
        for key, value in {**part.options, **part.call}.items()
        if isinstance(value, (bool, int, float, str)) and key != "units"
    ]
    return part.kind + (f"({', '.join(options)})" if options else "")


def layer_of(what: str, place: str) -> Part | None:
    """The layer of a model under masks whose output, or the mask of it, is called so."""
    named = {part.name: part for part in NEIGHBOURS[what].parts}
    return named.get(place.rpartition("mask of ")[2].partition(":")[0])


_DEEDS = {
    "call": "build and call the layer",
    "twin": "compare two ways to the same numbers, without the oracle",
    "article": "run a listing of the article",
    "init": "make a layer and look at its initial weights",
    "reg": "look at the losses of regularizers",
    "constraint": "take a step of an optimizer under constraints",
    "train": "look at dropout",
    "bad": "use the layer wrongly: it must be refused",
    "ledger": "compare signatures with the documented ones",
    "cost": "count what calls cost",
    "reuse": "use one layer or one model twice",
    "grad": "take gradients",
    "fit": "take one training step",
    "config": "rebuild the layer with get_config and from_config",
    "clone": "copy the layer with clone_model",
    "keras": "save and load a .keras file",
    "h5": "save and load a .weights.h5 file",
    "weights": "copy weights with get_weights and set_weights",
    "masks": "follow masks to the next layer",
    "pickle": "copy the layer with pickle",
    "copy": "copy the layer with copy.deepcopy",
    "settings": "call the layer under a global setting of Keras",
    "written": "write arguments in another spelling",
    "model": "call a model of several layers under a mask",
    "learn": "train, assess, save and restore a model",
    "edge": "use the layer in other ways that users do",
    "file": "load a file that an older Keras wrote",
    "export": "export a model, and call it in the runtime of the format",
}
_TWINS = {
    "chunks": "the whole sequence, and its two parts with the states handed on",
    "padding": "a sequence, and the same with masked timesteps behind it",
    "unroll": "looped, and unrolled",
    "reversal": "the reversed sequence forwards, and the sequence with go_backwards",
    "sequences": "the last of all outputs, and the output without return_sequences",
    "implementation": "implementation=2, and implementation=1",
    "rows": "the whole batch, and every sample by itself",
    "again": "the first call of a layer, and its third",
    "sample": "another last sample: the other samples stay as they are",
    "later": "another last timestep: the outputs before it stay as they are",
    "unit": "other weights of the last unit: the other units stay as they are",
    "direction": "other weights of the backward layer: the forward half stays as it is",
    "spreads": "NaN in one timestep is in every output from there on, and in the states",
    "recovers": "a fresh layer, and one that had a call on such numbers, and was reset",
    "empty": "the whole batch, and the same behind one of no samples",
    "pixel": "another last place of an image: places out of its reach stay as they are",
}
_ARTICLE = {
    **{f"listing{n}": f"listing {n} of the article" for n in range(1, 6)},
    **{f"printed{n}": f"the numbers that the article prints for listing {n}" for n in range(1, 5)},
    "named4": "listing 4, with the layers by name",
    "zerobias4": "listing 4, with unit_forget_bias=False",
}
_INIT = {
    "standard": "the default initializers, drawn twice from one seed",
    "words": "initializers by name",
    "objects": "initializers as objects",
    "callables": "initializers as functions",
    "forget": "unit_forget_bias with a bias_initializer",
    "again": "a layer that is built twice",
    "oncall": "a layer that is built by its first call",
    "frozen": "a layer with trainable=False",
    "asked": "the dtype with which each initializer is called",
    "inside": "a wrapped layer with trainable=False",
    "weights": "the argument weights of Bidirectional",
    "beside": "the default initializers, beside other arguments for weights",
    "scaled": "initializers that are scaled, of square weights and others",
}
_DROPOUT = {
    "masks": "the masks of one call in training, read from its outputs",
    "inert": "a call in inference, where dropout does nothing",
    "seed": "two layers of one seed, and another seed",
    "edges": "rates of 0 and 1",
    "predict": "predict, where dropout does nothing",
    "fit": "fit, where dropout acts",
    "held": "a custom cell that holds a Dropout layer, called in training",
    "heldfit": "a custom cell that holds a Dropout layer, in fit",
    "frozen": "a layer with trainable=False, in fit",
    "steps": "several steps and epochs, each of which must draw masks of its own",
    "acts": "calls in training, in each of which dropout must act everywhere",
}
_COST = {
    "eager": "functions called, by timesteps",
    "predictions": "programs that predict compiles",
    "epochs": "programs that fit compiles",
    "batches": "programs that other batch sizes compile",
    "memory": "memory that calls leave behind",
    "growth": "objects that calls leave behind",
    "assessments": "programs that predict, evaluate and their kin on one batch compile",
}
_SPELLINGS = {
    "integers": "sizes as NumPy integers",
    "rates": "rates as NumPy floats and integers",
    "booleans": "flags as 0 and 1 or NumPy booleans",
    "seeds": "seeds as NumPy integers",
    "sequences": "lists in the place of tuples",
    "capitals": "names in capitals",
    "absent": "optional arguments as None",
    "array": "NumPy arrays",
    "double": "float64 arrays",
    "strided": "arrays that are every second element of larger ones",
    "readonly": "arrays that cannot be written to",
}
_OTHERS = {
    ("reg", "weights"): "regularizers of kernel, recurrent kernel and bias",
    ("reg", "activity"): "activity_regularizer",
    ("reg", "words"): "regularizers by name and as a function",
    ("reg", "angles"): "OrthogonalRegularizer on rows of the kernel and columns of the other",
    ("reg", "within"): "activity_regularizer of a wrapped layer",
    ("constraint", "each"): "a constraint of each weight, alone and together",
    ("constraint", "norm"): "MaxNorm on every weight",
    ("constraint", "between"): "MinMaxNorm of a part of the way on every weight",
    ("constraint", "unit"): "UnitNorm on every weight",
    ("constraint", "rows"): "constraints of norms of rows",
    ("constraint", "zeroed"): "constraints of norms, some of them zero",
    ("constraint", "filters"): "constraints of norms of filters",
    ("ledger", "layer"): "the arguments of the layer",
    ("ledger", "cell"): "the arguments of the cell",
    ("ledger", "stacked"): "the arguments of StackedRNNCells",
    ("ledger", "bidirectional"): "the arguments of Bidirectional",
    ("ledger", "base"): "the arguments of RNN",
    ("reuse", "shared"): "one layer on two inputs of a model",
    ("reuse", "lengths"): "one model on two lengths",
    ("reuse", "places"): "one cell several times in a stack",
    ("reuse", "chain"): "one layer several times in a row",
    ("reuse", "models"): "one layer in two models",
    ("fit", "epoch"): "fit for one epoch",
    ("fit", "batch"): "train_on_batch",
    ("fit", "frozen"): "a layer with trainable=False",
    ("fit", "thawed"): "a layer that was not trainable before",
    ("fit", "stream"): "fit on several batches of a stateful layer",
    ("fit", "penalized"): "a layer with regularizers",
    ("config", "numbers"): "the layer from its configuration computes the same",
    ("config", "required"): "the layer from the required part of its configuration",
    ("config", "signature"): "every argument of the constructor is in the configuration",
    ("config", "equal"): "arguments that are given one and the same value",
    ("config", "again"): "the configuration of the layer from a configuration",
    ("config", "strangers"): "no key that the constructor does not take",
    ("config", "handed"): "what Bidirectional hands on to both directions",
    ("keras", "plain"): "a whole model in a .keras file",
    ("keras", "frozen"): "the same, with a frozen layer",
    ("h5", "plain"): "a model's weights in a .weights.h5 file",
    ("h5", "frozen"): "the same, with a frozen layer",
    ("export", "saved_model"): "a TensorFlow SavedModel",
    ("export", "onnx"): "ONNX, in onnxruntime",
    ("export", "onnx_unsigned"): "ONNX, of a model that was not called, without a signature",
    ("export", "openvino"): "OpenVINO",
    ("export", "litert"): "LiteRT, in ai-edge-litert",
    ("export", "torch"): "an ExportedProgram of torch",
    ("reg", "holding"): "the losses of layers that hold one with a penalty, call by call",
    ("masks", "computed"): "what compute_mask returns",
    ("masks", "carried"): "the mask with which each output reaches the next layer",
    ("masks", "model"): "a model of several layers under a mask",
    ("settings", "policy"): "keras.config.set_dtype_policy",
    ("settings", "floatx"): "keras.config.set_floatx, before any layer is made",
    ("settings", "late"): "keras.config.set_floatx, after a layer was made",
    ("settings", "epsilon"): "keras.config.set_epsilon",
    ("settings", "format"): "keras.config.set_image_data_format",
    ("settings", "random"): "keras.utils.set_random_seed",
}
_DIRECTIONS = {
    "plain": "the gradients of a weighted sum of the outputs",
    "twice": "the change along a direction, by a gradient that is pulled back once more",
    "jacobian": "the change along a direction, by the whole Jacobian",
    "forward": "the change along a direction, by forward mode",
}
_VARIANTS = {
    **{
        (scenario, name): text
        for scenario, table in {
            "twin": _TWINS,
            "grad": _DIRECTIONS,
            "article": _ARTICLE,
            "init": _INIT,
            "train": _DROPOUT,
            "cost": _COST,
            "written": _SPELLINGS,
        }.items()
        for name, text in table.items()
    },
    **_OTHERS,
}
