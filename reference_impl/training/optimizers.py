"""SGD, Adam and their kin, and what is done to gradients and weights before and after their step.

One call of `Optimizer.apply` is one call of Keras's `apply`: gradients in, weights assigned. In
this order: loss scale, accumulation, clipping (by norm, global norm or value: the first one given),
weight decay, the step, the moving average of the weights.

Adam divides by sqrt(v) + epsilon, where v estimates the square of the gradient, so that a relative
error r of a gradient comes back as an error of order r of the step: the bound is as useful as the
gradient's own, unless the gradient is not known to be away from zero. There the bound of v reaches
zero, and what remains is that the step cannot exceed

    alpha (1 - beta_1) / sqrt((1 - beta_2) (1 - beta_1^2 / beta_2))

(by Cauchy's inequality, from m and v as weighted sums of g and g^2): that is the bound then, a few
learning rates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..bounded import Bounded, Precision, exact, gamma
from ..errors import ReferenceInputError, one_of
from ..operations import constant, divide, either, larger, reciprocal, root

Quantities = dict[str, Bounded]
KINDS = ("SGD", "Adam", "AdamW", "Adamax", "RMSprop", "Adagrad")


@dataclass(frozen=True)
class Settings:
    """The arguments of an optimizer, by Keras's names.

    Attributes:
        kind: one of `KINDS`.
        excluded: names of weights that weight decay leaves alone.
        initial_scale, dynamic_growth_steps: of a LossScaleOptimizer around it; None for none.
    """

    kind: str = "SGD"
    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False
    rho: float = 0.9
    centered: bool = False
    initial_accumulator_value: float = 0.1
    excluded: tuple[str, ...] = ()
    weight_decay: float | None = None
    clipnorm: float | None = None
    global_clipnorm: float | None = None
    clipvalue: float | None = None
    gradient_accumulation_steps: int | None = None
    loss_scale_factor: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    initial_scale: float | None = None
    dynamic_growth_steps: int = 2000


@dataclass
class Optimizer:
    """An optimizer and its state.

    Attributes:
        iterations: the number of calls, those that only accumulated included.
        slots: the variables of each weight, by "slot/weight": momentum, velocity, velocity_hat,
            accumulator, average.
        scale: the dynamic loss scale, or the fixed factor, or None.
    """

    settings: Settings
    precision: Precision
    iterations: int = 0
    slots: Quantities = field(default_factory=dict)
    finite_steps: int = 0
    scale: float | None = None

    def __post_init__(self) -> None:
        one_of("kind", self.settings.kind, KINDS)
        own = self.settings
        self.scale = own.loss_scale_factor if own.initial_scale is None else own.initial_scale

    def _slot(self, slot: str, name: str, like: Bounded) -> Bounded:
        empty = exact(np.zeros(like.shape), self.precision)
        return self.slots.get(f"{slot}/{name}", empty)

    def _number(self, value: float) -> Bounded:
        return constant(value, self.precision)

    def apply(self, gradients: Mapping[str, Bounded], weights: Quantities) -> Quantities:
        """Return the weights after one call.

        Args:
            gradients: of the scaled loss where there is a loss scale. A gradient that is not
                finite at its precision, under a dynamic scale, halves it and leaves all else as
                it is.
        """
        if self.settings.initial_scale is not None and _overflow(gradients):
            self.finite_steps, self.scale = 0, self._scale() * 0.5
            return dict(weights)
        gradients = {
            name: g if g.precision == self.precision else g.rounded_to(self.precision)
            for name, g in gradients.items()
        }
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            new = self._applied(dict(gradients), dict(weights))
        self.iterations += 1
        if self.settings.initial_scale is not None:
            self._grow()
        return new

    def _scale(self) -> float:
        if self.scale is None:
            raise ReferenceInputError("this optimizer has no loss scale")
        return self.scale

    def _grow(self) -> None:
        self.finite_steps += 1
        if self.finite_steps == self.settings.dynamic_growth_steps:
            self.finite_steps, self.scale = 0, self._scale() * 2.0

    def _applied(self, gradients: Quantities, weights: Quantities) -> Quantities:
        own = self.settings
        if self.scale is not None:
            share = self._number(1.0 / self.scale)
            gradients = {name: g * share for name, g in gradients.items()}
        steps = own.gradient_accumulation_steps
        if steps:
            sums = {n: g + self._slot("accumulator", n, g) for n, g in gradients.items()}
            due = (self.iterations + 1) % steps == 0
            for name, g in sums.items():
                self.slots[f"accumulator/{name}"] = g * 0.0 if due else g
            if not due:
                return weights
            share = self._number(1.0 / steps)
            gradients = {name: g * share for name, g in sums.items()}
        return self._moved(gradients, weights)

    def _moved(self, gradients: Quantities, weights: Quantities) -> Quantities:
        gradients = self._clipped(gradients)
        steps = {
            "SGD": self._sgd,
            "Adamax": self._adamax,
            "RMSprop": self._rmsprop,
            "Adagrad": self._adagrad,
        }
        step = steps.get(self.settings.kind, self._adam)
        for name, g in gradients.items():
            decays = name not in self.settings.excluded
            weights[name] = step(name, g, self._decayed(weights[name]) if decays else weights[name])
        return self._averaged(gradients, weights) if self.settings.use_ema else weights

    def _decayed(self, weight: Bounded) -> Bounded:
        decay = self.settings.weight_decay
        if decay is None:
            return weight
        share = self._number(decay) * self._number(self.settings.learning_rate)
        return weight - weight * share

    # Clipping

    def _clipped(self, gradients: Quantities) -> Quantities:
        own = self.settings
        if own.clipnorm:
            return {
                name: g * self._shrink(_squares(g), own.clipnorm) for name, g in gradients.items()
            }
        if own.global_clipnorm:
            parts = Bounded.concatenate([_squares(g) for g in gradients.values()], 0)
            shrink = self._shrink(parts.sum((0,)).reshape(1), own.global_clipnorm)
            return {name: g * shrink for name, g in gradients.items()}
        if own.clipvalue:
            return {name: self._between(g, own.clipvalue) for name, g in gradients.items()}
        return gradients

    def _shrink(self, squares: Bounded, limit: float) -> Bounded:
        """Return limit / max(norm, limit), of one element."""
        top = self._number(limit)
        return top * reciprocal(larger(root(squares), top))

    def _between(self, g: Bounded, limit: float) -> Bounded:
        top = self._number(limit)
        edge = Bounded(np.broadcast_to(top.value, g.shape), top.bound, self.precision)
        return -larger(-larger(g, -edge), -edge)

    # The steps

    def _sgd(self, name: str, g: Bounded, weight: Bounded) -> Bounded:
        """m = momentum m - rate g; with nesterov the weight moves by momentum m - rate g."""
        own = self.settings
        step = g * self._number(own.learning_rate)
        if not own.momentum:
            return weight - step
        momentum = self._number(own.momentum)
        m = self._slot("momentum", name, g) * momentum - step
        self.slots[f"momentum/{name}"] = m
        return weight + (m * momentum - step if own.nesterov else m)

    def _adam(self, name: str, g: Bounded, weight: Bounded) -> Bounded:
        """Kingma and Ba 2015, the form before section 2.1: epsilon beside the uncorrected root."""
        own = self.settings
        m = self._mixed("momentum", name, g, own.beta_1)
        v = self._mixed("velocity", name, g * g, own.beta_2)
        if own.amsgrad:
            v = larger(self._slot("velocity_hat", name, g), v)
            self.slots[f"velocity_hat/{name}"] = v
        alpha = self._alpha(self.updates_made())
        step = divide(m * alpha, root(v) + self._number(own.epsilon))
        return weight - self._capped(step, alpha)

    def _adamax(self, name: str, g: Bounded, weight: Bounded) -> Bounded:
        """Kingma and Ba 2015, section 7.1: the largest gradient, fading, for the root of v."""
        own = self.settings
        m = self._mixed("momentum", name, g, own.beta_1)
        top = larger(self._slot("norm", name, g) * self._number(own.beta_2), larger(g, -g))
        self.slots[f"norm/{name}"] = top
        rate = divide(
            self._number(own.learning_rate), 1.0 - self._power(own.beta_1, self.updates_made())
        )
        return weight - divide(m * rate, top + self._number(own.epsilon))

    def _rmsprop(self, name: str, g: Bounded, weight: Bounded) -> Bounded:
        """Tieleman and Hinton 2012; centered, the mean square is that about the mean."""
        own = self.settings
        square = self._mixed("velocity", name, g * g, own.rho)
        if own.centered:
            mean = self._mixed("average_gradient", name, g, own.rho)
            square = square - mean * mean
        step = self._over_root(g, square)
        if own.momentum:
            step = self._slot("momentum", name, g) * self._number(own.momentum) + step
            self.slots[f"momentum/{name}"] = step
        return weight - step

    def _adagrad(self, name: str, g: Bounded, weight: Bounded) -> Bounded:
        """Duchi, Hazan and Singer 2011: the sum of all squares so far."""
        start = self._number(self.settings.initial_accumulator_value)
        squares = self.slots.get(f"squares/{name}", g * 0.0 + start) + g * g
        self.slots[f"squares/{name}"] = squares
        return weight - self._over_root(g, squares)

    def _over_root(self, g: Bounded, square: Bounded) -> Bounded:
        """Return rate g / sqrt(square + epsilon)."""
        own = self.settings
        return divide(g * self._number(own.learning_rate), root(square + self._number(own.epsilon)))

    def updates_made(self) -> int:
        """Return the t of the bias correction: the number of steps, this one included."""
        return self.iterations // (self.settings.gradient_accumulation_steps or 1) + 1

    def _mixed(self, slot: str, name: str, new: Bounded, beta: float) -> Bounded:
        """Return old + (new - old)(1 - beta), or beta old + (1 - beta) new: backends use both."""
        old, share = self._slot(slot, name, new), self._number(1.0 - beta)
        mixed = either(old + (new - old) * share, old * self._number(beta) + new * share)
        self.slots[f"{slot}/{name}"] = mixed
        return mixed

    def _alpha(self, t: int) -> Bounded:
        """Return rate sqrt(1 - beta_2^t) / (1 - beta_1^t), the powers rounded as the target does.

        beta_2 rounded to the target makes 1 - beta_2 err by u / (1 - beta_2), a thousand times u.
        """
        own = self.settings
        return divide(
            self._number(own.learning_rate) * root(1.0 - self._power(own.beta_2, t)),
            1.0 - self._power(own.beta_1, t),
        )

    def _power(self, beta: float, t: int) -> Bounded:
        """Return beta^t: beta is rounded once, and the power errs by 4 u, as exp does."""
        value = np.asarray([beta**t])
        return Bounded(value, value * gamma(self.precision, t + 4), self.precision)

    def _capped(self, step: Bounded, alpha: Bounded) -> Bounded:
        own = self.settings
        ratio = own.beta_1**2 / own.beta_2
        if ratio >= 1.0:
            return step
        most = (1.0 - own.beta_1) / math.sqrt((1.0 - own.beta_2) * (1.0 - ratio))
        # the roundings of m and v, a few in every step so far, can exceed it by as much
        slack = 1.0 + gamma(self.precision, 8 * self.updates_made() + 8)
        reach = most * slack * (np.abs(alpha.value) + alpha.bound)
        return Bounded(step.value, np.fmin(step.bound, np.abs(step.value) + reach), self.precision)

    def _averaged(self, gradients: Quantities, weights: Quantities) -> Quantities:
        """Update the moving average of the weights, and assign it when it is due."""
        own = self.settings
        momentum = own.ema_momentum if self.updates_made() > 1 else 0.0
        every = own.ema_overwrite_frequency
        due = bool(every) and self.updates_made() % (every or 1) == 0
        for name in gradients:
            old = self._slot("average", name, weights[name])
            kept = old * self._number(momentum)
            average = kept + weights[name] * self._number(1.0 - momentum)
            self.slots[f"average/{name}"] = average
            weights[name] = average if due else weights[name]
        return weights


def _squares(g: Bounded) -> Bounded:
    """Return the sum of squares, of one element."""
    return (g * g).sum(tuple(range(len(g.shape)))).reshape(1)


def _overflow(gradients: Mapping[str, Bounded]) -> bool:
    """Return whether a gradient leaves the range of its precision.

    Raises:
        ReferenceInputError: if that depends on the roundings.
    """
    unsure = False
    for g in gradients.values():
        # beyond twice the range it is no matter of rounding
        if not (np.abs(g.value) <= 2.0 * g.precision.largest).all():
            return True
        unsure |= not np.isfinite(g.bound).all()
    if unsure:
        raise ReferenceInputError("whether a gradient overflows depends on how it is rounded")
    return False
