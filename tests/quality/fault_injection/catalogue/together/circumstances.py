"""Faults that need a circumstance: arguments that come and go, shared places, odd values."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import RNN, Embedding, Masking, SimpleRNNCell, StackedRNNCells
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from tests.quality.fault_injection.catalogue.layer.loop import given, results
from tests.quality.fault_injection.catalogue.together.arguments import in_loop, kept
from tests.quality.fault_injection.faults import Garden, View, fault

HISTORY = "SimpleRNN-seq1-state1-u2-t3-n4"
SHARED = "SimpleRNN-seq1-state1-u3-t3-n4-in3-do.reuse-what"
NEAR = "SimpleRNN-seq1-state1-u3-t5-n4-in2-mask.right-maskby.near"
STATES = "SimpleRNN-seq1-state1-u3-t4-n3"
SPREADS = "SimpleRNN-seq1-state1-u3-t4-n4-do.twin-what.spreads"
STEPS = "SimpleRNN-seq1-state0-u3-t3-n8-in4-drop50-rdrop50-do.train-what.steps"
PLACES = "ConvLSTM2D-seq1-state0-u8-t3-n24-in4-drop25-rdrop50-kern1-do.train-what.masks"
EDGE = "t4-n3-in5-do.edge-what"
HIDDEN = "t4-n3-in5-mask.right-do.edge-what"


@fault(
    "states by cell",
    "Gives each cell of a stack the states of its first place.",
    "SHARE-1",
    f"{SHARED}.places",
)
def _states_by_cell(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, states: Any, **options: Any) -> Any:
        first = dict(reversed(list(zip(map(id, self.cells), states, strict=True))))
        return original(self, inputs, [first[id(cell)] for cell in self.cells], **options)

    garden.around(StackedRNNCells, "call", call)


@fault(
    "each cell once",
    "Leaves out the cells that stand in a stack already.",
    "SHARE-1",
    f"{SHARED}.places",
)
def _each_cell_once(garden: Garden) -> None:
    def init(original: Any, self: Any, cells: Any, **options: Any) -> None:
        original(self, list({id(cell): cell for cell in cells}.values()), **options)

    garden.around(StackedRNNCells, "__init__", init)


@fault(
    "does not know itself", "Turns the sign of what it gave itself.", "SHARE-2", f"{SHARED}.chain"
)
def _does_not_know_itself(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        own = self.__dict__.get("gave") is sequences
        given = original(self, -sequences if own else sequences, *args, **options)
        self.__dict__["gave"] = given
        return given

    garden.around(RNN, "call", call)


@fault(
    "serves one model",
    "Doubles the input of a second model of the same layer.",
    "SHARE-2",
    f"{SHARED}.models",
)
def _serves_one_model(garden: Garden) -> None:
    def predict(original: Any, self: Any, x: Any, **options: Any) -> Any:
        first = kept(self.layers[-1], "model", self)
        return original(self, x if first is self else 2 * x, **options)

    garden.around(keras.Model, "predict", predict)


def _masking(garden: Garden, alike: Any) -> None:
    """Let Masking take timesteps for its number where `alike(difference)` says so."""

    def call(original: Any, self: Any, inputs: Any) -> Any:
        same = alike(inputs - self.mask_value)
        return original(self, ops.where(same, self.mask_value, inputs))

    garden.around(Masking, "call", call)


@fault(
    "about the mask value", "Masks what is within a millionth of the mask_value.", "MASK-7", NEAR
)
def _about_the_mask_value(garden: Garden) -> None:
    _masking(garden, lambda away: ops.abs(away) < 1e-6)


@fault("mask value on average", "Masks timesteps whose mean is the mask_value.", "MASK-7", NEAR)
def _mask_value_on_average(garden: Garden) -> None:
    _masking(garden, lambda away: ops.sum(away, axis=-1, keepdims=True) == 0)


def _starting(garden: Garden, change: Any) -> None:
    """Let `change(state)` choose what each state is at first."""

    def wrong(self: Any, options: Any) -> None:
        options["initial_state"] = keras.tree.map_structure(change, options["initial_state"])

    in_loop(garden, wrong)


@fault(
    "clips states",
    "Clips its initial states to ten thousand.",
    "VALUES-3",
    f"{STATES}-mask.row-unroll1-init.list-mag.loud",
)
def _clips_states(garden: Garden) -> None:
    _starting(garden, lambda state: ops.clip(state, -1e4, 1e4))


@fault(
    "faint states are none",
    "Takes what is smaller than a millionth in states for zero.",
    "VALUES-3",
    f"{STATES}-mask.row-unroll1-init.list-mag.faint",
)
def _faint_states_are_none(garden: Garden) -> None:
    _starting(garden, lambda state: ops.where(ops.abs(state) < 1e-6, 0 * state, state))


def _zero_for_nan(x: Any) -> Any:
    return ops.where(ops.isnan(x), ops.zeros_like(x), x)


@fault("reads NaN as zero", "Takes NaN in its input for zero.", "TWIN-14", SPREADS)
def _reads_nan_as_zero(garden: Garden) -> None:
    given(garden, _zero_for_nan)


@fault("gives zero for NaN", "Gives zero where its output is NaN.", "TWIN-14", SPREADS)
def _gives_zero_for_nan(garden: Garden) -> None:
    results(garden, lambda last, outputs, states: (last, _zero_for_nan(outputs), states))


@fault(
    "hides NaN beside a mask",
    "Takes NaN in its input for zero where there is a mask.",
    "TWIN-14",
    SPREADS.replace("-do.", "-mask.gap-do."),
)
def _hides_nan_beside_a_mask(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, *states: Any, **options: Any) -> Any:
        masked = options.get("mask") is not None
        return original(self, _zero_for_nan(sequences) if masked else sequences, *states, **options)

    garden.around(RNN, "call", call)


def _drawing(garden: Garden, wrong: Any) -> None:
    garden.around(DropoutRNNCell, "_create_dropout_mask", wrong)


@fault("draws one mask for all", "Draws the masks of every call from one seed.", "DROP-16", STEPS)
def _draws_one_mask_for_all(garden: Garden) -> None:
    _drawing(
        garden, lambda original, self, x, rate: original(View(self, seed_generator=7), x, rate)
    )


@fault("goes back to its seed", "Begins again with its seed in every call.", "DROP-16", STEPS)
def _goes_back_to_its_seed(garden: Garden) -> None:
    def draw(original: Any, self: Any, x: Any, rate: Any) -> Any:
        generator = self.seed_generator
        state = ops.copy(generator.state.value)
        given = original(self, x, rate)
        generator.state.assign(state)
        return given

    _drawing(garden, draw)


@fault("drops whole rows", "Drops all places of a row of an image alike.", "DROP-17", PLACES)
def _drops_whole_rows(garden: Garden) -> None:
    _drawing(garden, lambda original, self, x, rate: original(self, x[:, :, :1], rate))


@fault("drops whole images", "Drops all places of an image alike.", "DROP-17", PLACES)
def _drops_whole_images(garden: Garden) -> None:
    _drawing(garden, lambda original, self, x, rate: original(self, x[:, :1, :1], rate))


@fault(
    "masks plain integers alone",
    "Makes no mask of ids of fewer bits than 32.",
    "EDGE-15",
    f"LSTM-seq0-state0-u2-{HIDDEN}.tokens",
)
def _masks_plain_integers_alone(garden: Garden) -> None:
    def mask(original: Any, self: Any, inputs: Any, *args: Any) -> Any:
        narrow = keras.backend.standardize_dtype(inputs.dtype) in ("uint8", "uint16")
        return None if narrow else original(self, inputs, *args)

    garden.around(Embedding, "compute_mask", mask)


@fault(
    "64 rows",
    "Looks ids up in the first 64 rows of its table.",
    "EDGE-15",
    f"LSTM-seq0-state0-u2-{HIDDEN}.tokens",
)
def _64_rows(garden: Garden) -> None:
    garden.around(
        Embedding,
        "call",
        lambda original, self, inputs: original(self, inputs % min(64, self.input_dim)),
    )


def _astray(garden: Garden, wrong: Any) -> None:
    """Let `wrong(vectors)` be what comes of a batch with an id beyond the table."""

    def call(original: Any, self: Any, inputs: Any) -> Any:
        beyond = inputs >= self.input_dim
        vectors = original(self, ops.where(beyond, ops.zeros_like(inputs), inputs))
        return ops.where(ops.any(beyond), wrong(vectors), vectors)

    garden.around(Embedding, "call", call)


@fault(
    "gives up the batch",
    "Gives zeros for a whole batch for one id beyond the table.",
    "EDGE-16",
    f"SimpleRNN-seq0-state0-u2-{HIDDEN}.stray_token",
)
def _gives_up_the_batch(garden: Garden) -> None:
    _astray(garden, ops.zeros_like)


@fault(
    "moves up the samples",
    "Moves the samples on for one id beyond the table.",
    "EDGE-16",
    f"SimpleRNN-seq0-state0-u2-{HIDDEN}.stray_token",
)
def _moves_up_the_samples(garden: Garden) -> None:
    _astray(garden, lambda vectors: ops.roll(vectors, 1, axis=0))


def _first_states(garden: Garden, change: Any) -> None:
    garden.around(
        RNN,
        "get_initial_state",
        lambda original, self, batch_size: keras.tree.map_structure(
            change, original(self, batch_size)
        ),
    )


LEARNED = f"SimpleRNN-seq0-state0-u2-{EDGE}.learned_start"


@fault("learns no start", "Sends no gradient to the first states of a cell.", "EDGE-17", LEARNED)
def _learns_no_start(garden: Garden) -> None:
    _first_states(garden, ops.stop_gradient)


@fault("learns twice", "Counts the gradient of the first states twice.", "EDGE-17", LEARNED)
def _learns_twice(garden: Garden) -> None:
    _first_states(garden, lambda state: 2 * state - ops.stop_gradient(state))


@fault(
    "old start",
    "Goes on from the first states of its first call.",
    "HIST-4",
    "RNN-seq0-state0-u2-t3-n4-calls3-cell.learned-then.assign",
)
def _old_start(garden: Garden) -> None:
    def first(original: Any, self: Any, batch_size: Any) -> Any:
        return kept(self, "first states", original(self, batch_size))

    garden.around(RNN, "get_initial_state", first)


@fault(
    "tidies the cell",
    "Runs a cell that has run before on a smaller input.",
    "SHARE-1",
    f"{SHARED}.places",
)
def _tidies_the_cell(garden: Garden) -> None:
    def call(original: Any, self: Any, sequence: Any, states: Any, **options: Any) -> Any:
        again = self.__dict__.get("output") is sequence
        output, states = original(self, 0.5 * sequence if again else sequence, states, **options)
        self.__dict__["output"] = output
        return output, states

    garden.around(SimpleRNNCell, "call", call)
