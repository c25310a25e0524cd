"""A user's layer or cell as laws want it: made anew in any size, with any option it has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal

import keras
import numpy as np

from keras_rnn_conformance.own.declared import OPTIONS, POLICIES, Declared
from keras_rnn_conformance.own.kit import array, filled, run
from keras_rnn_conformance.own.laws import Law, Sizes

Kind = Literal["layer", "cell"]
CELL_OPTIONS = ("dropout", "recurrent_dropout")
"""What RNN does not take, and a cell may."""
SIZES = ("units", "filters")
"""What the argument is called that says how many units a layer has."""
TRIED: dict[str, Any] = {"dropout": 0.5, "recurrent_dropout": 0.5, "dtype": "float32"}
"""The value with which an option is tried; the others are True."""


@dataclass(frozen=True)
class Alteration:
    """How an evaluation departs from the plain one, to see how far rounding moves its numbers.

    Attributes:
        dtype: a policy for whatever is made without one.
        relative: how far, relatively, weights and input are moved.
        seed: which signs the moves have.
    """

    dtype: str | None = None
    relative: float = 0.0
    seed: int = 0

    def moved(self, value: Any, place: int) -> Any:
        """The array with every number moved by `relative`, up or down."""
        signs = np.random.default_rng((self.seed, place)).choice((-1.0, 1.0), value.shape)
        return (value.astype("float64") * (1 + self.relative * signs)).astype(value.dtype)


PLAIN = Alteration()


@dataclass
class Subject:
    """A layer or cell under judgement.

    Attributes:
        source: what the user gave: a class, a factory or an instance.
        kind: whether that makes layers or cells.
    """

    source: Any
    kind: Kind
    declared: Declared
    broken: str | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """What the user calls it."""
        source = self.source if callable(self.source) and hasattr(self.source, "__name__") else None
        if source is None:
            return type(self.source).__name__
        return "a lambda" if source.__name__ == "<lambda>" else str(source.__name__)

    @cached_property
    def size_argument(self) -> str | None:
        """The name under which the factory takes the number of units, or None."""
        if isinstance(self.source, keras.layers.Layer):
            accepted = set(self.source.get_config())
        else:
            sources = inspect.getmro(self.source) if inspect.isclass(self.source) else [self.source]
            accepted = {name for source in sources for name in _parameters(source)}
        return next((name for name in SIZES if name in accepted), None)

    def made(self, units: int | None, **options: Any) -> Any:
        """What the user's factory makes."""
        if self.size_argument and units is not None:
            options[self.size_argument] = units
        if isinstance(self.source, keras.layers.Layer):
            config = {**self.source.get_config(), **options}
            return type(self.source).from_config(config)
        return self.source(**options)

    def fresh(self, sizes: Sizes, **options: Any) -> Any:
        """A layer that was not called yet: the user's, or RNN over the user's cell."""
        if self.kind == "layer":
            if self.always_sequences:
                options.pop("return_sequences", None)
            return self.made(sizes.units, **options)
        taken = {key: options.pop(key) for key in CELL_OPTIONS if key in options}
        if "dtype" in options:
            taken["dtype"] = options["dtype"]
        return keras.layers.RNN(self.made(sizes.units, **taken), **options)

    @cached_property
    def always_sequences(self) -> bool:
        """Whether the output has a time axis although nothing asks for it."""
        if self.kind == "cell" or "return_sequences" in self.declared.lacks:
            return False
        x = self.data(Sizes())
        try:
            returned = keras.tree.flatten(self.made(4)(keras.ops.convert_to_tensor(x)))
        except Exception:  # whatever it is, check_call reports it
            return False
        return len(returned[0].shape) == x.ndim and "return_sequences" not in self._accepted

    def data(self, sizes: Sizes, alteration: Alteration = PLAIN) -> Any:
        """The input, float32, of shape (batch, timesteps, ...)."""
        step = self.declared.step_shape or (sizes.features,)
        shape = (sizes.batch, max(sizes.timesteps, self.declared.shortest), *step)
        return alteration.moved(plain_data(shape), 0)

    @cached_property
    def _accepted(self) -> frozenset[str]:
        """The options that the constructor takes, found by trying each."""
        makes = self.made if self.kind == "layer" else self._through_cell
        return frozenset(
            o for o in OPTIONS if o not in ("initial_state", "mask") and _takes(makes, o)
        )

    def _through_cell(self, units: int, **options: Any) -> Any:
        if set(options) & {"dtype", *CELL_OPTIONS}:
            return self.made(units, **options)
        return keras.layers.RNN(self.made(units), **options)

    @cached_property
    def has(self) -> frozenset[str]:
        """Everything that laws may need and that this layer has."""
        d, backend = self.declared, keras.backend.backend()
        layer = self.fresh(Sizes())
        has = set(self._accepted) - set(d.lacks)
        if self.always_sequences:
            has.add("return_sequences")
        arguments = _parameters(layer.call)
        has |= {a for a in ("mask", "initial_state", "training") if a in arguments} - set(d.lacks)
        if d.masks == "none":
            has.discard("mask")
        has |= set(d.policies)
        has |= {
            name
            for name, true in {
                "causal": d.causal,
                "units_independent": d.units_independent,
                "differentiable": d.differentiable,
                "masked_output": d.masked_output != "undefined",
                "output_is_first_state": d.output == "first state",
                "pickled": d.pickled,
                "vector": d.step_shape is None or len(d.step_shape) == 1,
                "last_output": not self.always_sequences,
                "longer": True,
                "two_parts": True,
                "gradients": backend in ("tensorflow", "jax", "torch"),
                "jit": backend in ("tensorflow", "jax"),
                "own_initial_state": hasattr(layer, "get_initial_state"),
                "output_shape": _tells_its_shape(layer),
            }.items()
            if true
        }
        return frozenset(has | self._seen_in_calls(has))

    def _seen_in_calls(self, has: set[str]) -> set[str]:
        x = self.data(Sizes())
        seen: set[str] = set()
        try:
            layer = filled(lambda: self.fresh(Sizes()), x)
        except Exception:  # whatever it is, check_call reports it
            return seen
        if "own_initial_state" in has:
            states = keras.tree.flatten(layer.get_initial_state(batch_size=len(x)))
            if not any(array(s).any() for s in states):
                seen.add("zero_initial_state")
        if "training" in has and _same_twice(layer, np.concatenate([x] * 8)):
            seen.add("no_dropout")
        return seen

    def lacking(self, law: Law) -> str | None:
        """Why the law does not apply, or None."""
        if law.cells_only and self.kind != "cell":
            return "this is a law for cells"
        missing = [
            _WORDS.get(need, f"the layer takes no {need}")
            for need in law.needs
            if need not in self.has
        ]
        return "; ".join(missing) or None

    def sizes(self, law: Law) -> Sizes:
        """The sizes that a law is first tried on: no smaller than what is needed."""
        return replace(
            law.sizes,
            units=law.sizes.units if self.size_argument else None,
            timesteps=max(law.sizes.timesteps, self.least(law)),
        )

    def least(self, law: Law) -> int:
        """The least number of timesteps that the law can be tried on."""
        shortest = self.declared.shortest
        return max(2 * shortest * ("two_parts" in law.needs), shortest + ("longer" in law.needs))

    def arguments(self, law: Law, sizes: Sizes, alteration: Alteration) -> dict[str, Any]:
        """What the law's function asks for, by name."""
        d, x = self.declared, self.data(sizes, alteration)

        def fresh(**options: Any) -> Any:
            if alteration.dtype and "dtype" not in options:
                options["dtype"] = alteration.dtype
            return self.fresh(sizes, **options)

        def make(x: Any = x, **options: Any) -> Any:
            layer = filled(fresh, x, keep_weights=d.keep_weights, constrain=d.constrain, **options)
            return self._altered(layer, sizes, x, alteration)

        everything = {
            "make": make,
            "fresh": fresh,
            "make_cell": lambda: self.made(
                sizes.units, **({"dtype": alteration.dtype} if alteration.dtype else {})
            ),
            "x": x,
            **self.facts(),
        }
        return {name: everything[name] for name in inspect.signature(law.function).parameters}

    def facts(self) -> dict[str, Any]:
        """What laws are told of the layer, as plain values."""
        d = self.declared
        return {
            "full": {o: True for o in ("return_sequences", "return_state") if o in self.has},
            "widest": {"dtype": "float64"} if self.has_twin else {},
            "masks": d.masks,
            "masked_output": d.masked_output,
            "shortest": d.shortest,
            "handed_on": d.handed_on,
            "output_size": d.output_size,
            "rounds": d.rounds,
            "custom_objects": self.custom_objects,
        }

    @cached_property
    def custom_objects(self) -> dict[str, Any]:
        """What loading needs: the classes of the layer and its cell, and what is declared."""
        layer = self.fresh(Sizes())
        made = [layer, getattr(layer, "cell", layer)]
        own = {
            type(m).__name__: type(m) for m in made if not type(m).__module__.startswith("keras.")
        }
        return {**own, **self.declared.custom_objects}

    @cached_property
    def has_twin(self) -> bool:
        """Whether the layer computes in float64 when it is told to."""
        if "dtype" not in self._accepted or "dtype" in self.declared.lacks:
            return False
        try:
            layer = self.fresh(Sizes(), dtype="float64")
            output = keras.tree.flatten(layer(keras.ops.convert_to_tensor(self.data(Sizes()))))[0]
        except Exception:  # whatever it is, check_float64 reports it
            return False
        kept = [w.dtype for w in layer.trainable_weights] + [output.dtype]
        return all(keras.backend.standardize_dtype(k) == "float64" for k in kept)

    def _altered(self, layer: Any, sizes: Sizes, x: Any, alteration: Alteration) -> Any:
        if alteration.dtype:
            plain = self._weights(sizes, x)
            for weight, value in zip(layer.trainable_weights, plain, strict=True):
                weight.assign(value)
        if alteration.relative:
            for place, weight in enumerate(layer.trainable_weights, 1):
                weight.assign(alteration.moved(array(weight.value), place))
        return layer

    def _weights(self, sizes: Sizes, x: Any) -> list[Any]:
        """The weights that a layer called on `x` has under no alteration."""
        d, key = self.declared, (sizes, x.shape)
        if key not in self._references:
            plain = filled(
                partial(self.fresh, sizes), x, keep_weights=d.keep_weights, constrain=d.constrain
            )
            self._references[key] = [array(w.value) for w in plain.trainable_weights]
        return self._references[key]

    @cached_property
    def _references(self) -> dict[Any, list[Any]]:
        return {}


