"""tools/lint finds what it claims to find: each test plants one violation in a small, clean tree."""

import importlib.machinery
import importlib.util
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def load(path):
    loader = importlib.machinery.SourceFileLoader("lint", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("lint", loader))
    loader.exec_module(module)
    return module


lint = load(ROOT / "tools" / "lint")


@pytest.fixture
def tree(tmp_path):
    """A clean tree with every room; write(path, text) adds a file to it."""
    rooms = tmp_path / "src" / "tidemark"
    for room in lint.MAY_INCLUDE:
        (rooms / room).mkdir(parents=True)
        (rooms / room / "a.h").write_text("// A.\n#pragma once\n")
    rows = "".join(f"| `{room}` | words | {' '.join(f'`{r}`' for r in allowed)} |\n"
                   for room, allowed in lint.MAY_INCLUDE.items())
    (tmp_path / "README.md").write_text(f"<!-- rooms -->\n| room | what | may |\n{rows}<!-- /rooms -->\n")
    (rooms / "CMakeLists.txt").write_text(
        "".join(f"tidemark_room({room} DEPS {' '.join(allowed)} LIBS x::y)\n"
                for room, allowed in lint.MAY_INCLUDE.items()))
    return tmp_path


def write(tree, path, text):
    path = tree / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def rules(tree):
    """The rules broken, as a list."""
    return [line.split(": ")[1] for line in lint.lint(tree).errors]


def source(tree, room, code):
    write(tree, f"src/tidemark/{room}/b.cc", code)
    return rules(tree)


def test_this_repository_is_clean():
    assert lint.lint(ROOT).errors == []


def test_the_planted_tree_is_clean_before_planting(tree):
    assert rules(tree) == []


def test_permitted_include_directions_are_not_findings(tree):
    for room, allowed in lint.MAY_INCLUDE.items():
        write(tree, f"src/tidemark/{room}/b.cc",
              "".join(f'#include "tidemark/{other}/a.h"\n' for other in [room, *allowed]))
    assert rules(tree) == []


@pytest.mark.parametrize("room, other", [
    ("candle", "feature"), ("feature", "forecast"), ("source", "lake"), ("lake", "journal"),
    ("base", "market"), ("market", "flow"), ("flow", "candle"), ("query", "pipeline"), ("cli", "lake"),
    ("journal", "flow"),
])
def test_an_include_against_the_direction_is_found(tree, room, other):
    assert source(tree, room, f'#include "tidemark/{other}/a.h"\n') == ["direction"]


def test_a_file_inside_a_sub_folder_belongs_to_its_room(tree):
    write(tree, "src/tidemark/source/file/c.cc", '#include "tidemark/lake/a.h"\n')
    assert rules(tree) == ["direction"]


def test_an_include_of_nothing_is_found(tree):
    assert source(tree, "market", '#include "tidemark/base/gone.h"\n') == ["include"]


def test_a_relative_include_is_found(tree):
    assert source(tree, "market", '#include "a.h"\n') == ["include"]


@pytest.mark.parametrize("header, owner, stranger", [
    ("arrow/api.h", "lake", "pipeline"), ("sqlite3.h", "journal", "query"), ("duckdb.h", "query", "cli"),
    ("simdjson.h", "source", "lake"), ("Eigen/Dense", "forecast", "feature"), ("CLI/CLI.hpp", "cli", "pipeline"),
    ("toml++/toml.h", "pipeline", "cli"), ("sleef.h", "base", "feature"), ("curl/curl.h", "base", "lake"),
])
def test_a_library_outside_its_room_is_found(tree, header, owner, stranger):
    write(tree, f"src/tidemark/{owner}/c.cc", f"#include <{header}>\n")
    assert rules(tree) == []
    assert source(tree, stranger, f"#include <{header}>\n") == ["library"]


@pytest.mark.parametrize("rule, room, code", [
    ("clock", "pipeline", "auto t = std::chrono::system_clock::now();"),
    ("clock", "source", "auto t = std::chrono::steady_clock::now();"),
    ("clock", "lake", "auto t = time(nullptr);"),
    ("clock", "lake", "auto t = std::time(0);"),
    ("environment", "lake", 'auto v = getenv("HOME");'),
    ("environment", "source", 'auto v = std::getenv("HOME");'),
    ("files", "source", 'auto f = fopen("x", "r");'),
    ("files", "lake", 'std::ofstream out("x");'),
    ("files", "cli", 'std::ifstream in("x");'),
    ("files", "journal", "int fd = ::open(path, O_RDONLY);"),
    ("files", "journal", "int fd = open(path, O_RDONLY);"),
    ("files", "lake", "::rename(a, b);"),
    ("files", "lake", "fsync(fd);"),
    ("files", "pipeline", "std::filesystem::remove_all(p);"),
    ("random", "forecast", "std::random_device seed;"),
    ("random", "forecast", "std::mt19937_64 engine(1);"),
    ("random", "source", "int x = rand();"),
    ("random", "base", "std::mt19937 engine(1);"),
    ("threads", "source", "std::thread worker(f);"),
    ("threads", "lake", "auto f = std::async(g);"),
    ("threads", "pipeline", "std::jthread worker(f);"),
    ("math", "feature", "double y = std::log(x);"),
    ("math", "feature", "double y = log(x);"),
    ("math", "feature", "double y = ::exp(x);"),
    ("math", "forecast", "double y = 2 * pow(x, 2);"),
    ("math", "candle", "double y = std::sin (x);"),
    ("math", "base", "double y = std::cos(x);"),
    ("assert", "base", "assert(x > 0);"),
    ("fast-math", "feature", '#pragma GCC optimize ("fast")'),
])
def test_a_call_outside_its_seam_is_found(tree, rule, room, code):
    assert source(tree, room, f"void F() {{\n  {code}\n}}\n") == [rule]


