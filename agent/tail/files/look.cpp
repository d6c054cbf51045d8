#include "agent/tail/files/look.hpp"

#include "agent/os/watching/gzip_file.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace outrider::tail {
namespace {

constexpr std::uint64_t step_back = 64 * 1024;

core::Outcome<std::uint64_t> last_line_of(os::ReadableFile& file, std::uint64_t size, bool wide) {
  if (wide) return size & ~std::uint64_t{1};
  std::vector<char> bytes(step_back);
  for (std::uint64_t end = size; end > 0;) {
    const std::uint64_t from = end - std::min(end, step_back);
    const auto count = file.read_at(std::span(bytes).first(end - from), from);
    if (!count) return core::fail(count.error());
    const std::size_t at = std::string_view(bytes.data(), *count).rfind('\n');
    if (at != std::string_view::npos) return from + at + 1;
    end = from;
  }
  return 0;
}

core::Outcome<Opened> unpacked(Opened opened) {
  auto bytes = os::unpack(std::move(opened.bytes));
  if (!bytes) return core::fail("cannot read " + opened.path, bytes.error());
  opened.bytes = std::move(*bytes);
  const auto facts = opened.bytes->facts();
  if (!facts) return core::fail(facts.error());
  opened.facts = *facts;
  opened.beginning.resize(Head::most);
  const auto count = opened.bytes->read_at(opened.beginning, 0);
  if (!count) return core::fail(count.error());
  opened.beginning.resize(*count);
  opened.packed = true;
  opened.last_line = facts->size;
  return opened;
}

}  // namespace

core::Outcome<> look(os::ReadableFile& file, std::span<char> into, std::uint64_t offset, Look& look) {
  const auto count = file.read_at(into, offset);
  if (!count) return core::fail(count.error());
  const auto beginning = file.read_at(look.beginning_bytes, 0);
  if (!beginning) return core::fail(beginning.error());
  const auto facts = file.facts();
  if (!facts) return core::fail(facts.error());
  look.count = *count;
  look.beginning_count = *beginning;
  look.facts = *facts;
  return {};
}

bool look_cached(os::ReadableFile& file, std::span<char> into, std::uint64_t offset, Look& look) {
  const auto count = file.read_cached(into, offset);
  if (!count) return false;
  const auto beginning = file.read_cached(look.beginning_bytes, 0);
  if (!beginning) return false;
  const auto facts = file.facts();
  if (!facts) return false;
  look.count = *count;
  look.beginning_count = *beginning;
  look.facts = *facts;
  return true;
}

core::Outcome<bool> at_line_start(os::ReadableFile& file, std::uint64_t offset, std::string_view line_end) {
  if (offset < line_end.size()) return true;
  std::array<char, 2> before{};
  const std::span<char> into = std::span(before).first(line_end.size());
  const auto count = file.read_at(into, offset - into.size());
  if (!count) return core::fail(count.error());
  return std::string_view(into.data(), *count) == line_end;
}

core::Outcome<Opened> open(os::WatchedFiles& files, const std::string& path, bool find_last_line) {
  auto file = files.open(path);
  if (!file) return core::fail(file.error());
  Opened opened{path, std::move(*file), {}, std::string(Head::most, '\0'), 0, false};
  const auto count = opened.bytes->read_at(opened.beginning, 0);
  if (!count) return core::fail(count.error());
  opened.beginning.resize(*count);
  const auto facts = opened.bytes->facts();
  if (!facts) return core::fail(facts.error());
  opened.facts = *facts;
  if (os::is_gzip(opened.beginning)) return unpacked(std::move(opened));
  if (!find_last_line) return opened;
  const bool wide = line_end_of(opened.beginning).size() == 2;
  const auto last = last_line_of(*opened.bytes, facts->size, wide);
  if (!last) return core::fail(last.error());
  opened.last_line = *last;
  return opened;
}

}  // namespace outrider::tail
