// Which lines belong together: the stack traces of Java, Python, Go, Node.js and C++, or what an expression
// of one's own says. Each joiner watches one stream.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace outrider::transforms::multiline {

enum class Language : std::uint8_t { java = 1, python = 2, go = 4, node = 8, cpp = 16 };
using Languages = std::uint8_t;  // several of them
inline constexpr Languages all_languages = 31;

// A trace is one record; the log line before it stays its own.
std::unique_ptr<Joiner> make_traces(Languages languages);

// A line where `pattern` is found begins something new, every other belongs to it.
std::unique_ptr<Joiner> make_start(const std::string& pattern);
// A line where `pattern` is found belongs to the line before it.
std::unique_ptr<Joiner> make_continue(const std::string& pattern);

}  // namespace outrider::transforms::multiline
