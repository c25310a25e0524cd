"""Scripts of the scenarios that restore a layer: from a file, a configuration, a pickle."""

from __future__ import annotations

import re
from collections.abc import Callable

from keras_rnn_conformance.cases.api.serialized_arguments import (
    ANOTHER,
    BESIDE,
    KEPT,
    NOT_KEPT,
    beside,
    class_of,
)
from keras_rnn_conformance.cases.api.signatures import taken
from keras_rnn_conformance.cases.api.table import spelling
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.report.script.calls import path
from keras_rnn_conformance.report.script.layers import assigned, layer, made, numbers, weights
from keras_rnn_conformance.report.script.subject_texts import kept_texts
from keras_rnn_conformance.report.script.text import Body, Lines, NoText, Plan, asserted, equal

_NEEDED = {
    "RNN": "cell=keras.layers.LSTMCell(3, name='inner')",
    "StackedRNNCells": "cells=[keras.layers.LSTMCell(3, name='inner')]",
    "Bidirectional": "layer=keras.layers.LSTM(3, name='inner')",
    "TimeDistributed": "layer=keras.layers.Dense(3, name='inner')",
}


def constructed(name: str, *arguments: str) -> str:
    """An expression that makes an object of a class, with what it needs and the arguments."""
    sizes = ["filters=3", "kernel_size=2"] if name.startswith("Conv") else ["units=3"]
    given = {text.partition("=")[0] for text in arguments}
    needed = [_NEEDED[name]] if name in _NEEDED else sizes
    kept = [text for text in needed if text.partition("=")[0] not in given]
    return f"keras.layers.{name}({', '.join([*kept, *arguments])})"


def config(plan: Plan) -> Body:
    """The script of the scenario `config`."""
    what = str(plan.case["what"])
    if what == "numbers":
        return restored(plan)
    if what == "handed":
        raise NoText("arguments that both directions take have no standalone script")
    return {
        "again": _again,
        "signature": _signature,
        "strangers": _strangers,
    }.get(what, _argument)(plan)


def _argument(plan: Plan) -> Body:
    name, kind = str(plan.case["what"]), class_of(plan.case)
    lost, value, given = _given(plan, name)
    if plan.rule == "SAVE-14":
        return _of_cell(plan, name, given)
    attribute = {"dtype": "dtype_policy"}.get(name, spelling(name))
    attribute = "forward_layer" if (kind, name) == ("Bidirectional", "layer") else attribute
    both = "held(layer), held(rebuilt)"
    lines = [
        f"layer = {constructed(kind, *given)}",
        "rebuilt = type(layer).from_config(layer.get_config())",
        "",
        "def described(v):  # objects by class and configuration, functions by name",
        "    if isinstance(v, (list, tuple)):",
        "        return [described(i) for i in v]",
        '    if hasattr(v, "get_config"):',
        "        return [type(v).__name__, v.get_config()]",
        '    return getattr(v, "__name__", v)',
        "def held(layer):",
        f'    return described(getattr(layer if hasattr(layer, "{attribute}") else layer.cell, '
        f'"{attribute}"))',
        f"expected, actual = {f'described({value}), held(layer)' if lost else both}",
        *equal(plan.rule, name),
    ]
    return Body(lines, asserted(plan.rule, name))


def _of_cell(plan: Plan, name: str, given: Lines) -> Body:
    """What the layer and its cell have of an argument in their configurations."""
    if plan.failure.want == "not the default":
        raise NoText("the layer says nothing of what its cell should have")
    lines = [
        f"layer = {constructed(class_of(plan.case), *given)}",
        f"expected = layer.get_config()[{spelling(name)!r}]",
        f"actual = layer.cell.get_config().get({spelling(name)!r})",
        *equal(plan.rule, name),
    ]
    return Body(lines, asserted(plan.rule, name))


def _given(plan: Plan, name: str) -> tuple[bool, str, Lines]:
    """Whether the original lacks the argument, the text of its value, and all that is given."""
    where = plan.failure.where
    another = where.endswith(ANOTHER)
    value = kept_texts("ALSO" if another else "VALUES")[name]
    kind = class_of(plan.case)
    names = taken(kind, beside(kind, name)) if where.endswith(BESIDE) else [name]
    given = [f"{spelling(k)}={value if k == name else kept_texts()[k]}" for k in names]
    return " of the original" in where, value, given


def _again(plan: Plan) -> Body:
    lines = [
        f"layer = {constructed(class_of(plan.case))}",
        "config = layer.get_config()",
        "expected = sorted(config)",
        "type(layer).from_config(config)",
        "actual = sorted(config)",
        *equal(plan.rule, "the keys of the configuration after from_config"),
    ]
    return Body(lines, asserted(plan.rule, "the keys"))


def _strangers(plan: Plan) -> Body:
    kind = class_of(plan.case)
    base = {"TimeDistributed": "Dense", "Bidirectional": "LSTM"}.get(kind, "SimpleRNNCell")
    held = {
        "RNN": "cell=Strange(3)",
        "StackedRNNCells": "cells=[Strange(3)]",
        "TimeDistributed": "layer=Strange(3)",
        "Bidirectional": "backward_layer=Strange(3, go_backwards=True)",
    }[kind]
    attribute = held.partition("=")[0]
    lines = [
        f'Strange = type("Strange", (keras.layers.{base},), {{}})',
        f"layer = {constructed(kind, held)}",
        'objects = {"Strange": Strange}',
        "rebuilt = type(layer).from_config(layer.get_config(), custom_objects=objects)",
        f"held = keras.tree.flatten(rebuilt.{attribute})",
        'expected, actual = ["Strange"], [type(one).__name__ for one in held]',
        *equal(plan.rule, "the classes that the rebuilt layer holds"),
    ]
    return Body(lines, asserted(plan.rule, "the classes"))


