"""Ways in which files arrive broken. Each takes the bytes and a random.Random and returns bytes."""

import bz2
import gzip
import io
import lzma
import zipfile

import pyarrow


def apply(change, data, rng):
    """`change` done to the data, unless there is too little of it to be damaged."""
    return change(data, rng) if len(data) > 8 else data


def _lines(data):
    return data.split(b"\n")


def _some(rng, lines):
    """Indices of a few lines, seldom of many."""
    count = min(len(lines), rng.choice([1, 1, 1, 2, 3, 10]))
    return rng.sample(range(len(lines)), count)


def _in_lines(change):
    def damage(data, rng):
        lines = _lines(data)
        for i in _some(rng, lines):
            lines[i] = change(lines[i], rng)
        return b"\n".join(lines)

    damage.__name__ = change.__name__.lstrip("_")
    return damage


def flip_bits(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 40])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def replace_bytes(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 40])):
        data[rng.randrange(len(data))] = rng.choice(b'0123456789.,;:"\'{}[]\\/-+eE \t\r\n\0\x1a\x80\xff#')
    return bytes(data)


def insert_bytes(data, rng):
    for _ in range(rng.choice([1, 1, 3, 10])):
        at = rng.randrange(len(data) + 1)
        piece = rng.choice([rng.randbytes(rng.randrange(1, 20)), b'"', b"\0", b"\n", b"\r", b",", b"}", b"]", b"{",
                            b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a", b"\\", b"\n\n\n"])
        data = data[:at] + piece + data[at:]
    return data


def delete_bytes(data, rng):
    for _ in range(rng.choice([1, 1, 3])):
        at = rng.randrange(len(data))
        data = data[:at] + data[at + rng.choice([1, 1, 2, 5, 30, 400]):] or b"\n"
    return data


def cut_end(data, rng):
    return data[:rng.randrange(1, len(data))]


def cut_start(data, rng):
    return data[rng.randrange(len(data)):]


def move_piece(data, rng):
    a, b = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    b = min(b, a + 2000)
    at = rng.randrange(len(data))
    return data[:at] + data[a:b] + data[at:]


def zero_block(data, rng):
    at = rng.randrange(len(data))
    size = rng.choice([16, 512, 4096])
    return data[:at] + bytes(size) + data[at + size:]


def repeat_header(data, rng):
    lines = _lines(data)
    for _ in range(rng.choice([1, 3])):
        lines.insert(rng.randrange(len(lines)), lines[0])
    return b"\n".join(lines)


def join_lines(data, rng):
    for _ in range(rng.choice([1, 3])):
        ends = [i for i, byte in enumerate(data) if byte == 10]
        if not ends:
            return data
        at = rng.choice([ends[0], rng.choice(ends)])
        data = data[:at] + data[at + 1:]
    return data


def crlf_here_and_there(data, rng):
    share = rng.choice([0.1, 0.5, 1.0])
    return b"\n".join(line + b"\r" if rng.random() < share else line for line in _lines(data))


def cr_only(data, rng):
    return data.replace(b"\n", b"\r")


def byte_order_marks(data, rng):
    mark = b"\xef\xbb\xbf"
    return mark + data if rng.random() < 0.7 else mark + mark + data


def concatenate_with_mark(data, rng):
    half = data.find(b"\n", len(data) // 2) + 1
    return data[:half] + b"\xef\xbb\xbf" + data[half:]


def blank_lines(data, rng):
    lines = _lines(data)
    for _ in range(rng.choice([1, 5])):
        lines.insert(rng.randrange(len(lines)), rng.choice([b"", b"   ", b"\t", b"\r"]))
    return b"\n".join(lines)


def comments(data, rng):
    lines = _lines(data)
    for _ in range(rng.choice([1, 5])):
        lines.insert(rng.randrange(len(lines)), rng.choice([b"# note", b"// note, 1, 2, 3, 4, 5", b"#"]))
    return b"\n".join(lines)


def shuffle_lines(data, rng):
    lines = _lines(data)
    rest = lines[1:-1]
    rng.shuffle(rest)
    return b"\n".join([lines[0], *rest, lines[-1]])


def repeat_lines(data, rng):
    lines = _lines(data)
    for _ in range(rng.choice([1, 5, 50])):
        lines.insert(rng.randrange(1, len(lines) + 1), rng.choice(lines))
    return b"\n".join(lines)


def long_line(data, rng):
    lines = _lines(data)
    junk = rng.choice([b"x" * 100_000, b"1," * 60_000, b'"' * 70_001, bytes(80_000), b"{" * 5000, b"[" * 5000])
    lines.insert(rng.randrange(len(lines)), junk)
    return b"\n".join(lines)


def garbage_block(data, rng):
    lines = _lines(data)
    lines.insert(rng.randrange(len(lines)), rng.randbytes(rng.choice([10, 200, 5000])))
    return b"\n".join(lines)


def _delimiter(line):
    return max(b",;\t|", key=line.count).to_bytes(1, "little")


def _swap_columns(line, rng):
    mark = _delimiter(line)
    fields = line.split(mark)
    a, b = rng.randrange(len(fields)), rng.randrange(len(fields))
    fields[a], fields[b] = fields[b], fields[a]
    return mark.join(fields)


FIELDS = (b"", b" ", b"NaN", b"nan", b"null", b"None", b"N/A", b"-", b"inf", b"-Infinity", b"1e300", b"1e-320",
          b"17592186044416", b"17592186044415.9", b"-1", b"0", b"0.0", b"00012.5", b"1.", b".5", b"+3.5", b"1,5",
          b"0x1F", b"1e", b"1.2.3", b"9" * 40, b"0." + b"3" * 60, b"1_000", b"\xd9\xa3", b"abc", b"12abc", b"'5'",
          b"1.369E+12", b"1.36897698E+12", b"41413.64", b"1609459200", b"1609459200000", b"1609459200.5",
          b"2021-01-01", b"2021-13-01 00:00:00", b"2021-02-30T00:00:00Z", b"2021-01-01T00:00:00+25:00", b"\0", b"\xff",
          b'"', b'""', b'"5"', b"true", b"{}", b"[]", b"\x1b[2J")


def _replace_field(line, rng):
    mark = _delimiter(line)
    fields = line.split(mark)
    at = rng.randrange(len(fields))
    key, colon, _ = fields[at].partition(b": ")
    fields[at] = (key + colon if colon else b"") + rng.choice(FIELDS)
    return mark.join(fields)


def _empty_values(line, rng):
    mark = _delimiter(line)
    fields = line.split(mark)
    word = rng.choice([b"", b"NaN"])
    return mark.join([fields[0], *[word for _ in fields[1:]]])


def _drop_field(line, rng):
    mark = _delimiter(line)
    fields = line.split(mark)
    del fields[rng.randrange(len(fields))]
    return mark.join(fields)


def _add_field(line, rng):
    mark = _delimiter(line)
    fields = line.split(mark)
    fields.insert(rng.randrange(len(fields) + 1), rng.choice([b"", b"1", b"x", b'"']))
    return mark.join(fields)


def _unbalance_quote(line, rng):
    at = rng.randrange(len(line) + 1)
    return line[:at] + b'"' + line[at:]


def _spaces(line, rng):
    return rng.choice([b" " + line, line + b" ", line.replace(b",", b" , "), line + b"\t"])


def rewrite_digits(data, rng):
    """Wrong values that are as good as right ones: only the right reading tells them."""
    data = bytearray(data)
    places = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
    for i in rng.sample(places, min(len(places), rng.choice([1, 5, 50]))):
        data[i] = rng.choice(b"0123456789")
    return bytes(data)


def only_garbage(data, rng):
    return rng.choice([b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\0" * 100, rng.randbytes(rng.randrange(1, 3000)),
                       b"<html><body>404</body></html>\n" * 3, b"{", b"[", b"[]", b"{}", b"null", b'""', b"[[]]",
                       b"[{}]", data.split(b"\n")[0], b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"(\xb5/\xfd",
                       b"PAR1" + data + b"PAR1"])


IN_TEXT = (flip_bits, replace_bytes, insert_bytes, delete_bytes, cut_end, cut_start, move_piece, zero_block,
           repeat_header, join_lines, crlf_here_and_there, cr_only, byte_order_marks, concatenate_with_mark, blank_lines,
           comments, shuffle_lines, repeat_lines, long_line, garbage_block, rewrite_digits,
           *map(_in_lines, (_swap_columns, _replace_field, _replace_field, _empty_values, _drop_field, _add_field,
                            _unbalance_quote, _spaces)))
SELDOM = (only_garbage,)


def _zstd(data):
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def _zip(data, name):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


def _in_two(pack):
    def two(data, name):
        half = len(data) // 2
        return pack(data[:half], name) + pack(data[half:], name)

    return two


PACKINGS = {
    "gz": lambda data, name: gzip.compress(data, 6, mtime=0),
    "zst": lambda data, name: _zstd(data),
    "zip": _zip,
    "bz2": lambda data, name: bz2.compress(data),
    "xz": lambda data, name: lzma.compress(data),
    "gz+gz": _in_two(lambda data, name: gzip.compress(data, 1, mtime=0)),
    "zst+zst": _in_two(lambda data, name: _zstd(data)),
    "utf-16-le": lambda data, name: b"\xff\xfe" + data.decode("utf-8", "replace").encode("utf-16-le"),
    "utf-16-be": lambda data, name: b"\xfe\xff" + data.decode("utf-8", "replace").encode("utf-16-be"),
    "utf-16 without mark": lambda data, name: data.decode("utf-8", "replace").encode("utf-16-le"),
}
OF_PACKED = (flip_bits, cut_end, delete_bytes, insert_bytes, zero_block, cut_start)
