// A sink that posts over HTTP, or over what can be used as if it were. What the records look like on the
// wire, and what the other side's answers mean, is its dialect.
#pragma once

#include "agent/sinks/posting.hpp"
#include "agent/sinks/posting_settings.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
    std::string_view doubt;    // what to ask oneself when the other side refuses whatever it is given
    const char* up = nullptr;  // a gauge of each receiver; null: there is none
  };
  virtual Names names() const = 0;
  virtual void add_headers(net::Headers& headers, const Records& records) const = 0;
  virtual std::string body_of(const Records& records) const = 0;  // in the pool
  virtual Posted meaning_of(const net::Response& answer, const Records& records, core::WallTime now) = 0;
};

// `ways`: who carries its requests, one a URL; the tools' HTTP client when there are none.
std::unique_ptr<Sink> make_posting_sink(const Tools& tools, PostingSettings settings,
                                        std::unique_ptr<Dialect> dialect,
                                        std::vector<std::unique_ptr<net::Client>> ways = {});

// Without what may be secret in it; several with commas.
std::string shown_url(const std::string& url);
std::string shown_urls(const std::vector<std::string>& urls);

// "it answered 400: no field `level`": the status, and what was said, in one line.
std::string shown_answer(int status, std::string_view said);

}  // namespace outrider::sinks
