// What the allocator keeps for later.
#pragma once

namespace tidemark {

// Gives memory that was freed back to the system. The allocator keeps most of what a great piece of
// work has freed, for as long as the process lives. Takes tens of milliseconds for each 100 MiB, in
// which other threads may wait for memory.
void ReturnFreeMemory();

}  // namespace tidemark
