#include "agent/pipeline/traces/verdict_book.hpp"

#include "agent/durable/packing.hpp"

#include <vector>

namespace outrider::pipeline {
namespace {

const std::string table = "trace verdicts";

}  // namespace

core::Outcome<> VerdictBook::recall(tracing::Verdicts& verdicts) {
  return book_.walk(table, {}, [&](std::string_view key, std::string_view news) {
    if (const auto number = durable::number_of(key)) {
      blocks_.push_back({*number, tracing::Verdicts::count_of(news)});
      count_ += blocks_.back().count;
      verdicts.recall(news);
    }
    return true;
  });
}

core::Outcome<> VerdictBook::write(const std::string& news) {
  if (news.empty()) return {};
  const Block block{blocks_.empty() ? 0 : blocks_.back().number + 1, tracing::Verdicts::count_of(news)};
  std::vector<durable::Change> changes;
  changes.push_back({table, durable::key_of(block.number), news});
  std::size_t left = count_ + block.count;
  std::size_t gone = 0;
  for (; gone < blocks_.size() && left - blocks_[gone].count >= most_; ++gone) {
    left -= blocks_[gone].count;
    changes.push_back({table, durable::key_of(blocks_[gone].number), std::nullopt});
  }
  if (auto written = book_.write(changes); !written) return core::fail(written.error());
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(gone));
  blocks_.push_back(block);
  count_ = left;
  return {};
}

}  // namespace outrider::pipeline
