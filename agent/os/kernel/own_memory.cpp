#include "agent/os/own_memory.hpp"

#include <cstddef>
#include <cstdint>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace outrider::os {
namespace {

// Only segments that nobody may write, and so nobody has: relocated pages are private copies, and dropping
// those would lose what the loader wrote into them.
int give_back_object(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
    const std::uintptr_t end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
    if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void tune_heap() {
  constexpr int large = 1 << 20, most_kept = 8 << 20;
  // NOLINTBEGIN(concurrency-mt-unsafe): there are no threads yet.
  (void)::mallopt(M_MMAP_THRESHOLD, large);
  (void)::mallopt(M_TRIM_THRESHOLD, most_kept);
  // NOLINTEND(concurrency-mt-unsafe)
}

void give_back_unused_memory() {
  ::malloc_trim(0);
  (void)::dl_iterate_phdr(give_back_object, nullptr);
}

}  // namespace outrider::os
