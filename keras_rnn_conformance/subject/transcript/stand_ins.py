"""A stand-in for a value: it does what the value does, and notes it.

A stand-in is taken for the real thing by `isinstance`, operators, loops, `with` and NumPy. Inside
of Keras, and wherever Keras calls back, only real values go around.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.api.table import spelled
from keras_rnn_conformance.subject.transcript.nodes import Log, Node, is_plain, term

LOG = Log()

PURE = (
    "get_config",
    "get_weights",
    "get_layer",
    "astype",
    "numpy",
    "tolist",
    "copy",
    "item",
    "compute_output_spec",
    "compute_mask",
    "compute_output_shape",
    "get_initial_state",
    "count_params",
    "to_json",
    "keys",
)
"""Methods and functions that only look."""

SETTING = (
    "keras.config.set_",
    "keras.mixed_precision.set_",
    "keras.utils.set_",
    "keras.src.",
)
"""What the names of functions begin with that change something for all that follows."""

PURE_MODULES = ("np.", "copy.", "pickle.", "json.", "inspect.", "pathlib.", "tempfile.", "keras.")
BUILTINS = ("float", "int", "bool", "str", "len", "sorted", "type")
NUMERIC = (bool, int, float)
"""Classes of Python that NumPy takes for dtypes."""
CONSTANT = ("np.", "json.", "copy.", "inspect.", *BUILTINS)
"""Of what, called on plain values, only the result is noted."""


class Value:
    """The stand-in."""

    __slots__ = ("_v_node", "_v_real")

    def __init__(self, real: Any, node: Node) -> None:
        node.real = real
        object.__setattr__(self, "_v_real", real)
        object.__setattr__(self, "_v_node", node)

    __class__ = property(lambda self: type(self._v_real))

    def __transcribed__(self) -> Node:
        return self._v_node

    def __getattr__(self, name: str) -> Any:
        if name == "dtype" and any(self._v_real is kind for kind in NUMERIC):
            return np.dtype(self._v_real)
        if LOG.depth:
            return getattr(self._v_real, name)
        if isinstance(self._v_real, dict) and name in ("items", "values"):
            return lambda: _pairs(self, name)
        try:
            with inside():
                attribute = getattr(self._v_real, name)
        except AttributeError:
            LOG.missing = LOG.add("attribute", (self, name))
            raise
        return wrapped(attribute, "attribute", (self, name))

    def __setattr__(self, name: str, value: Any) -> None:
        if not LOG.depth and getattr(self._v_real, name, None) is not value:
            LOG.add("set", (self, name, value), effect=True)
        setattr(self._v_real, name, real(value))

    def __getitem__(self, key: Any) -> Any:
        return done("item", (self, key), lambda: self._v_real[real(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        if not LOG.depth:
            LOG.add("put", (self, key, value), effect=True)
        self._v_real[real(key)] = real(value)

    def __round__(self, digits: int = 0) -> Any:
        return round(self._v_real, digits)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return called(self, args, options)

    def __iter__(self) -> Iterator[Any]:
        if LOG.depth or not _has_items(self._v_real):
            yield from self._v_real
            return
        for place in range(len(self._v_real)):
            yield self[place]

    def __len__(self) -> int:
        return len(self._v_real)

    def __bool__(self) -> bool:
        return bool(self._v_real)

    def __index__(self) -> int:
        return operator.index(self._v_real)

    def __int__(self) -> int:
        return int(self._v_real)

    def __float__(self) -> float:
        return float(self._v_real)

    def __str__(self) -> str:
        return str(self._v_real)

    def __repr__(self) -> str:
        return repr(self._v_real)

    def __format__(self, spec: str) -> str:
        return format(self._v_real, spec)

    def __hash__(self) -> int:
        return hash(self._v_real)

    def __eq__(self, other: object) -> Any:
        if is_plain(self._v_real) or isinstance(self._v_real, type):
            return self._v_real == real(other)
        return done("operator", ("==", self, other), lambda: self._v_real == real(other))

    def __ne__(self, other: object) -> Any:
        if is_plain(self._v_real) or isinstance(self._v_real, type):
            return self._v_real != real(other)
        return done("operator", ("!=", self, other), lambda: self._v_real != real(other))

    def __contains__(self, item: Any) -> bool:
        return real(item) in self._v_real

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(real(instance), self._v_real)

    def __subclasscheck__(self, subclass: Any) -> bool:
        return issubclass(real(subclass), self._v_real)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._v_real,)

    def __enter__(self) -> Any:
        return wrapped(self._v_real.__enter__(), "attribute", (self, "name"))

    def __exit__(self, *error: Any) -> Any:
        return self._v_real.__exit__(*error)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self._v_real, dtype)

    def __array_function__(self, function: Any, kinds: Any, args: Any, options: Any) -> Any:
        return called(_numpy(function), args, options)

    def __array_ufunc__(self, function: Any, method: str, *args: Any, **options: Any) -> Any:
        return called(_numpy(function), args, options)


def _operators() -> None:
    """Give the stand-in the operators of numbers and arrays."""
    names = {
        "add": "+",
        "sub": "-",
        "mul": "*",
        "truediv": "/",
        "matmul": "@",
        "floordiv": "//",
        "lt": "<",
        "le": "<=",
        "gt": ">",
        "ge": ">=",
        "and": "&",
        "or": "|",
    }

    def make(function: Callable[..., Any], sign: str, back: bool) -> Callable[..., Any]:
        def apply(self: Value, other: Any) -> Any:
            pair = (other, self) if back else (self, other)
            return done("operator", (sign, *pair), lambda: function(*map(real, pair)))

        return apply

    for name, sign in names.items():
        function = getattr(operator, f"__{name}__")
        setattr(Value, f"__{name}__", make(function, sign, back=False))
        if name not in ("lt", "le", "gt", "ge"):
            setattr(Value, f"__r{name}__", make(function, sign, back=True))

    def negative(self: Value) -> Any:
        return done("operator", ("-", self), lambda: -self._v_real)

    def inverted(self: Value) -> Any:
        return done("operator", ("~", self), lambda: ~self._v_real)

    setattr(Value, "__neg__", negative)  # noqa: B010 not of the class as it is written
    setattr(Value, "__invert__", inverted)  # noqa: B010


_operators()


@contextmanager
def inside() -> Iterator[None]:
    """What happens meanwhile is Keras's own, and not noted."""
    LOG.depth += 1
    try:
        yield
    finally:
        LOG.depth -= 1


