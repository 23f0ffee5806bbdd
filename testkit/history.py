"""Candle files as they arrive in life: in pieces, shuffled, repeated, wrong first and corrected later."""

import csv
import dataclasses
import json
import pathlib
import random

HEADER = "time,open,close,high,low,volume"


@dataclasses.dataclass(frozen=True)
class Row:
    """One candle as the text of its numbers, so that every format carries the same doubles."""

    time: int
    open: str
    close: str
    high: str
    low: str
    volume: str

    def csv(self):
        return f"{self.time},{self.open},{self.close},{self.high},{self.low},{self.volume}"

    def json(self):
        return ('{"time": %d, "open": %s, "close": %s, "high": %s, "low": %s, "volume": %s}'
                % (self.time, self.open, self.close, self.high, self.low, self.volume))

    def wrong(self, rng):
        """The same candle with another close, as valid as the right one."""
        while True:
            close = float(self.close) * (1 + rng.choice([-1, 1]) * rng.uniform(0.001, 0.08))
            if close != float(self.close):
                break
        return dataclasses.replace(self, close=repr(close), high=repr(max(close, float(self.high))),
                                   low=repr(min(close, float(self.low))))


def read_rows(path):
    """The rows of a clean file in either of the study's formats."""
    path = pathlib.Path(path)
    names = HEADER.split(",")
    with open(path, encoding="utf-8") as file:
        if path.suffix == ".csv":
            table = csv.reader(file)
            header = next(table)
            order = [header.index(name) for name in names]
            return [Row(int(line[order[0]]), *(line[i] for i in order[1:])) for line in table if line]
        return _json_rows(file, names)


def _json_rows(file, names):
    keep = {"parse_float": str, "parse_int": str}
    text = file.read()
    try:
        parsed = json.loads(text, **keep)
        parsed = parsed["results"] if isinstance(parsed, dict) and "results" in parsed else parsed
    except json.JSONDecodeError:
        parsed = [json.loads(line, **keep) for line in text.splitlines() if line.strip()]
    if isinstance(parsed, dict):
        parsed = [parsed]
    return [Row(int(item["time"]), *(item[name] for name in names[1:])) for item in parsed]


def write_rows(path, rows):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row.csv() if path.suffix == ".csv" else row.json() for row in rows]
    if path.suffix == ".csv":
        lines.insert(0, HEADER)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@dataclasses.dataclass(frozen=True)
class Disorder:
    """How a history is broken up. Shares are of its rows."""

    pieces: int = 12
    runs: int = 6
    repeated: float = 0.05
    wrong_first: float = 0.01
    scattered: float = 0.1  # rows that arrive in a piece they do not belong to
    held_back: float = 0.02  # rows that arrive in the last third of the runs only


class _Delivery:
    """The pieces of one series, each with the run it is fed in.

    A piece is a list of (place, row): the place, a random number in [0, 1), orders its lines.
    """

    def __init__(self, rows, disorder, rng):
        self.rng = rng
        self.disorder = disorder
        self.run_of = [i % disorder.runs for i in range(disorder.pieces)]
        rng.shuffle(self.run_of)
        self.pieces = [[] for _ in range(disorder.pieces)]
        last = disorder.runs - max(1, disorder.runs // 3)
        late = [p for p, run in enumerate(self.run_of) if run >= last]
        size = -(-len(rows) // disorder.pieces)
        self.first = []  # (piece, place) of each right row's first arrival
        for i, row in enumerate(rows):
            luck = rng.random()
            piece = i // size
            if luck < disorder.scattered:
                piece = rng.randrange(disorder.pieces)
            elif luck < disorder.scattered + disorder.held_back:
                piece = rng.choice(late)
            self.first.append((piece, self._put(piece, 0, 1, row)))
        self._send_wrong_first(rows)
        self._repeat(rows)

    def _put(self, piece, low, high, row):
        place = self.rng.uniform(low, high)
        self.pieces[piece].append((place, row))
        return place

    def _send_wrong_first(self, rows):
        """A wrong version goes to an earlier run, or further up in the file of the right one."""
        self.wrong_of = {}
        for i in self.rng.sample(range(len(rows)), int(len(rows) * self.disorder.wrong_first)):
            wrong = rows[i].wrong(self.rng)
            piece, place = self.first[i]
            earlier = [p for p, run in enumerate(self.run_of) if run < self.run_of[piece]]
            if earlier and self.rng.random() < 0.6:
                piece, place = self.rng.choice(earlier), 1
            self.wrong_of[i] = (wrong, (piece, self._put(piece, 0, place, wrong)))

    def _repeat(self, rows):
        """Repeats of either version come after its first arrival: in the same file or a later run."""
        corrected = list(self.wrong_of)
        chosen = self.rng.choices(range(len(rows)), k=int(len(rows) * self.disorder.repeated))
        chosen += self.rng.choices(corrected, k=len(corrected) // 2) if corrected else []
        for i in chosen:
            row, (piece, place) = rows[i], self.first[i]
            if i in self.wrong_of and self.rng.random() < 0.5:
                row, (piece, place) = self.wrong_of[i]
            later = [p for p, run in enumerate(self.run_of) if run > self.run_of[piece]]
            if later and self.rng.random() < 0.7:
                piece, place = self.rng.choice(later), 0
            self._put(piece, place, 1, row)

    def lines(self, piece):
        return [row for _, row in sorted(self.pieces[piece], key=lambda entry: entry[0])]


def deliver(rows_of, folder, disorder, seed):
    """Writes the pieces of every series; returns the files of each run, in the order to name them.

    `rows_of` maps a file name that tells the symbol ("ltcusd.csv") to its clean rows.
    """
    runs = [[] for _ in range(disorder.runs)]
    for name, rows in rows_of.items():
        rng = random.Random(f"{seed} {name}")
        delivery = _Delivery(rows, disorder, rng)
        stem, suffix = name.rsplit(".", 1)
        for p in range(disorder.pieces):
            path = pathlib.Path(folder) / f"{stem}_{p:02}.{suffix}"
            write_rows(path, delivery.lines(p))
            runs[delivery.run_of[p]].append(path)
    for r, files in enumerate(runs):
        random.Random(f"{seed} run {r}").shuffle(files)
    return runs
