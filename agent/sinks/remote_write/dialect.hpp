// How a portion is posted by remote write, and what an answer to it means.
#pragma once

#include "agent/sinks/poster.hpp"

namespace outrider::sinks::remote_write {

// Headers that are the protocol's own.
bool is_reserved(std::string_view header);

class RequestDialect final : public Dialect {
 public:
  Names names() const override;
  void add_headers(net::Headers& headers, const Records& records) const override;
  std::string body_of(const Records& records) const override;  // of a single record
  Posted meaning_of(const net::Response& answer, const Records& records, core::WallTime now) override;
};

}  // namespace outrider::sinks::remote_write
