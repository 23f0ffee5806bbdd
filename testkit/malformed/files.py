"""One malformed file from a seed: its bytes, and what the reference reads in them."""

import dataclasses
import io
import random
import zipfile
import zlib

import pyarrow

from testkit.malformed import damage, layouts, reference

STEPS = (60, 60, 60, 300, 3600, 86_400)
LETTERS = "aeioyz"
MAGIC = (b"\x1f\x8b", b"(\xb5/\xfd", b"PK", b"BZh", b"\xfd7zXZ", b"\x04\x22\x4d\x18", b"PAR1")


@dataclasses.dataclass
class MalformedFile:
    index: int
    name: str
    symbol: str
    layout: layouts.Layout
    step: int
    done: list  # names of what was done to it
    stored: bytes
    packing: str = ""
    content: bytes = None  # what the stored bytes unpack to as far as we can tell; None: we cannot
    whole: bool = True  # `content` is all there is

    def reading(self, now_us):
        if self.content is None:
            return None
        return reference.read(self.content, self.layout, self.symbol, self.step, now_us)

    @property
    def kind(self):
        return self.layout.name + (f" ({self.packing})" if self.packing else "")

    def __str__(self):
        return f"file {self.index} {self.name}, {self.kind}: {', '.join(self.done)}"


def symbol_of(index):
    """A pair of its own for each of a few thousand files in a row, of letters no venue or quote is made of."""
    name = ""
    for _ in range(5):
        index, digit = divmod(index, len(LETTERS))
        name += LETTERS[digit]
    return name.upper()


def make(seed, index):
    rng = random.Random(f"{seed} {index}")
    layout = layouts.LAYOUTS[index % len(layouts.LAYOUTS)]
    step = rng.choice(STEPS)
    base = symbol_of(index)
    symbol = f"{base}/USD" if "symbol" in layout.columns else f"{base}-USD"
    count = rng.choice([3, 40, 200, 200, 200, 1200, 1200, 6000 if rng.random() < 0.2 else 200])
    rows = layouts.clean_rows(rng, count, step)
    text = layout.write(rows, symbol)
    done = []
    clean = rng.random() < 0.02
    for _ in range(0 if clean else rng.choice([1, 1, 1, 2, 4])):
        change = rng.choice(damage.SELDOM) if rng.random() < 0.02 else rng.choice(damage.IN_TEXT)
        text = damage.apply(change, text, rng)
        done.append(change.__name__)
    file = MalformedFile(index, f"{base.lower()}usd.{layout.suffix}", symbol, layout, step, done or ["nothing"], text)
    if rng.random() < 0.3:
        _pack(file, rng)
    file.content, file.whole = unpacked(file.stored)
    if file.content is not None and file.content.startswith(MAGIC):
        file.content, file.whole = None, False  # something packed inside
    if file.packing.startswith("zst") and any(" of zst" in what and "cut_end" not in what for what in file.done):
        file.content, file.whole = None, False  # what damage unpacks to differs between versions of zstd
    if file.content is not None and not file.whole:
        file.content = file.content[:file.content.rfind(b"\n") + 1]  # its last line may go on
    return file


def _pack(file, rng):
    file.packing = rng.choice(list(damage.PACKINGS))
    stored = damage.PACKINGS[file.packing](file.stored, file.name)
    if rng.random() < 0.6:
        change = rng.choice(damage.OF_PACKED)
        stored = damage.apply(change, stored, rng)
        file.done.append(f"{change.__name__} of {file.packing}")
    file.stored = stored


def unpacked(stored):
    """(content, whether it is all): by the first bytes, as far as the data goes; (None, False) when unsure."""
    if stored.startswith(b"\x1f\x8b"):
        return _gunzip(stored)
    if stored.startswith(b"(\xb5/\xfd"):
        return _unzstd(stored)
    if stored.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(stored)) as archive:
                return b"".join(archive.read(name) for name in archive.namelist()), True
        except Exception:  # whatever a damaged zip makes zipfile raise
            return None, False
    if stored.startswith((b"BZh", b"\xfd7zXZ", b"\x04\x22\x4d\x18", b"PAR1")):
        return None, False
    return _text(stored)


def _text(stored):
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if stored.startswith(mark):
            return stored.decode(name, "replace").encode(), True
    head = stored[:64][:len(stored[:64]) & ~1]
    if len(head) >= 8:
        if all(head[1::2].count(0) == len(part) and 0 not in head[0::2] for part in [head[1::2]]):
            return stored.decode("utf-16-le", "replace").encode(), True
        if head[0::2].count(0) == len(head[0::2]) and 0 not in head[1::2]:
            return stored.decode("utf-16-be", "replace").encode(), True
    return stored, True


def _gunzip(stored):
    out = bytearray()
    rest = stored
    while rest.startswith(b"\x1f\x8b"):
        stream = zlib.decompressobj(31)
        try:
            for at in range(0, len(rest), 16):
                out += stream.decompress(rest[at:at + 16])
                if stream.eof:
                    rest = stream.unused_data + rest[at + 16:]
                    break
            else:
                return bytes(out), False
        except zlib.error:
            return bytes(out), False
    return bytes(out), not rest.strip(b"\0")


def _unzstd(stored):
    out = bytearray()
    try:
        stream = pyarrow.input_stream(io.BytesIO(stored), compression="zstd")
        while piece := stream.read(4096):
            out += piece
        return bytes(out), True
    except OSError:
        return bytes(out), False
