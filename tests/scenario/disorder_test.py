"""However rows arrive, the derived tables are those of one clean load."""

import itertools
import random
import time

import pytest

from testkit import history, lakes
from testkit.program import Tidemark

SEED = 20260101
CONFIG = "tidemark.toml"


def new_folder(binary, folder, config):
    folder.mkdir(parents=True, exist_ok=True)
    if config:
        (folder / CONFIG).write_text(config)
    return Tidemark(binary, cwd=folder)


@pytest.fixture(scope="module")
def clean(binary, tmp_path_factory):
    """(rows by file name, digests of one run over the clean whole, seconds that run took)."""
    folder = tmp_path_factory.mktemp("clean")
    program = new_folder(binary, folder, lakes.SMALL)
    print(f"seed {SEED}")
    program.run("simulate", "files", "--out", ".", "--seed", SEED, "--clean", "--days", 130,
                "--density", "0.15")
    started = time.monotonic()
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake")
    seconds = time.monotonic() - started
    lakes.assert_proven(program, "lake")
    told = lakes.digests(program, "lake")
    lakes.assert_has_forecasts(told, refits=3)
    rows = {name: history.read_rows(folder / name) for name in ("ltcusd.csv", "ethusd.json")}
    return rows, told, seconds


def feed(program, runs, rng, kills, seconds, prove):
    """Feeds the runs; `kills` of them die at a random moment and are repeated. Returns how many died."""
    killed = 0
    for number, files in enumerate(runs):
        must = len(runs) - number <= kills - killed
        if killed < kills and (must or rng.random() < 0.5):
            wait = rng.uniform(0.02, 0.9) * seconds
            died = program.run_killed_after(wait, "run", *files, "--lake", "lake")
            killed += died
            print(f"run {number}: {'killed' if died else 'ended'} after {wait:.2f} s at most")
        started = time.monotonic()
        program.run("run", *files, "--lake", "lake", timeout=1200)
        seconds = max(0.1, 0.5 * seconds + 0.5 * (time.monotonic() - started))
        if prove:
            lakes.assert_proven(program, "lake", timeout=1200)
    return killed


@pytest.mark.parametrize("scattered", [0.1, 1.0], ids=["mostly in order", "all anywhere"])
def test_pieces_repeats_corrections_and_kills_end_in_the_digests_of_a_clean_load(
        binary, tmp_path, clean, scattered):
    rows, expected, seconds = clean
    seed = f"{SEED} {scattered}"
    print(f"seed {seed}")
    disorder = history.Disorder(scattered=scattered)
    runs = history.deliver(rows, tmp_path / "pieces", disorder, seed)
    program = new_folder(binary, tmp_path, lakes.SMALL)
    killed = feed(program, runs, random.Random(seed), 3, seconds, prove=True)
    lakes.assert_same(lakes.digests(program, "lake"), expected)
    total = lakes.assert_ledger(program, "lake")
    count = sum(map(len, rows.values()))
    assert total["new"] == count
    # Wrong versions sent first take the place of the new row; the right one is the revision.
    assert total["revised"] == sum(int(len(r) * disorder.wrong_first) for r in rows.values())
    assert total["duplicate"] >= int(count * disorder.repeated) - 2
    assert total["rejected"] == 0
    assert killed >= 2, "too few runs were killed for this test to say anything"


@pytest.mark.full
def test_the_whole_histories_in_fifty_pieces_over_twenty_runs(binary, tmp_path, shared_data):
    seed = f"{SEED} full"
    print(f"seed {seed}")
    files = [shared_data("bitfinex/ltcusd.csv"), shared_data("bitfinex/ethusd.json")]
    program = new_folder(binary, tmp_path, None)
    started = time.monotonic()
    program.run("run", *files, "--lake", "clean", timeout=1200)
    seconds = time.monotonic() - started
    expected = lakes.digests(program, "clean", timeout=1200)
    rows = {path.name: history.read_rows(path) for path in files}
    disorder = history.Disorder(pieces=50, runs=20)
    runs = history.deliver(rows, tmp_path / "pieces", disorder, seed)
    del rows
    killed = feed(program, runs, random.Random(seed), 3, seconds, prove=False)
    assert killed == 3
    lakes.assert_same(lakes.digests(program, "lake", timeout=1200), expected)
    lakes.assert_proven(program, "lake", timeout=1200)


def some_rows(clean, count=6000):
    return clean[0]["ltcusd.csv"][:count]


