#include "agent/sinks/elasticsearch/doubt/doubt.hpp"

#include "agent/lines/json.hpp"
#include "agent/sinks/elasticsearch/bulk/verdict.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace outrider::sinks::elasticsearch {
namespace {

using core::Outcome;
using namespace std::chrono_literals;

// Our clock and the server's differ, and so do a line's time and the truth: a zone that was left out is a day
// at most. A margin that is too wide costs a few requests.
constexpr core::Duration clocks_differ = 1h;
constexpr core::Duration lines_differ = 26h;
constexpr std::size_t ids_at_once = 5000;
// The offers of a process before may have been larger than ours.
constexpr std::uint64_t offers_of_old = 4;

// {"docs":[{"found":true},{"found":false},{"error":{…}}]}
std::optional<std::vector<bool>> read_found(std::string_view body) {
  std::vector<lines::Member> members, docs, doc;
  if (!lines::scan_object(body, members) || members.size() != 1 || members[0].key != "docs")
    return std::nullopt;
  if (!lines::scan_list(members[0].value, docs)) return std::nullopt;
  std::vector<bool> found;
  for (const lines::Member& item : docs) {
    if (!lines::scan_object(item.value, doc) || doc.size() != 1 || doc[0].key != "found") return std::nullopt;
    found.push_back(doc[0].value == "true");
  }
  return found;
}

bool is_missing(const net::Response& response) {
  return response.status == 404 && read_refusal(response.body).type == "index_not_found_exception";
}

}  // namespace

Doubt::Doubt(const Tools& tools, const Settings& settings, Sender& sender, Meters& meters)
    : tools_(tools),
      settings_(settings),
      sender_(sender),
      meters_(meters),
      rereading_(tools.clock.wall(), settings.buffer_bytes * offers_of_old) {}

core::Task<Outcome<>> Doubt::resolve(Standings& standings) {
  sent_.clear();
  if (!settings_.target.is_stream()) co_return Outcome<>();
  Suspects in_doubt = suspects(standings);
  if (in_doubt.empty()) co_return Outcome<>();
  const Outcome<Known> known = co_await learn_generations();
  if (!known) co_return core::fail(known.error());
  if (*known == Known::not_allowed) meters_.doubt("unverified", in_doubt.size());
  if (*known != Known::yes) co_return Outcome<>();
  sent_ = in_doubt;
  std::vector<std::string> indices;
  for (const Suspect& suspect : in_doubt) {
    std::vector<std::string> held = may_hold(generations_, suspect.since, suspect.margin);
    if (held.size() > indices.size()) indices = std::move(held);
  }
  std::erase_if(in_doubt, [&](const Suspect& suspect) {
    return may_hold(generations_, suspect.since, suspect.margin).empty();
  });
  for (const std::string& index : indices) {
    const Outcome<> looked = co_await look_in(index, standings, in_doubt);
    if (!looked) co_return core::fail(looked.error());
  }
  meters_.doubt("absent", in_doubt.size());
  co_return Outcome<>();
}

Doubt::Suspects Doubt::suspects(Standings& standings) {
  Suspects all;
  const core::WallTime now = tools_.clock.wall();
  for (std::uint32_t s = 0; s < standings.all().size(); ++s) {
    const Standing& standing = standings.all()[s];
    for (std::uint32_t r = 0; standing.open > 0 && r < standing.states.size(); ++r) {
      const telemetry::Record& record = standing.batch->records[r];
      if (standing.states[r] == State::sent) {
        all.push_back({s, r, standing.first_sent, clocks_differ});
      } else if (standing.states[r] == State::waiting && rereading_.may_have_been_sent(record)) {
        // A line from the future is not believed; it was written after its file was begun.
        const core::WallTime began{std::chrono::seconds(record.origin.began_seconds)};
        all.push_back({s, r, record.time <= now ? record.time : began, lines_differ});
      }
    }
  }
  return all;
}

core::Task<Outcome<Doubt::Known>> Doubt::learn_generations() {
  std::string path = generations_path(settings_.target.data_stream);
  const Asked asked = co_await sender_.ask("GET", std::move(path), nullptr, Body::none);
  if (!asked.response) co_return core::fail(unknown(asked));
  const int status = asked.response->status;
  if (is_missing(*asked.response)) co_return Known::no_stream;
  if (status == 401 || status == 403) {
    if (!std::exchange(told_, true)) {
      tools_.log.warn("sinks",
                      "Cannot look whether what is in doubt has arrived; it is sent, and there twice if the "
                      "data stream has rolled over since",
                      {{"data_stream", settings_.target.data_stream},
                       {"hint", "grant view_index_metadata and read on it"}});
    }
    co_return Known::not_allowed;
  }
  auto read = status == 200 ? read_generations(asked.response->body) : std::nullopt;
  if (!read) co_return core::fail(unknown(asked));
  generations_ = std::move(*read);
  co_return Known::yes;
}

