// SQLite on the virtual disk: what the journal's database writes passes the disk's fault points, and
// what it did not sync is lost, kept or torn when the power goes. All else (locks, shared memory,
// reading) is SQLite's own.
#pragma once

#include "tests/sim/virtual_disk.h"

namespace tidemark::sim {

// Databases that this process opens from now on are on `disk`, which is borrowed for good.
void PutSqliteOn(VirtualDisk& disk);

// A sync makes nothing durable from now on: a mistake that must be found out.
void ForgetSqliteSyncs();

}  // namespace tidemark::sim
