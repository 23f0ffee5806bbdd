"""A source taken back was never there; another configuration is another computation, as provable."""

import random

import pytest
from deltalake import DeltaTable

from testkit import history, lakes
from testkit.program import Tidemark

SEED = 53


@pytest.fixture(scope="module")
def history_rows(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    Tidemark(binary, cwd=folder).run("simulate", "files", "--out", ".", "--seed", SEED, "--clean",
                                     "--symbol", "LTC-USD:csv", "--days", 130, "--density", "0.1")
    return history.read_rows(folder / "ltcusd.csv")


@pytest.fixture
def program(binary, tmp_path):
    (tmp_path / "tidemark.toml").write_text(lakes.SMALL)
    return Tidemark(binary, cwd=tmp_path)


def write(program, rows_of):
    return [history.write_rows(program.cwd / name / "ltcusd.csv", rows).relative_to(program.cwd)
            for name, rows in rows_of.items()]


def test_a_forgotten_file_of_its_own_rows_was_never_there(program, history_rows):
    kept, gone = write(program, {"kept": [r for i, r in enumerate(history_rows) if i % 50],
                                 "gone": history_rows[::50]})
    program.run("run", kept, "--lake", "never")
    program.run("run", kept, "--lake", "lake")
    program.run("run", gone, "--lake", "lake")
    expected = lakes.digests(program, "never")
    lakes.assert_has_forecasts(expected, refits=3)
    assert lakes.digests(program, "lake") != expected
    program.run("forget", gone, "--lake", "lake")
    lakes.assert_proven(program, "lake")
    lakes.assert_same(lakes.digests(program, "lake"), expected)


@pytest.mark.parametrize("order", ["wrong first", "wrong last"])
def test_a_forgotten_file_that_overlapped_another_was_never_there_after_the_next_run(
        program, history_rows, order):
    rng = random.Random(f"{SEED} {order}")
    overlap = [r.wrong(rng) if rng.random() < 0.3 else r for r in history_rows[5000:9000]]
    kept, gone = write(program, {"kept": history_rows, "gone": overlap})
    program.run("run", kept, "--lake", "never")
    for file in (gone, kept) if order == "wrong first" else (kept, gone):
        program.run("run", file, "--lake", "lake")
    program.run("forget", gone, "--lake", "lake")
    lakes.assert_proven(program, "lake")
    program.run("run", kept, "--lake", "lake")
    lakes.assert_proven(program, "lake")
    lakes.assert_same(lakes.digests(program, "lake"), lakes.digests(program, "never"))


def test_delta_readers_count_what_the_ledger_says(program, history_rows):
    rng = random.Random(SEED)
    first, second = write(program, {"first": history_rows[:3000] + history_rows[:100],
                                    "second": [r.wrong(rng) for r in history_rows[2900:4000]]})
    program.run("run", first, "--lake", "lake")
    program.run("run", second, "--lake", "lake")
    total = lakes.assert_proven(program, "lake")
    table = DeltaTable(str(program.cwd / "lake" / "vendor_candles"))
    assert table.to_pyarrow_table().num_rows == total["new"] == 4000
    assert DeltaTable(str(program.cwd / "lake" / "revisions")).to_pyarrow_table().num_rows \
        == total["revised"] == 100
    assert total["duplicate"] == 100


@pytest.mark.parametrize("change", [
    ('"elapsed_30"]', '"elapsed_30", "cci_20_rel"]'),
    ('"log_return_1", ', ""),
    ("depth = 5", "depth = 4"),
    ("[forecasts]", '[forecasts]\nmodels = ["persistence", "linear"]'),
    ("[forecasts]", '[forecasts]\nhorizons = ["10", "30"]'),
    ('"5m", "1h"', '"1h", "4h"'),
], ids=["a feature more", "a feature less", "another tree", "a model less", "a horizon more", "other intervals"])
def test_another_configuration_ends_in_the_tables_of_a_fresh_lake(program, history_rows, change):
    file, = write(program, {"x": history_rows})
    program.run("run", file, "--lake", "lake")
    before = lakes.digests(program, "lake")
    config = program.cwd / "tidemark.toml"
    text = config.read_text().replace(*change)
    assert text != config.read_text()
    config.write_text(text)
    program.run("run", file, "--lake", "lake")
    lakes.assert_proven(program, "lake")
    program.run("run", file, "--lake", "fresh")
    expected = lakes.digests(program, "fresh")
    assert expected != before
    lakes.assert_same(lakes.digests(program, "lake"), expected)
