// What starting needed and living does not: read the configuration once, make the schema once, relocate once.
#pragma once

namespace outrider::os {

// Gives back to the kernel the pages of our own program that were read and not written, and what the heap
// does not use. What is needed again comes back from the page cache by itself, a fault per 64 KiB. Afterwards
// the agent weighs what it uses rather than all it has ever touched.
void give_back_unused_memory();

}  // namespace outrider::os
