"""What a user would do with trades instead, one thread: `read` a CSV into typed columns in memory, or `bars`, trades in
memory to one-minute candles of twenty symbols. Prints seconds (best of three, files already in the page cache) and what
came out."""

import argparse
import json
import os
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb  # noqa: E402
import numpy  # noqa: E402
import polars  # noqa: E402

COLUMNS = ["id", "price", "qty", "quote", "time", "maker", "best"]


def timed(work):
    best = None
    for _ in range(3):
        began = time.perf_counter()
        answer = work()
        seconds = time.perf_counter() - began
        best = seconds if best is None else min(best, seconds)
    return best, answer


def read_polars(path):
    types = [polars.Int64, polars.Float64, polars.Float64, polars.Float64, polars.Int64, polars.String, polars.String]

    def work():
        frame = polars.read_csv(path, has_header=False, new_columns=COLUMNS,
                                schema_overrides=dict(zip(COLUMNS, types)))
        return frame.with_columns((polars.col("time") * 1000).cast(polars.Datetime("us", "UTC")),
                                  polars.col("maker") == "True")

    seconds, frame = timed(work)
    return seconds, {"rows": frame.height, "size": frame["qty"].sum()}


def one_thread():
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    return connection


def read_duckdb(path):
    connection = one_thread()

    def work():
        connection.execute(
            "CREATE OR REPLACE TABLE trades AS SELECT id, price, qty, quote, make_timestamp(time * 1000) AS time, maker FROM "
            "read_csv(?, header = false, columns = {'id': 'BIGINT', 'price': 'DOUBLE', 'qty': 'DOUBLE', 'quote': 'DOUBLE', "
            "'time': 'BIGINT', 'maker': 'BOOLEAN', 'best': 'BOOLEAN'})", [path])

    seconds, _ = timed(work)
    rows, size = connection.execute("SELECT count(*), sum(qty) FROM trades").fetchone()
    return seconds, {"rows": rows, "size": size}


def columns(folder):
    return {"symbol": numpy.fromfile(f"{folder}/symbol.u8", numpy.uint8),
            "time": numpy.fromfile(f"{folder}/time.i64", numpy.int64),
            "price": numpy.fromfile(f"{folder}/price.f64"), "size": numpy.fromfile(f"{folder}/size.f64")}


def bars_polars(folder):
    frame = polars.DataFrame(columns(folder))
    p, s = polars.col("price"), polars.col("size")

    def work():
        return frame.group_by("symbol", (polars.col("time") // 60_000_000).alias("minute")).agg(
            p.first().alias("open"), p.max().alias("high"), p.min().alias("low"), p.last().alias("close"),
            s.sum().alias("volume"), ((p * s).sum() / s.sum()).alias("vwap"), polars.len().alias("trades"))

    seconds, out = timed(work)
    return seconds, {"bars": out.height, "volume": out["volume"].sum()}


def bars_duckdb(folder):
    connection = one_thread()
    frame = polars.DataFrame(columns(folder)).to_arrow()  # noqa: F841 - named in the query
    connection.execute("CREATE TABLE trades AS SELECT * FROM frame")

    def work():
        connection.execute(
            "CREATE OR REPLACE TABLE bars AS SELECT symbol, time // 60000000 AS minute, arg_min(price, time) AS open, "
            "max(price) AS high, min(price) AS low, arg_max(price, time) AS close, sum(size) AS volume, "
            "sum(price * size) / sum(size) AS vwap, count(*) AS trades FROM trades GROUP BY ALL")

    seconds, _ = timed(work)
    bars, volume = connection.execute("SELECT count(*), sum(volume) FROM bars").fetchone()
    return seconds, {"bars": bars, "volume": volume}


WORK = {("read", "polars"): read_polars, ("read", "duckdb"): read_duckdb, ("bars", "polars"): bars_polars,
        ("bars", "duckdb"): bars_duckdb}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=["read", "bars"])
    parser.add_argument("engine", choices=["polars", "duckdb"])
    parser.add_argument("path")
    options = parser.parse_args()
    seconds, answer = WORK[options.work, options.engine](options.path)
    print(json.dumps({"seconds": seconds, **answer}))


if __name__ == "__main__":
    main()
