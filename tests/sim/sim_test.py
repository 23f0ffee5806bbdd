"""Simulated days: `live` over another clock, network and disk (docs/internals/simulation.md). `make sim` runs thousands."""

import re
import subprocess

import pytest


@pytest.fixture(scope="session")
def simulation(binary):
    path = binary.parent / "simulation"
    if not path.is_file():
        pytest.fail(f"{path} is not built; `make test` builds it", pytrace=False)

    def run(*options):
        return subprocess.run([path, *map(str, options)], capture_output=True, text=True, timeout=900, check=False)

    return run


def test_a_hundred_days(simulation):
    told = simulation("--seeds", 100)
    print(told.stdout)
    assert told.returncode == 0, told.stdout + told.stderr
    days, lives, crashes = map(int, re.search(r": (\d+) days, (\d+) lives, (\d+) crashes", told.stdout).groups())
    assert days == 100 and lives > 200 and crashes > 50


def test_the_same_seed_is_the_same_day(simulation, tmp_path):
    """Everything that live said and counted, to the millisecond; but for how long it took."""
    texts = []
    for name in ("a", "b"):
        told = simulation("--first", 4, "--seeds", 3, "--notes", "--keep", tmp_path / name)
        assert told.returncode == 0, told.stdout
        # Temporary files have the process's number in their names.
        texts.append(re.sub(r"\([\d.]+ s\)$|\.\d+\.tmp", "", told.stdout.replace(str(tmp_path / name), "")))
    assert texts[0].count("\n") > 20 and texts[0] == texts[1]


@pytest.mark.parametrize("mistake", ["drop-late-row", "reorder-commits", "unsynced-journal"])
def test_a_broken_engine_is_found_out(simulation, mistake):
    told = simulation("--seeds", 100, "--stop", "--mistake", mistake)
    assert told.returncode == 1 and "FAILED" in told.stdout, told.stdout


@pytest.mark.parametrize("venue", ["okx", "bybit"])
def test_days_of_a_venue_that_no_seed_draws(simulation, venue):
    told = simulation("--seeds", 10, "--venue", venue)
    assert told.returncode == 0, told.stdout + told.stderr
