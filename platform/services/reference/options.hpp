// What the command line of notation-api may say.
#pragma once

#include <cstdint>
#include <string>

namespace notation {

struct Options {
  std::uint16_t port = 8080;
  std::string address = "127.0.0.1";
  bool allow_breaking = false;
  std::uint64_t leak_limit_bytes = 256ULL << 20;
  std::string spans_to;    // an OTLP receiver; empty: nobody traces
  std::string exec_stamp;  // a file that gets CLOCK_MONOTONIC at the start of main, for benchmarks
};

enum class Reading { run, stop_well, stop_badly };

// Prints help, the version or the complaint itself.
Reading read_options(int count, char** words, Options& options);

inline constexpr const char* version = "1.4.2";

}  // namespace notation
