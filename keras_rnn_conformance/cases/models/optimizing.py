"""The optimizers of courses: alone, and with every option that they share."""

from __future__ import annotations

from typing import Any

SGD: dict[str, Any] = {"kind": "SGD", "learning_rate": 0.125}
SLOW = {**SGD, "learning_rate": 2.0**-20}
MOMENTUM = {**SGD, "momentum": 0.75}
NESTEROV = {**MOMENTUM, "nesterov": True}
ADAM = {"kind": "Adam", "learning_rate": 0.03125}

BASES: dict[str, dict[str, Any]] = {
    "momentum": MOMENTUM,
    "nesterov": NESTEROV,
    "adam": ADAM,
    "amsgrad": {**ADAM, "amsgrad": True, "beta_1": 0.5, "beta_2": 0.5},
}
TWEAKS: dict[str, dict[str, Any]] = {
    "value": {"clipvalue": 0.0625},
    "norm": {"clipnorm": 0.125},
    "all": {"global_clipnorm": 0.125},
    "accumulated": {"gradient_accumulation_steps": 2},
    "decay": {"weight_decay": 0.125},
    "averaged": {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 2},
    "scaled": {"loss_scale_factor": 8.0},
    "dynamic": {"initial_scale": 64.0, "dynamic_growth_steps": 2},
}
SCALING = tuple(TWEAKS["dynamic"])
"""The options of a LossScaleOptimizer around the optimizer."""

_RATE = {"learning_rate": 0.125}
_SMALL = {"epsilon": 2.0**-60}  # which does nothing, wherever it is added
_ROOTED = {"kind": "RMSprop", **_RATE, **_SMALL, "rho": 0.75}
LONG_STEPPED: dict[str, dict[str, Any]] = {
    "SGD": SGD,
    "SGD with momentum": MOMENTUM,
    "SGD with momentum of Nesterov": NESTEROV,
    "Adam": {"kind": "Adam", **_RATE},
    "Adam with amsgrad": {"kind": "Adam", **_RATE, "amsgrad": True, "beta_2": 0.5},
    "AdamW": {"kind": "AdamW", **_RATE, "weight_decay": 0.25},
    "AdamW, two excluded from decay": {
        "kind": "AdamW",
        **_RATE,
        "weight_decay": 0.25,
        "excluded": ("gamma", "bias"),
    },
    "Adamax": {"kind": "Adamax", **_RATE, **_SMALL},
    "Adagrad": {"kind": "Adagrad", **_RATE, **_SMALL, "initial_accumulator_value": 0.25},
    "RMSprop": _ROOTED,
    "RMSprop, centered": {**_ROOTED, "centered": True},
    "RMSprop with momentum": {**_ROOTED, "momentum": 0.5},
    "RMSprop, centered, with momentum": {**_ROOTED, "centered": True, "momentum": 0.5},
}
"""Optimizers of which many steps are taken, alone and with the options of their own."""

EXCLUDED: dict[str, dict[str, Any]] = {
    "AdamW, all excluded from decay": {
        **LONG_STEPPED["AdamW"],
        "excluded": ("kernel", "bias", "gamma"),
    },
}
"""One that has nothing left to let decay."""
