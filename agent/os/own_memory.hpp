// What starting needed and living does not: read the configuration once, make the schema once, relocate once.
#pragma once

namespace outrider::os {

// To be called once, before there are threads: blocks of a MiB and more (segments of WAL, lists of an
// archive) go back to the kernel when they are freed. Left to itself the C library learns from the first of
// them to keep the next ones, in each thread's own heap.
void keep_large_blocks_apart();

// Gives back to the kernel the pages of our own program that were read and not written, and what the heap
// does not use. What is needed again comes back from the page cache by itself, a fault per 64 KiB. Afterwards
// the agent weighs what it uses rather than all it has ever touched.
void give_back_unused_memory();

}  // namespace outrider::os
