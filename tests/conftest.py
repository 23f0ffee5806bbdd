"""Fixtures of every test in tests/."""

import hashlib
import pathlib

import pytest

from testkit import data as data_module
from testkit.program import RELEASE_BINARY, Tidemark


def pytest_addoption(parser):
    parser.addoption("--tidemark", type=pathlib.Path, default=RELEASE_BINARY,
                     help="the program under test (build/release/tidemark)")
    parser.addoption("--full", action="store_true",
                     help="also the tests that run the whole real histories (minutes each)")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--full"):
        return
    skip = pytest.mark.skip(reason="runs the whole real histories: pytest --full")
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def binary(request):
    path = request.config.getoption("--tidemark").resolve()
    if not path.is_file():
        pytest.fail(f"{path} is not built; `make build` makes it", pytrace=False)
    return path


@pytest.fixture
def tidemark(binary, tmp_path):
    """The program, run in this test's own folder."""
    program = Tidemark(binary, cwd=tmp_path)
    yield program
    program.end_all()


@pytest.fixture
def lake(tmp_path):
    """The path of a lake that does not exist yet."""
    return tmp_path / "lake"


@pytest.fixture(scope="session")
def shared_data():
    """shared_data("bitfinex/ltcusd.csv") is a path; the test is skipped where the data is absent."""

    def find(name):
        try:
            return data_module.shared_data(name)
        except data_module.Absent as absent:
            pytest.skip(str(absent))

    return find


@pytest.fixture(scope="session")
def s3_server():
    """A local S3 server (testkit.s3.S3) for the whole session."""
    from testkit import s3

    server = s3.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def spark():
    """A Spark session that reads Delta tables; the test is skipped where Spark is absent."""
    from testkit import spark as spark_module

    try:
        session = spark_module.session()
    except spark_module.Absent as absent:
        pytest.skip(str(absent))
    yield session
    session.stop()


@pytest.fixture
def s3_bucket(s3_server, request):
    """A fresh bucket on the local S3 server; its name."""
    name = "t" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]
    return s3_server.make_bucket(name)
