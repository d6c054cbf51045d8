// Posts records to a receiver, or to one of several of the same, and says what came of it. What they look
// like on the wire, and what an answer means, is a dialect's.
#pragma once

#include "agent/sinks/posting.hpp"
#include "agent/sinks/posting_settings.hpp"
#include "agent/sinks/receivers.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
}

namespace outrider::telemetry {
class Packer;
}

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

class Poster {
 public:
  // `ways`: who carries its requests, one a URL; the tools' HTTP client when there are none.
  Poster(const Tools& tools, PostingSettings settings, std::unique_ptr<Dialect> dialect,
         std::vector<std::unique_ptr<net::Client>> ways = {});
  Poster(const Poster&) = delete;
  Poster& operator=(const Poster&) = delete;
  ~Poster();

  const std::string& name() const { return name_; }
  const PostingSettings& settings() const { return settings_; }
  Dialect& dialect() { return *dialect_; }

  // One request, to the next of the receivers, and on to others while one is away and another is not. An
  // error: there was no answer.
  core::Task<core::Outcome<Posted>> post(const Records& records);

 private:
  void expect(std::string_view answer);
  core::Task<core::Outcome<Posted>> post_to(std::size_t receiver, const Records& records);
  net::Request request_for(std::size_t receiver, const Records& records) const;
  std::string body_of(const Records& records);
  core::Error still_left_alone(std::size_t receiver, core::Duration left) const;

  Tools tools_;
  PostingSettings settings_;
  std::unique_ptr<Dialect> dialect_;
  std::vector<std::unique_ptr<net::Client>> ways_;  // may be none
  std::string name_;
  Receivers receivers_;
  ::prometheus::Counter* sent_bytes_;
  std::map<std::string, ::prometheus::Counter*, std::less<>> answers_;
  std::unique_ptr<telemetry::Packer> packer_;
};

// Without what may be secret in it; several with commas.
std::string shown_url(const std::string& url);
std::string shown_urls(const std::vector<std::string>& urls);

// "it answered 400: no field `level`": the status, and what was said, in one line.
std::string shown_answer(int status, std::string_view said);

}  // namespace outrider::sinks
