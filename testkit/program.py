"""The tidemark program as a user runs it: arguments in; exit code, output and errors out."""

import dataclasses
import json
import os
import pathlib
import shlex
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE_BINARY = ROOT / "build" / "release" / "tidemark"


@dataclasses.dataclass(frozen=True)
class Finished:
    """What a run of the program left: `code` is negative when a signal ended it."""

    command: str
    code: int
    out: str
    err: str

    def json(self):
        """The output as one JSON document."""
        return json.loads(self.out)

    def lines(self):
        return self.out.splitlines()

    def __str__(self):
        return f"$ {self.command}\nexit {self.code}\n{self.out}{self.err}"


class Tidemark:
    """Runs the program. `environment` is added to a small, fixed one: no credentials, no user's config."""

    def __init__(self, binary=RELEASE_BINARY, cwd=None, environment=None):
        self.binary = pathlib.Path(binary)
        self.cwd = cwd
        self.environment = dict(environment or {})
        self._started = []

    def _environment(self, extra):
        kept = {k: os.environ[k] for k in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if k in os.environ}
        return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", "AWS_EC2_METADATA_DISABLED": "true",
                **self.environment, **(extra or {})}

    def start(self, *args, environment=None, stderr=subprocess.PIPE, **options):
        """A running program (subprocess.Popen), for tests that kill it."""
        process = subprocess.Popen([str(self.binary), *map(str, args)], cwd=self.cwd,
                                   env=self._environment(environment), stdout=subprocess.PIPE,
                                   stderr=stderr, text=True, **options)
        self._started.append(process)
        return process

    def end_all(self):
        """Kills what a test that failed has left running."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()

    def try_run(self, *args, environment=None, stdin=None, timeout=300):
        """Runs to the end whatever the exit code. Hangs are failures: TimeoutExpired is raised."""
        done = subprocess.run([str(self.binary), *map(str, args)], cwd=self.cwd, input=stdin, text=True,
                              env=self._environment(environment), capture_output=True, timeout=timeout,
                              check=False)
        return Finished(shlex.join(["tidemark", *map(str, args)]), done.returncode, done.stdout, done.stderr)

    def run(self, *args, exit=0, **options):  # noqa: A002 - the word users know
        """Runs and asserts the exit code (0 unless said); the failure shows everything printed."""
        finished = self.try_run(*args, **options)
        assert finished.code == exit, f"expected exit {exit}\n{finished}"
        return finished

    def run_killed_after(self, seconds, *args, **options):
        """Starts, sends SIGKILL after `seconds` unless it ended first; True when it was killed."""
        process = self.start(*args, **options)
        try:
            process.communicate(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
