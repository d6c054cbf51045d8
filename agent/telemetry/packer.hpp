// Packs bodies and frames, quickly. Keeps its working memory between calls, so one serves one sink, and one
// call at a time. Takes the processor for a while: large ones go through async::offload.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct libdeflate_compressor;

namespace outrider::telemetry {

class Packer {
 public:
  explicit Packer(int level);  // 1 (fast) to 12 (small)

  // Each appends to `out`.
  void gzip(std::string_view plain, std::string& out);
  void zlib(std::string_view plain, std::string& out);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

}  // namespace outrider::telemetry
