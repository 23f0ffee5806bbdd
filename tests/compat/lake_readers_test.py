#!/usr/bin/env python3
"""Readers we did not write see the rows of a lake bit for bit: delta-rs, Polars and DuckDB.

    .deps/venv/bin/python tests/compat/lake_readers_test.py

The latest built lake_test writes a lake and what must be in it; the readers go through the Delta log (DuckDB through
the files that delta-rs lists, as its delta extension is not part of it).
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timezone

import deltalake
import duckdb
import polars
import pyarrow as pa

ROOT = pathlib.Path(__file__).resolve().parents[2]
STRING, BYTES, TIME, INT, DOUBLE, BOOL = range(6)


def find_binary():
    built = list(ROOT.glob("build/*/src/tidemark/lake_test"))
    if not built:
        sys.exit("lake_test is not built")
    return max(built, key=lambda path: path.stat().st_mtime)


BINARY = find_binary()


def bits(value):
    return struct.pack(">d", value).hex()


def canonical(table, expected):
    """Rows of an Arrow table in the spelling of expected.json, in its column order."""
    columns = []
    for name, kind in zip(expected["columns"], expected["types"]):
        column = table.column(name)
        if kind == TIME:
            assert pa.types.is_timestamp(column.type) and column.type.tz in ("UTC", "Etc/UTC"), column.type
            values = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
        elif kind == DOUBLE:
            values = [None if v is None else bits(v) for v in column.to_pylist()]
        elif kind == BYTES:
            values = [None if v is None else v.hex() for v in column.to_pylist()]
        elif kind == BOOL:
            values = [None if v is None else int(v) for v in column.to_pylist()]
        else:
            values = column.to_pylist()
        columns.append(values)
    return sorted(zip(*columns), key=repr)


class LakeReaders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run(
            [BINARY, "--gtest_filter=CompatLake.OddValues*"],
            env={**os.environ, "TIDEMARK_COMPAT_FOLDER": cls.folder.name},
            check=True, stdout=subprocess.DEVNULL)
        cls.lake = pathlib.Path(cls.folder.name) / "lake"
        cls.expected = json.loads((pathlib.Path(cls.folder.name) / "expected.json").read_text())

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, name, table):
        expected = self.expected[name]
        rows = sorted(map(tuple, expected["rows"]), key=repr)
        self.assertEqual(canonical(table, expected), rows)

    def test_delta_rs_reads_every_table_bit_for_bit(self):
        for name in self.expected:
            with self.subTest(table=name):
                delta = deltalake.DeltaTable(str(self.lake / name))
                self.check(name, pa.table(delta.to_pyarrow_table()))

    def test_delta_rs_protocol_and_metadata(self):
        delta = deltalake.DeltaTable(str(self.lake / "vendor_candles"))
        self.assertEqual((delta.protocol().min_reader_version, delta.protocol().min_writer_version), (1, 2))
        self.assertEqual(delta.metadata().configuration["tidemark.spec_hash"], "0123")
        self.assertEqual(delta.metadata().partition_columns, ["venue", "interval"])
        self.assertEqual(delta.version(), 12)
        self.assertEqual(delta.transaction_version("tidemark"), 13)

    def test_delta_rs_travels_to_an_earlier_version(self):
        delta = deltalake.DeltaTable(str(self.lake / "features"), version=0)
        self.assertEqual(delta.to_pyarrow_table().num_rows, 1)

    def test_delta_rs_statistics_prune_without_losing_rows(self):
        delta = deltalake.DeltaTable(str(self.lake / "vendor_candles"))
        start = datetime(2020, 1, 1, tzinfo=timezone.utc)
        table = delta.to_pyarrow_table(filters=[("open_time", ">=", start), ("symbol", "=", "LTC-USD")])
        expected = self.expected["vendor_candles"]
        at = expected["columns"].index("open_time")
        symbol = expected["columns"].index("symbol")
        micros = int(start.timestamp()) * 1_000_000
        wanted = [r for r in expected["rows"] if r[at] >= micros and r[symbol] == "LTC-USD"]
        self.assertEqual(table.num_rows, len(wanted))
        self.assertGreater(len(wanted), 0)

    def test_polars_reads_every_table_bit_for_bit(self):
        for name in self.expected:
            with self.subTest(table=name):
                frame = polars.read_delta(str(self.lake / name))
                self.check(name, frame.to_arrow())

    def test_polars_pushes_a_filter_down(self):
        frame = (polars.scan_delta(str(self.lake / "vendor_candles"))
                 .filter(polars.col("symbol") == "ETH-USD").select(polars.len()).collect())
        self.assertEqual(frame.item(), 12)

    def test_duckdb_reads_the_listed_files_bit_for_bit(self):
        for name in self.expected:
            files = deltalake.DeltaTable(str(self.lake / name)).file_uris()
            if not files:
                continue
            with self.subTest(table=name):
                connection = duckdb.connect()
                connection.execute("SET TimeZone = 'UTC'")
                relation = connection.execute(
                    "SELECT * FROM read_parquet(?, hive_partitioning = true, hive_types_autocast = false,"
                    " union_by_name = true)", [files])
                self.check(name, relation.to_arrow_table())


if __name__ == "__main__":
    unittest.main()
