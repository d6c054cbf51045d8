#include "agent/recovery/canary/log.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

constexpr std::uint64_t line_bytes = 160;  // at least what a line takes
constexpr std::uint64_t most_bytes = 4 * CanaryLog::most_rows * line_bytes;

}  // namespace

std::string to_line(const Acknowledged& row) {
  return fmt::format("{} {} {} {} {}\n", row.id, core::show_time(row.time), row.commit.text(), row.timeline,
                     row.hash);
}

std::optional<Acknowledged> read_line(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto space = line.find(' ');
    words.push_back(line.substr(0, space));
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  }
  constexpr std::size_t hash_characters = 64;
  if (words.size() != 5 || words[4].size() != hash_characters) return std::nullopt;
  Acknowledged row;
  const auto time = core::read_time(words[1]);
  const auto commit = wal::parse_lsn(words[2]);
  const auto id = core::read_number<decltype(row.id)>(words[0]);
  const auto timeline = core::read_number<decltype(row.timeline)>(words[3]);
  if (!id || !time || !commit || !timeline) return std::nullopt;
  row.id = *id;
  row.timeline = *timeline;
  row.time = *time;
  row.commit = *commit;
  row.hash = std::string(words[4]);
  return row;
}

core::Outcome<std::vector<Acknowledged>> CanaryLog::read() const {
  std::vector<Acknowledged> rows;
  if (!files_.exists(path_)) return rows;
  const auto content = files_.read_all(path_, most_bytes);
  if (!content) return core::fail("cannot read the acknowledged canaries", content.error());
  std::string_view rest = *content;
  while (!rest.empty()) {
    if (auto row = read_line(core::take_line(rest))) {
      // After a restore the ids begin again: what is remembered of the other history has no meaning any more.
      while (!rows.empty() && rows.back().id >= row->id) rows.pop_back();
      rows.push_back(std::move(*row));
    }
  }
  return rows;
}

core::Outcome<> CanaryLog::append(const Acknowledged& row) {
  if (!file_) {
    auto opened = files_.open_append(path_);
    if (!opened) return core::fail("cannot keep the canary's acknowledgement", opened.error());
    file_ = std::move(*opened);
    // What a power cut tore must not melt into the next line.
    if (const auto content = files_.read_all(path_, most_bytes); content && !content->empty()) {
      if (content->back() != '\n') (void)file_->append("\n");
    }
  }
  if (file_->size() > 2 * most_rows * line_bytes) {
    auto rows = read();
    if (!rows) return core::fail(rows.error());
    std::string kept;
    for (std::size_t i = rows->size() > most_rows ? rows->size() - most_rows : 0; i < rows->size(); ++i) {
      kept += to_line((*rows)[i]);
    }
    file_.reset();
    if (auto replaced = files_.replace(path_, kept); !replaced) return replaced;
    return append(row);
  }
  if (auto written = file_->append(to_line(row)); !written) return written;
  return file_->sync();
}

}  // namespace outrider::recovery
