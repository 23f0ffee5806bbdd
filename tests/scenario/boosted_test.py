"""Boosted trees are asked for by name; then they are kept, recomputed and proven like every other model."""

import json

import pytest

from testkit import history, lakes
from testkit.program import Tidemark

SEED = 67
PLAIN = '["persistence", "drift", "linear", "tree"]'
WITH = '["persistence", "drift", "linear", "tree", "boosted"]'
CONFIG = lakes.SMALL.replace("[forecasts]", f"[forecasts]\nmodels = {PLAIN}") + """
[boosted]
rounds = 30
depth = 4
min_leaf = 50
learning_rate = 0.1
"""


def configure(program, *changes):
    text = CONFIG
    for change in changes:
        assert change[0] in text
        text = text.replace(*change)
    (program.cwd / "tidemark.toml").write_text(text)


@pytest.fixture(scope="module")
def lake_with(binary, tmp_path_factory):
    """A lake made with boosted trees from two files, and what it holds."""
    folder = tmp_path_factory.mktemp("boosted")
    program = Tidemark(binary, cwd=folder)
    configure(program, (PLAIN, WITH))
    print(f"seed {SEED}")
    program.run("simulate", "files", "--out", ".", "--seed", SEED, "--days", 130, "--density", "0.12")
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake")
    told = lakes.digests(program, "lake")
    lakes.assert_has_forecasts(told, refits=3)
    return program, told


@pytest.fixture
def program(lake_with, binary, tmp_path):
    """The same files in a folder of this test's own, configured without boosted trees."""
    for name in ("ltcusd.csv", "ethusd.json"):
        (tmp_path / name).symlink_to(lake_with[0].cwd / name)
    program = Tidemark(binary, cwd=tmp_path)
    configure(program)
    return program


def rows_of_the_others(program, lake):
    """A digest of every forecast, outcome, score and fit that is not of boosted trees."""
    parts = " UNION ALL ".join(
        f"SELECT '{table}' AS t, count(*) AS n, bit_xor(hash(r)) AS h FROM {table} r WHERE model <> 'boosted'"
        for table in ("forecasts", "outcomes", "scores", "models"))
    return program.run("sql", "--lake", lake, parts, "--json").json()


def data_files(lake):
    """What the tables hold that forecasts are made from."""
    return {path for name in ("vendor_candles", "candles", "features") for path in (lake / name).rglob("*.parquet")}


def test_a_lake_with_boosted_trees_is_proven(lake_with):
    program, _ = lake_with
    lakes.assert_proven(program, "lake")


def test_their_fits_are_told_like_a_trees(lake_with):
    program, _ = lake_with
    fits = program.run("sql", "--lake", "lake", "SELECT coefficients, importance, parameters FROM models "
                       "WHERE model = 'boosted'", "--json").json()
    assert len(fits) >= 6
    for fit in fits:
        assert fit["coefficients"] is None
        importance = json.loads(fit["importance"])
        assert len(importance) == 11 and sum(importance.values()) == pytest.approx(1)
        parameters = json.loads(fit["parameters"])
        assert parameters["library"].startswith("XGBoost ")
        assert [parameters[k] for k in ("rounds", "max_depth", "min_leaf", "learning_rate")] == [30, 4, 50, 0.1]
        assert 30 < parameters["leaves"] <= 30 * 16


def test_every_verb_that_names_models_names_them(lake_with):
    program, _ = lake_with
    forecasts = program.run("forecast", "--lake", "lake", "--json").json()["forecasts"]
    assert [f["model"] for f in forecasts].count("boosted") == 2
    scores = program.run("evaluate", "--lake", "lake", "--model", "boosted", "--json").json()["scores"]
    assert scores and {s["model"] for s in scores} == {"boosted"}
    program.run("report", "--lake", "lake", "-o", "report.html")
    assert "boosted" in (program.cwd / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_bits(lake_with, program, threads):
    configure(program, (PLAIN, WITH))
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake", "--threads", threads)
    lakes.assert_same(lakes.digests(program, "lake"), lake_with[1])


def test_a_processor_with_fewer_instructions_and_another_openmp_give_the_same_bits(lake_with, program):
    configure(program, (PLAIN, WITH))
    environment = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2_Usable,-FMA_Usable,-AVX2,-AVX512F",
                   "OMP_NUM_THREADS": "7", "OMP_DYNAMIC": "true"}
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake", environment=environment)
    lakes.assert_same(lakes.digests(program, "lake"), lake_with[1])


def test_turning_them_on_later_recomputes_forecasts_only_and_says_so(lake_with, program):
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake")
    others = rows_of_the_others(program, "lake")
    files = data_files(program.cwd / "lake")
    configure(program, (PLAIN, WITH))
    answer = program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake", "--json").json()
    assert {note.split()[0] for note in answer["notes"]} == {"models", "forecasts", "outcomes", "scores"}
    assert all("recomputed" in note for note in answer["notes"])
    assert files and data_files(program.cwd / "lake") == files
    assert rows_of_the_others(program, "lake") == others
    lakes.assert_proven(program, "lake")
    lakes.assert_same(lakes.digests(program, "lake"), lake_with[1])


def test_their_parameters_count_only_where_they_are_on(program):
    program.run("run", "ltcusd.csv", "--lake", "lake")
    configure(program, ("depth = 4", "depth = 3"), ("learning_rate = 0.1", "learning_rate = 0.2"))
    answer = program.run("run", "ltcusd.csv", "--lake", "lake", "--json").json()
    assert answer["notes"] == [] and not answer["changed"]
    lakes.assert_proven(program, "lake")
    configure(program, (PLAIN, WITH))
    assert program.run("run", "ltcusd.csv", "--lake", "lake", "--json").json()["notes"]
    configure(program, (PLAIN, WITH), ("learning_rate = 0.1", "learning_rate = 0.2"))
    assert program.run("run", "ltcusd.csv", "--lake", "lake", "--json").json()["notes"]
    lakes.assert_proven(program, "lake")


def test_a_lake_fed_in_pieces_ends_in_the_tables_of_one_fed_at_once(program):
    configure(program, (PLAIN, WITH))
    rows = history.read_rows(program.cwd / "ltcusd.csv")
    cuts = [0, len(rows) // 3, len(rows) - 2000, len(rows) - 10, len(rows)]
    for i, (begin, end) in enumerate(zip(cuts, cuts[1:])):
        history.write_rows(program.cwd / f"part{i}" / "ltcusd.csv", rows[begin:end])
        program.run("run", f"part{i}/ltcusd.csv", "--lake", "pieces")
    history.write_rows(program.cwd / "whole" / "ltcusd.csv", rows)
    program.run("run", "whole/ltcusd.csv", "--lake", "whole")
    lakes.assert_proven(program, "pieces")
    lakes.assert_same(lakes.digests(program, "pieces"), lakes.digests(program, "whole"))
