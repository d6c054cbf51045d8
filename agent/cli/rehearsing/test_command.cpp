// outrider test: a user's own tests of his logs section.
#include "agent/cli/commands.hpp"
#include "agent/cli/rehearsing/junit.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using pipeline::Difference;
using pipeline::Rehearsed;

// Its own codes, as test runners have them.
constexpr int all_pass = 0, some_fail = 1, bad_file = 2;

std::string where(const std::string& file, const Difference& difference) {
  const std::string record = fmt::format("record {}", difference.record);
  return difference.line == 0 ? record : fmt::format("{}:{}, {}", file, difference.line, record);
}

void tell_person(const Setting& setting, const FileTried& tried) {
  std::ostream& out = setting.terminal.out();
  for (const Rehearsed& one : tried.tests) {
    if (one.differences.empty()) {
      out << setting.terminal.paint(Paint::good, "✓ " + one.name) << "\n";
      continue;
    }
    out << setting.terminal.paint(Paint::bad, "✗ " + one.name) << "\n";
    for (const Difference& difference : one.differences) {
      out << "    " << setting.terminal.paint(Paint::faint, where(tried.file, difference)) << "\n";
      for (const std::string& sentence : difference.said) out << "      " << printable(sentence) << "\n";
      if (!difference.document.empty())
        out << "      → " << setting.terminal.paint(Paint::plain, difference.document) << "\n";
      for (const std::string& step : difference.steps)
        out << "        " << setting.terminal.paint(Paint::faint, step) << "\n";
    }
  }
}

json::object as_json(const FileTried& tried, const Rehearsed& one) {
  json::array differences;
  for (const Difference& difference : one.differences) {
    json::array said;
    for (const std::string& sentence : difference.said)
      said.push_back(json::string(core::clean_utf8(sentence)));
    differences.push_back(json::object{{"line", difference.line},
                                       {"record", difference.record},
                                       {"said", std::move(said)},
                                       {"document", core::clean_utf8(difference.document)}});
  }
  return {{"file", core::clean_utf8(tried.file)},
          {"name", core::clean_utf8(one.name)},
          {"passed", one.differences.empty()},
          {"records", one.records},
          {"differences", std::move(differences)}};
}

void tell_program(const Setting& setting, const std::vector<FileTried>& all, std::size_t failed) {
  json::array tests;
  for (const FileTried& tried : all) {
    for (const Rehearsed& one : tried.tests) tests.push_back(as_json(tried, one));
  }
  const std::size_t count = tests.size();
  const json::object body{
      {"schema", 1}, {"passed", count - failed}, {"failed", failed}, {"tests", std::move(tests)}};
  setting.terminal.out() << json::serialize(body) << "\n";
}

}  // namespace

int test(const Setting& setting) {
  if (setting.line.words.empty()) {
    return report(setting,
                  {core::Errc::invalid, "cannot tell which tests are meant", "outrider test FILE.yaml"},
                  bad_file);
  }
  const std::string format = setting.line.value("format").value_or(setting.line.json() ? "json" : "text");
  std::vector<FileTried> all;
  std::size_t count = 0, failed = 0;
  for (const std::string& file : setting.line.words) {
    auto tried = setting.actions.rehearse(file);
    if (!tried) return report(setting, tried.error(), bad_file);
    all.push_back({file, std::move(*tried)});
    for (const Rehearsed& one : all.back().tests) {
      ++count;
      failed += one.differences.empty() ? 0 : 1;
    }
    if (format == "text") tell_person(setting, all.back());
  }
  if (format == "json") tell_program(setting, all, failed);
  if (format == "junit") setting.terminal.out() << junit(all);
  if (format == "text") {
    setting.terminal.out() << setting.terminal.paint(
                                  failed == 0 ? Paint::good : Paint::bad,
                                  fmt::format("{} passed, {} failed", count - failed, failed))
                           << "\n";
  }
  setting.terminal.out() << std::flush;
  return failed == 0 ? all_pass : some_fail;
}

}  // namespace outrider::cli