// What it holds is settled, and no suspect any more.
core::Task<Outcome<>> Doubt::look_in(const std::string& index, Standings& standings, Suspects& suspects) {
  Suspects left;
  std::uint64_t found_count = 0;
  for (std::size_t from = 0; from < suspects.size(); from += ids_at_once) {
    const std::span<const Suspect> part(suspects.data() + from,
                                        std::min(ids_at_once, suspects.size() - from));
    const auto found = co_await ask_for(index, ids_body(standings, part), part.size());
    if (!found) co_return core::fail(found.error());
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (!(*found)[i]) {
        left.push_back(part[i]);
        continue;
      }
      Standing& standing = standings.all()[part[i].standing];
      standing.was_there(part[i].record);
      rereading_.was_there(standing.batch->records[part[i].record]);
      ++found_count;
    }
  }
  meters_.doubt("found", found_count);
  suspects = std::move(left);
  co_return Outcome<>();
}

// Gets by id see what a search would see only after a refresh.
core::Task<Outcome<std::vector<bool>>> Doubt::ask_for(const std::string& index, std::string body,
                                                      std::size_t count) {
  auto text = std::make_shared<const std::string>(std::move(body));
  std::string path = "/" + index + "/_mget?_source=false&filter_path=docs.found,docs.error.type";
  const Asked asked = co_await sender_.ask("POST", std::move(path), std::move(text), Body::json);
  if (!asked.response) co_return core::fail(unknown(asked));
  if (is_missing(*asked.response)) co_return std::vector<bool>(count, false);  // deleted meanwhile
  auto found = asked.response->status == 200 ? read_found(asked.response->body) : std::nullopt;
  if (!found || found->size() != count) co_return core::fail(unknown(asked));
  co_return std::move(*found);
}

core::Task<void> Doubt::look_back(Standings& standings) {
  std::erase_if(sent_, [&](const Suspect& suspect) {
    return standings.all()[suspect.standing].states[suspect.record] != State::arrived;
  });
  if (sent_.empty() || generations_.empty()) co_return;
  const std::string wrote_to = generations_.back().index;
  const Outcome<Known> known = co_await learn_generations();
  if (!known || *known != Known::yes) co_return meters_.doubt("unverified", sent_.size());
  const auto before = std::ranges::find(generations_, wrote_to, &Generation::index);
  std::vector<unsigned> copies(sent_.size(), 0);
  for (std::size_t i = static_cast<std::size_t>(before - generations_.begin());
       generations_.back().index != wrote_to && i < generations_.size(); ++i) {
    const std::string& index = generations_[i].index;
    std::string again;
    std::uint64_t count = 0;
    for (std::size_t from = 0; from < sent_.size(); from += ids_at_once) {
      const std::size_t size = std::min(ids_at_once, sent_.size() - from);
      const std::span<const Suspect> part(sent_.data() + from, size);
      std::string body = ids_body(standings, part);
      const auto found = co_await ask_for(index, std::move(body), size);
      if (!found) co_return meters_.doubt("unverified", sent_.size());
      for (std::size_t k = 0; k < size; ++k) {
        if (!(*found)[k] || copies[from + k]++ == 0) continue;
        again += "{\"delete\":{\"_id\":\"" + id_of(standings, sent_[from + k]) + "\"}}\n";
        ++count;
      }
    }
    if (count > 0) co_await take_out(index, std::move(again), count);
  }
}

core::Task<void> Doubt::take_out(const std::string& index, std::string body, std::uint64_t count) {
  auto text = std::make_shared<const std::string>(std::move(body));
  std::string path = "/" + index + "/_bulk?filter_path=errors";
  const Asked asked = co_await sender_.ask("POST", std::move(path), std::move(text), Body::lines);
  const bool done = asked.response && asked.response->body.find("\"errors\":false") != std::string::npos;
  meters_.doubt(done ? "taken_out" : "twice", count);
  if (!done) {
    tools_.log.warn("sinks", "Records are there twice: the data stream rolled over while they were in doubt",
                    {{"index", index}, {"records", count}, {"hint", "grant the right delete on it"}});
  }
}

core::Error Doubt::unknown(const Asked& asked) const {
  const std::string step =
      fmt::format("cannot look in {} at {} for what is in doubt", settings_.target.text(), asked.node);
  if (!asked.response) return asked.response.error().during(step);
  const Refusal refusal = read_refusal(asked.response->body);
  return {core::Errc::refused,
          fmt::format("{}: it answers {} {}", step, asked.response->status, refusal.text()),
          "it needs the rights view_index_metadata and read"};
}

std::string Doubt::ids_body(const Standings& standings, std::span<const Suspect> suspects) {
  std::string body = "{\"ids\":[";
  for (const Suspect& suspect : suspects) body += "\"" + id_of(standings, suspect) + "\",";
  body.back() = ']';
  return body += '}';
}

std::string Doubt::id_of(const Standings& standings, const Suspect& suspect) {
  std::string id;
  telemetry::append_document_id(id, standings.all()[suspect.standing].batch->records[suspect.record].origin);
  return id;
}

}  // namespace outrider::sinks::elasticsearch
