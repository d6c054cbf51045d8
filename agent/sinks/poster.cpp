#include "agent/sinks/poster.hpp"

#include "agent/core/text.hpp"
#include "agent/telemetry/packer.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sinks {
namespace {

using core::fail;
using core::Outcome;

constexpr int pack_level = 3;
constexpr std::size_t most_shown = 200;
constexpr core::Duration most_patience = std::chrono::hours(1);
constexpr std::string_view unreachable = "unreachable";
constexpr std::array all_meanings{Meaning::taken,     Meaning::again, Meaning::held,
                                  Meaning::too_large, Meaning::bad,   Meaning::refused};

// Ours gives way to what the user says.
void set(net::Headers& headers, const std::string& name, const std::string& value) {
  std::erase_if(headers, [&](const auto& line) { return net::same_word(line.first, name); });
  headers.emplace_back(name, value);
}

}  // namespace

Poster::Poster(const Tools& tools, PostingSettings settings, std::unique_ptr<Dialect> dialect,
               std::vector<std::unique_ptr<net::Client>> ways)
    : tools_(tools),
      settings_(std::move(settings)),
      dialect_(std::move(dialect)),
      ways_(std::move(ways)),
      name_(fmt::format("{} {}", dialect_->names().sink, shown_urls(settings_.urls))),
      receivers_(tools_, name_, settings_.urls, dialect_->names().up),
      sent_bytes_(&::prometheus::BuildCounter()
                       .Name(dialect_->names().sent_bytes)
                       .Help("Bytes of bodies that were sent, as they were packed.")
                       .Register(tools.registry)
                       .Add({{"sink", name_}})) {
  for (const Meaning meaning : all_meanings) expect(name_of(meaning));
  expect(unreachable);
  if (settings_.gzip) packer_ = std::make_unique<telemetry::Packer>(pack_level);
}

Poster::~Poster() = default;

void Poster::expect(std::string_view answer) {
  answers_[std::string(answer)] = &::prometheus::BuildCounter()
                                       .Name(dialect_->names().requests)
                                       .Help("Requests with records, by what came of them.")
                                       .Register(tools_.registry)
                                       .Add({{"sink", name_}, {"answer", std::string(answer)}});
}

core::Task<Outcome<Posted>> Poster::post(const Records& records) {
  for (std::size_t asked = 1;; ++asked) {
    const std::size_t receiver = receivers_.pick();
    if (const auto left = receivers_.left_alone_for(receiver))
      co_return fail(still_left_alone(receiver, *left));
    auto posting = post_to(receiver, records);
    Outcome<Posted> posted = co_await std::move(posting);
    const bool is_well = receivers_.judge(receiver, posted);
    if (is_well || asked == receivers_.size() || !receivers_.has_ready()) co_return posted;
  }
}

core::Task<Outcome<Posted>> Poster::post_to(std::size_t receiver, const Records& records) {
  net::Request request = request_for(receiver, records);
  const auto make = [&] { return body_of(records); };
  request.body = co_await async::offload(tools_.pool, make);
  sent_bytes_->Increment(static_cast<double>(request.body.size()));
  const core::Duration limit = receivers_.limit(receiver, settings_.timeout);
  net::Client& way = ways_.empty() ? tools_.http : *ways_[receiver];
  const Outcome<net::Response> answer = co_await way.ask(std::move(request), limit);
  const std::string step = "cannot deliver to " + shown_url(receivers_.url(receiver));
  if (!answer) {
    answers_.find(unreachable)->second->Increment();
    co_return fail(step, answer.error());
  }
  Posted posted = dialect_->meaning_of(*answer, records, tools_.clock.wall());
  answers_.find(name_of(posted.meaning))->second->Increment();
  if (posted.meaning == Meaning::again && posted.come_again) {
    posted.come_again = std::min(*posted.come_again, most_patience);
    posted.trouble.hint = "it asks to be left alone for " + core::show_duration(*posted.come_again);
  }
  posted.trouble = posted.trouble.during(step);
  co_return posted;
}

net::Request Poster::request_for(std::size_t receiver, const Records& records) const {
  net::Request request;
  request.method = settings_.method;
  request.url = receivers_.url(receiver);
  request.tls = settings_.tls;
  dialect_->add_headers(request.headers, records);
  for (const auto& [name, value] : settings_.headers) set(request.headers, name, value.reveal());
  if (settings_.authorization.is_set())
    set(request.headers, "Authorization", settings_.authorization.reveal());
  if (settings_.gzip) set(request.headers, "Content-Encoding", "gzip");
  return request;
}

std::string Poster::body_of(const Records& records) {
  std::string plain = dialect_->body_of(records);
  if (!packer_) return plain;
  std::string packed;
  packer_->gzip(plain, packed);
  return packed;
}

core::Error Poster::still_left_alone(std::size_t receiver, core::Duration left) const {
  return {core::Errc::busy, fmt::format("cannot deliver to {} yet: it asked to be left alone for {} more",
                                        shown_url(receivers_.url(receiver)), core::show_duration(left))};
}

std::string shown_url(const std::string& url) { return url.substr(0, url.find_first_of("?#")); }

std::string shown_urls(const std::vector<std::string>& urls) {
  std::vector<std::string> shown;
  std::ranges::transform(urls, std::back_inserter(shown), shown_url);
  return fmt::format("{}", fmt::join(shown, ", "));
}

std::string shown_answer(int status, std::string_view said) {
  const std::string text = core::without_controls(std::string(said.substr(0, most_shown)));
  const std::size_t from = text.find_first_not_of(' ');
  if (from == std::string::npos) return fmt::format("it answered {}", status);
  return fmt::format("it answered {}: {}{}", status, text.substr(from, text.find_last_not_of(' ') - from + 1),
                     said.size() > most_shown ? "…" : "");
}

}  // namespace outrider::sinks
