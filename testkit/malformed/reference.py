"""A second reader of candle files: slow, strict, and written from docs/internals/file-formats.md alone.

It knows what a file was meant to be (its Layout) and says which of its lines or records are undamaged: they
parse as what they should be and keep every rule of a candle. Those must become rows. Of all others it says
nothing, but that a row which came of one of them has that one's numbers.
"""

import collections
import csv
import datetime
import json
import re

FIRST_US = 1_230_940_800 * 1_000_000  # 2009-01-03
LIMIT = 2.0 ** 44
HEADER_LINES = 50

TIMES = {
    "s": (re.compile(rb"\d{10}"), lambda m: int(m[0]) * 1_000_000),
    "ms": (re.compile(rb"\d{13}"), lambda m: int(m[0]) * 1000),
    "us": (re.compile(rb"\d{16}"), lambda m: int(m[0])),
    "iso_z": (re.compile(rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z"), lambda m: _calendar(m)),
    "iso_blank": (re.compile(rb"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)"), lambda m: _calendar(m)),
    "slashes": (re.compile(rb"(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d)"), lambda m: _calendar(m)),
    "compact": (re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)"), lambda m: _calendar(m)),
}
NUMBER = re.compile(rb"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,30})?")
ANY_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def _calendar(match):
    """Microseconds; ValueError when there is no such day or hour."""
    moment = datetime.datetime(*map(int, match.groups()), tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 1_000_000


Candle = collections.namedtuple("Candle", "open high low close volume")


class Reading:
    """What one file says: undamaged rows in order, and the pieces of which nothing is known."""

    def __init__(self, layout, symbol, step_seconds, now_us):
        self.layout = layout
        self.symbol = symbol.encode()
        self.step_us = step_seconds * 1_000_000
        self.last_us = now_us + 86_400_000_000
        self.rows = []  # (open time in microseconds, Candle)
        self.doubtful = []  # bytes
        self.refused = 0  # rows of column-wise documents that are damaged
        self.volume_known = True

    def current(self):
        """{time: Candle}: a row equal to any version before it is a repeat, else the later one counts."""
        versions = collections.defaultdict(list)
        for time, candle in self.rows:
            if candle not in versions[time]:
                versions[time].append(candle)
        return {time: held[-1] for time, held in versions.items()}

    def may_have_given(self, candle):
        """Whether the four prices stand together in a doubtful piece."""
        wanted = {candle.open, candle.high, candle.low, candle.close}
        return any(wanted <= numbers for numbers in self._doubtful_numbers())

    def _doubtful_numbers(self):
        if not hasattr(self, "_numbers"):
            self._numbers = []
            for piece in self.doubtful:
                if self.layout.decimal_comma:
                    piece = piece.replace(b",", b".")
                self._numbers.append({float(n) for n in ANY_NUMBER.findall(piece[:1 << 16] + b" " + piece[-(1 << 16):])})
        return self._numbers

    def take(self, fields):
        """A record by its fields, bytes in the order of the layout's columns; False when it is no row."""
        values = {}
        for role, field in zip(self.layout.columns, fields):
            if role == "symbol" and field != self.symbol:
                return False
            # Without its header another reading may have found a use for the column.
            if role == "" and not self.volume_known and not NUMBER.fullmatch(field):
                return False
            if role == "time":
                shape, convert = TIMES[self.layout.time_form]
                match = shape.fullmatch(field)
                if not match:
                    return False
                try:
                    values["time"] = convert(match)
                except ValueError:
                    return False
            elif role in Candle._fields:
                if field == b"" and role == "volume":
                    values["volume"] = None
                elif NUMBER.fullmatch(field):
                    values[role] = float(field)
                else:
                    return False
        time = values.pop("time")
        candle = Candle(**{"volume": None, **values})
        if not self._keeps_the_rules(time, candle):
            return False
        self.rows.append((time, candle))
        return True

    def _keeps_the_rules(self, time, c):
        return (FIRST_US <= time <= self.last_us and time % self.step_us == 0
                and 0 < c.low <= min(c.open, c.close) and max(c.open, c.close) <= c.high < LIMIT
                and (c.volume is None or 0 <= c.volume < LIMIT))


def read(content, layout, symbol, step_seconds, now_us):
    """The Reading of unpacked content."""
    reading = Reading(layout, symbol, step_seconds, now_us)
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    {"csv": _read_csv, "lines": _read_lines, "records": _read_records, "columns": _read_columns}[layout.kind](
        content, reading)
    return reading


def _split(line, layout):
    """The fields of a CSV line, or None."""
    if b'"' not in line:
        fields = line.split(layout.delimiter.encode())
    else:
        try:
            rows = list(csv.reader([line.decode("latin-1")], delimiter=layout.delimiter, strict=True))
        except csv.Error:
            return None
        fields = [field.encode("latin-1") for field in rows[0]] if len(rows) == 1 else []
    if len(fields) != len(layout.columns):
        return None
    fields = [field.strip(b" \t") for field in fields]
    if layout.decimal_comma:
        if any(b"." in f for role, f in zip(layout.columns, fields) if role in Candle._fields):
            return None
        fields = [f.replace(b",", b".") if role in Candle._fields else f
                  for role, f in zip(layout.columns, fields)]
    return fields


def _says_otherwise(line, layout):
    """Whether most of the header's names stand in the line, and one of them not in its place."""
    fields = [field.strip(b' "\r') for field in line.split(layout.delimiter.encode())]
    names = [name.encode() for name in layout.headers]
    there = [name for name in names if name in fields]
    return 2 * len(there) > len(names) and any(
        at >= len(fields) or (fields[at] != name and name in fields) for at, name in enumerate(names))


def _read_csv(content, reading):
    layout = reading.layout
    lines = content.split(b"\n")
    header = layout.write([], "").split(b"\n")[len(layout.before)] if layout.headers else None
    reading.volume_known = header is None or any(
        line.rstrip(b"\r") == header for line in lines[:HEADER_LINES])
    if not reading.volume_known and any(_says_otherwise(line, layout) for line in lines[:HEADER_LINES]):
        reading.doubtful = lines  # a header in another order: every value is another one
        return
    for line in lines:
        if line.endswith(b"\r"):
            line = line[:-1]
        bare = line.strip(b" \t")
        if not bare or line == header or bare.startswith((b"#", b"//")):
            continue
        fields = _split(line, layout)
        if fields is None or b"\r" in line or not reading.take(fields):
            reading.doubtful.append(line)


class _Number(str):
    """A JSON number, kept as its text."""


class _NotStrict(ValueError):
    pass


def _no_repeats(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise _NotStrict
    return dict(pairs)


def _refuse(word):
    raise _NotStrict(word)


def _strict(text):
    """The value, or None when it is not strictly JSON."""
    try:
        return json.loads(text.decode(), parse_int=_Number, parse_float=_Number, parse_constant=_refuse,
                          object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError):
        return None


def _json_field(value, role, layout):
    """A member's value as the bytes of a field, or None when it is not of the kind it should be."""
    if role == "volume" and value is None:
        return b""
    is_text = role == "symbol" or (layout.strings and role in Candle._fields) or (
        role == "time" and layout.time_form.startswith("iso"))
    if role == "" or (isinstance(value, str) and isinstance(value, _Number) != is_text):
        return value.encode() if isinstance(value, str) else b"?"
    return None


def _take_record(value, reading):
    layout = reading.layout
    if layout.objects:
        if not isinstance(value, dict) or set(value) != set(layout.headers):
            return False
        value = [value[name] for name in layout.headers]
    if not isinstance(value, list) or len(value) != len(layout.columns):
        return False
    fields = [_json_field(item, role, layout) for item, role in zip(value, layout.columns)]
    return None not in fields and reading.take(fields)


def _read_lines(content, reading):
    stretch = []  # doubtful lines that follow each other: a record may have been broken over them

    def end_stretch():
        reading.doubtful += [piece for piece in re.split(rb"[}\]]", b"\n".join(stretch)) if piece.strip()]
        stretch.clear()

    for line in content.split(b"\n"):
        bare = line.strip(b" \t\r")
        if not bare:
            continue
        if _take_record(_strict(bare), reading):
            end_stretch()
        else:
            stretch.append(bare)
    end_stretch()


def _read_records(content, reading):
    """Flat records wherever they stand: what holds no bracket inside and is strictly a candle."""
    pattern = rb"\{[^{}\[\]]*\}" if reading.layout.objects else rb"\[[^{}\[\]]*\]"
    at = 0
    for match in re.finditer(pattern, content):
        if _take_record(_strict(match[0]), reading):
            reading.doubtful.append(content[at:match.start()])
            at = match.end()
    reading.doubtful.append(content[at:])
    # A doubtful stretch may hold several records: each end of one ends a piece.
    reading.doubtful = [piece for stretch in reading.doubtful for piece in re.split(rb"[}\]]", stretch) if piece]


def _read_columns(content, reading):
    """Only a document that is whole, all columns alike, says anything."""
    layout = reading.layout
    reading.doubtful = None
    value = _strict(content)
    if not isinstance(value, dict):
        return
    if layout.shape == "split":
        rows = value.get("data")
        if value.get("columns") != list(layout.headers) or not isinstance(rows, list):
            return
        if not isinstance(value.get("index"), list) or set(value) != {"columns", "index", "data"}:
            return
    else:
        columns = [value.get(name) for name in layout.headers]
        if set(value) != set(layout.headers) or len({type(c) for c in columns}) != 1:
            return
        if isinstance(columns[0], dict):
            if any(list(c) != list(columns[0]) for c in columns):
                return
            columns = [list(c.values()) for c in columns]
        if not isinstance(columns[0], list) or len({len(c) for c in columns}) != 1:
            return
        rows = list(zip(*columns))
    for row in rows:
        row = list(row) if isinstance(row, (list, tuple)) else [None]
        if len(row) == len(layout.columns):
            fields = [_json_field(item, role, layout) for item, role in zip(row, layout.columns)]
            reading.refused += not (None not in fields and reading.take(fields))
