"""Running a program and reading the clock, its processor time and its greatest memory."""

import json
import os
import platform
import subprocess
import tempfile
import time


class Run:
    def __init__(self, seconds, cpu, rss_mib, output):
        self.seconds, self.cpu, self.rss_mib, self.output = seconds, cpu, rss_mib, output

    def json(self):
        """The last line of the output that is JSON, or the whole of it."""
        try:
            return json.loads(self.output)
        except json.JSONDecodeError:
            lines = [line for line in self.output.splitlines() if line.startswith("{")]
            return json.loads(lines[-1])


def run(command, cwd=None, env=None):
    """Runs `command` to its end; fails loudly when the command does. The memory is the greatest
    resident set of the process and, for peers with children (Spark's JVM), of the largest child."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=cwd, text=True,
                                   env={**os.environ, **env} if env else None)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n"
                               f"{err.read()[-2000:]}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read())


def best(runs):
    return min(runs, key=lambda r: r.seconds)


def machine():
    model, memory = "unknown", 0
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) // 1024
    with open("/proc/loadavg", encoding="ascii") as file:
        load = float(file.readline().split()[0])
    return {"processor": model, "processors": len(os.sched_getaffinity(0)), "memory_mib": memory,
            "system": platform.platform(), "python": platform.python_version(),
            "load_before": load}


def commit():
    """What was measured, "-dirty" with changes that are not committed; "unknown" outside a checkout."""
    told = subprocess.run(["git", "describe", "--always", "--dirty", "--match="], cwd=os.path.dirname(os.path.abspath(__file__)),
                          capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def versions(binary):
    from importlib.metadata import PackageNotFoundError, version
    found = {"tidemark": subprocess.run([binary, "--version"], capture_output=True,
                                        text=True).stdout.strip()}
    for package in ("pyspark", "pandas", "polars", "scikit-learn", "TA-Lib", "xgboost-cpu", "duckdb", "numpy", "cryptofeed"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found
