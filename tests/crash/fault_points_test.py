"""The process ends, or an operation fails, at every write, sync, link and journal commit in turn:
the next run ends with the digests of an undisturbed one."""

import re
import shutil

import pytest

from testkit import history, lakes
from testkit.program import Tidemark

SEED = 7


@pytest.fixture(scope="module")
def prepared(binary, tmp_path_factory):
    """A folder with two files, the second with late and corrected rows, and what undisturbed runs give."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "tidemark.toml").write_text(lakes.TINY)
    program = Tidemark(binary, cwd=folder)
    program.run("simulate", "files", "--out", ".", "--seed", SEED, "--clean", "--symbol", "LTC-USD:csv",
                "--start", "2022-01-01", "--days", 70, "--density", "0.03")
    rows = history.read_rows(folder / "ltcusd.csv")
    corrected = dict(rows=rows[40], again=rows[1500])
    first = [row for i, row in enumerate(rows[:-200]) if i not in (40, 777, 1500)]
    first.append(type(rows[40])(rows[40].time, *(rows[39].open,) * 4, "1"))
    history.write_rows(folder / "first" / "ltcusd.csv", first)
    history.write_rows(folder / "second" / "ltcusd.csv", [*corrected.values(), rows[777], *rows[-220:]])
    expected = {}
    points = {}
    for name in ("first", "second"):
        said = program.run("run", f"{name}/ltcusd.csv", "--lake", "good", "--test-fault", "count")
        points[name] = int(re.search(r"(\d+) fault points", said.err)[1])
        expected[name] = lakes.digests(program, "good")
        if name == "first":
            shutil.copytree(folder / "good", folder / "after_first")
    lakes.assert_has_forecasts(expected["second"], refits=1)
    return program, folder, points, expected


@pytest.mark.parametrize("mode", ["crash", "fail"])
@pytest.mark.parametrize("name", ["first", "second"])
def test_after_a_fault_at_any_point_the_next_run_ends_in_the_same_digests(prepared, mode, name):
    program, folder, points, expected = prepared
    assert points[name] > 30
    lake = folder / f"{name}-{mode}"
    wrong = []
    for point in range(1, points[name] + 1):
        shutil.rmtree(lake, ignore_errors=True)
        if name == "second":
            shutil.copytree(folder / "after_first", lake)
        hit = program.try_run("run", f"{name}/ltcusd.csv", "--lake", lake,
                              "--test-fault", f"{mode}:{point}")
        if mode == "crash" and hit.code not in (-9, 0):
            wrong.append(f"point {point}: {hit}")
        # A checkpoint only saves time: failing to write one is no failure.
        refused = hit.code == 4 and "injected fault" in hit.err
        if mode == "fail" and hit.code != 0 and not refused:
            wrong.append(f"point {point}: {hit}")
        if refused and name == "second" and point % 5 == 0:
            seen = lakes.digests(program, lake)
            if seen not in (expected["first"], expected["second"]):
                wrong.append(f"point {point}: {hit}\nleft a lake that is neither the old nor the new")
        again = program.try_run("run", f"{name}/ltcusd.csv", "--lake", lake)
        if again.code != 0:
            wrong.append(f"point {point}: {hit}\nand then {again}")
            continue
        lines = lakes.differences(lakes.digests(program, lake), expected[name])
        if lines:
            wrong.append(f"point {point}: {hit}\n" + "\n".join(lines))
        if point % 7 == 0:
            lakes.assert_proven(program, lake)
    assert not wrong, f"{len(wrong)} of {points[name]} points\n" + "\n".join(wrong[:5])


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9, 0.97])
def test_losing_the_journal_after_a_crash_loses_nothing_committed(prepared, share):
    program, folder, points, expected = prepared
    lake = folder / f"journal-{share}"
    shutil.copytree(folder / "after_first", lake)
    program.try_run("run", "second/ltcusd.csv", "--lake", lake,
                    "--test-fault", f"crash:{max(1, int(points['second'] * share))}")
    shutil.rmtree(lake / "_tidemark" / "journal")
    told = lakes.digests(program, lake)
    assert told in (expected["first"], expected["second"])
    program.run("run", "second/ltcusd.csv", "--lake", lake)
    lakes.assert_proven(program, lake)
    lakes.assert_same(lakes.digests(program, lake), expected["second"])


@pytest.mark.parametrize("between", [None, "compact"])
def test_without_a_journal_an_appended_row_continues_what_was_before(prepared, between):
    """Nothing early changes here: operator state has to come from rows that the run does not touch."""
    program, folder, _, _ = prepared
    rows = history.read_rows(folder / "first" / "ltcusd.csv")
    lake = folder / f"append-{between}"
    history.write_rows(folder / f"begun-{between}" / "ltcusd.csv", rows[:-50])
    history.write_rows(folder / f"rest-{between}" / "ltcusd.csv", rows[-50:])
    program.run("run", f"begun-{between}/ltcusd.csv", "--lake", lake)
    shutil.rmtree(lake / "_tidemark" / "journal")
    if between:
        program.run(between, "--lake", lake)
    program.run("run", f"rest-{between}/ltcusd.csv", "--lake", lake)
    lakes.assert_proven(program, lake)


def test_a_damaged_journal_is_set_aside(prepared):
    program, folder, _, expected = prepared
    lake = folder / "damaged-journal"
    shutil.copytree(folder / "after_first", lake)
    (lake / "_tidemark" / "journal" / "journal.sqlite").write_bytes(b"not a database at all" * 300)
    program.run("run", "second/ltcusd.csv", "--lake", lake)
    lakes.assert_proven(program, lake)
    lakes.assert_same(lakes.digests(program, lake), expected["second"])
