// How a portion is posted by remote write, and what an answer to it means.
#pragma once

#include "agent/sinks/poster.hpp"
#include "agent/sinks/remote_write/remote_write_sink.hpp"

#include <cstdint>
#include <utility>

namespace outrider::sinks::remote_write {

// Headers that are the protocol's own.
bool is_reserved(std::string_view header);

class RequestDialect final : public Dialect {
 public:
  explicit RequestDialect(Version wanted)
      : wanted_(wanted), version_(wanted == Version::first ? Version::first : Version::second) {}

  Names names() const override;
  void add_headers(net::Headers& headers, const Records& records) const override;
  std::string body_of(const Records& records) const override;  // of a single record
  Posted meaning_of(const net::Response& answer, const Records& records, core::WallTime now) override;

  // The one that is spoken: the first or the second.
  Version version() const { return version_; }
  // Whether the last answer was that of who does not know the second version: what was sent is to be sent
  // again. Asked once, it is no more.
  bool fell_back();
  // Of what was taken since it was asked last: what the receiver does not say that it has written.
  struct Amount {
    std::uint64_t samples = 0, exemplars = 0;
  };
  Amount unwritten() { return std::exchange(unwritten_, Amount()); }

 private:
  bool does_not_know_it(const net::Response& answer) const;
  Posted taken(const net::Response& answer);

  Version wanted_, version_;
  bool is_known_ = false;  // it has said once what it wrote
  bool fell_back_ = false;
  mutable Amount sent_;  // of the last body, which was made before its answer came
  Amount unwritten_;
};

}  // namespace outrider::sinks::remote_write
