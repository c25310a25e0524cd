"""`Bidirectional`, `TimeDistributed` and the ConvLSTM layers."""

from __future__ import annotations

from typing import Any

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject.calls import record_symbolic, recorder
from keras_rnn_conformance.subject.layers.cells import record_initial
from keras_rnn_conformance.subject.registry import printed


@recorder("conv")
def _record_conv(seen: Observation, case: Case, data: Data, layer: Any) -> None:
    record_symbolic(seen, case, data, layer)
    record_initial(seen, case, data, layer)


@recorder("bi")
def _record_directions(seen: Observation, case: Case, data: Data, layer: Any) -> None:
    """Record the two layers and how they go, and what is foretold of the outputs."""
    record_symbolic(seen, case, data, layer)
    both = (layer.forward_layer, layer.backward_layer)
    seen.facts["directions"] = [
        [inner.name, bool(inner.go_backwards), bool(getattr(inner, "unroll", False))]
        for inner in both
    ]
    seen.facts["unlike"] = unlike(*both)
    seen.facts["cudnn"] = [getattr(inner, "use_cudnn", None) for inner in both]
    names = {inner.name for inner in both}
    seen.facts["weight owners"] = [
        next((part for part in variable.path.split("/") if part in names), variable.path)
        for variable in layer.trainable_variables
    ]
    seen.facts["keeps"] = None if layer.states is None else len(layer.states)


@printed
def unlike(one: Any, other: Any) -> list[str]:
    """The entries of the configurations of two layers that differ."""
    ahead, back = one.get_config(), other.get_config()
    return sorted(key for key in ahead if ahead[key] != back.get(key))