@pytest.mark.parametrize("room, code", [
    ("base", "auto t = std::chrono::system_clock::now();"),
])
def test_a_seam_is_a_file_and_not_the_whole_room(tree, room, code):
    write(tree, f"src/tidemark/{room}/clock.cc", code + "\n")
    assert rules(tree) == []
    assert source(tree, room, code + "\n") == ["clock"]


@pytest.mark.parametrize("code", [
    "// std::log(x) is libm's\n",
    "/* fopen(x) */\n",
    'const char* help = "open(x), rand() and std::thread";\n',
    'const char* help = R"(std::log(x)\n fopen(y))";\n',
    "double y = math::Log(x) + Log(x);\n",
    "auto& r = log_.open(x);\n",
    "auto r = file->open(x);\n",
    "std::vector<char> open(8); Bracket open(depth, 2);\n",
    "double r = std::sqrt(x) + std::abs(x) + std::floor(x);\n",
    "int64_t open_time(int x);\nauto t = row.time(0);\n",
    "const int64_t million = 1'000'000; auto x = Reopen(y);\n",
])
def test_what_only_looks_like_a_banned_call_is_not_a_finding(tree, code):
    assert source(tree, "feature", code) == []


def test_a_test_may_compare_with_libm_and_start_threads(tree):
    code = 'void F() { std::log(2); std::thread t(g); getenv("HOME"); }\n'
    write(tree, "src/tidemark/feature/b_test.cc", code)
    assert rules(tree) == []
    write(tree, "src/tidemark/feature/c_test.cc", "auto t = std::chrono::system_clock::now();\n")
    assert rules(tree) == ["clock"]


def test_the_line_of_a_finding_is_right_after_comments_and_raw_strings(tree):
    write(tree, "src/tidemark/feature/b.cc",
          '/* one\n two */\nauto s = R"x(\n\n)x";\ndouble y = std::log(x);\n')
    assert [line.split(": ")[0] for line in lint.lint(tree).errors] == ["src/tidemark/feature/b.cc:6"]


def test_iostream_in_a_library_is_found(tree):
    assert source(tree, "lake", "#include <iostream>\n") == ["iostream"]


def test_a_header_without_pragma_once_is_found(tree):
    write(tree, "src/tidemark/base/c.h", "// pragma once\n#ifndef C_H\n#endif\n")
    assert rules(tree) == ["header"]


@pytest.mark.parametrize("path, text", [
    ("CMakeLists.txt", "add_compile_options(-ffast-math)\n"),
    ("CMakePresets.json", '{"CMAKE_CXX_FLAGS": "-Ofast"}\n'),
    ("Makefile", "CXXFLAGS += -funsafe-math-optimizations\n"),
])
def test_fast_math_in_the_build_is_found(tree, path, text):
    write(tree, path, text)
    assert rules(tree) == ["fast-math"]


def test_a_room_missing_from_the_map_is_found(tree):
    write(tree, "src/tidemark/tide/a.txt", "x\n")
    assert rules(tree) == ["map"]


def test_a_room_on_the_map_but_not_on_the_disk_is_found(tree):
    readme = (tree / "README.md").read_text()
    write(tree, "README.md", readme.replace("<!-- /rooms -->", "| `tide` | x | – |\n<!-- /rooms -->"))
    assert rules(tree) == ["map"]


def test_a_map_that_allows_more_than_the_rules_is_found(tree):
    readme = (tree / "README.md").read_text()
    write(tree, "README.md", readme.replace("| `market` | words | `base` |", "| `market` | words | `base` `lake` |"))
    assert rules(tree) == ["map"]


def test_rooms_out_of_order_on_the_map_are_found(tree):
    readme = (tree / "README.md").read_text()
    row = "| `base` | words |  |\n"
    write(tree, "README.md", readme.replace(row, "").replace("<!-- /rooms -->", row + "<!-- /rooms -->"))
    assert rules(tree) == ["map"]


def test_a_readme_without_a_map_is_found(tree):
    write(tree, "README.md", "# Tidemark\n")
    assert rules(tree) == ["map"]


def test_a_build_that_links_more_than_the_rules_is_found(tree):
    path = tree / "src" / "tidemark" / "CMakeLists.txt"
    path.write_text(path.read_text().replace("tidemark_room(lake DEPS base market",
                                             "tidemark_room(lake DEPS base market journal"))
    assert rules(tree) == ["map"]


def test_a_path_of_somebodys_machine_is_found(tree):
    write(tree, "docs/start.md", "cd /" + "home/ann/tidemark\n")
    assert rules(tree) == ["machine"]


def test_a_word_of_the_workshop_is_found_in_any_case(tree):
    write(tree, "docs/start.md", "asked by the " + "C" + "EO\n")
    assert rules(tree) == ["workshop"]


def test_unfinished_work_is_found(tree):
    assert source(tree, "base", "// TO" "DO: later\n") == ["unfinished"]


def test_long_files_and_functions_are_warnings_and_not_errors(tree):
    write(tree, "src/tidemark/base/long.cc", "void F() {\n" + "  x();\n" * 500 + "}\n")
    findings = lint.lint(tree)
    assert findings.errors == []
    assert len(findings.warnings) == 2
