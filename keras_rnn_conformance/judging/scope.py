"""What is judged and what is not, by the questions that a user has."""

from __future__ import annotations

from dataclasses import dataclass

from keras_rnn_conformance.judging.rules import RULES, in_order


@dataclass(frozen=True)
class Question:
    """A question, and where its answer lies.

    Attributes:
        text: the question.
        rules: the ids that answer it, or what all ids of a subject begin with; empty if nothing is
            judged.
        answer: what the rules leave open; or why nothing is judged, and what to do instead.
        words: further words under which somebody looks for it.
    """

    text: str
    rules: str
    answer: str = ""
    words: str = ""

    @property
    def ids(self) -> list[str]:
        """The ids of its rules."""
        wanted = self.rules.split()
        rules = [id for id in RULES if id in wanted or _subject(id)[0] in wanted]
        return sorted(rules, key=_subject)

    def speaks_of(self, text: str) -> bool:
        """Whether each word of a text is in it."""
        whole = " ".join((self.text, self.answer, self.words, self.rules)).lower()
        return all(word in whole for word in text.lower().split())


def _subject(id: str) -> tuple[str, int]:
    """The subject of a rule, and its number."""
    subject, _, number = id.rpartition("-")
    return subject, int(number)


QUESTIONS = (
    Question(
        "Are the numbers of SimpleRNN, LSTM and GRU right, with the options that I use?",
        "VALUE VALUES ACT BIAS IMPL BACK UNROLL SIZE SHAPE STRUCT STATIC SYMBOL RUN GIVEN TWIN "
        "EDGE-51 EDGE-155",
        "Within a derived error bound, on every backend.",
        "equations activation recurrent_activation use_bias implementation go_backwards unroll "
        "reset_after return_sequences shape",
    ),
    Question(
        "Are states returned, and taken as initial states?",
        "STATE INIT EDGE-13 EDGE-38",
        "Constants of a functional model included.",
        "return_state initial_state encoder decoder",
    ),
    Question(
        "Does a stateful layer go on from batch to batch, and start anew when it is reset?",
        "STATEFUL HIST EDGE-1 EDGE-2 EDGE-12 EDGE-27 EDGE-34",
        words="reset_state reset_states stateful",
    ),
    Question(
        "Is padding left out, by Masking, by mask_zero and by a mask argument?",
        "MASK MASKOUT NEIGHBOUR EDGE-15 EDGE-16 EDGE-32 EDGE-100",
        "In the layer and through the layers around it, attention of several heads, convolutions "
        "and pooling among them, of few timesteps and samples and of many.",
        "embedding padded pad_sequences compute_mask supports_masking attention concatenate "
        "MultiHeadAttention GroupQueryAttention Conv1D MaxPooling1D AveragePooling1D "
        "GlobalMaxPooling1D ZeroPadding1D Cropping1D UpSampling1D",
    ),
    Question(
        "Do words become the ids of an Embedding?",
        "EDGE-172 EDGE-177",
        "By TextVectorization, StringLookup and IntegerLookup. What adapt finds is not judged.",
        "text vocabulary tokenize preprocessing lookup adapt",
    ),
    Question(
        "Do dropout and recurrent_dropout drop what they should?",
        "DROP CTX-100 EDGE-18",
        "The layers of dropout around a recurrent layer included, and what a call inside another "
        "one is told about training.",
        "seed noise_shape SpatialDropout1D training=False nested call",
    ),
    Question(
        "Do cells work, those of Keras and my own?",
        "CELL USERCELL EDGE-3 EDGE-14 EDGE-17 EDGE-24",
        "Cells of the suite's own, which do what users do. For yours, see own_layers.md.",
        "custom cell constants get_initial_state nested inputs",
    ),
    Question(
        "Do Bidirectional, TimeDistributed and stacks of cells compute what they wrap?",
        "BIDIR TIMEDIST STACK EDGE-25",
        words="StackedRNNCells merge_mode wrapper backward_layer",
    ),
    Question("Is ConvLSTM judged?", "CONV", words="ConvLSTM1D ConvLSTM2D ConvLSTM3D convolution"),
    Question(
        "Are gradients right?",
        "GRAD",
        "Those of weights, inputs and states; along a direction of the input also through a "
        "gradient, by a Jacobian and in forward mode. Second derivatives by weights are not.",
        "back-propagation hessian second derivative jacobian jvp gradient penalty",
    ),
    Question(
        "Are losses, metrics, sample weights and optimizers right on masked sequences?",
        "FIT LEARN EDGE-26 EDGE-33 EDGE-35 EDGE-81 EDGE-92 EDGE-93 EDGE-95 EDGE-120 EDGE-123 "
        "EDGE-140 EDGE-170 EDGE-171 EDGE-173 EDGE-175 EDGE-176",
        "Every optimizer, schedule and loss by its definition; clipping, gradient accumulation, "
        "loss scaling, validation, data of many kinds, several steps at once, add_loss, steps and "
        "training loops of your own, callbacks.",
        "callbacks EarlyStopping ModelCheckpoint training fit evaluate train_on_batch class_weight "
        "custom train_step compute_loss steps_per_execution LossScaleOptimizer stateless_apply "
        "GradientTape training loop hooks on_epoch_end interrupted KeyboardInterrupt "
        "apply_gradients shuffle seed RematScope",
    ),
    Question(
        "Are weights made, named, regularized and constrained as documented?",
        "INITW WEIGHT REG",
        words="initializer regularizer constraint get_weights",
    ),
    Question(
        "Is mixed precision judged, and set_floatx?",
        "DTYPE SETTING EDGE-11 EDGE-21 EDGE-50",
        words="float16 bfloat16 float64 half dtype policy global settings DTypePolicyMap autocast",
    ),
    Question(
        "Does it check my .h5 file?",
        "FILES",
        "Not your file: real files that Keras 2.1.6 to today wrote (.h5, .keras and weights), "
        "with the layers and options that files hold. The known failures of FILES rules say "
        "why a file like yours does not load, or computes something else.",
        "load_model load_weights legacy old release hdf5 tf.keras CuDNNLSTM time_major "
        "hard_sigmoid batch_input_shape",
    ),
    Question(
        "Is a model the same after it was saved, copied or cloned, and goes on training?",
        "SAVE LIFE EDGE-9 EDGE-19 EDGE-20 EDGE-22 EDGE-23 EDGE-28 EDGE-29 EDGE-39 EDGE-52 EDGE-53 "
        "EDGE-80",
        words="save load .keras .weights.h5 pickle deepcopy clone_model get_config json "
        "optimizer seq2seq shard sharded max_shard_size subclass by_name skip_mismatch frozen "
        "trainable",
    ),
    Question(
        "Is an exported model judged?",
        "EDGE-10 EXPORT",
        "In every format of Model.export: a SavedModel, ONNX in onnxruntime, OpenVINO, LiteRT in "
        "ai-edge-litert, and torch's ExportedProgram, where the packages that write and run it "
        "are installed. Not TensorFlow.js: its converter is no part of Keras.",
        "export tflite onnx openvino litert torch pt2 serving",
    ),
    Question(
        "Are compiled code and cuDNN judged?",
        "PATH CUDNN",
        "cuDNN where there is an NVIDIA GPU.",
        "jit xla tf.function graph gpu use_cudnn",
    ),
    Question(
        "Does it notice that something became slow, or keeps memory?",
        "COST",
        "Calls, traces, compilations and objects are counted; seconds are not measured.",
        "speed time leak performance",
    ),
    Question(
        "Are wrong arguments refused, and arguments taken in every spelling?",
        "BAD SPELL LEDGER EDGE-6 EDGE-60 EDGE-62 EDGE-91 EDGE-96 EDGE-174",
        words="error message signature numpy integer missing input None wrong shape",
    ),
    Question(
        "Does a call change what it was given, or what an earlier call returned?",
        "ALIAS CTX-101",
        words="in place alias memory StatelessScope stateless_call",
    ),
    Question(
        "Are layers and cells judged that are used several times?", "SHARE", words="shared twice"
    ),
    Question(
        "Does a model tell its shapes, how many weights it has, and what it is made of?",
        "EDGE-61 EDGE-90 EDGE-124 EDGE-125 EDGE-126",
        words="graph intermediate feature extraction summary count_params compute_output_shape "
        "input_shape",
    ),
    Question(
        "Are sequences of no timesteps, data without samples, ragged input and threads judged?",
        "EDGE-4 EDGE-5 EDGE-7 EDGE-94 EDGE-122",
        words="clear_session empty zero length concurrent",
    ),
    Question(
        "Are quantization and LoRA judged?",
        "EDGE-8 EDGE-30 EDGE-31 EDGE-156",
        "Two models in int8, an Embedding in int4, and enable_lora. Not GPTQ, AWQ or float8.",
        "quantize lora",
    ),
    Question("Do the listings of the article give its numbers?", "ARTICLE", words="blog printed"),
    # what is not judged
    Question(
        "Is my own model judged?",
        "",
        "No: a rule needs a documented promise. Its layers are, with your options: "
        "`--layer` judges a subclass in the place of Keras's, and own_layers.md has laws for "
        "layers and cells of your own.",
        "custom architecture network",
    ),
    Question(
        "Does a model learn well, or as fast as before?",
        "",
        "No: Keras promises no accuracy. Single steps are judged number by number.",
        "accuracy convergence quality",
    ),
    Question(
        "How many seconds does a call take?",
        "",
        "Not judged: they differ from machine to machine. See `keras-rnn-conformance bench`.",
        "speed benchmark latency throughput",
    ),
    Question(
        "Is training on several devices judged?",
        "",
        "No: a run has one process and one device, and what is split over devices is not the "
        "layer's.",
        "distributed multi-gpu tpu DataParallel ModelParallel sharding",
    ),
    Question(
        "Is it judged how summary, plot_model and progress bars look?",
        "",
        "No: what is printed is for people, and may change. The numbers in it are judged.",
        "print tensorboard",
    ),
    Question(
        "Are KerasHub, KerasTuner and other packages judged?",
        "",
        "No: only what `import keras` gives.",
        "nlp tuner tf-keras-contrib addons",
    ),
    Question(
        "Is a whole SavedModel of Keras 2 loaded?",
        "",
        "No: load_model of Keras 3 documents that it does not read that format.",
        "pb folder TFSMLayer",
    ),
)


def about(text: str) -> list[Question]:
    """The questions that speak of each word of a text."""
    return [question for question in QUESTIONS if question.speaks_of(text)]


def citing(text: str) -> list[str]:
    """The ids of the rules whose sentence or source has each word of a text."""
    words = text.lower().split()
    return [
        id
        for id in sorted(RULES, key=in_order)
        if all(word in f"{id} {RULES[id].sentence} {RULES[id].source}".lower() for word in words)
    ]
