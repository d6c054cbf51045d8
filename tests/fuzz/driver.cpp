// libFuzzer's entry, one program a target.
#include "tests/fuzz/target.hpp"

#include <cstddef>
#include <cstdint>

namespace outrider::fuzz {
void OUTRIDER_FUZZ_TARGET(std::string_view bytes);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  outrider::fuzz::OUTRIDER_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
