// What a service writes: cut into lines whatever the sizes of the reads, then made into documents.
#include "agent/core/resource.hpp"
#include "agent/sources/lines.hpp"
#include "agent/telemetry/utf8.hpp"
#include "agent/transforms/chain.hpp"
#include "agent/transforms/cri/cri.hpp"
#include "agent/transforms/docker_json/docker_json.hpp"
#include "agent/transforms/json/json.hpp"
#include "agent/transforms/logfmt/logfmt.hpp"
#include "agent/transforms/multiline/multiline.hpp"
#include "agent/transforms/redact/redact.hpp"
#include "agent/transforms/regex/regex.hpp"
#include "agent/transforms/syslog/syslog.hpp"
#include "agent/transforms/text/text.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstring>

#include <boost/json/parse.hpp>
#include <prometheus/registry.h>

namespace outrider::fuzz {
namespace {

using sources::Lines;

constexpr core::WallTime now{std::chrono::seconds(1'795'260'363)};

core::Resource resource() {
  core::Resource it;
  it.service = "tests-api";
  it.host = "node-1";
  return it;
}

void append(telemetry::Batch& all, telemetry::Batch more) {
  all.records.insert(all.records.end(), more.records.begin(), more.records.end());
  all.chunks.insert(all.chunks.end(), more.chunks.begin(), more.chunks.end());
}

telemetry::Batch lines_of(std::string_view bytes, std::size_t piece) {
  Lines lines({.generation = 3});
  telemetry::Batch all;
  all.stream = "child output";
  while (!bytes.empty()) {
    const std::span<char> room = lines.room();
    const std::string_view read = take(bytes, std::min(piece, room.size()));
    std::memcpy(room.data(), read.data(), read.size());
    append(all, lines.took(read.size(), now));
  }
  append(all, lines.ended(now));
  return all;
}

void check_cut(const telemetry::Batch& batch, std::size_t total) {
  std::uint64_t offset = 0;
  for (const telemetry::Record& record : batch.records) {
    must(record.origin.offset == offset, "no byte is lost or counted twice");
    must(telemetry::valid_utf8(record.text), "a record is UTF-8");
    offset += record.bytes;
  }
  must(offset == total, "every byte belongs to a record");
}

void check_document(std::string_view text) {
  must(text.find('\n') == std::string_view::npos, "a document is one line");
  boost::json::error_code problem;
  boost::json::parse_options options;
  options.max_depth = 128;
  const auto value = boost::json::parse(text, problem, {}, options);
  must(!problem && value.is_object(), "a document is a JSON object");
  // Of a key that is there twice the reader keeps the last: ours are the first.
  const auto& time = value.at("@timestamp");
  must(time.is_string() && text.starts_with("{\"@timestamp\":\"" + std::string(time.as_string())),
       "a document's time is the one that outrider wrote");
  must(value.as_object().contains("message") && value.at("message").is_string(), "a document has a message");
  must(value.at("stream") == "stdout" || value.at("stream") == "stderr",
       "a document has the stream that it came from");
}

transforms::StepMaker redaction() {
  using namespace transforms::redact;
  Settings settings;
  for (const Kind kind :
       {Kind::email, Kind::bearer_token, Kind::jwt, Kind::card_number, Kind::iban, Kind::phone})
    settings.rules.push_back({kind, Manner::mask, "", ""});
  settings.rules.push_back({Kind::field, Manner::drop, "password", ""});
  settings.rules.push_back({Kind::field, Manner::hash, "card.cvc", ""});
  settings.rules.push_back({Kind::custom, Manner::mask, "ticket", "^TK-[0-9]+"});
  settings.salt = config::Secret("pepper");
  return [settings](const transforms::Tools& tools) { return make(tools, settings); };
}

// Every format and every wrapper, with and without what follows.
std::vector<transforms::ChainPlan> plans() {
  using namespace transforms;
  const FormatMaker pattern = [] {
    return regex::make("^(?P<level>[a-z]+) (?P<key>[^ ]*) (?P<message>.*)$");
  };
  const Joining joined{[] { return multiline::make_traces(multiline::all_languages); }, 8, 4096,
                       std::chrono::seconds(1)};
  return {{{"json", nullptr, json::make}, {}, {}},
          {{"text", nullptr, text::make}, joined, {redaction()}},
          {{"json", nullptr, json::make}, {}, {redaction()}},
          {{"logfmt", nullptr, logfmt::make}, {}, {redaction()}},
          {{"syslog", nullptr, syslog::make}, {}, {redaction()}},
          {{"regex", nullptr, pattern}, {}, {redaction()}},
          {{"cri", cri::make, json::make}, joined, {}},
          {{"docker_json", docker_json::make, text::make}, {}, {}}};
}

// Whatever becomes of the lines, every byte of them is in one record, and every record is a document.
void check_chain(const telemetry::Batch& lines, const transforms::ChainPlan& plan) {
  ::prometheus::Registry registry;
  const core::Resource own = resource();
  transforms::Chain chain({own, registry}, plan);
  std::uint64_t bytes = 0;
  const auto look = [&bytes](const telemetry::Batch& batch) {
    for (const telemetry::Record& record : batch.records) {
      check_document(record.text);
      bytes += record.bytes;
    }
  };
  telemetry::Batch batch = lines;
  chain.apply(batch, {});
  look(batch);
  for (const telemetry::Batch& rest : chain.rest()) look(rest);
  must(bytes == lines.bytes(), "no line is lost or counted twice");
}

}  // namespace

void log_line(std::string_view bytes) {
  const std::size_t piece = take_choice(bytes, 61) + 1;
  telemetry::Batch whole = lines_of(bytes, bytes.size());
  const telemetry::Batch pieces = lines_of(bytes, piece);
  check_cut(whole, bytes.size());
  check_cut(pieces, bytes.size());
  const auto same = [](const telemetry::Record& a, const telemetry::Record& b) {
    return a.text == b.text && a.bytes == b.bytes && a.marks == b.marks;
  };
  must(std::ranges::equal(whole.records, pieces.records, same), "the sizes of the reads do not show");

  for (transforms::ChainPlan& plan : plans()) check_chain(whole, plan);
}

}  // namespace outrider::fuzz
