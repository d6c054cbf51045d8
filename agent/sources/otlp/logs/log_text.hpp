// A log record of OTLP as the chain takes one: its body is the text, and everything else fields beside it,
// under the names that they have, or that the Elastic Common Schema has for them.
#pragma once

#include "agent/sources/otlp/logs/any_value.hpp"
#include "agent/sources/otlp/logs/named_values.hpp"
#include "agent/telemetry/record.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::sources::otlp {

class LogText {
 public:
  static constexpr std::size_t longest_message = 1 << 20;
  static constexpr std::size_t most_fields_bytes = 256 * 1024;
  static constexpr std::size_t most_shared_bytes = 32 * 1024;  // of a resource, of a scope: with each record

  // What the records that follow come from. These throw what protozero throws.
  void begin_resource(std::string_view resource);
  void begin_scope(std::string_view scope);

  // Reads all but the origin into `record`, and gives what its text is, until the next call.
  std::string_view read(std::string_view log, telemetry::Record& record);

  // Ids that were none, in all that was read.
  std::uint64_t broken_ids() const { return broken_ids_; }

 private:
  struct View;

  static View view(std::string_view log);
  void add_own(const View& log, const telemetry::Record& record);
  void add_id(std::string_view name, std::string_view id, std::size_t length);
  void add_text(NamedValues& to, std::string_view name, std::string_view text);
  void add_number(NamedValues& to, std::string_view name, std::uint64_t number);
  void add_attributes(NamedValues& to, std::string_view message, std::uint32_t number);
  std::string_view message_of(std::string_view body);

  ValueWriter values_;
  NamedValues resource_{most_shared_bytes}, scope_{most_shared_bytes}, own_{most_fields_bytes};
  bool shared_is_cut_ = false, resource_is_cut_ = false;
  std::string name_, fields_, message_, text_;
  std::uint64_t broken_ids_ = 0;
};

}  // namespace outrider::sources::otlp
