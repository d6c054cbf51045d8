#include "agent/sources/haproxy/statistics.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace outrider::sources::haproxy {
namespace {

using telemetry::FamilyWriter;
using telemetry::LabelView;
using telemetry::MetricType;

constexpr std::array<std::string_view, 4> kind_names{"frontend", "backend", "server", "listener"};

// One field of a line; what is between quotes may have commas, and quotes written twice.
std::string take_field(std::string_view& line) {
  if (!line.starts_with('"')) return std::string(core::take_until(line, ','));
  std::string field;
  std::size_t at = 1;
  for (; at < line.size(); ++at) {
    if (line[at] == '"' && (at + 1 == line.size() || line[at + 1] != '"')) break;
    if (line[at] == '"') ++at;
    field += line[at];
  }
  line.remove_prefix(std::min(at + 1, line.size()));
  core::take_until(line, ',');
  return field;
}

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  while (!line.empty()) fields.push_back(take_field(line));
  return fields;
}

// The states of a proxy or a server, as HAProxy's exporter names them; each is shown, as 1 or 0.
std::span<const std::string_view> states_of(Kind kind) {
  static constexpr std::array<std::string_view, 2> proxy{"DOWN", "UP"};
  static constexpr std::array<std::string_view, 5> server{"DOWN", "UP", "MAINT", "DRAIN", "NOLB"};
  static constexpr std::array<std::string_view, 3> listener{"FULL", "WAITING", "OPEN"};
  if (kind == Kind::server) return server;
  if (kind == Kind::listener) return listener;
  return proxy;
}

// Of "UP 1/3", "MAINT (via a/b)", "no check": the state that it is in.
std::string_view state_in(Kind kind, std::string_view status) {
  const std::string_view word = status.substr(0, status.find(' '));
  if (kind == Kind::frontend) return word == "STOP" ? "DOWN" : "UP";
  return word == "no" ? "UP" : word;
}

class Table {
 public:
  explicit Table(std::string_view head) {
    const std::vector<std::string> names = fields_of(head);
    const auto place_of = [&names](std::string_view name) {
      return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    };
    for (const Column& column : all_columns()) places_.push_back(place_of(column.name));
    proxy_ = place_of("# pxname");
    name_ = place_of("svname");
    type_ = place_of("type");
    status_ = place_of("status");
    check_ = place_of("check_status");
    is_statistics_ = std::max({proxy_, name_, type_, status_}) < names.size();
  }

  bool is_statistics() const { return is_statistics_; }

  void put_line(FamilyWriter& out, std::string_view line) {
    fields_ = fields_of(line);
    const auto type = core::read_number<unsigned>(said(type_));
    if (!type || *type >= kind_names.size()) return;
    kind_ = static_cast<Kind>(*type);
    labels_ = {{"proxy", said(proxy_)}};
    if (kind_ == Kind::server) labels_.push_back({"server", said(name_)});
    if (kind_ == Kind::listener) labels_.push_back({"listener", said(name_)});
    put_states(out);
    for (std::size_t at = 0; at < places_.size(); ++at) {
      const Column& column = all_columns()[at];
      if ((column.kinds & bit_of(kind_)) == 0) continue;
      const auto number = core::read_number<double>(said(places_[at]));
      if (!number) continue;
      if (!column.code.empty()) labels_.push_back({"code", column.code});
      put(out, column.shown, column.type, column.help, *number / column.divisor);
      if (!column.code.empty()) labels_.pop_back();
    }
  }

 private:
  // Empty: it says nothing of it.
  std::string_view said(std::size_t place) const {
    return place < fields_.size() ? std::string_view(fields_[place]) : std::string_view();
  }

  void put_states(FamilyWriter& out) {
    const std::string_view now = state_in(kind_, said(status_));
    for (const std::string_view state : states_of(kind_)) {
      labels_.push_back({"state", state});
      put(out, "status", MetricType::gauge, "1 for the state that it is in, else 0.", state == now ? 1 : 0);
      labels_.pop_back();
    }
    std::string_view check = said(check_);
    if (check.starts_with("* ")) check.remove_prefix(2);  // the next one is under way
    if (kind_ != Kind::server || check.empty()) return;
    labels_.push_back({"state", check});
    put(out, "check_status", MetricType::gauge, "1 for what the last health check has found.", 1);
    labels_.pop_back();
  }

  void put(FamilyWriter& out, std::string_view shown, MetricType type, std::string_view help, double value) {
    const std::string name = fmt::format("haproxy_{}_{}", kind_names[static_cast<std::size_t>(kind_)], shown);
    out.put_labelled(out.family(name, type, help), value, labels_);
  }

  std::vector<std::size_t> places_;  // of each of all_columns(); beyond the end: it is not there
  std::size_t proxy_ = 0, name_ = 0, type_ = 0, status_ = 0, check_ = 0;
  bool is_statistics_ = false;
  std::vector<std::string> fields_;
  std::vector<LabelView> labels_;
  Kind kind_ = Kind::frontend;
};

}  // namespace

void put_up(FamilyWriter& out, bool is_up) {
  out.put(out.family("haproxy_up", MetricType::gauge, "Whether its statistics could be read."),
          is_up ? 1 : 0);
}

core::Outcome<> put_statistics(FamilyWriter& out, std::string_view csv) {
  Table table(core::take_line(csv));
  if (!table.is_statistics()) {
    return core::fail(core::Errc::corrupt, "its answer is no CSV of statistics",
                      "let `url` end in ;csv, or `socket` lead to a socket of `stats socket`");
  }
  while (!csv.empty()) {
    std::string_view line = core::take_line(csv);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) table.put_line(out, line);
  }
  return {};
}

}  // namespace outrider::sources::haproxy
