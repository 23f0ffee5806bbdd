"""The same rows give the same bits on other stores, processors, thread counts and memory limits."""

import pytest

from testkit import lakes
from testkit.program import Tidemark

SEED = 31


@pytest.fixture(scope="module")
def reference(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bits")
    (folder / "tidemark.toml").write_text(lakes.SMALL)
    program = Tidemark(binary, cwd=folder)
    print(f"seed {SEED}")
    program.run("simulate", "files", "--out", ".", "--seed", SEED, "--days", 130, "--density", "0.15")
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake")
    told = lakes.digests(program, "lake")
    lakes.assert_has_forecasts(told, refits=3)
    return program, told


def told_by(program, lake, *flags, environment=None):
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", lake, *flags, environment=environment)
    lakes.assert_proven(program, lake, environment=environment)
    return lakes.digests(program, lake, environment=environment)


def test_a_processor_with_fewer_instructions(reference):
    program, expected = reference
    plain = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2_Usable,-FMA_Usable,-AVX2,-AVX512F",
             "ARROW_USER_SIMD_LEVEL": "NONE"}
    lakes.assert_same(told_by(program, "plain", environment=plain), expected)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads(reference, threads):
    program, expected = reference
    lakes.assert_same(told_by(program, f"threads{threads}", "--threads", threads), expected)


def test_the_least_memory_limit(reference):
    program, expected = reference
    lakes.assert_same(told_by(program, "spilled", "--set", "memory_limit=64MiB"), expected)


def test_a_lake_on_s3(reference, s3_server, s3_bucket):
    program, expected = reference
    told = told_by(program, f"s3://{s3_bucket}/lake", "--set", f"s3.endpoint={s3_server.endpoint}",
                   environment=s3_server.environment)
    lakes.assert_same(told, expected)


@pytest.mark.full
def test_the_whole_histories_without_fma(binary, tmp_path, shared_data):
    files = [shared_data("bitfinex/ltcusd.csv"), shared_data("bitfinex/ethusd.json")]
    program = Tidemark(binary, cwd=tmp_path)
    plain = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2_Usable,-FMA_Usable,-AVX2,-AVX512F",
             "ARROW_USER_SIMD_LEVEL": "NONE"}
    for lake, environment in (("usual", None), ("plain", plain)):
        program.run("run", *files, "--lake", lake, environment=environment, timeout=1200)
    lakes.assert_same(lakes.digests(program, "plain", timeout=600),
                      lakes.digests(program, "usual", timeout=600))


@pytest.mark.full
def test_the_whole_histories_on_s3(binary, tmp_path, shared_data, s3_server, s3_bucket):
    files = [shared_data("bitfinex/ltcusd.csv"), shared_data("bitfinex/ethusd.json")]
    program = Tidemark(binary, cwd=tmp_path)
    program.run("run", *files, "--lake", "local", timeout=1200)
    flags = ("--set", f"s3.endpoint={s3_server.endpoint}")
    lake = f"s3://{s3_bucket}/whole"
    program.run("run", *files, "--lake", lake, *flags, environment=s3_server.environment, timeout=1200)
    program.run("verify", "--lake", lake, *flags, environment=s3_server.environment, timeout=1200)
    lakes.assert_same(
        lakes.digests(program, lake, environment=s3_server.environment, timeout=1200),
        lakes.digests(program, "local", timeout=600))
