"""Mends of files and configurations, of this release and of older ones."""

from __future__ import annotations

from tests.quality.mends.layers import RNN
from tests.quality.mends.mend import Edit, Mend

LEGACY, H5 = "legacy/saving/saving_utils.py", "legacy/saving/legacy_h5_format.py"
SERIAL, FUNCTIONAL = "saving/serialization_lib.py", "models/functional.py"
_DO = "LSTM-seq0-state0-u2-t4-n3-in5-do.file-what."

MENDS = (
    Mend(
        "the configuration of a Sequential is a list up to Keras 2.2.2",
        (_DO + "lstm_h5_2_1_6", "GRU-seq0-state0-u2-t4-n3-in5-do.file-what.gru_h5_2_1_6"),
        (
            Edit(
                LEGACY,
                '    batch_input_shape = config["config"].pop(',
                """\
    if isinstance(config["config"], list):
        config["config"] = {"name": None, "layers": config["config"]}
    if config["class_name"] == "Sequential":
        layers = config["config"]["layers"]
        batch = layers[0]["config"].get("batch_input_shape")
        if layers[0]["class_name"] != "InputLayer" and batch is not None:
            start = {"class_name": "InputLayer", "config": {"batch_input_shape": batch}}
            config["config"]["layers"] = [start, *layers]
    batch_input_shape = config["config"].pop(""",
            ),
        ),
    ),
    Mend(
        "the shape of a batch counts the samples",
        (_DO + "lstm_h5_2_3_1", _DO + "reverse_h5_2_3_1"),
        (
            Edit(
                LEGACY,
                '            config["config"]["input_shape"] = batch_input_shape\n',
                "            pass  # the shape is that of the input\n",
            ),
        ),
    ),
    Mend(
        "layers within layers in the format of Keras 2",
        (_DO + "both_h5_2_1_6", _DO + "stack_h5_2_1_6"),
        (
            Edit(
                SERIAL,
                '    module = config.get("module", None)\n    registered_name',
                """\
    if "module" not in config and class_name != "function":
        from keras.src import layers

        if hasattr(layers, class_name):
            config = {**config, "module": "keras.layers"}
    module = config.get("module", None)
    registered_name""",
            ),
        ),
    ),
    Mend(
        "time_major=False asks for nothing",
        (
            "GRU-seq0-state0-u2-t4-n3-in5-do.file-what.after_h5_2_15_0",
            "GRU-seq0-state0-u2-t4-n3-in5-do.file-what.before_h5_2_15_0",
        ),
        (
            Edit(
                RNN,
                "        super().__init__(**kwargs)\n\n        # If True",
                '        if not kwargs.get("time_major", True):\n'
                '            del kwargs["time_major"]\n'
                "        super().__init__(**kwargs)\n\n        # If True",
            ),
        ),
    ),
    Mend(
        "Keras 2.15 names the module of a functional model otherwise",
        (_DO + "both_keras_2_15_0", _DO + "hard_keras_2_15_0"),
        (
            Edit(
                SERIAL,
                "    if module:\n        # If it's a Keras built-in object,\n",
                """\
    if module == "keras.src.engine.functional":
        module = "keras.src.models.functional"
    if module:
        # If it's a Keras built-in object,
""",
            ),
            Edit(
                SERIAL,
                "            instance = cls.from_config(inner_config)\n",
                """\
            if class_name != "InputLayer":
                inner_config = dict(inner_config)
                inner_config.pop("batch_input_shape", None)
            instance = cls.from_config(inner_config)
""",
            ),
        ),
    ),
    Mend(
        "initial states that are further inputs",
        (_DO + "states_h5_2_2_5",),
        (
            Edit(
                FUNCTIONAL,
                "        # Call layer on its inputs, thus creating the node\n",
                """\
        if hasattr(layer, "return_state") and isinstance(args[0], list):
            kwargs = {**kwargs, "initial_state": args[0][1:]}
            args = [args[0][0]]
        # Call layer on its inputs, thus creating the node
""",
            ),
        ),
    ),
    Mend(
        "operations in .h5 files",
        ("LSTM-seq0-state0-u2-t3-n5-in4-mask.left-do.learn-what.saved_h5",),
        (
            Edit(
                LEGACY,
                '        MODULE_OBJECTS.ALL_OBJECTS["Model"] = models.Model\n',
                """\
        MODULE_OBJECTS.ALL_OBJECTS["Model"] = models.Model
        from keras.src.ops import numpy as operations

        MODULE_OBJECTS.ALL_OBJECTS["NotEqual"] = operations.NotEqual
        MODULE_OBJECTS.ALL_OBJECTS["Any"] = operations.Any
""",
            ),
        ),
        backends=("tensorflow", "torch"),
    ),
    Mend(
        "the optimizer of an .h5 file is built for the weights of every layer",
        ("LSTM-seq0-state0-u2-t3-n5-in4-mask.first-do.learn-what.states_h5",),
        (
            Edit(
                H5,
                "model.optimizer.build(model._trainable_variables)",
                "model.optimizer.build(model.trainable_variables)",
            ),
        ),
        backends=("tensorflow", "torch"),
    ),
    Mend(
        "weights are looked for under the names of the classes that a layer derives from",
        ("LSTM-seq0-state0-u2-t4-n3-in5-do.edge-what.of_subclass",),
        (
            Edit(
                "saving/saving_lib.py",
                """\
            name = _get_unique_name(
                naming.to_snake_case(saveable.__class__.__name__),
                used_names,
            )
            _load_state(
""",
                """\
            kinds = [naming.to_snake_case(k.__name__) for k in type(saveable).__mro__]
            present = [
                kind
                for kind in kinds
                if _container_path_present(
                    weights_store, assets_store, file_utils.join(inner_path, kind)
                )
            ]
            name = _get_unique_name((present or kinds)[0], used_names)
            _load_state(
""",
            ),
        ),
    ),
    Mend(
        "a lambda inside Bidirectional",
        (),
        (
            Edit(
                "layers/rnn/bidirectional.py",
                "        config = serialization_lib.serialize_keras_object(layer)\n",
                "        config = _config_of(layer)\n",
                times=2,
            ),
            Edit(
                "layers/rnn/bidirectional.py",
                '@keras_export("keras.layers.Bidirectional")\n',
                '''\
def _config_of(layer):
    """The configuration of a layer, with the functions that it was given as they are."""
    config = serialization_lib.serialize_keras_object(layer)
    for name in ("activation", "recurrent_activation"):
        if name in config["config"]:
            config["config"][name] = getattr(layer, name)
    return config


@keras_export("keras.layers.Bidirectional")
''',
            ),
        ),
        others=(
            "GRU-seq0-state0-u3-t5-as.bi-act.callable",
            "LSTM-seq0-state0-u3-t5-as.bi-act.callable",
        ),
    ),
    Mend(
        "an integer of NumPy is written as an integer",
        ("ConvLSTM2D-seq1-state1-u2-t3-n2-kern3-do.written-what.integers",),
        (
            Edit(
                SERIAL,
                "    if backend.is_tensor(obj):\n        return {\n",
                """\
    if isinstance(obj, np.generic):
        return obj.item()
    if backend.is_tensor(obj):
        return {
""",
            ),
        ),
    ),
)
