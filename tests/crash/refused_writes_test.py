"""A full disk and a read-only lake: an error that names the place, a lake as it was, and the next run is fine."""

import hashlib
import os
import shutil
import subprocess

import pytest

from testkit import history, lakes, mounts
from testkit.program import Tidemark

SEED = 5
ROOM = 64 << 20


@pytest.fixture(scope="module")
def prepared(binary, tmp_path_factory):
    """A folder with two files, the lakes after each, and their digests."""
    folder = tmp_path_factory.mktemp("refused")
    (folder / "tidemark.toml").write_text(lakes.TINY)
    program = Tidemark(binary, cwd=folder)
    program.run("simulate", "files", "--out", ".", "--seed", SEED, "--clean", "--symbol", "LTC-USD:csv",
                "--start", "2022-01-01", "--days", 70, "--density", "0.03")
    rows = history.read_rows(folder / "ltcusd.csv")
    history.write_rows(folder / "first" / "ltcusd.csv", rows[:-300])
    history.write_rows(folder / "second" / "ltcusd.csv", rows[200:])
    expected = {}
    for name in ("first", "second"):
        program.run("run", f"{name}/ltcusd.csv", "--lake", "good")
        expected[name] = lakes.digests(program, "good")
        shutil.copytree(folder / "good", folder / f"after_{name}")
    return program, folder, expected


def bytes_of(folder):
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def used_on(disk):
    info = os.statvfs(disk.path)
    return (info.f_blocks - info.f_bfree) * info.f_frsize


def test_a_read_only_lake_is_read_and_not_written(prepared, tmp_path):
    program, folder, expected = prepared
    lake = tmp_path / "lake"
    shutil.copytree(folder / "after_first", lake)
    before = bytes_of(lake)
    try:
        with mounts.read_only(lake):
            for verb in ("run", "compact", "vacuum", "forget"):
                files = ["second/ltcusd.csv"] if verb == "run" else ["first/ltcusd.csv"] if verb == "forget" else []
                said = program.run(verb, *files, "--lake", lake, exit=4)
                assert str(lake) in said.err and "Read-only file system" in said.err, said
            for verb in (["status"], ["gaps"], ["forecast"], ["verify"], ["sql", "SELECT count(*) FROM candles"],
                         ["report", "-o", tmp_path / "report.html"]):
                program.run(*verb, "--lake", lake)
    except mounts.Absent as absent:
        pytest.skip(str(absent))
    assert bytes_of(lake) == before
    program.run("run", "second/ltcusd.csv", "--lake", lake)
    lakes.assert_same(lakes.digests(program, lake), expected["second"])


@pytest.mark.parametrize("name", ["first", "second"])
def test_on_a_disk_that_is_full_anywhere_nothing_happens_until_there_is_room(prepared, tmp_path, name):
    program, folder, expected = prepared
    start = folder / "after_first" if name == "second" else None
    refused = 0
    try:
        with mounts.small_disk(tmp_path / "disk", ROOM) as disk:
            lake = disk.path / "lake"

            def begin():
                disk.resize(ROOM)
                shutil.rmtree(lake, ignore_errors=True)
                if start:
                    shutil.copytree(start, lake)
                return used_on(disk)

            before = begin()
            program.run("run", f"{name}/ltcusd.csv", "--lake", lake)
            needed = used_on(disk) - before
            for step in range(14):
                disk.resize(begin() + 8192 + needed * step // 12)
                said = program.try_run("run", f"{name}/ltcusd.csv", "--lake", lake)
                if said.code != 0:
                    refused += 1
                    assert said.code == 4, said
                    assert str(disk.path) in said.err and ("No space left" in said.err or "full" in said.err), said
                    disk.resize(ROOM)
                    if start:
                        lakes.assert_same(lakes.digests(program, lake), expected["first"])
                disk.resize(ROOM)
                program.run("run", f"{name}/ltcusd.csv", "--lake", lake)
                lakes.assert_same(lakes.digests(program, lake), expected[name])
                if step % 5 == 0:
                    lakes.assert_proven(program, lake)
    except mounts.Absent as absent:
        pytest.skip(str(absent))
    assert refused >= 4, f"only {refused} runs were refused: the sizes are wrong"


def test_what_is_written_beside_the_lake_is_refused_by_name(prepared, tmp_path):
    program, _, _ = prepared
    try:
        with mounts.small_disk(tmp_path / "disk", 8192) as disk:
            (disk.path / "filler").write_bytes(b"x" * 4096)
            for verb in (["report", "-o", disk.path / "report.html"],
                         ["export", "-o", disk.path / "candles"],
                         ["simulate", "files", "--out", disk.path, "--days", 30]):
                lake = [] if verb[0] == "simulate" else ["--lake", "after_first"]
                said = program.run(*verb, *lake, exit=4)
                assert str(disk.path) in said.err, said
    except mounts.Absent as absent:
        pytest.skip(str(absent))


def test_an_answer_that_cannot_be_written_is_an_error(prepared):
    program, folder, _ = prepared
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(program.binary), "status", "--lake", "after_first"], cwd=folder, stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4 and "standard output" in done.stderr, done
