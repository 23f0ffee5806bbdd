"""Places that refuse writes: a small disk, a folder that is read-only. They need the right to mount."""

import contextlib
import subprocess


class Absent(Exception):
    """Mounting is not allowed here; str() says what was tried."""


def _mount(*args):
    done = subprocess.run(["mount", *map(str, args)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Absent(f"needs the right to mount: mount {' '.join(map(str, args))}: {done.stderr.strip()}")


def _unmount(path):
    subprocess.run(["umount", str(path)], capture_output=True, check=False)


class SmallDisk:
    """A disk of its own at `path`."""

    def __init__(self, path):
        self.path = path

    def resize(self, size):
        _mount("-o", f"remount,size={size}", self.path)


@contextlib.contextmanager
def small_disk(path, size):
    """A file system of `size` bytes at `path`, a new folder; yields a SmallDisk."""
    path.mkdir(parents=True)
    try:
        _mount("-t", "tmpfs", "-o", f"size={size}", "tidemark-test", path)
    except FileNotFoundError as error:
        raise Absent("needs the program mount") from error
    try:
        yield SmallDisk(path)
    finally:
        _unmount(path)


@contextlib.contextmanager
def read_only(path):
    """The folder `path`, for a while nobody's to write."""
    try:
        _mount("--bind", path, path)
    except FileNotFoundError as error:
        raise Absent("needs the program mount") from error
    try:
        _mount("-o", "remount,bind,ro", path)
        yield
    finally:
        _unmount(path)
