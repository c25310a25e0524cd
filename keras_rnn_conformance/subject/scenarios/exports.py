"""The scenario `export`: a model that `Model.export` has written, in the runtime of the format."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import call_name
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios.formats import FORMATS
from keras_rnn_conformance.subject.calls import record_outputs, returned_names
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.paths import fed, functional_model
from keras_rnn_conformance.subject.trees import flatten
from keras_rnn_conformance.subject.watch import unwatched

Runtime = Callable[[list[Any]], list[Any]]
"""From the inputs of the model, in order, to its outputs."""


@scenario("export")
def export(case: Case, data: Data) -> Observation:
    """Export the layer as a model; record what the file gives for the calls of the case."""
    model = functional_model(case, data, build.make(case, data))
    seen = Observation()
    names = returned_names(case)
    with running(model, str(case["what"]), _options(case, model)) as run:
        for number in range(case.number("calls")):
            given = [np.asarray(array) for array in flatten(fed(case, data, number))]
            outputs = [np.asarray(array) for array in run(given)]
            returned = outputs[0] if len(names) == 1 else outputs
            record_outputs(seen, returned, [call_name(name, number) for name in names])
    return seen


@contextmanager
def quiet_folder() -> Iterator[str]:
    """A folder for exported files, and silence for exporters, which speak of themselves."""
    with tempfile.TemporaryDirectory() as folder, unwatched(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield folder


@contextmanager
def running(model: keras.Model, variant: str, options: dict[str, Any]) -> Iterator[Runtime]:
    """A model in the runtime of a format, exported with these options."""
    row = FORMATS[variant]
    with quiet_folder() as folder:
        path = str(Path(folder) / f"model{row.suffix}")
        model.export(path, format=row.name, verbose=False, **options)
        yield RUNTIMES[variant](path, [x.name for x in model.inputs])


def _options(case: Case, model: keras.Model) -> dict[str, Any]:
    """What a user says of the sizes, and on torch of those that are open."""
    options: dict[str, Any] = {}
    if FORMATS[str(case["what"])].sized:
        options["input_signature"] = sizes(model)
    if case["what"] == "torch" and case["static"] != "all":
        options["dynamic_shapes"] = open_sizes(model)
    return options


@printed
def sizes(model: keras.Model, arrays: Any = None) -> list[Any]:
    """The signature of a functional model, with the sizes that are known, or those of arrays."""
    shapes = [x.shape if arrays is None else arrays[x.name].shape for x in model.inputs]
    specs = [
        keras.InputSpec(dtype=x.dtype, shape=shape, name=x.name)
        for x, shape in zip(model.inputs, shapes, strict=True)
    ]
    return specs if len(specs) == 1 else [specs]


@printed
def open_sizes(model: keras.Model) -> Any:
    """The unknown sizes of a functional model, which are the same ones in all of its inputs."""
    import torch

    open_ = torch.export.Dim("batch"), torch.export.Dim("timesteps")
    shapes = [
        {axis: open_[axis] for axis, size in enumerate(x.shape) if size is None}
        for x in model.inputs
    ]
    return shapes[0] if len(shapes) == 1 else [(shapes,)]


@printed
def saved_model(path: str, _: list[str]) -> Runtime:
    """The runtime of a SavedModel."""
    import tensorflow as tf

    loaded = tf.saved_model.load(path)

    def run(given: list[Any]) -> list[Any]:
        tensors = [tf.constant(array) for array in given]
        returned = loaded.serve(tensors[0] if len(tensors) == 1 else tensors)
        return [tensor.numpy() for tensor in tf.nest.flatten(returned)]

    return run


@printed
def onnx(path: str, _: list[str]) -> Runtime:
    """The runtime of an ONNX file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_inputs()]
    return lambda given: session.run(None, dict(zip(names, given, strict=True)))


@printed
def openvino(path: str, _: list[str]) -> Runtime:
    """The runtime of OpenVINO, which computes in 16 bits on some processors unless told not to."""
    import openvino

    precise = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(path, "CPU", precise)

    def run(given: list[Any]) -> list[Any]:
        returned = compiled(given)
        return [returned[output] for output in compiled.outputs]

    return run


@printed
def litert(path: str, names: list[str]) -> Runtime:
    """The runtime of LiteRT: inputs are called as in Keras or, like outputs, have a number."""
    from ai_edge_litert.interpreter import Interpreter

    def in_order(numbered: Any) -> list[str]:
        return sorted(numbered, key=lambda name: (len(name), name))

    runner = Interpreter(model_path=path).get_signature_runner()
    inputs = runner.get_input_details()
    order = names if set(names) == set(inputs) else in_order(inputs)

    def run(given: list[Any]) -> list[Any]:
        returned = runner(**dict(zip(order, given, strict=True)))
        return [returned[name] for name in in_order(returned)]

    return run


@printed
def torch_program(path: str, _: list[str]) -> Runtime:
    """The runtime of an ExportedProgram."""
    import torch

    module = torch.export.load(path).module()

    def run(given: list[Any]) -> list[Any]:
        tensors = [torch.as_tensor(array) for array in given]
        returned = module(tensors[0] if len(tensors) == 1 else tensors)
        return [tensor.detach().numpy() for tensor in keras.tree.flatten(returned)]

    return run


RUNTIMES: dict[str, Callable[[str, list[str]], Runtime]] = {
    "saved_model": saved_model,
    "onnx": onnx,
    "onnx_unsigned": onnx,
    "openvino": openvino,
    "litert": litert,
    "torch": torch_program,
}
"""By format: makes ready what runs a file, from its path and the names of the model's inputs."""
