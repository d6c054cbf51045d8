// outrider parked: what sinks have refused for good. List and show look into the book itself, with or without
// a running agent; replay and drop are asked of the agent.
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/columns.hpp"
#include "agent/cli/waiting/book_here.hpp"
#include "agent/core/text.hpp"
#include "agent/core/words/percent.hpp"
#include "agent/pipeline/parking/parked_record.hpp"
#include "agent/seal/digest.hpp"

#include <map>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using pipeline::ParkedRecord;

// Spans are no text; --output json has them, in Base64.
std::string content_of(const ParkedRecord& parked) {
  if (!parked.is_of_spans()) return printable(parked.document);
  return fmt::format("{} spans in {} of Protobuf", parked.record.count,
                     core::show_bytes(parked.document.size()));
}

json::object as_json(const ParkedRecord& parked, bool whole) {
  json::object one{{"id", core::clean_utf8(parked.id)},
                   {"sink", core::clean_utf8(parked.sink)},
                   {"parked", core::show_time(parked.parked)},
                   {"times", parked.times},
                   {"stream", core::clean_utf8(parked.stream)},
                   {"offset", parked.record.origin.offset},
                   {"generation", parked.record.origin.generation},
                   {"why", core::clean_utf8(parked.why)}};
  if (!whole) return one;
  if (parked.is_of_spans()) {
    one["spans"] = parked.record.count;
    one["protobuf"] = seal::encode(parked.document, seal::Letters::base64);
  } else {
    one["document"] = core::clean_utf8(parked.document);
  }
  return one;
}

// The newest of each kind are not known without reading all, so all are read, and only some kept.
int list(const Setting& setting, const durable::Book& book) {
  const auto most = count_of(setting.line, 50);
  if (!most) return report(setting, most.error(), exit_usage);
  std::vector<std::vector<Cell>> rows;
  json::array listed;
  std::map<std::string, std::uint64_t> sums;
  const auto walked = pipeline::walk_parked(
      book, setting.line.value("sink").value_or(""), {}, [&](const ParkedRecord& parked) {
        if (++sums[parked.sink] > *most) return true;
        if (setting.line.json()) {
          listed.push_back(as_json(parked, false));
        } else {
          rows.push_back({printable(parked.id),
                          core::show_time(parked.parked),
                          printable(parked.sink),
                          {printable(parked.why.substr(0, 100)), Paint::doubtful}});
        }
        return true;
      });
  if (!walked) return report(setting, walked.error(), exit_unknown);
  std::ostream& out = setting.terminal.out();
  json::object counts;
  for (const auto& [sink, count] : sums) counts[core::clean_utf8(sink)] = count;
  if (setting.line.json()) {
    const json::object body{{"schema", 1}, {"sinks", std::move(counts)}, {"parked", std::move(listed)}};
    out << json::serialize(body) << "\n" << std::flush;
    return exit_ok;
  }
  out << columns(rows, setting.terminal);
  for (const auto& [sink, count] : sums) {
    out << fmt::format("{} parked records of {}{}\n", count, printable(sink),
                       count > *most ? fmt::format(", {} of them shown", *most) : "");
  }
  if (sums.empty()) out << "nothing is parked\n";
  out << std::flush;
  return exit_ok;
}

int show(const Setting& setting, const durable::Book& book) {
  const std::string& id = setting.line.file;
  if (id.empty()) {
    return report(setting,
                  {core::Errc::invalid, "cannot show a parked record without its id", "outrider parked list"},
                  exit_usage);
  }
  int shown = 0;
  const auto walked = pipeline::walk_parked(
      book, setting.line.value("sink").value_or(""), {}, [&](const ParkedRecord& parked) {
        if (parked.id != id) return true;
        ++shown;
        std::ostream& out = setting.terminal.out();
        if (setting.line.json()) {
          out << json::serialize(as_json(parked, true)) << "\n";
          return true;
        }
        const auto row = [](std::string name, std::string value) {
          return std::vector<Cell>{Cell(std::move(name)), Cell(std::move(value))};
        };
        const std::string origin = fmt::format("{}, generation {}, offset {}", printable(parked.stream),
                                               parked.record.origin.generation, parked.record.origin.offset);
        const std::vector<std::vector<Cell>> rows{row("sink", printable(parked.sink)),
                                                  row("parked", core::show_time(parked.parked)),
                                                  row("refused", fmt::format("{} times", parked.times)),
                                                  row("why", printable(parked.why)), row("from", origin)};
        out << columns(rows, setting.terminal) << content_of(parked) << "\n";
        return true;
      });
  if (!walked) return report(setting, walked.error(), exit_unknown);
  setting.terminal.out() << std::flush;
  if (shown > 0) return exit_ok;
  return report(
      setting, {core::Errc::not_found, "cannot find " + id + " among what is parked", "outrider parked list"},
      exit_unknown);
}

std::string query_word(std::string_view text) { return core::percent_encoded(text, ""); }

// One id, one sink, or with --all everything: nothing is replayed or dropped by a slip.
core::Outcome<std::string> target_of(const Setting& setting) {
  const std::string sink = setting.line.value("sink").value_or("");
  const std::string& id = setting.line.file;
  if (setting.line.value("reason").value_or("").empty()) {
    return core::fail(core::Errc::invalid, "cannot do that without --reason",
                      "it goes into the audit journal");
  }
  if (sink.empty() && id.empty() && !setting.line.flag("all")) {
    return core::fail(core::Errc::invalid, "cannot tell which records are meant",
                      "name an ID, --sink NAME, or --all");
  }
  return fmt::format("/api/v1/parked/{}?sink={}&id={}", setting.line.argument, query_word(sink),
                     query_word(id));
}

}  // namespace

int parked(const Setting& setting) {
  if (setting.line.argument == "replay" || setting.line.argument == "drop") {
    const auto target = target_of(setting);
    if (!target) return report(setting, target.error(), exit_usage);
    return command_agent(setting, *target);
  }
  const auto book = book_here(setting);
  if (!book) {
    const bool nothing_yet = book.error().code == core::Errc::not_found;
    if (nothing_yet && setting.line.argument == "list" && !setting.line.json()) {
      setting.terminal.out() << "nothing is parked\n" << std::flush;
      return exit_ok;
    }
    return report(setting, book.error(), exit_unknown);
  }
  return setting.line.argument == "show" ? show(setting, **book) : list(setting, **book);
}

}  // namespace outrider::cli