def plain_data(shape: tuple[int, ...]) -> Any:
    """Numbers between -1 and 1, the same every time."""
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


_WORDS = {
    "units_independent": "units_independent is not declared",
    "output_is_first_state": "output='first state' is not declared",
    "masked_output": "masked_output='undefined' is declared",
    "differentiable": "differentiable=False is declared",
    "causal": "causal=False is declared",
    "pickled": "pickled=False is declared",
    "vector": "a timestep of the input is no vector",
    "last_output": "the layer always returns sequences",
    "gradients": "this backend has no gradients",
    "jit": "this backend takes no jit_compile",
    "own_initial_state": "the layer has no get_initial_state",
    "output_shape": "the layer has no compute_output_shape of its own",
    "zero_initial_state": "the initial state is not zero",
    "no_dropout": "the layer draws random numbers in training",
    "mask": "the layer takes no mask, or masks='none' is declared",
    **{policy: f"policies do not name {policy}" for policy in POLICIES},
}


def _parameters(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return set()


def _tells_its_shape(layer: Any) -> bool:
    """Whether it has a compute_output_shape: without one, Keras traces the call for it."""
    return type(layer).compute_output_shape is not keras.layers.Layer.compute_output_shape


def _same_twice(layer: Any, x: Any) -> bool:
    """Whether two calls in training give the same; a call that raises is left to the laws."""
    try:
        one, two = run(layer, x, training=True)[0], run(layer, x, training=True)[0]
    except Exception:  # whatever it is, check_training_without_dropout and check_fit report it
        return True
    return bool((one == two).all())


def _takes(makes: Callable[..., Any], option: str) -> bool:
    try:
        makes(4, **{option: TRIED.get(option, True)})
    except (TypeError, ValueError) as error:
        text = str(error).lower()
        return not (option in text and ("unexpected" in text or "unrecognized" in text))
    except Exception:  # it takes the option; the laws find out what it does with it
        return True
    return True


def kind_of(source: Any) -> Kind:
    """Whether a class, factory or instance makes layers or cells.

    Raises:
        TypeError: if it makes neither.
    """
    made = source if isinstance(source, keras.layers.Layer) else _first_made(source)
    is_cell = hasattr(made, "state_size") and not isinstance(made, keras.layers.RNN)
    return "cell" if is_cell and not hasattr(made, "return_sequences") else "layer"


def _first_made(source: Any) -> Any:
    """What a class or a factory makes, when it is asked for the first time."""
    if not callable(source):
        raise TypeError(f"{source!r} is no layer, and neither a class nor a factory of layers")
    subject = Subject(source, "layer", Declared())
    try:
        made = subject.made(4)
    except TypeError as error:
        if "required" not in str(error):
            raise
        factory = f"def factory(units, **options): return {subject.name}(units, ..., **options)"
        raise TypeError(f"{error}; pass a factory instead: {factory}") from error
    if not callable(made):
        raise TypeError(f"{subject.name} makes no layer: {type(made).__name__} is not callable")
    return made


def held_to(source: Any, kind: Kind) -> None:
    """See that what the user gave makes what the function checks.

    Raises:
        TypeError: if it does not.
    """
    if kind_of(source) != kind:
        name = Subject(source, kind, Declared()).name
        raise TypeError(
            f"{name} is a cell: use check_cell"
            if kind == "layer"
            else f"{name} is no cell, which has a state_size and no timesteps: use check_layer"
        )
