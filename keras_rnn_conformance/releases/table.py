"""Which releases there are, and the environments that run them.

Keras is pure Python, so one environment serves many releases: each Keras is installed alone into a
folder that goes first on the path. The pins are those that were seen to install and run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault

_SUITE = ("numpy==2.4.6", "packaging>=24", "pytest>=8", "pytest-xdist>=3.6")
_KERAS3 = (
    *_SUITE,
    "absl-py",
    "rich",
    "namex",
    "h5py==3.14.0",
    "optree==0.20.0",
    "ml-dtypes==0.6.0",
    "dm-tree==0.1.10",
)
_TF1 = ("protobuf==3.19.6", "h5py==2.10.0", "numpy==1.16.6", "scipy==1.5.4", "pyyaml==6.0.1", "six")


class NotHere(CommandFault):
    """A release cannot run here; the message says what is missing."""


@dataclass(frozen=True)
class Environment:
    """A Python with everything but Keras.

    Attributes:
        name: of its folder.
        python: the version of the interpreter, such as `3.11`.
        pins: what is installed into it.
        pip: the pip that installs them; old interpreters need an old one.
    """

    name: str
    python: str
    pins: tuple[str, ...]
    pip: str = "pip"


@dataclass(frozen=True)
class Release:
    """A release of Keras on a backend.

    Attributes:
        version: of Keras, or `latest`, `nightly` or `source`.
        backend: what it computes with.
        environment: the name of the environment.
        requirement: what pip installs.
        module: the name under which it is imported.
        live: whether the suite itself runs on it; else cases and observations go through files.
    """

    version: str
    backend: str
    environment: str
    requirement: str
    module: str = "keras"
    live: bool = True

    @property
    def name(self) -> str:
        return f"{self.version}-{self.backend}"


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "tensorflow1.15",
            "3.6",
            ("tensorflow==1.15.5", "keras-applications", "keras-preprocessing", *_TF1),
            "pip<22",
        ),
        Environment("tensorflow1.8", "3.6", ("keras==2.1.6", "tensorflow==1.8.0", *_TF1), "pip<22"),
        Environment(
            "tensorflow2.4", "3.7", ("tensorflow-cpu==2.4.4", "protobuf<3.21", "h5py<3"), "pip<22"
        ),
        Environment("tensorflow2.8", "3.9", ("tensorflow-cpu==2.8.4", "numpy<2")),
        Environment("tensorflow2.11", "3.10", ("tensorflow-cpu==2.11.1", "numpy<2")),
        Environment("tensorflow2.15", "3.11", ("tensorflow-cpu==2.15.1",)),
        Environment("keras3-tensorflow", "3.11", ("tensorflow-cpu==2.21.0", *_KERAS3)),
        Environment("keras3-jax", "3.11", ("jax==0.10.2", "scipy", *_KERAS3)),
        Environment("keras3-torch", "3.11", ("torch==2.13.0", *_KERAS3)),
        Environment("keras3-numpy", "3.11", ("scipy", "jax==0.10.2", *_KERAS3)),
        Environment(
            "keras3-numpy-torch", "3.11", ("scipy", "jax==0.10.2", "torch==2.13.0", *_KERAS3)
        ),
        Environment("keras3-openvino", "3.11", ("openvino==2026.4.1", "scipy", *_KERAS3)),
    )
}

ANY_KERAS3 = tuple(name for name in ENVIRONMENTS if name.startswith("keras3-"))
"""The environments for which one Python with every backend can stand in."""

KERAS2 = {
    "tensorflow1.15": "2.0.5 2.0.6 2.0.8 2.0.9 2.1.6 2.2.4 2.2.5 2.3.0 2.3.1",
    "tensorflow2.4": "2.4.3",
    "tensorflow2.8": "2.6.0 2.7.0 2.8.0",
    "tensorflow2.11": "2.9.0 2.10.0 2.11.0",
    "tensorflow2.15": "2.13.1 2.14.0 2.15.0",
}
TF_KERAS = ("2.16.0", "2.17.0", "2.18.0", "2.19.0", "2.20.1", "2.21.0")
"""Keras 2 where TensorFlow has Keras 3: its numbers go on from those of Keras."""
KERAS3 = (
    "3.0.5",
    "3.1.1",
    "3.2.1",
    "3.3.3",
    "3.4.1",
    "3.5.0",
    "3.6.0",
    "3.7.0",
    "3.8.0",
    "3.9.2",
    "3.10.0",
    "3.11.3",
    "3.12.4",
    "3.13.2",
    "3.14.1",
    "3.15.1",
)
MOVING = {"latest": "keras", "nightly": "keras-nightly", "source": ""}
OPENVINO = ("3.14.1", "3.15.1", "latest", "source")
"""The releases whose openvino backend has recurrent layers; nightly builds have no such backend."""


def releases() -> list[Release]:
    """Every release and backend with a fixed version, the oldest first."""
    rows = [
        Release(version, "tensorflow", environment, f"keras=={version}", live=False)
        for environment, versions in KERAS2.items()
        for version in versions.split()
    ]
    rows += map(_tf_keras, TF_KERAS)
    rows += [_keras3(v, b) for v in KERAS3 for b in BACKENDS if b != "openvino" or v in OPENVINO]
    return rows


def moving() -> list[Release]:
    """The releases without a number, on each backend that they have."""
    return [
        _keras3(version, backend)
        for version in MOVING
        for backend in BACKENDS
        if backend != "openvino" or version in OPENVINO
    ]


def named(name: str, backend: str = "tensorflow") -> Release:
    """The release of a name: `3.9`, `3.9-jax`, `keras3.9-jax`, `2.1.6`, `tf-keras2.18`, `nightly`.

    Raises:
        CommandFault: if the table has no such release.
    """
    version, _, last = name.removeprefix("keras").removeprefix("-").rpartition("-")
    if last in BACKENDS:
        backend = last
    else:
        version = f"{version}-{last}".removeprefix("-")
    if version in MOVING:
        return _keras3(version, backend)
    if version.startswith("tf-keras"):
        version = version.removeprefix("tf-keras") or TF_KERAS[-1]
    rows = [r for r in releases() if f"{r.version}.".startswith(f"{version}.")]
    if not rows:
        raise CommandFault(f"no release {name}; `releases` lists those that there are")
    return next((r for r in rows if r.backend == backend), replace(rows[0], backend=backend))


def check_backend(release: Release) -> None:
    """Refuse a release on a backend that it does not have.

    Raises:
        NotHere: if it has no recurrent layers there.
    """
    if release.backend == "openvino":
        there = release.version in OPENVINO
    else:
        there = release.version in MOVING or release.name in {r.name for r in releases()}
    if not there:
        raise NotHere(f"Keras {release.version} has no recurrent layers on {release.backend}")


def _tf_keras(version: str) -> Release:
    requirement = f"tf-keras=={version}"
    return Release(version, "tensorflow", "keras3-tensorflow", requirement, "tf_keras", False)


def _keras3(version: str, backend: str) -> Release:
    # Keras 3.0 imports PyTorch on NumPy too.
    place = f"{backend}-torch" if (version, backend) == ("3.0.5", "numpy") else backend
    return Release(version, backend, f"keras3-{place}", MOVING.get(version, f"keras=={version}"))
