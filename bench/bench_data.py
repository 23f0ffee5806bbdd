"""The two files the table is about, and the small ones made from them."""

import os
import subprocess


def simulated(binary, folder):
    """Files of the real ones' size for machines that do not have them."""
    if not os.path.exists(f"{folder}/ltcusd.csv"):
        subprocess.run([binary, "simulate", "files", "--out", folder, "--seed", "1",
                        "--start", "2014-01-01", "--rows", "1486860", "--clean"], check=True, stdout=subprocess.DEVNULL)
    return f"{folder}/ltcusd.csv", f"{folder}/ethusd.json"


def last_day(csv, folder):
    """The CSV without its last day of rows, and that day alone."""
    os.makedirs(folder, exist_ok=True)
    with open(csv, "rb") as file:
        lines = file.read().split(b"\n")
    header, rows = lines[0], [line for line in lines[1:] if line]
    end = int(rows[-1].split(b",")[0]) // 86_400_000 * 86_400_000
    cut = next(i for i in range(len(rows) - 1, -1, -1) if int(rows[i].split(b",")[0]) < end) + 1
    paths = f"{folder}/before/ltcusd.csv", f"{folder}/day/ltcusd.csv"
    for path, part in zip(paths, (rows[:cut], rows[cut:])):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(header + b"\n" + b"\n".join(part) + b"\n")
    return *paths, len(rows) - cut


MID_2015_MS = 1_435_708_800_000


def corrected_row(csv, folder):
    """One row of 2015 with another close, in a file of its own; of files that begin later, a row a
    tenth into them."""
    with open(csv, "rb") as file:
        file.readline()
        line = file.readline()
        if int(line.split(b",")[0]) < MID_2015_MS:
            while int(line.split(b",")[0]) < MID_2015_MS:
                line = file.readline()
        else:
            file.seek(os.path.getsize(csv) // 10)
            file.readline()
            line = file.readline()
    time, opened, close, high, low, volume = line.strip().split(b",")
    new = float(close) * 1.01
    path = f"{folder}/correction/ltcusd.csv"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write("time,open,close,high,low,volume\n")
        file.write(f"{time.decode()},{opened.decode()},{new!r},{max(float(high), new)!r},"
                   f"{min(float(low), new)!r},{volume.decode()}\n")
    return path
