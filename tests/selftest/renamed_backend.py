"""A copy of Keras whose numpy backend has another name, for what must hold of any backend."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

NAME = "abacus"
_IMPORTED = re.compile(r"keras\.src\.backend\.numpy\b")
_COMPARED = re.compile(r'(backend\(\) [!=]= |self\._backend == |"torch", )"numpy"')


def write(keras: Path, folder: Path) -> Path:
    """Copy Keras into a folder, with its numpy backend under another name.

    Args:
        keras: the folder of the package.
        folder: where the copy goes; to be put first on the path.

    Returns:
        The folder of the backend in the copy.
    """
    copy = folder / "keras"
    unwanted = shutil.ignore_patterns("__pycache__", "*_test.py")
    shutil.copytree(keras, copy, ignore=unwanted)
    backends = copy / "src" / "backend"
    (backends / "numpy").rename(backends / NAME)
    for file in copy.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        renamed = _IMPORTED.sub(f"keras.src.backend.{NAME}", text)
        renamed = _COMPARED.sub(rf'\1"{NAME}"', renamed)
        if renamed != text:
            file.write_text(renamed, encoding="utf-8")
    return backends / NAME
