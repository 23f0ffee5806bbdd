"""Damage and rivals: found, named, refused."""

import fcntl
import hashlib
import json
import random
import shutil
import sqlite3

import pytest

from testkit import history, lakes
from testkit.program import Tidemark

SEED = 11


@pytest.fixture(scope="module")
def whole(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage")
    (folder / "tidemark.toml").write_text(lakes.TINY)
    program = Tidemark(binary, cwd=folder)
    program.run("simulate", "files", "--out", ".", "--seed", SEED, "--clean", "--symbol", "LTC-USD:csv",
                "--days", 70, "--density", "0.03")
    program.run("run", "ltcusd.csv", "--lake", "lake")
    lakes.assert_proven(program, "lake")
    return program, folder


@pytest.fixture
def copy(whole, tmp_path):
    program, folder = whole
    lake = tmp_path / "lake"
    shutil.copytree(folder / "lake", lake)
    return program, lake


@pytest.mark.parametrize("table", ["vendor_candles", "candles", "features", "models", "forecasts", "scores"])
def test_a_flipped_byte_is_found_and_its_file_named(copy, table):
    program, lake = copy
    rng = random.Random(f"{SEED} {table}")
    file = rng.choice(sorted((lake / table).rglob("*.parquet")))
    data = bytearray(file.read_bytes())
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    print(f"byte {at} of {file}")
    file.write_bytes(data)
    said = program.run("verify", "--lake", lake, exit=1)
    assert file.name in said.out + said.err, said


@pytest.mark.parametrize("table,column", [("candles", "close"), ("features", "rsi_14_rel"),
                                          ("forecasts", "prediction"), ("scores", "mae")])
def test_a_tampered_cell_is_found_by_recomputing_and_named(copy, table, column):
    program, lake = copy

    lakes.rewrite(lake, table, lakes.change_cell(column))
    said = program.run("verify", "--lake", lake, exit=1)
    assert table in said.out + said.err and column in said.out + said.err, said


def test_a_second_writer_is_refused(copy):
    program, lake = copy
    with open(lake / "_tidemark" / "lock", "r+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = program.run("run", "ltcusd.csv", "--lake", lake, exit=5)
        assert "writer" in said.err, said
        program.run("verify", "--lake", lake)  # readers are not in the way
    program.run("run", "ltcusd.csv", "--lake", lake)


def test_a_missing_data_file_is_found_and_named(copy):
    program, lake = copy
    file = sorted((lake / "features").rglob("*.parquet"))[0]
    file.unlink()
    said = program.run("verify", "--lake", lake, exit=1)
    assert file.name in said.out + said.err, said


def test_damaged_snapshots_are_done_without(copy, tmp_path):
    program, lake = copy
    expected = lakes.digests(program, lake)
    rows = history.read_rows(program.cwd / "ltcusd.csv")
    wrong = [row.wrong(random.Random(SEED)) for row in rows[900:905]]
    history.write_rows(tmp_path / "ltcusd_wrong.csv", wrong)
    with sqlite3.connect(lake / "_tidemark" / "journal" / "journal.sqlite") as journal:
        journal.execute("UPDATE snapshot SET state = zeroblob(length(state))")
    said = program.run("run", tmp_path / "ltcusd_wrong.csv", "--lake", lake, "--json").json()
    assert "the journal was damaged" in said["recovered"], said
    lakes.assert_proven(program, lake)
    assert lakes.digests(program, lake) != expected
    assert list((lake / "_tidemark").glob("journal.damaged.*"))


def test_too_many_rejects_leave_the_lake_unchanged(copy, tmp_path):
    program, lake = copy
    before = lakes.digests(program, lake)
    rows = history.read_rows(program.cwd / "ltcusd.csv")
    file = history.write_rows(tmp_path / "ltcusd_bad.csv", rows)
    file.write_text(file.read_text() + "nonsense,1,2\n" * (len(rows) // 20))
    said = program.run("run", file, "--lake", lake, exit=3)
    assert "rejected" in said.err, said
    lakes.assert_same(lakes.digests(program, lake), before)
    lakes.assert_proven(program, lake)
    epoch = max((lake / "_tidemark" / "epochs").glob("*.json"))
    assert json.loads(epoch.read_text()) and epoch.name.endswith("1.json")
