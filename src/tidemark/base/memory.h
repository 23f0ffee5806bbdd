// What the allocator keeps for later.
#pragma once

namespace tidemark {

// Gives memory that was freed back to the system. The allocator keeps most of what a great piece of
// work has freed, for as long as the process lives. Takes tens of milliseconds for each 100 MiB, in
// which other threads may wait for memory.
void ReturnFreeMemory();

// For a process that lives long and whose work comes in waves: blocks of megabytes go back to the
// system when they are freed, and so does what is free at the end of a thread's heap, but for some
// MiB. The allocator would learn to keep them, each wave among the remains of the one before. Costs
// some page faults for each great block. Process-wide.
void KeepNoGreatBlocks();

}  // namespace tidemark
