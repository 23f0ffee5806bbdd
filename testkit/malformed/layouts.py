"""Clean candle files in every layout the reader knows, each with what is true of it."""

import dataclasses
import datetime
import json
import math
import typing

TIME_FORMS = {
    "s": lambda t: str(t),
    "ms": lambda t: str(t * 1000),
    "us": lambda t: str(t * 1_000_000),
    "iso_z": lambda t: _utc(t).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "iso_blank": lambda t: _utc(t).strftime("%Y-%m-%d %H:%M:%S"),
    "slashes": lambda t: _utc(t).strftime("%Y/%m/%d %H:%M"),
    "compact": lambda t: _utc(t).strftime("%Y%m%d%H%M%S"),
}


def _utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


class Row(typing.NamedTuple):
    """One candle, its numbers as text."""

    time: int  # seconds
    open: str
    high: str
    low: str
    close: str
    volume: str


@dataclasses.dataclass(frozen=True)
class Layout:
    """What a file looks like. `columns` are roles ("" for a column that is not read), in order."""

    name: str
    kind: str  # csv, lines, records, columns
    columns: tuple
    time_form: str
    headers: tuple = ()
    delimiter: str = ","
    decimal_comma: bool = False
    quoted: bool = False
    before: tuple = ()  # lines before the header
    descending: bool = False
    strings: bool = False  # JSON numbers as strings
    pretty: bool = False
    frame: str = "[%s]\n"  # of JSON records
    objects: bool = True
    shape: str = ""  # of column-wise JSON: dicts, lists, split

    @property
    def suffix(self):
        return "csv" if self.kind == "csv" else "json"

    def write(self, rows, symbol):
        rows = list(reversed(rows)) if self.descending else rows
        return getattr(self, "_" + self.kind)(rows, symbol).encode()

    def _values(self, row, symbol):
        texts = row._asdict()
        texts["time"] = TIME_FORMS[self.time_form](row.time)
        texts.update({"symbol": symbol, "": "7", "last": str(row.time * 1000 + 59_999)})
        return [texts[role] for role in self.columns]

    def _csv(self, rows, symbol):
        def line(fields):
            return self.delimiter.join(f'"{f}"' if self.quoted else f for f in fields)

        lines = list(self.before)
        if self.headers:
            lines.append(line(self.headers))
        for row in rows:
            values = self._values(row, symbol)
            if self.decimal_comma:
                values = [v.replace(".", ",") if role in NUMBERS else v
                          for role, v in zip(self.columns, values)]
            lines.append(line(values))
        return "\n".join(lines) + "\n"

    def _json_values(self, row, symbol):
        out = []
        for role, text in zip(self.columns, self._values(row, symbol)):
            bare = role == "symbol" or (role == "time" and not text.isdigit())
            out.append(json.dumps(text) if bare or (self.strings and role in NUMBERS) else text)
        return out

    def _record(self, row, symbol):
        values = self._json_values(row, symbol)
        if self.objects:
            values = [f'"{name}": {value}' for name, value in zip(self.headers, values)]
        blank = "\n  " if self.pretty else ""
        end = "\n" if self.pretty else ""
        separator = ",\n  " if self.pretty else ", "
        inside = blank + separator.join(values) + end
        return "{%s}" % inside if self.objects else "[%s]" % inside

    def _lines(self, rows, symbol):
        return "".join(self._record(row, symbol) + "\n" for row in rows)

    def _records(self, rows, symbol):
        separator = ",\n" if self.pretty else ", "
        return self.frame % separator.join(self._record(row, symbol) for row in rows)

    def _columns(self, rows, symbol):
        table = [self._json_values(row, symbol) for row in rows]
        if self.shape == "split":
            data = ", ".join("[%s]" % ", ".join(values) for values in table)
            names = json.dumps(list(self.headers))
            index = ", ".join(str(i) for i in range(len(rows)))
            return '{"columns": %s, "index": [%s], "data": [%s]}\n' % (names, index, data)
        members = []
        for i, name in enumerate(self.headers):
            values = [values[i] for values in table]
            if self.shape == "dicts":
                inside = "{%s}" % ", ".join(f'"{k}": {v}' for k, v in enumerate(values))
            else:
                inside = "[%s]" % ", ".join(values)
            members.append(f'"{name}": {inside}')
        return "{%s}\n" % ", ".join(members)


