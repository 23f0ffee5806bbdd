"""What cryptofeed makes of recorded messages of venues, one thread: its own message handlers with callbacks that count.

From each recording it takes the messages of trades and candles that its handler of today accepts, in a first pass, and writes
them to OUT/<venue>.txt, a line each, for ours to decode. Then it handles those again and again. Prints messages a second of
processor time (best of three) and, by venue, how many messages and rows there are."""

import argparse
import asyncio
import gzip
import json
import logging
import os
import pathlib
import time

from cryptofeed.connection import HTTPSync
from cryptofeed.defines import CANDLES, TRADES
from cryptofeed.exchanges import EXCHANGE_MAP

# Our name of the venue (whose decoder takes the messages), their class, and the folder of the recording. Not Bitfinex: the recording
# has only snapshots of its trades, and the handler wants the sequence numbers of all messages.
VENUES = [("binance", "BINANCE", "binance"), ("binance", "BINANCE_US", "binance_us"), ("binance", "BINANCE_FUTURES", "binance_futures"),
          ("coinbase", "COINBASE", "coinbase"), ("kraken", "KRAKEN", "kraken"),
          ("bitstamp", "BITSTAMP", "bitstamp"), ("okx", "OKX", "okx"), ("bybit", "BYBIT", "bybit"), ("gemini", "GEMINI", "gemini")]
SECONDS = 1.0  # each of the three at least


def lines(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as file:
        for line in file:
            if line.strip():
                yield line.rstrip("\n")


class Connection:
    """What a handler asks of its connection."""
    uuid, address, conn_type = "1", "wss://recorded/spot", "wss"

    async def write(self, *arguments, **options):
        pass


class Player:
    def __init__(self, name, folder):
        replies, wanted = [], {}
        for path in sorted(folder.glob(f"{name}.0*")):
            for line in lines(path):
                if line.startswith("configuration: "):
                    wanted = json.loads(line.split(": ", 1)[1])
                else:
                    replies.append(json.loads(line.split(": ", 1)[1]))
        HTTPSync.read = lambda *arguments, **options: replies.pop(0)
        channels = {c: wanted[c] for c in (TRADES, CANDLES) if c in wanted}
        self.rows = 0
        self.feed = EXCHANGE_MAP[name](subscription=channels, candle_closed_only=False,
                                       callbacks={c: self.count for c in channels}, config={"log": {"disabled": True}})
        self.handle = self.feed.message_handler
        self.connection = Connection()
        self.files = sorted(folder.glob(f"{name}.ws.*"))

    async def count(self, row, receipt):
        self.rows += 1

    async def accepted(self):
        """Messages that gave trades or candles, with the time of their receipt."""
        found = []
        for path in self.files:
            for line in lines(path):
                if line.startswith(("wss", "http")):
                    continue
                at, text = line.split(": ", 1)
                before = self.rows
                try:
                    await self.handle(text, self.connection, float(at))
                except Exception:  # books without their snapshots, messages of another year
                    continue
                if self.rows > before:
                    found.append((text, float(at)))
        return found


async def again(players, frames, times):
    began = time.process_time()
    for _ in range(times):
        for player, found in zip(players, frames):
            handle, connection = player.handle, player.connection
            for text, at in found:
                await handle(text, connection, at)
    return time.process_time() - began


async def play(recordings, out):
    players, frames, told = [], [], {}
    for ours, name, folder in VENUES:
        try:
            player = Player(name, recordings / folder)
            found = await player.accepted()
        except Exception as error:
            told[folder] = {"messages": 0, "why": f"{type(error).__name__}: {error}"[:200]}
            continue
        if found:
            players.append(player)
            frames.append(found)
            with open(out / f"{ours}.txt", "a", encoding="utf-8") as file:
                file.writelines(text + "\n" for text, _ in found)
        told[folder] = {"messages": len(found), "rows": player.rows}
    messages = sum(len(found) for found in frames)
    for player in players:
        player.rows = 0
    await again(players, frames, 1)  # warm
    rows = sum(player.rows for player in players)
    times, best = 10, 0
    while await again(players, frames, times) < SECONDS:
        times *= 2
    for _ in range(3):
        best = max(best, times * messages / await again(players, frames, times))
    return {"messages": messages, "rows": rows, "messages_per_second": best, "venues": told}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    logging.disable(logging.CRITICAL)
    print(json.dumps(asyncio.run(play(options.recordings, options.out))))


if __name__ == "__main__":
    main()
