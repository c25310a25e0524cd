"""Write the files that releases of Keras left: their models, for the Keras of today to load.

  keras-rnn-conformance files                 every file that is not there yet
  keras-rnn-conformance files 2.3.1 2.15.0    those of some releases, anew
  keras-rnn-conformance files --list          the files, and where each stands

Each release runs in its environment, which is made if need be, and writes what the table
`cases/models/shelf.py` says into fixtures/files/keras-RELEASE, beside an index.json of how it was
made, the SHA-256 of each file and what the model computed. A file that is there is what a release
wrote: it is made anew only by name.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.base.paths import FIXTURES, PACKAGE
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.archive import File, files, folder_of, laid_out
from keras_rnn_conformance.expected.scenarios.whole.files import model_in, numbers_in
from keras_rnn_conformance.releases.environments import DEFAULT, prepared
from keras_rnn_conformance.releases.running import environment_of
from keras_rnn_conformance.releases.table import Release, named
from reference_impl.models.model import Model

FILER = PACKAGE / "standalone" / "filer.py"


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("releases", nargs="*", metavar="RELEASE", help="those to write anew")
    parser.add_argument("--list", action="store_true", help="list the files and write none")
    parser.add_argument(
        "--environments", type=Path, default=DEFAULT, metavar="DIR", help="where they are kept"
    )
    parser.add_argument(
        "--python", type=Path, metavar="PATH", help="a Python with every package of Keras 3"
    )


def main(arguments: argparse.Namespace) -> int:
    """Write what is asked for."""
    if arguments.list:
        for file in files():
            print(f"{file.path}\t{file.case.id}")
        return 0
    known = list(dict.fromkeys(file.release for file in files()))
    for version in arguments.releases:
        if version not in known:
            raise CommandFault(f"no file is of {version}; there are files of {', '.join(known)}")
    absent = [v for v in known if not (FIXTURES / "files" / folder_of(v)).is_dir()]
    for version in arguments.releases or absent:
        _write(named(version), arguments.environments, arguments.python)
        print(f"wrote fixtures/files/{folder_of(version)}")
    return 0


def _write(release: Release, environments: Path, python: Path | None) -> None:
    place = prepared(release, environments, python)
    own = [file for file in files() if file.release == release.version]
    with tempfile.TemporaryDirectory(prefix="files-") as name:
        there = Path(name)
        (there / "plan.json").write_text(json.dumps([_item(file) for file in own]))
        command = [str(place.python), str(FILER), str(there / "plan.json"), name]
        done = subprocess.run(
            command, env=environment_of(release, place), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CommandFault(f"{release.name}: {done.stderr.strip().splitlines()[-1]}")
        facts = json.loads((there / "outputs.json").read_text())
        if facts["keras"] != release.version:
            raise CommandFault(f"{release.name}: Keras {facts['keras']} was run")
        target = FIXTURES / "files" / folder_of(release.version)
        target.mkdir(parents=True, exist_ok=True)
        for old in target.iterdir():
            old.unlink()
        for file in own:
            (target / Path(file.path).name).write_bytes((there / Path(file.path).name).read_bytes())
    write_whole(target / "index.json", _index(release, facts, target))


def _index(release: Release, facts: dict[str, Any], target: Path) -> str:
    """How the files of a release were made, and what its models computed: one line a file."""
    head = {
        "keras": facts["keras"],
        "backend": release.backend,
        "python": facts["python"],
        "packages": facts["packages"],
        "command": f"keras-rnn-conformance files {release.version}",
    }
    rows = [
        json.dumps(
            {
                "file": one["path"],
                "sha256": hashlib.sha256((target / one["path"]).read_bytes()).hexdigest(),
                "outputs": one["outputs"],
                **({"why": one["why"]} if "why" in one else {}),
            }
        )
        for one in facts["files"]
    ]
    lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in head.items())
    return "{\n" + lines + ',\n  "files": [\n    ' + ",\n    ".join(rows) + "\n  ]\n}\n"


def _item(file: File) -> dict[str, Any]:
    """What `filer.py` is told of a file."""
    data = Data(file.case)
    filed, given = file.filed, laid_out(file, data)
    return {
        "path": Path(file.path).name,
        "whole": file.whole,
        "chain": filed.chain,
        "inputs": {name: _entry(file, array) for name, array in given.items()},
        "parts": [
            {
                "name": part.name,
                "kind": filed.kind if filed.kind and part.name == "first" else part.kind,
                "options": _options(file, part.options),
                "inputs": list(part.inputs),
            }
            for part in file.model.parts
        ],
        "outputs": list(file.model.outputs),
        "weights": _weights(file, model_in(file), numbers_in(file, data)),
    }


def _entry(file: File, array: Array) -> dict[str, Any]:
    integers = array.dtype.kind == "i"
    lead = [len(array) if file.filed.stateful else None]
    shape = list(array.shape[1:])
    if not file.filed.chain:
        shape[0] = None
    dtype = "int32" if integers else "float32"
    return {"shape": lead + shape, "dtype": dtype, "data": array.tolist()}


def _options(file: File, options: Any) -> dict[str, Any]:
    """The options of a layer; one of cuDNN has its activations and its biases fixed."""
    fixed = ("recurrent_activation", "reset_after") if file.filed.kind else ()
    return {key: value for key, value in options.items() if key not in fixed}


def _weights(file: File, model: Model, numbers: dict[str, Array]) -> dict[str, list[Any]]:
    """The weights of each layer in Keras's order, which is that of their names in the oracle."""
    by_release: dict[str, list[Any]] = {}
    for node in model.nodes:
        own = [array for name, array in numbers.items() if name.startswith(f"{node.name}/")]
        if own:
            packed = cudnn(file.filed.kind, own) if node.name == "first" else own
            by_release[node.name] = [np.asarray(array).tolist() for array in packed]
    return by_release


def cudnn(kind: str, weights: list[Array]) -> list[Array]:
    """Weights in the layout of cuDNN: each gate transposed, and one bias for each product.

    The two biases of an LSTM are added: each gets half of what the plain layer has.
    """
    gates = {"CuDNNLSTM": 4, "CuDNNGRU": 3}.get(kind)
    if gates is None:
        return weights
    kernel, recurrent, bias = weights
    turned = [gate.T.reshape(gate.shape) for gate in np.split(kernel, gates, axis=1)]
    crossed = [gate.T for gate in np.split(recurrent, gates, axis=1)]
    flat = np.concatenate([bias / 2, bias / 2]) if kind == "CuDNNLSTM" else bias.reshape(-1)
    return [np.concatenate(turned, axis=1), np.concatenate(crossed, axis=1), flat]
