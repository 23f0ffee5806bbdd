// How soon the calling thread gets a processor when others want it too. Hints: a system that does
// not know one goes on as before.
#pragma once

namespace tidemark {

// For a thread that sleeps much and is waited for: it runs at once when it wakes, not only when
// others have used up their turns. Threads that it starts begin as usual. Linux 6.12 and later.
void RunAtOnce();
// For work that can wait: it takes what others leave, and does not interrupt them. So do threads
// that it starts.
void RunBehind();

}  // namespace tidemark