def _has_items(value: Any) -> bool:
    return hasattr(type(value), "__getitem__") and not isinstance(value, dict)


def _pairs(owner: Value, name: str) -> Iterator[Any]:
    for key in owner._v_real:
        yield (key, owner[key]) if name == "items" else owner[key]


def _numpy(function: Any) -> Value:
    return Value(function, Node("attribute", (Node("name", ("np",)), function.__name__)))


COPIES: list[tuple[Any, Any]] = []
"""Lists and tuples that were handed over without their stand-ins, each with what it was."""


def real(value: Any) -> Any:
    """The value without stand-ins, in containers too."""
    if type(value) is Value:
        return value._v_real
    if type(value) in (list, tuple):
        items = [real(item) for item in value]
        if all(a is b for a, b in zip(items, value, strict=True)):
            return value
        COPIES.append((type(value)(items), value))
        return COPIES[-1][0]
    if type(value) is dict:
        given = {real(key): real(item) for key, item in value.items()}
        same = all(given[key] is item for key, item in value.items() if key in given)
        return value if same else given
    if isinstance(value, slice):
        return slice(real(value.start), real(value.stop), real(value.step))
    if isinstance(value, types.GeneratorType):
        return (real(item) for item in value)
    return value


def _near(value: Any) -> Any:
    """What a function that scripts hold hands on: only names of its module stand for something.

    Nothing further in is looked at: it may be all that the garbage collector knows.
    """
    if type(value) in (list, tuple) and any(type(item) is Value for item in value):
        return type(value)(item._v_real if type(item) is Value else item for item in value)
    return value._v_real if type(value) is Value else value


def stands_in(value: Any) -> bool:
    """Whether there is a stand-in among a value's items."""
    if type(value) in (list, tuple):
        return any(map(stands_in, value))
    if type(value) is dict:
        return any(map(stands_in, value.values()))
    if isinstance(value, slice):
        return any(map(stands_in, (value.start, value.stop, value.step)))
    return type(value) is Value


def wrapped(value: Any, kind: str, parts: tuple[Any, ...], node: Node | None = None) -> Any:
    """A stand-in for what was found; nothing stands in for nothing."""
    if value is NotImplemented or type(value) is Value or (value is None and not _printed(node)):
        return value
    return Value(value, node or LOG.add(kind, parts))


def _printed(node: Node | None) -> bool:
    """Whether a script holds the very function, whose answers are nothing but observed."""
    return node is not None and node.kind == "call" and node.parts[0].kind == "source"


def done(kind: str, parts: tuple[Any, ...], do: Callable[[], Any]) -> Any:
    """Do something that changes nothing, and note it."""
    if LOG.depth:
        return do()
    with inside():
        value = do()
    return wrapped(value, kind, parts)


def called(function: Value, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call the real function, and note it."""
    if LOG.depth:
        return function._v_real(*map(_near, args), **{k: _near(v) for k, v in options.items()})
    path = function._v_node.path()
    if hasattr(function._v_real, "keras_class"):  # a script has the names of the release
        options = spelled(options)
    if path.startswith(CONSTANT) and not stands_in([args, options]):
        return function._v_real(*args, **options)
    args = tuple(_listed(arg) for arg in args)
    node = LOG.add("call", (function, args, options), effect=_effect(function, path))
    given = tuple((real(i) for i in a) if type(a) is _Stream else real(a) for a in args)
    named = real(options)
    try:
        with inside():
            value = function._v_real(*given, **named)
    except Exception as error:
        node.error, node.effect = type(error).__name__, True
        raise
    return wrapped(value, "call", (), node)


class _Stream(list[Any]):
    """The items of a generator, which is handed over as one."""

    def __transcribed__(self) -> Any:
        return Node("stream", (term(list(self)),))


def _listed(arg: Any) -> Any:
    return _Stream(arg) if isinstance(arg, types.GeneratorType) else arg


def _effect(function: Value, path: str) -> bool:
    if isinstance(function._v_real, type) or function._v_node.kind == "source":
        return False
    if path:
        return path.startswith(SETTING) or not path.startswith((*PURE_MODULES, *BUILTINS))
    node = function._v_node
    return not (node.kind == "attribute" and node.parts[1] in PURE)