def load(program, lake, *files):
    for file in files:
        program.run("run", file, "--lake", lake)
    lakes.assert_proven(program, lake)
    return lakes.digests(program, lake)


def test_an_old_file_sent_again_changes_nothing(binary, tmp_path, clean):
    rng = random.Random(SEED)
    program = new_folder(binary, tmp_path, lakes.SMALL)
    right = some_rows(clean)
    wrong = [row.wrong(rng) if rng.random() < 0.02 else row for row in right]
    history.write_rows(tmp_path / "x" / "ltcusd.csv", wrong)
    history.write_rows(tmp_path / "corrected" / "ltcusd.csv", right)
    # The same rows under another name: the same file would be skipped unread.
    history.write_rows(tmp_path / "again" / "ltcusd.csv", wrong[::-1])
    expected = load(program, "clean", "corrected/ltcusd.csv")
    lakes.assert_same(load(program, "two", "x/ltcusd.csv", "corrected/ltcusd.csv"), expected)
    lakes.assert_same(
        load(program, "three", "x/ltcusd.csv", "corrected/ltcusd.csv", "x/ltcusd.csv"), expected)
    lakes.assert_same(
        load(program, "four", "x/ltcusd.csv", "corrected/ltcusd.csv", "again/ltcusd.csv",
             "corrected/ltcusd.csv"), expected)
    assert load(program, "wrong", "x/ltcusd.csv") != expected


def test_a_file_that_grows_is_read_on(binary, tmp_path, clean):
    program = new_folder(binary, tmp_path, lakes.SMALL)
    rows = some_rows(clean)
    for number, end in enumerate((100, 2500, 2501, 2502, 5990, 6000)):
        history.write_rows(tmp_path / "ltcusd.csv", rows[:end])
        said = program.run("run", "ltcusd.csv", "--lake", "grown", "--json").json()
        assert said["sources"][0]["read"] == end - (0, 100, 2500, 2501, 2502, 5990)[number], said
        assert said["sources"][0]["duplicate"] == 0, said
    lakes.assert_proven(program, "grown")
    lakes.assert_same(lakes.digests(program, "grown"), load(program, "clean", "ltcusd.csv"))


def test_a_file_written_anew_is_read_whole(binary, tmp_path, clean):
    rng = random.Random(SEED)
    program = new_folder(binary, tmp_path, lakes.SMALL)
    rows = some_rows(clean)
    file = tmp_path / "ltcusd.csv"
    history.write_rows(file, [row.wrong(rng) if rng.random() < 0.1 else row for row in rows[1000:3000]])
    program.run("run", file, "--lake", "anew")
    history.write_rows(file, rows)
    program.run("run", file, "--lake", "anew")
    lakes.assert_proven(program, "anew")
    lakes.assert_same(lakes.digests(program, "anew"), load(program, "clean", file))


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_file_cut_in_mid_row_and_completed_later_loses_nothing(binary, tmp_path, clean, suffix):
    rng = random.Random(f"{SEED} {suffix}")
    program = new_folder(binary, tmp_path, lakes.SMALL)
    file = history.write_rows(tmp_path / f"ltcusd.{suffix}", some_rows(clean, 4000))
    whole = file.read_bytes()
    expected = load(program, "clean", file)
    cuts = sorted(rng.sample(range(len(whole) // 3, len(whole)), 4))
    print(f"cut at {cuts}")
    for cut in cuts:
        file.write_bytes(whole[:cut])
        program.run("run", file, "--lake", "cut", "--set", "rejects.limit=0.1")
    file.write_bytes(whole)
    program.run("run", file, "--lake", "cut")
    lakes.assert_proven(program, "cut")
    lakes.assert_same(lakes.digests(program, "cut"), expected)


def test_the_order_of_symbols_and_of_files_in_a_run_does_not_matter(binary, tmp_path, clean):
    program = new_folder(binary, tmp_path, lakes.SMALL)
    files = [history.write_rows(tmp_path / name, rows[:5000]) for name, rows in clean[0].items()]
    files.append(history.write_rows(tmp_path / "more" / "ltcusd.csv",
                                    clean[0]["ltcusd.csv"][4000:6000]))
    told = []
    for number, order in enumerate(itertools.permutations(files)):
        program.run("run", *order, "--lake", f"lake{number}")
        told.append(lakes.digests(program, f"lake{number}"))
    for other in told[1:]:
        lakes.assert_same(other, told[0])
