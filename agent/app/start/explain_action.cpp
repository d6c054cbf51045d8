#include "agent/app/start/explain_action.hpp"

#include "agent/app/settings.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/os/clock.hpp"
#include "agent/sources/lines.hpp"

#include <iostream>

#include <fmt/format.h>
#include <prometheus/registry.h>

namespace outrider::app {
namespace {

// Lines as the source would cut them, each sent down the chain by itself.
class Explainer {
 public:
  Explainer(const core::Resource& resource, const pipeline::LogSettings& logs, std::size_t source,
            const cli::TellLine& tell)
      : chain_({resource, registry_}, pipeline::plan_of(logs, logs.read[source])),
        stream_(logs.read[source].source.streams.front()),
        tell_(tell) {
    chain_.explain_to(&notes_);
  }

  void run(std::istream& in) {
    const auto clock = os::make_clock();
    for (;;) {
      const std::span<char> room = lines_.room();
      in.read(room.data(), static_cast<std::streamsize>(room.size()));
      const auto count = static_cast<std::size_t>(in.gcount());
      if (count == 0) break;
      explain(lines_.took(count, clock->wall()), clock->now());
    }
    explain(lines_.ended(clock->wall()), clock->now());
    cli::ExplainedLine last;
    for (const telemetry::Batch& batch : chain_.rest()) take_documents(batch, last);
    take_notes(last);
    if (!last.documents.empty()) tell_(last);
  }

 private:
  void explain(const telemetry::Batch& all, core::Instant now) {
    for (const telemetry::Record& record : all.records) {
      cli::ExplainedLine said;
      said.line = record.text;
      if (record.marks & telemetry::mark_repaired)
        said.steps.push_back({"read", "bytes that were not UTF-8 became U+FFFD"});
      if (telemetry::is_piece(record)) said.steps.push_back({"read", "a piece of a line longer than 1 MiB"});
      telemetry::Batch batch;
      batch.stream = stream_;
      batch.records = {record};
      batch.chunks = all.chunks;
      chain_.apply(batch, now);
      take_notes(said);
      take_documents(batch, said);
      tell_(said);
    }
  }

  void take_notes(cli::ExplainedLine& said) {
    for (transforms::Note& note : notes_) said.steps.push_back({std::move(note.by), std::move(note.what)});
    notes_.clear();
  }

  static void take_documents(const telemetry::Batch& batch, cli::ExplainedLine& said) {
    for (const telemetry::Record& record : batch.records) said.documents.emplace_back(record.text);
  }

  ::prometheus::Registry registry_;
  transforms::Chain chain_;
  std::string stream_;
  sources::Lines lines_{{.generation = 1}};
  std::vector<transforms::Note> notes_;
  const cli::TellLine& tell_;
};

}  // namespace

core::Outcome<> explain(const cli::ExplainOptions& options, const cli::TellLine& tell) {
  const auto loaded = load_settings(options.config_path);
  if (!loaded) return core::fail(core::Errc::invalid, loaded.report.text());
  const pipeline::LogSettings& logs = loaded.value->logs;
  if (logs.read.empty())
    return core::fail(core::Errc::invalid, options.config_path + " reads no logs", "set logs.read");
  if (options.source > logs.read.size()) {
    return core::fail(
        core::Errc::invalid,
        fmt::format("cannot explain source {}: logs.read has {}", options.source, logs.read.size()),
        "count from 1");
  }
  Explainer(loaded.value->service, logs, options.source - 1, tell).run(std::cin);
  return {};
}

}  // namespace outrider::app
