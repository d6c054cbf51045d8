#include "reference/options.hpp"

#include <charconv>
#include <cstdio>
#include <string_view>

namespace notation {
namespace {

constexpr const char* help =
    "notation-api - reads written notes for the school platform\n"
    "\n"
    "  --port N             listen there (default 8080; 0 picks a free one and logs it)\n"
    "  --address A          the IPv4 address to listen on (default 127.0.0.1)\n"
    "  --allow-breaking     answer /break?how=crash|exit|hang|sick|leak\n"
    "  --leak-limit-mib N   where a leak ends (default 256)\n"
    "  --spans-to A:PORT    trace requests, and send the spans there by OTLP/HTTP\n"
    "  --exec-stamp FILE    append CLOCK_MONOTONIC in nanoseconds to FILE as the first thing done\n"
    "  --version, --help\n"
    "\n"
    "example: notation-api --port 8080 --allow-breaking\n"
    "exit codes: 0 asked to stop, 1 cannot listen, 64 usage\n";

template <class Number>
bool read_number(std::string_view text, Number least, Number most, Number& into) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return false;
  if (value < least || value > most) return false;
  into = value;
  return true;
}

Reading complain(std::string_view what, std::string_view word) {
  std::fprintf(stderr, "notation-api: %.*s: %.*s (see --help)\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(word.size()), word.data());
  return Reading::stop_badly;
}

// False when the value is not one.
bool take(std::string_view name, std::string_view value, Options& options) {
  if (name == "--port") return read_number<std::uint16_t>(value, 0, 65535, options.port);
  if (name == "--address") {
    options.address = value;
    return !value.empty();
  }
  if (name == "--spans-to") {
    options.spans_to = value;
    return !value.empty();
  }
  if (name == "--exec-stamp") {
    options.exec_stamp = value;
    return !value.empty();
  }
  std::uint64_t mebibytes = 0;
  if (!read_number<std::uint64_t>(value, 1, 65536, mebibytes)) return false;
  options.leak_limit_bytes = mebibytes << 20;
  return true;
}

}  // namespace

Reading read_options(int count, char** words, Options& options) {
  for (int at = 1; at < count; ++at) {
    const std::string_view word = words[at];
    if (word == "--help" || word == "-h") {
      std::fputs(help, stdout);
      return Reading::stop_well;
    }
    if (word == "--version") {
      std::printf("notation-api %s\n", version);
      return Reading::stop_well;
    }
    if (word == "--allow-breaking") {
      options.allow_breaking = true;
      continue;
    }
    const bool known = word == "--port" || word == "--address" || word == "--leak-limit-mib" ||
                       word == "--exec-stamp" || word == "--spans-to";
    if (!known) return complain("no such option", word);
    if (at + 1 == count) return complain("wants a value", word);
    if (!take(word, words[++at], options)) return complain("cannot use this value", words[at]);
  }
  return Reading::run;
}

}  // namespace notation