def _signature(plan: Plan) -> Body:
    name = class_of(plan.case)
    known = sorted({*map(spelling, KEPT[name]), *NOT_KEPT.get(name, {}), "self", "kwargs"})
    lines = [
        "import inspect",
        f"named = inspect.signature(keras.layers.{name}.__init__).parameters",
        f"known = {known!r}",
        "actual, expected = sorted(set(named) - set(known)), []",
        *equal(plan.rule, "arguments of the constructor that no rule knows"),
    ]
    return Body(lines, asserted(plan.rule, "arguments"))


def restored(plan: Plan) -> Body:
    """The script of a layer that is restored and called."""
    if plan.case["what"] == "frozen":
        raise NoText("a frozen layer that is restored has no standalone script")
    case, data, do = plan.case, plan.data, str(plan.case["do"])
    called = case.but(do="call", what="plain")
    model = do in ("clone", "keras", "h5")
    way = path(called.but(via="functional") if model else called, data)
    lines = [*numbers(called, data), *made(called, data, restored=True), *way.once]
    twin, run = "twin", way.call.replace("model(" if model else "layer(", "twin(", 1)
    x = ["x = xs[0]"] if case["calls"] != 1 else []
    lines += _models(plan, way.once) if model else [*x, *_bare(plan, run)]
    if model:
        twin = "[one for one in twin.layers if type(one) is type(layer)][0]"
    return Body(
        [*lines, *_about(plan)(twin, run, way.call, case["calls"] != 1)], asserted(plan.rule, "")
    )


_COPIES = {
    "pickle": ["import pickle", "twin = pickle.loads(pickle.dumps(layer))"],
    "copy": ["import copy", "twin = copy.deepcopy(layer)"],
}


def _bare(plan: Plan, run: str) -> Lines:
    if plan.case["do"] in _COPIES:
        return _COPIES[str(plan.case["do"])]
    if plan.case["do"] == "weights":
        other = Data(plan.case, plan.seed).with_other_weights()
        plain = plan.case.but(do="call", what="plain")
        return [
            *weights(other),
            f"twin = {layer(plain)}",
            f"twin.build({plan.data.x.shape})",
            *assigned("twin"),
            "twin.set_weights(layer.get_weights())",
        ]
    return [
        "twin = type(layer).from_config(layer.get_config())",
        f"{run}  # builds it",
        "twin.set_weights(layer.get_weights())",
        *(["twin.reset_state()"] if plan.case["stateful"] else []),
    ]


def _models(plan: Plan, once: Lines) -> Lines:
    if plan.case["do"] == "clone":
        return ["twin = keras.models.clone_model(model)", "twin.set_weights(model.get_weights())"]
    if plan.case["do"] == "keras":
        return ['model.save("model.keras")', 'twin = keras.models.load_model("model.keras")']
    other = layer(plan.case.but(do="call", what="plain"))
    again = [re.sub(r"\bmodel =", "twin =", re.sub(r"\blayer\(", "other(", line)) for line in once]
    return [
        'model.save_weights("model.weights.h5")',
        f"other = {other}",
        *again,
        'twin.load_weights("model.weights.h5")',
    ]


Writer = Callable[[str, str, str, bool], Lines]


def _about(plan: Plan) -> Writer:
    if plan.rule == "SAVE-9" and plan.failure.where == "variables that both have":
        return _shared
    return {"SAVE-9": _weights, "SAVE-10": _config, "SAVE-11": _paths}.get(plan.rule, _numbers)


def _numbers(twin: str, run: str, first: str, many: bool) -> Lines:
    array = "[keras.ops.convert_to_numpy(v).tolist() for v in keras.tree.flatten({})]"
    if many:
        array = f"[{array} for x in xs]"
    assertion = [
        "assert actual == expected, (",
        '    f"{RULE}: the restored layer: expected {expected}, actual {actual}")',
    ]
    return [f"expected = {array.format(first)}", f"actual = {array.format(run)}", *assertion]


def _described(expression: str, what: str, twin: str) -> Lines:
    return [
        f"described = lambda layer: {expression}",
        f"expected, actual = described(layer), described({twin})",
        'assert actual == expected, f"{RULE}: ' + what + ': expected {expected}, actual {actual}"',
    ]


def _shared(twin: str, run: str, first: str, many: bool) -> Lines:
    lines = [
        f"actual = [v.path for v in {twin}.variables if any(v is w for w in layer.variables)]",
        "expected = []",
    ]
    return [*lines, 'assert actual == expected, f"{RULE}: variables of both: {actual}"']


def _weights(twin: str, run: str, first: str, many: bool) -> Lines:
    text = "[[v.name, tuple(v.shape), str(v.dtype)] for v in layer.weights]"
    return _described(text, "the weights", twin)


def _config(twin: str, run: str, first: str, many: bool) -> Lines:
    return _described("layer.get_config()", "the configuration", twin)


def _paths(twin: str, run: str, first: str, many: bool) -> Lines:
    return _described("[v.path for v in layer.weights]", "the paths of the weights", twin)


def finished(write: Callable[[Plan], Body]) -> Callable[[Plan], Body]:
    """A writer whose lines name the rule."""

    def named(plan: Plan) -> Body:
        body = write(plan)
        lines = [line.replace("{RULE}", plan.rule) for line in body.lines]
        return Body(lines, body.sign, body.error)

    return named


WRITERS = {
    name: finished(config if name == "config" else restored)
    for name in ("config", "clone", "keras", "h5", "weights", *_COPIES)
}
