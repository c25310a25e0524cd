"""What surrounds the recurrent layers in every model: the other sources that can be mutated."""

from __future__ import annotations

SHARED = (
    "layers/layer.py",
    "layers/core/masking.py",
    "layers/core/embedding.py",
    "layers/core/wrapper.py",
    "layers/regularization/dropout.py",
    "layers/merging/base_merge.py",
    "layers/merging/add.py",
    "layers/merging/average.py",
    "layers/merging/concatenate.py",
    "layers/merging/dot.py",
    "layers/merging/maximum.py",
    "layers/merging/minimum.py",
    "layers/merging/multiply.py",
    "layers/merging/subtract.py",
    "losses/loss.py",
    "trainers/compile_utils.py",
    "metrics/metric.py",
    "metrics/reduction_metrics.py",
    "models/functional.py",
    "models/cloning.py",
    "random/seed_generator.py",
    "backend/common/variables.py",
    "saving/saving_api.py",
    "saving/saving_lib.py",
    "saving/serialization_lib.py",
    "saving/object_registration.py",
    "saving/keras_saveable.py",
    "legacy/saving/json_utils.py",
    "legacy/saving/legacy_h5_format.py",
    "legacy/saving/saving_options.py",
    "legacy/saving/saving_utils.py",
    "legacy/saving/serialization.py",
)
"""Sources below `keras/src` that every backend shares."""

SCENARIOS = (
    "model",
    "edge",
    "learn",
    "masks",
    "file",
    "fit",
    "keras",
    "h5",
    "weights",
    "clone",
    "copy",
    "pickle",
    "reuse",
    "reg",
    "cost",
    "settings",
    "article",
)
"""What is done in the cases that are tried: a model is made, trained or kept."""

TESTS = (
    "layers/layer_test.py",
    "layers/core/masking_test.py",
    "layers/core/embedding_test.py",
    "layers/core/wrapper_test.py",
    "layers/regularization/dropout_test.py",
    "layers/merging/*_test.py",
    "losses/loss_test.py",
    "trainers/compile_utils_test.py",
    "trainers/trainer_test.py",
    "metrics/metric_test.py",
    "metrics/reduction_metrics_test.py",
    "models/*_test.py",
    "random/seed_generator_test.py",
    "backend/common/variables_test.py",
    "saving/*_test.py",
    "legacy/saving/*_test.py",
)
"""Keras's own tests of these sources, as patterns below `keras/src`."""

ONLY = {
    "layers/layer.py": (
        "Layer.supports_masking",
        "Layer.compute_mask",
        "Layer.symbolic_call",
        "Layer.__call__",
        "Layer._resolve_and_populate_arg",
        "Layer.stateless_call",
        "Layer.compute_output_spec",
        "Layer.add_loss",
        "Layer._get_own_losses",
        "Layer._get_regularization_losses",
        "Layer.losses",
        "Layer._clear_losses",
        "Layer._maybe_build",
        "Layer._build_by_run_for_single_pos_arg",
        "Layer._build_by_run_for_kwargs",
        "Layer._assert_input_compatibility",
        "Layer._get_call_context",
        "Layer._maybe_reset_call_context",
        "Layer._set_mask_metadata",
        "Layer._register_call_context_args",
        "is_backend_tensor_or_symbolic",
        "CallSpec.__init__",
        "CallContext.__init__",
        "CallContext.get_value",
        "CallContext.set_value",
        "get_arguments_dict",
        "get_shapes_dict",
        "update_shapes_dict_for_target_fn",
        "is_shape_tuple",
        "might_have_unbuilt_state",
    )
}
"""By source, the functions that are mutated, where that is not all: here a call and its masks."""

_DISTRIBUTED = "acts where several devices or hosts train together"
_REMOTE = "acts where a model is kept on a remote host"
_ORBAX = "acts on checkpoints of Orbax, which is not part of Keras"
_SHOWN = "text for people, whose wording is not documented"

EXCLUDED: dict[str, dict[str, str]] = {
    "losses/loss.py": {
        "scale_loss_for_distribution": _DISTRIBUTED,
        "unscale_loss_for_distribution": _DISTRIBUTED,
    },
    "metrics/metric.py": {"Metric.__repr__": _SHOWN, "Metric.__str__": _SHOWN},
    "layers/core/embedding.py": {"Embedding._quantization_mode_error": _SHOWN},
    "backend/common/variables.py": {"Variable.__repr__": _SHOWN},
    "saving/saving_api.py": {"_load_model_from_orbax_checkpoint": _ORBAX},
    "saving/saving_lib.py": {"_upload_model_to_hf": _REMOTE, "_raise_loading_failure": _SHOWN},
    "backend/tensorflow/trainer.py": {
        "TensorFlowTrainer.distribute_strategy": _DISTRIBUTED,
        "TensorFlowTrainer.distribute_reduction_method": _DISTRIBUTED,
        "reduce_per_replica": _DISTRIBUTED,
        "_multi_worker_concat": _DISTRIBUTED,
        "_tpu_multi_host_concat": _DISTRIBUTED,
        "_collective_all_reduce_multi_worker": _DISTRIBUTED,
        "_is_per_replica_instance": _DISTRIBUTED,
        "_is_tpu_multi_host": _DISTRIBUTED,
        "_is_tpu_strategy": _DISTRIBUTED,
        "_is_tpu_strategy_class": _DISTRIBUTED,
    },
    "backend/jax/trainer.py": {
        "JAXTrainer._get_state_sharding_spec": _DISTRIBUTED,
        "JAXTrainer._check_sharding_consistency": _DISTRIBUTED,
        "JAXEpochIterator._get_distributed_iterator": _DISTRIBUTED,
        "_distribute_data": _DISTRIBUTED,
    },
}
"""By source, the functions whose faults no run here can show, with the reason."""
