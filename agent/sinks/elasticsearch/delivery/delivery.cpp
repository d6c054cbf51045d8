#include "agent/sinks/elasticsearch/delivery/delivery.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/retry.hpp"
#include "agent/sinks/elasticsearch/bulk/body.hpp"
#include "agent/telemetry/exposition.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

namespace outrider::sinks::elasticsearch {
namespace {

constexpr unsigned most_rounds = 4;
constexpr async::Backoff between_rounds{.first = std::chrono::milliseconds(100),
                                        .most = std::chrono::milliseconds(500)};
// Requests smaller than this are not worth having more of them.
constexpr std::uint64_t worth_a_request = 1u << 20;
constexpr int pack_level = 1;
constexpr std::uint64_t least_request = 16u << 10;

}  // namespace

core::Task<core::Outcome<>> Delivery::run() {
  for (unsigned round = 1;; ++round) {
    hold_.reset();
    again_.reset();
    const core::Outcome<> resolved = co_await parts_.doubt.resolve(parts_.standings);
    if (!resolved) co_return core::fail(resolved.error());
    cut();
    co_await send_all();
    co_await parts_.doubt.look_back(parts_.standings);
    parts_.meters.holding(hold_.has_value());
    if (hold_) co_return core::fail(*hold_);
    if (is_done()) co_return core::Outcome<>();
    // The only node, or all of them, cannot be reached: quick repetitions would not help.
    if (round == most_rounds || !parts_.sender.has_ready_node()) co_return core::fail(*again_);
    co_await parts_.tools.clock.sleep(between_rounds.wait_before(round, parts_.tools.random));
  }
}

bool Delivery::is_done() const {
  return std::ranges::all_of(parts_.standings.all(), [](const Standing& s) { return s.open == 0; });
}

// As many requests as may be under way, unless that makes them too large or not worth it.
void Delivery::cut() {
  queue_.clear();
  std::uint64_t total = 0;
  const auto& all = parts_.standings.all();
  for (const Standing& standing : all) {
    if (standing.open > 0) total += standing.batch->weight();
  }
  const std::uint64_t share = std::max(total / parts_.pace.limit() + 1, worth_a_request);
  const std::uint64_t most = std::min(share, parts_.learned.request_bytes);
  Job job;
  for (std::uint32_t s = 0; s < all.size(); ++s) {
    const Standing& standing = all[s];
    for (std::uint32_t r = 0; standing.open > 0 && r < standing.states.size(); ++r) {
      if (standing.states[r] != State::waiting && standing.states[r] != State::sent) continue;
      const std::uint64_t bytes = BulkBody::bytes_of(standing.batch->records[r]);
      if (!job.places.empty() && job.bytes + bytes > most) queue_.push_back(std::exchange(job, {}));
      job.places.push_back({s, r});
      job.bytes += bytes;
    }
  }
  if (!job.places.empty()) queue_.push_back(std::move(job));
}

core::Task<void> Delivery::send_all() {
  stop_ = false;
  async::Nursery nursery(co_await boost::asio::this_coro::executor);
  const std::size_t workers = std::min<std::size_t>(parts_.pace.limit(), queue_.size());
  for (std::size_t i = 0; i < workers; ++i) nursery.start(work());
  co_await nursery.join();
}

core::Task<void> Delivery::work() {
  while (!queue_.empty() && !stop_) {
    Job job = std::move(queue_.front());
    queue_.pop_front();
    co_await send(std::move(job));
  }
}

core::Task<void> Delivery::send(Job job) {
  std::shared_ptr<const std::string> body = co_await write_body(job);
  mark(job, State::sent);
  ++under_way_;
  std::string path = bulk_path(parts_.settings.target, parts_.settings.timeout);
  Asked asked = co_await parts_.sender.ask("POST", std::move(path), std::move(body),
                                           parts_.settings.gzip ? Body::packed_lines : Body::lines);
  take(std::move(job), std::move(asked), under_way_--);
}

core::Task<std::shared_ptr<const std::string>> Delivery::write_body(const Job& job) {
  const std::shared_ptr<RequestBody> body = parts_.bodies.take();
  auto write = [&] {
    body->plain.reserve(job.bytes);
    BulkBody lines(parts_.settings.target, body->plain);
    const auto& all = parts_.standings.all();
    for (const Place place : job.places) lines.add(all[place.standing].batch->records[place.record]);
    if (!parts_.settings.gzip) return;
    if (!body->packer) body->packer.emplace(pack_level);
    body->packer->gzip(body->plain, body->packed);
  };
  co_await async::offload(parts_.tools.pool, write);
  co_return std::shared_ptr<const std::string>(body, parts_.settings.gzip ? &body->packed : &body->plain);
}

void Delivery::mark(const Job& job, State state) {
  const core::WallTime now = parts_.tools.clock.wall();
  for (const Place place : job.places) {
    Standing& standing = parts_.standings.all()[place.standing];
    standing.states[place.record] = state;
    if (state == State::sent) standing.first_sent = std::min(standing.first_sent, now);
  }
}

void Delivery::take(Job job, Asked asked, std::uint32_t under_way) {
  const core::Instant now = parts_.tools.clock.now();
  if (!asked.response) return take_no_answer(std::move(job), asked);
  const net::Response& response = *asked.response;
  const Refusal refusal = response.status == 200 ? Refusal() : read_refusal(response.body);
  const WholeVerdict verdict = judge_whole(response.status, refusal);
  const std::string why =
      fmt::format("it answers {}{}{}", response.status, refusal.text().empty() ? "" : ", ", refusal.text());
  switch (verdict.reading) {
    case Reading::items:
      parts_.pace.answered(asked.took, job.bytes, under_way, now);
      take_answer(job, asked);
      break;
    case Reading::again:
    case Reading::doubtful:
      if (verdict.reading == Reading::again) mark(job, State::waiting);
      // A server may have room for smaller ones only, and say no to this one for ever.
      if (response.status == 429) shrink(job);
      parts_.pace.overloaded(now);
      stop_ = true;
      put_off(again_, core::Errc::busy, asked.node, why, verdict.hint);
      break;
    case Reading::hold:
      mark(job, State::waiting);
      stop_ = true;
      put_off(hold_, core::Errc::refused, asked.node, why, verdict.hint);
      break;
    case Reading::too_large:
      shrink(job);
      parts_.learned.most_bytes = parts_.learned.request_bytes;
      halve(std::move(job), "it is larger than the server takes in one request (413)", "too_large");
      break;
    case Reading::malformed:
      // A server that has never taken a request may have trouble with all of them: no document's fault.
      if (job.places.size() == 1 && !parts_.learned.takes_requests) {
        mark(job, State::waiting);
        stop_ = true;
        put_off(hold_, core::Errc::refused, asked.node, why, "");
      } else {
        halve(std::move(job), why, "malformed");
      }
      break;
  }
  parts_.meters.limit(parts_.pace.limit());
}

void Delivery::take_answer(const Job& job, const Asked& asked) {
  const std::optional<Answer> answer = read_answer(asked.response->body);
  if (!answer || answer->items != job.places.size()) {
    const std::string what =
        answer ? fmt::format("it answers for {} records instead of {}", answer->items, job.places.size())
               : "its answer is cut off, or not one to _bulk";
    return put_off(again_, core::Errc::corrupt, asked.node, what, "is there a proxy in between?");
  }
  Learned& learned = parts_.learned;
  learned.takes_requests = true;
  learned.request_bytes = std::min(learned.request_bytes + learned.request_bytes / 8, learned.most_bytes);
  std::size_t next = 0;
  for (std::size_t i = 0; i < job.places.size(); ++i) {
    const Place place = job.places[i];
    if (next < answer->notable.size() && answer->notable[next].place == i) {
      take_item(place, answer->notable[next++], asked.node);
    } else {
      arrive(place);
    }
  }
  parts_.meters.items(Fate::created, job.places.size() - answer->notable.size());
}

void Delivery::arrive(Place place) {
  Standing& standing = parts_.standings.all()[place.standing];
  standing.settle(place.record, State::arrived);
  parts_.doubt.was_new(standing.batch->records[place.record]);
}

void Delivery::take_item(Place place, const Item& item, const std::string& node) {
  Standing& standing = parts_.standings.all()[place.standing];
  const Verdict verdict = judge(item);
  const std::string why = Refusal{item.type, item.reason}.text();
  parts_.meters.items(verdict.fate, 1);
  if (!item.failure_store.empty()) parts_.meters.failure_store(item.failure_store);
  switch (verdict.fate) {
    case Fate::created: arrive(place); break;
    case Fate::duplicate:
      standing.was_there(place.record);
      parts_.doubt.was_there(standing.batch->records[place.record]);
      break;
    case Fate::refused: refuse(place, why, item.type); break;
    case Fate::again:
    case Fate::hold:
      standing.states[place.record] = State::waiting;
      put_off(verdict.fate == Fate::hold ? hold_ : again_, core::Errc::refused, node,
              fmt::format("it answers {} to some records, {}", item.status, why), verdict.hint);
      if (verdict.fate == Fate::hold) stop_ = true;
      break;
  }
}

// Nobody knows whether it was done: its records stay in doubt.
void Delivery::take_no_answer(Job job, const Asked& asked) {
  const core::Error& error = asked.response.error();
  if (error.code == core::Errc::refused) mark(job, State::waiting);  // nobody listens there
  if (error.code == core::Errc::exhausted) {
    shrink(job);  // its answer grows with the request
    parts_.learned.most_bytes = parts_.learned.request_bytes;
  }
  if (error.code == core::Errc::timed_out) parts_.pace.overloaded(parts_.tools.clock.now());
  stop_ = true;
  put_off(again_, error.code, asked.node, error.what, error.hint);
}

void Delivery::halve(Job job, const std::string& why, const char* type) {
  mark(job, State::waiting);
  if (job.places.size() == 1) {
    parts_.meters.items(Fate::refused, 1);
    return refuse(job.places[0], why, type);
  }
  Job second;
  const auto middle = job.places.begin() + static_cast<std::ptrdiff_t>(job.places.size() / 2);
  second.places.assign(middle, job.places.end());
  job.places.erase(middle, job.places.end());
  for (Job* const half : {&second, &job}) {
    half->bytes = 0;
    for (const Place place : half->places) {
      half->bytes += BulkBody::bytes_of(parts_.standings.all()[place.standing].batch->records[place.record]);
    }
    queue_.push_front(std::move(*half));
  }
}

void Delivery::refuse(Place place, std::string why, const std::string& type) {
  Standing& standing = parts_.standings.all()[place.standing];
  standing.settle(place.record, State::refused);
  standing.refused.push_back({standing.batch, place.record, std::move(why)});
  parts_.meters.refused(type);
}

void Delivery::shrink(const Job& job) {
  parts_.learned.request_bytes =
      std::min(parts_.learned.request_bytes, std::max(job.bytes / 2, least_request));
}

// The first trouble of a round is the one to tell.
void Delivery::put_off(std::optional<core::Error>& where, core::Errc code, const std::string& node,
                       const std::string& why, std::string_view hint) {
  if (where) return;
  where.emplace(code, fmt::format("cannot index into {} at {}: {}", parts_.settings.target.text(), node, why),
                std::string(hint));
}

}  // namespace outrider::sinks::elasticsearch