NUMBERS = ("open", "high", "low", "close", "volume")
STUDY = ("time", "open", "close", "high", "low", "volume")
USUAL = ("time", "open", "high", "low", "close", "volume")

LAYOUTS = (
    Layout("study", "csv", STUDY, "ms", STUDY),
    Layout("seconds", "csv", USUAL, "s", ("timestamp", "open", "high", "low", "close", "volume")),
    Layout("micros", "csv", USUAL, "us", ("Open Time", "Open", "High", "Low", "Close", "Volume")),
    Layout("cryptodatadownload", "csv", ("time", "", "symbol", "open", "high", "low", "close", "volume", ""), "s",
           ("unix", "when", "symbol", "open", "high", "low", "close", "Volume LTC", "Volume USD"),
           before=("https://www.CryptoDataDownload.com",), descending=True),
    Layout("semicolons", "csv", USUAL, "iso_blank", ("Date", "Open", "High", "Low", "Close", "Volume"), ";",
           decimal_comma=True),
    Layout("slashes", "csv", USUAL, "slashes", ("Date", "Open", "High", "Low", "Close", "Volume"), "\t"),
    Layout("bars", "csv", USUAL, "compact", ("datetime", "o", "h", "l", "c", "v"), "|"),
    Layout("quoted", "csv", USUAL, "iso_z", ("time", "open", "high", "low", "close", "volume"), quoted=True),
    Layout("pandas", "csv", USUAL, "iso_blank", ("", "open", "high", "low", "close", "volume")),
    Layout("bitstamp", "csv", (*USUAL, "", ""), "s",
           ("Timestamp", "Open", "High", "Low", "Close", "Volume_(BTC)", "Volume_(Currency)", "Weighted_Price")),
    Layout("no header", "csv", USUAL, "s"),
    Layout("study without header", "csv", STUDY, "ms"),
    Layout("kraken", "csv", (*USUAL, ""), "s"),
    Layout("klines", "csv", (*USUAL, "last", "", "", "", "", ""), "ms"),
    Layout("no volume", "csv", USUAL[:5], "ms", USUAL[:5]),
    Layout("json lines", "lines", STUDY, "ms", STUDY),
    Layout("json lines of text", "lines", USUAL, "iso_z", ("t", "o", "h", "l", "c", "v"), strings=True),
    Layout("json lines of arrays", "lines", USUAL, "ms", objects=False),
    Layout("json array", "records", STUDY, "ms", STUDY),
    Layout("json pretty", "records", USUAL, "s", USUAL, pretty=True),
    Layout("json results", "records", ("volume", "", "open", "close", "high", "low", "time", ""), "ms",
           ("v", "vw", "o", "c", "h", "l", "t", "n"),
           frame='{"ticker": "X", "queryCount": 1, "results": [%s], "status": "OK", "count": 1}\n'),
    Layout("json klines", "records", (*USUAL, "last", "", "", "", "", ""), "ms", strings=True, objects=False),
    Layout("json kraken", "records", ("time", "open", "high", "low", "close", "", "volume", ""), "s", strings=True,
           objects=False, frame='{"error": [], "result": {"PAIR": [%s], "last": 1688671200}}\n'),
    Layout("json sequence", "records", USUAL, "s", USUAL, pretty=True, frame="%s\n"),
    Layout("json columns", "columns", STUDY, "ms", STUDY, shape="dicts"),
    Layout("json lists", "columns", USUAL, "s", ("t", "o", "h", "l", "c", "v"), shape="lists"),
    Layout("json split", "columns", STUDY, "ms", STUDY, shape="split"),
)


def clean_rows(rng, count, step):
    """Candles of `step` seconds, some missing, in a plain walk."""
    at = rng.randrange(1_400_000_000, 1_700_000_000) // step * step
    rows, price = [], rng.uniform(0.5, 40_000)
    digits = rng.choice([2, 3, 5, 8])
    for _ in range(count):
        opened, price = price, max(0.01, price * math.exp(rng.gauss(0, 0.002)))
        high = max(opened, price) * (1 + abs(rng.gauss(0, 0.001)))
        low = min(opened, price) * (1 - abs(rng.gauss(0, 0.0005)))
        texts = [f"{x:.{digits}f}" for x in (opened, high, low, price)]
        volume = f"{rng.expovariate(0.1):.{rng.choice([0, 2, 8])}f}"
        rows.append(Row(at, *texts, volume))
        at += step * (1 if rng.random() < 0.8 else rng.randrange(2, 40))
    return rows
