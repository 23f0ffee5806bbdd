"""Real recorded data, kept beside the checkout and never in it."""

import gzip
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
UNPACKED = ROOT / "build" / "data"


class Absent(Exception):
    """The data is not on this machine; str() says what would be needed."""


def shared_data(name):
    """The path of a file of the shared data, unpacked once into build/data when it is stored gzipped.

    `name` is relative and without .gz: "bitfinex/ltcusd.csv". Raises Absent when it is not here.
    """
    plain = SHARED / name
    if plain.is_file():
        return plain
    packed = SHARED / f"{name}.gz"
    if not packed.is_file():
        raise Absent(f"needs {name} of the shared data in {SHARED}")
    target = UNPACKED / name
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(target.suffix + ".partial")
        with gzip.open(packed, "rb") as source, open(partial, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
        partial.rename(target)
    return target
