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
