"""The help of every verb, wrong usage, and the generated pages."""

import json
import pathlib
import re
import shlex

import pytest

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference"
VERBS = ["init", "check", "run", "status", "gaps", "sql", "forecast", "evaluate", "report", "verify",
         "simulate", "export", "forget", "compact", "vacuum", "doctor", "version"]


def examples_of(tidemark, verb):
    text = tidemark.run(verb, "--help").out
    return re.findall(r"^  (tidemark .*)$", text[text.index("Examples:"):], re.M)


def test_the_help_lists_every_verb(tidemark):
    text = tidemark.run("--help").out
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", text, re.M), verb
    assert "reference" not in text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_two_examples(tidemark, verb):
    finished = tidemark.run(verb, "--help")
    assert finished.err == ""
    for option in ("--config", "--lake", "--json", "--set", "--print-config", "--threads"):
        assert option in finished.out
    examples = examples_of(tidemark, verb)
    assert len(examples) >= 2
    for example in examples:
        assert shlex.split(example)[:2] == ["tidemark", verb]


@pytest.mark.parametrize("verb", VERBS)
def test_the_options_of_every_example_exist(tidemark, verb):
    for example in examples_of(tidemark, verb):
        finished = tidemark.run(*shlex.split(example)[1:], "--print-config",
                                *(["--config", "/dev/null"] if "-c" not in shlex.split(example) else []),
                                exit=0 if "tidemark.toml" not in example else 2)
        if finished.code == 2:
            assert "there is no tidemark.toml" in finished.err, finished


@pytest.mark.parametrize("arguments, says", [
    (["rum"], "rum"),
    (["run", "--laek", "x"], "--laek"),
    (["sql"], "QUERY"),
    (["gaps", "--since", "yesterday"], "--since 'yesterday' is not a time; write for example 2019-12-31"),
    (["status", "--symbol", "?"], "'?' is not a symbol"),
    (["gaps", "--interval", "7x"], "--interval '7x'"),
    (["gaps", "--since", "2020-01-02", "--until", "2020-01-01"], "--since must be before --until"),
    (["run"], "name files"),
    (["run", "--venue", "x"], "files"),
    (["run", "a.csv", "--time-is", "middle"], '--time-is: "middle"'),
    (["run", "a.csv", "--set", "sead=3"], "did you mean 'seed'?"),
    (["run", "nowhere.csv"], "nowhere.csv"),
    (["status", "--lake", "nowhere"], "there is no lake at nowhere; `tidemark run FILE --lake nowhere` makes one"),
    (["evaluate", "--study", "--null-market"], "--study"),
    (["export", "--lake", ".", "--format", "xls"], "csv, parquet and feather"),
])
def test_wrong_usage_exits_with_2_and_says_what_would_be_right(tidemark, arguments, says):
    finished = tidemark.run(*arguments, exit=2)
    assert finished.out == ""
    assert finished.err.startswith("tidemark: error: ")
    assert says in finished.err


def test_without_a_verb_the_help_is_shown_and_the_exit_is_2(tidemark):
    assert "status" in tidemark.run(exit=2).out


def test_version(tidemark):
    assert re.fullmatch(r"tidemark \d+\.\d+\.\d+\n", tidemark.run("version").out)
    assert tidemark.run("--version").out == tidemark.run("version").out
    models = [c["name"] for c in tidemark.run("version", "--json").json()["components"] if c["kind"] == "model"]
    assert models == ["persistence", "drift", "linear", "tree", "boosted"]


@pytest.mark.parametrize("page, file", [("cli", "cli.md"), ("config", "config.md"),
                                        ("schema", "config.schema.json")])
def test_the_generated_page_is_current(tidemark, page, file):
    """`tidemark reference PAGE > docs/reference/FILE` brings it up to date."""
    assert tidemark.run("reference", page).out == (DOCS / file).read_text(encoding="utf-8")


def test_doctor_answers_as_json(tidemark):
    answer = tidemark.try_run("doctor", "--json")
    subjects = {d["subject"]: d for d in json.loads(answer.out)["diagnoses"]}
    assert {"processors", "memory", "time zones", "SQL engine", "boosted trees", "lake", "S3 credentials"} <= set(subjects)
    assert answer.code in (0, 1)
