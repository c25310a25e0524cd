"""What gives batches to fit and evaluate, instead of arrays."""

from __future__ import annotations

from typing import Any

import keras

from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.trees import map_structure


class Batches(keras.utils.PyDataset):
    """Batches as they are given; if asked, in the other order in every second epoch.

    Keras looks at a batch or two before the first epoch, which is none.
    """

    def __init__(self, parts: list[Any], turning: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.parts, self.turning, self.read = parts, turning, 0

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, index: int) -> Any:
        self.read += 1
        return self.parts[index]

    def on_epoch_end(self) -> None:
        if self.turning and self.read >= len(self.parts):
            self.parts = self.parts[::-1]
        self.read = 0


@printed
def tf_dataset(arrays: tuple[Any, ...], size: int) -> Any:
    """The arrays as a tf.data.Dataset of batches."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(arrays).batch(size)


@printed
def fixed_dataset(parts: list[Any]) -> Any:
    """The batches as a tf.data.Dataset that knows their shapes, which are those of the first."""
    import tensorflow as tf

    shapes = tuple(tf.TensorSpec(array.shape, array.dtype) for array in parts[0])
    return tf.data.Dataset.from_generator(lambda: iter(parts), output_signature=shapes)


@printed
def torch_loader(arrays: tuple[Any, ...], size: int) -> Any:
    """The arrays as a DataLoader of batches, dictionaries of arrays too."""
    import torch

    if isinstance(arrays[0], dict):
        rows = range(len(next(iter(arrays[0].values()))))
        some = [map_structure(lambda array, k=k: array[k], arrays) for k in rows]
        return torch.utils.data.DataLoader(some, size)
    whole = torch.utils.data.TensorDataset(*map(torch.from_numpy, arrays))
    return torch.utils.data.DataLoader(whole, size)
