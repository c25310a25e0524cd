"""What can be done with a layer: one record a scenario, which ids, words and shrinking follow."""

from __future__ import annotations

from dataclasses import dataclass

from keras_rnn_conformance.cases.api.misuses import MISUSES
from keras_rnn_conformance.cases.api.serialized_arguments import ARGUMENTS
from keras_rnn_conformance.cases.axis import words_of
from keras_rnn_conformance.cases.models.courses import COURSES
from keras_rnn_conformance.cases.models.edges import EDGES
from keras_rnn_conformance.cases.models.shelf import FILES
from keras_rnn_conformance.cases.models.table import NEIGHBOURS
from keras_rnn_conformance.cases.scenarios.formats import FORMATS


@dataclass(frozen=True)
class Scenario:
    """What is done with a layer.

    Attributes:
        name: the value of the axis `do`.
        words: what a person calls it.
        variants: the values of the axis `what`; `plain` is the one that is not said.
        sampled: the variants whose rules take many numbers for a sample, which shrinking leaves.
        extended: whether the layer gets further arguments: initializers, a seed, a wrong one. It
            has small images then, a cell is called step by step, and the numbers of the parts have
            names of their own, which no id may lose.
        whole: whether a model of `cases.models` says by itself how its layers are used.
    """

    name: str
    words: str
    variants: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ()
    extended: bool = False
    whole: bool = False


SHARED = ("places", "chain", "models")
"""The variants of `reuse` in which one cell or layer has several places."""

RESTORING = ("config", "clone", "keras", "h5", "weights", "pickle", "copy", "legacy")
"""The scenarios that hold a restored layer to its original."""

HELD = ("held", "heldfit")
"""The variants of `train` in which a cell of the user's own holds the Dropout."""

INDEPENDENCE = ("sample", "later", "unit", "direction", "pixel")
"""The variants of `twin` in which one place gets other numbers, and the rest must stay."""

DERIVATIVES = ("twice", "jacobian", "forward")
"""The ways to see how a result changes along a direction, by variant of `grad`."""

COSTS = ("eager", "predictions", "epochs", "batches", "memory", "growth", "assessments")
"""What is counted of a call, by variant of `cost`."""

SPELLINGS = ("integers", "rates", "booleans", "seeds", "sequences", "capitals")
"""The variants of `written` that write constructor arguments in another way."""

LAYOUTS = ("absent", "array", "double", "strided", "readonly")
"""Those that hand the arguments of a call over in another way."""


TABLE = (
    Scenario("call", "the layer is built and called"),
    Scenario(
        "twin",
        "two ways",
        (
            *words_of("chunks padding unroll reversal sequences implementation rows again"),
            *INDEPENDENCE,
            "spreads",
            "recovers",
            "empty",
        ),
    ),
    Scenario(
        "article",
        "listing",
        (
            *words_of("listing1 listing2 listing3 listing4 listing5 printed1 printed2 printed3"),
            *words_of("printed4 named4 zerobias4"),
        ),
    ),
    Scenario(
        "init",
        "initial weights",
        words_of(
            "standard words objects callables forget again oncall frozen asked inside weights "
            "beside scaled"
        ),
        sampled=("standard", "beside"),
        extended=True,
    ),
    Scenario(
        "reg",
        "regularizers",
        words_of("weights activity words within holding angles"),
        extended=True,
    ),
    Scenario(
        "constraint",
        "constraints",
        words_of("each norm between unit rows filters zeroed"),
        extended=True,
    ),
    Scenario(
        "train",
        "dropout",
        (*words_of("masks inert seed edges predict fit"), *HELD, "frozen", "steps", "acts"),
        sampled=words_of("masks seed predict fit"),
        extended=True,
    ),
    Scenario("bad", "misuse", tuple(MISUSES), extended=True),
    Scenario("ledger", "signature", words_of("layer cell stacked bidirectional base")),
    Scenario("cost", "what calls cost", COSTS),
    Scenario("reuse", "two uses", (*words_of("shared lengths"), *SHARED)),
    Scenario("grad", "gradients", ("plain", *DERIVATIVES)),
    Scenario("fit", "a training step", words_of("epoch batch frozen stream penalized thawed")),
    Scenario(
        "config",
        "get_config and from_config",
        (
            *words_of("numbers required signature again"),
            *ARGUMENTS,
            *words_of("strangers handed equal"),
        ),
    ),
    Scenario("clone", "clone_model"),
    Scenario("keras", "a .keras file", words_of("plain frozen")),
    Scenario("h5", "a .weights.h5 file", words_of("plain frozen")),
    Scenario("legacy", "a legacy .h5 file"),
    Scenario("weights", "set_weights"),
    Scenario("masks", "masks that come out", words_of("computed carried model")),
    Scenario("pickle", "pickle"),
    Scenario("copy", "copy.deepcopy"),
    Scenario("settings", "a global setting", words_of("policy floatx late epsilon format random")),
    Scenario("written", "arguments in another spelling", (*SPELLINGS, *LAYOUTS)),
    Scenario("model", "neighbours under a mask", tuple(NEIGHBOURS), whole=True),
    Scenario("learn", "a model that is trained", tuple(COURSES), whole=True),
    Scenario("edge", "use beside calls and training", tuple(EDGES), whole=True),
    Scenario("file", "a file of an older release", tuple(FILES), whole=True),
    Scenario("export", "an exported model", tuple(FORMATS)),
)

BY_NAME = {scenario.name: scenario for scenario in TABLE}

SCENARIOS = {scenario.name: scenario.variants for scenario in TABLE}
"""By scenario its variants."""

VARIANTS = tuple(
    dict.fromkeys(v for variants in SCENARIOS.values() for v in variants if v != "plain")
)
