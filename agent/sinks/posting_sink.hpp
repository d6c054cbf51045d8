// A sink that posts over HTTP. What the records look like on the wire, and what the other side's answers
// mean, is its dialect.
#pragma once

#include "agent/sinks/posting.hpp"
#include "agent/sinks/posting_settings.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace outrider::sinks {

class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  struct Names {
    std::string_view sink;  // "http": its name begins with it
    const char* requests;   // metrics
    const char* sent_bytes;
    std::string_view doubt;  // what to ask oneself when the other side refuses whatever it is given
  };
  virtual Names names() const = 0;
  virtual void add_headers(net::Headers& headers, const Records& records) const = 0;
  virtual std::string body_of(const Records& records) const = 0;  // in the pool
  virtual Posted meaning_of(const net::Response& answer, const Records& records, core::WallTime now) = 0;
};

std::unique_ptr<Sink> make_posting_sink(const Tools& tools, PostingSettings settings,
                                        std::unique_ptr<Dialect> dialect);

// Without what may be secret in it.
std::string shown_url(const std::string& url);

// "it answered 400: no field `level`": the status, and what was said, in one line.
std::string shown_answer(int status, std::string_view said);

}  // namespace outrider::sinks
