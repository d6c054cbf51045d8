#include "agent/pipeline/replay/checkpoints.hpp"

#include "agent/async/race.hpp"
#include "agent/core/number.hpp"
#include "agent/telemetry/record.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

constexpr std::uint64_t enough_bytes = 16u << 20;  // to be saved at once
constexpr std::uint64_t most_unsaved_bytes = 32u << 20;

const std::string cursor_table = "cursors";
const std::string note_table = "notes";
constexpr char between = '\n';

// Keys have a bound; a long name is told apart from its like by its hash.
std::string short_name(const std::string& name) {
  constexpr std::size_t longest = 150;
  if (name.size() <= longest) return name;
  return name.substr(0, longest) + "#" + std::to_string(telemetry::stream_key(name, "", 0));
}

std::string key_of(const std::string& owner, const std::string& own) { return owner + between + own; }

}  // namespace

class Checkpoints::Notes final : public sources::Notebook {
 public:
  Notes(Checkpoints& book, std::string source) : book_(book), source_(std::move(source)) {}

  std::map<std::string, std::string> notes() const override { return notes_; }

  void note(const std::string& key, std::string text) override {
    std::string& now = notes_[key];
    if (now == text) return;
    now = text;
    book_.put(note_table, key_of(source_, key), std::move(text));
  }

  void forget(const std::string& key) override {
    if (notes_.erase(key) > 0) book_.put(note_table, key_of(source_, key), std::nullopt);
  }

  void read(const std::string& key, std::string_view text) { notes_[key] = text; }

 private:
  Checkpoints& book_;
  std::string source_;
  std::map<std::string, std::string> notes_;
};

Checkpoints::Checkpoints(const async::Executor& carry, Tools tools)
    : tools_(tools),
      enough_(carry),
      saved_(carry),
      failures_(&::prometheus::BuildCounter()
                     .Name("outrider_checkpoint_failures_total")
                     .Help("How often the places up to which sinks have everything could not be saved.")
                     .Register(tools.registry)
                     .Add({})) {}

Checkpoints::~Checkpoints() = default;

std::string Checkpoints::lane_of(const std::string& source, const std::string& sink) {
  return short_name(source) + between + short_name(sink);
}

sources::Notebook& Checkpoints::notebook(const std::string& source) {
  auto& notes = notebooks_[short_name(source)];
  if (!notes) notes = std::make_unique<Notes>(*this, short_name(source));
  return *notes;
}

std::uint64_t Checkpoints::settled(const std::string& lane, const std::string& part) const {
  const auto places = places_.find(lane);
  if (places == places_.end()) return 0;
  const auto place = places->second.find(part);
  return place == places->second.end() ? 0 : place->second;
}

void Checkpoints::settle(const std::string& lane, const std::string& part, std::uint64_t place) {
  std::uint64_t& now = places_[lane][part];
  if (place <= now) return;
  now = place;
  put(cursor_table, key_of(lane, part), std::to_string(place));
}

void Checkpoints::forget(const std::string& lane, const std::string& part) {
  const auto places = places_.find(lane);
  if (places == places_.end() || places->second.erase(part) == 0) return;
  put(cursor_table, key_of(lane, part), std::nullopt);
}

void Checkpoints::taken(std::uint64_t bytes) {
  unsaved_bytes_ += bytes;
  if (unsaved_bytes_ >= enough_bytes) enough_.ring();
}

bool Checkpoints::lags() const {
  return trouble_.empty() && unsaved_bytes_ + saving_bytes_ >= most_unsaved_bytes;
}

void Checkpoints::put(const std::string& table, std::string key, std::optional<std::string> value) {
  changed_[{table, std::move(key)}] = std::move(value);
}

async::Task<core::Outcome<>> Checkpoints::load() {
  core::Outcome<> read = co_await async::offload(tools_.pool, [this] { return read_tables(); });
  co_return read;
}

// On the pool, while nothing else is known yet.
core::Outcome<> Checkpoints::read_tables() {
  auto cursors = tools_.book.walk(cursor_table, "", [this](std::string_view key, std::string_view value) {
    const std::size_t at = key.rfind(between);
    const auto place = core::read_number<std::uint64_t>(value);
    if (at != std::string_view::npos && place)
      places_[std::string(key.substr(0, at))][std::string(key.substr(at + 1))] = *place;
    return true;
  });
  if (!cursors) return cursors;
  return tools_.book.walk(note_table, "", [this](std::string_view key, std::string_view value) {
    const std::size_t at = key.find(between);
    if (at != std::string_view::npos) {
      const std::string source(key.substr(0, at));
      (void)notebook(source);
      notebooks_[source]->read(std::string(key.substr(at + 1)), value);
    }
    return true;
  });
}

async::Task<void> Checkpoints::run() {
  for (;;) {
    if (unsaved_bytes_ < enough_bytes)
      (void)co_await enough_.wait_until(tools_.clock, core::second_after(tools_.clock.now()));
    co_await save();
  }
}

async::Task<void> Checkpoints::save() {
  changed_.merge(saving_);  // what has changed since is newer
  saving_.clear();
  saving_bytes_ = std::exchange(unsaved_bytes_, 0);
  if (!changed_.empty()) co_await write_changes();
  saving_bytes_ = 0;
  saved_.ring();
}

async::Task<void> Checkpoints::write_changes() {
  saving_.swap(changed_);
  std::vector<durable::Change> changes;
  changes.reserve(saving_.size());
  for (const auto& [name, value] : saving_) changes.push_back({name.first, name.second, value});
  const core::Outcome<> written =
      co_await async::offload(tools_.pool, [&] { return tools_.book.write(changes); });
  if (written) {
    saving_.clear();
    if (!trouble_.empty()) tools_.log.info("pipeline", "The places of the sinks are saved again");
    trouble_.clear();
    co_return;
  }
  failures_->Increment();
  if (trouble_.empty()) {
    tools_.log.error("pipeline", "Cannot save how far the sinks have got",
                     {{"why", written.error().what},
                      {"consequence", "after a crash, lines are sent again since the last time it could"}});
  }
  trouble_ = written.error().what;
}

}  // namespace outrider::pipeline
