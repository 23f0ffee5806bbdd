"""What tests ask of a lake: digests, a ledger that sums, the proof."""

import hashlib
import re

import pyarrow.parquet as parquet

DERIVED = ("candles", "features", "models", "forecasts", "outcomes", "scores", "gaps", "bars")

# Small enough for seconds, and still: several refits, both fitted models, windows that reach days back.
SMALL = """
[candles]
intervals = ["5m", "1h", "1d", "1w", "1mo"]

[features]
names = ["log_return_1", "log_return_30", "sma_240_rel", "ema_12_rel", "rsi_14_rel", "natr_14", "adx_14_rel",
         "bbands_pctb_20_2", "realized_volatility_30", "volume_zscore_60", "elapsed_30"]

[forecasts]
min_training_rows = 1500

[tree]
depth = 5
min_leaf = 50
"""

# For loops of hundreds of runs.
TINY = """
[candles]
intervals = ["1h", "1mo"]
bars = ["tick_20", "volume_50", "dollar_3000"]

[features]
names = ["log_return_1", "ema_12_rel", "rsi_14_rel"]

[forecasts]
min_training_rows = 300

[tree]
depth = 3
min_leaf = 30
"""


def digests(program, lake, tables=DERIVED, **options):
    """{(table, series): (rows, sha256)} of the tables named."""
    told = program.run("verify", "--lake", lake, "--digest", "--json", **options).json()
    return {(d["table"], d["series"]): (d["rows"], d["sha256"]) for d in told if d["table"] in tables}


def differences(ours, theirs):
    """The series whose digests differ, as lines to print; empty when all are equal."""
    return [f"{key[0]} {key[1]}: {ours.get(key)} but {theirs.get(key)}"
            for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]


def assert_same(ours, theirs):
    assert ours and not (lines := differences(ours, theirs)), "\n".join(lines)


def assert_has_forecasts(told, refits=2):
    """Guards against tests that pass on empty tables."""
    tables = {table for table, _ in told}
    assert {"candles", "features", "models", "forecasts", "outcomes", "scores", "gaps"} <= tables, tables
    models = [rows for (table, _), (rows, _) in told.items() if table == "models"]
    assert models and min(models) >= 2 * refits, models


def assert_proven(program, lake, **options):
    """verify finds nothing and leaves no table out; every source's ledger sums."""
    said = program.run("verify", "--lake", lake, **options)
    assert "not compared" not in said.out + said.err, said
    return assert_ledger(program, lake, **options)


def assert_ledger(program, lake, **options):
    """Per source: read is what became of its rows. Returns the sums over all sources."""
    status = program.run("status", "--lake", lake, "--json", **options).json()
    total = dict.fromkeys(("read", "new", "revised", "duplicate", "rejected", "placeholder"), 0)
    for source in status["sources"]:
        assert source["adds_up"], source
        parts = sum(source[k] for k in ("new", "revised", "duplicate", "rejected", "placeholder"))
        assert source["read"] == parts, source
        for name in total:
            total[name] += source[name]
    rows = {t["name"]: t["rows"] for t in status["tables"]}
    assert total["new"] == rows["vendor_candles"] == sum(s["rows"] for s in status["series"])
    return total


def rewrite(lake, table, change):
    """Rewrites one file of a table and gives the log its new size and checksum."""
    for file in sorted((lake / table).rglob("*.parquet"), key=lambda f: -f.stat().st_size):
        schema = parquet.read_schema(file)
        rows = parquet.ParquetFile(file).read()
        old = file.read_bytes()
        parquet.write_table(change(rows), file, compression="zstd")
        new = file.read_bytes()
        for log in (lake / table / "_delta_log").glob("*.json"):
            lines = []
            for line in log.read_text().splitlines():
                if file.name in line:
                    line = re.sub(r'"size":\s*%d\b' % len(old), f'"size":{len(new)}', line)
                    line = line.replace(hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest())
                lines.append(line)
            log.write_text("\n".join(lines) + "\n")
        return schema


def change_cell(column):
    """For `rewrite`: the last bit but two of the last cell of a column that holds something."""

    def change(rows):
        values = rows.column(column).to_pylist()
        at = max(i for i, value in enumerate(values) if value)
        values[at] *= 1 + 2 ** -50
        index = rows.schema.get_field_index(column)
        return rows.set_column(index, rows.schema.field(column), [values])

    return change
