"""Every command shown in the README, docs/ and examples/ is run, against simulated files.

A ```console block holds commands after "$ "; what follows them is what they print, shortened or of other
data, and is not compared. A page says what is there when it begins:

    <!-- begins: files -->   ltcusd.csv and ethusd.json
    <!-- begins: lake -->    those, and `lake` made from them
    <!-- begins: bucket -->  ltcusd.csv and ethusd.json in s3://my-bucket/history/, and the files beside the page

In all of them s3://my-bucket/history/ltcusd.csv exists, on a local server the environment names.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from testkit.program import Tidemark

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUCKET = "my-bucket"


def pages():
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for folder in ("docs", "examples"):
        found += sorted((ROOT / folder).rglob("*.md"))
    return [page for page in found if "reference" not in page.parts]


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(text):
    """The commands of the page's console blocks; one may go on over lines that end in a backslash."""
    found = []
    for block in blocks(text, "console"):
        lines = iter(block.splitlines())
        for line in lines:
            if not line.startswith("$ "):
                continue
            command = line[2:]
            while command.endswith("\\"):
                command = command[:-1] + next(lines)
            found.append(command)
    return found


def begins(text):
    match = re.search(r"<!-- begins: (files|lake|bucket) -->", text)
    return match.group(1) if match else None


WITH_COMMANDS = [page for page in pages() if commands(page.read_text(encoding="utf-8"))]


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="session")
def simulated(binary, tmp_path_factory):
    """A folder with the two files and a lake made from them."""
    folder = tmp_path_factory.mktemp("docs")
    program = Tidemark(binary, cwd=folder)
    program.run("simulate", "files", "--out", ".", "--seed", "7", "--days", "150", "--no-truth")
    program.run("run", "ltcusd.csv", "ethusd.json", "--lake", "lake")
    return folder


@pytest.fixture(scope="session")
def bucket(s3_server, simulated):
    s3_server.make_bucket(BUCKET)
    for name in ("ltcusd.csv", "ethusd.json"):
        s3_server.client().upload_file(str(simulated / name), BUCKET, f"history/{name}")
    return s3_server


def prepare(page, text, folder, simulated):
    start = begins(text)
    assert start, f"{name_of(page)} has commands and does not say what is there when they begin"
    if start == "bucket":
        for path in page.parent.iterdir():
            if path.is_file():
                shutil.copy(path, folder)
        return
    for name in ("ltcusd.csv", "ethusd.json"):
        shutil.copy(simulated / name, folder)
    if start == "lake":
        shutil.copytree(simulated / "lake", folder / "lake")


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_every_command_of_the_page_works(page, binary, simulated, bucket, tmp_path):
    text = page.read_text(encoding="utf-8")
    folder = tmp_path / "here"
    folder.mkdir()
    prepare(page, text, folder, simulated)
    # `tidemark` is the program under test, whatever its file is called.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tidemark").symlink_to(binary)
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{ROOT / '.deps' / 'venv' / 'bin'}:{os.environ['PATH']}",
        "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TZ": "UTC", **bucket.environment,
    }
    for command in commands(text):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=environment,
                              capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"$ {command}\nexit {done.returncode}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_commands_stand_in_console_blocks(page):
    """Others are not run: only what installs and builds may stand there."""
    for block in blocks(page.read_text(encoding="utf-8"), "(?:sh|bash|shell)"):
        for line in block.splitlines():
            assert not re.match(r"\s*\$?\s*tidemark ", line), line


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_to_files_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


def test_the_page_of_tables_names_every_column(binary, simulated):
    page = (ROOT / "docs" / "internals" / "tables.md").read_text(encoding="utf-8")
    told = {}
    for section in page.split("\n## ")[1:]:
        told[section.split("\n")[0]] = re.findall(r"^\| `(\w+)` \|", section, re.M)
    rows = Tidemark(binary, cwd=simulated).run(
        "sql", "--lake", "lake", "--json",
        "SELECT table_name, column_name FROM information_schema.columns ORDER BY table_name, ordinal_position",
    ).json()
    stored = {}
    for row in rows:
        stored.setdefault(row["table_name"], []).append(row["column_name"])
    features = stored["features"]
    stored["features"] = features[:features.index("time") + 1]
    del told["study"]  # written by `run --study` only
    stored.pop("study", None)
    assert told == stored


def test_the_python_of_the_page_of_digests_prints_the_digests(binary, simulated, tmp_path):
    text = (ROOT / "docs" / "internals" / "digests.md").read_text(encoding="utf-8")
    (script,) = blocks(text, "python")
    (tmp_path / "digests.py").write_text(script)
    printed = subprocess.run([ROOT / ".deps" / "venv" / "bin" / "python", tmp_path / "digests.py"], cwd=simulated,
                             capture_output=True, text=True, check=True, timeout=300).stdout
    answer = Tidemark(binary, cwd=simulated).run("verify", "--lake", "lake", "--digest", "--json").json()
    digests = answer["digests"] if isinstance(answer, dict) else answer
    assert dict(line.rsplit(" ", 1) for line in printed.splitlines()) == {
        digest["series"]: digest["sha256"] for digest in digests if digest["table"] == "candles"}
