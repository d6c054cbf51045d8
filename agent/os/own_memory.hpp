// What starting needed and living does not: read the configuration once, make the schema once, relocate once.
#pragma once

namespace outrider::os {

// To be called once, before there are threads. Blocks of a MiB and more (segments of WAL, lists of an
// archive) go back to the kernel when they are freed; left to itself the C library learns from the first of
// them to keep the next ones, in each thread's own heap. What is free at the end of a heap stays up to 8 MiB,
// until give_back_unused_memory(): to give it back and fetch it again with each request took a third of the
// processor's time.
void tune_heap();

// Gives back to the kernel the pages of our own program that were read and not written, and what the heap
// does not use. What is needed again comes back from the page cache by itself, a fault per 64 KiB. Afterwards
// the agent weighs what it uses rather than all it has ever touched.
void give_back_unused_memory();

}  // namespace outrider::os
