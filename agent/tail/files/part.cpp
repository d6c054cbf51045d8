#include "agent/tail/files/part.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

namespace outrider::tail {
namespace {

constexpr std::size_t most_beginnings = 8;
constexpr std::size_t most_lines = 8;

std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

// Stands in notebooks and is in document ids: it must never change.
std::uint64_t hash_of(std::string_view text, std::uint64_t hash) {
  while (!text.empty()) {
    std::uint64_t eight = 0;
    const std::size_t count = std::min<std::size_t>(8, text.size());
    std::memcpy(&eight, text.data(), count);
    hash = mixed(hash ^ eight) + count;
    text.remove_prefix(count);
  }
  return mixed(hash);
}

std::uint64_t hash_of(std::uint64_t number, std::uint64_t hash) {
  return hash_of(std::string_view(reinterpret_cast<const char*>(&number), sizeof number), hash);
}

using namespace std::string_view_literals;

// How often the file began with this line before.
std::uint32_t count_beginning(Beginnings& beginnings, std::uint32_t line) {
  const auto known = std::ranges::find(beginnings, line, &Beginnings::value_type::first);
  const std::uint32_t before = known == beginnings.end() ? 0 : known->second;
  if (known != beginnings.end()) beginnings.erase(known);
  if (beginnings.size() == most_beginnings) beginnings.erase(beginnings.begin());
  beginnings.emplace_back(line, before + 1);
  return before;
}

}  // namespace

Head Head::of(std::string_view beginning) {
  beginning = beginning.substr(0, most);
  Head head{static_cast<std::uint32_t>(beginning.size()), hash_of(beginning, beginning.size()), {}};
  for (std::size_t end = beginning.find('\n'); end != std::string_view::npos;
       end = beginning.find('\n', end + 1)) {
    if (head.lines.size() == most_lines) break;
    head.lines.emplace_back(end + 1, short_hash(beginning.substr(0, end + 1)));
  }
  return head;
}

bool Head::begins(std::string_view beginning) const {
  return beginning.size() >= bytes && hash_of(beginning.substr(0, bytes), bytes) == hash;
}

bool Head::began_as(std::string_view shorter) const {
  if (shorter.size() >= bytes) return false;
  const auto its_lines = of(shorter).lines;
  return !its_lines.empty() && its_lines.size() <= lines.size() &&
         std::equal(its_lines.begin(), its_lines.end(), lines.begin());
}

std::optional<std::string_view> first_line(std::string_view beginning) {
  beginning = beginning.substr(0, Head::most);
  const std::size_t end = beginning.find('\n');
  if (end != std::string_view::npos) return beginning.substr(0, end + 1);
  if (beginning.size() == Head::most) return beginning;
  return std::nullopt;
}

std::string_view line_end_of(std::string_view beginning) {
  if (beginning.starts_with("\xFF\xFE")) return "\n\0"sv;
  return beginning.starts_with("\xFE\xFF") ? "\0\n"sv : "\n"sv;
}

std::uint32_t short_hash(std::string_view line) {
  return static_cast<std::uint32_t>(hash_of(line, line.size()));
}

std::int64_t since_of(const Part& part, core::WallTime now) {
  return core::WallTime(std::chrono::nanoseconds(part.since)) > now ? 0 : part.since;
}

void begin(Part& part, std::string_view installation, std::string_view line, std::uint32_t generation) {
  const std::uint64_t of_line = hash_of(line, line.size());
  const std::uint32_t before = count_beginning(part.beginnings, short_hash(line));
  std::uint64_t hash = hash_of(installation, 0);
  hash = hash_of(static_cast<std::uint64_t>(part.identity.born), hash);
  hash = hash_of(part.identity.inode, hash);
  // Where files have no time of birth a number may come again with another file: then names help.
  if (part.identity.born == 0) hash = hash_of(generation, hash_of(part.path, hash));
  hash = hash_of(before, hash_of(of_line, hash));
  part.origin.stream = hash;
  part.origin.generation = generation;
  const core::WallTime born{std::chrono::nanoseconds(part.identity.born)};
  part.origin.began_seconds = telemetry::seconds_of(born);
  part.key = fmt::format("{:08x}{:016x}", part.origin.began_seconds, part.origin.stream);
}

std::string note_key(std::string_view prefix, std::string_view rest) {
  return std::string(prefix).append(rest);
}

std::string written(const Part& part) {
  const auto& [device, inode, born] = part.identity;
  std::string text =
      fmt::format("2 {} {} {} {} {} {} {} {} {} ", part.origin.generation, inode, born, part.head.bytes,
                  part.head.hash, part.start, part.size, part.since, part.copied ? 1 : 0);
  text.append(written(part.head.lines)).append(" ");
  return text.append(written(part.beginnings)).append(" ").append(part.path);
}

std::string file_key(const Identity& identity) {
  return note_key(file_prefix, fmt::format("{} {}", identity.inode, identity.born));
}

std::string written(const Beginnings& beginnings) {
  std::string text = fmt::format("{}", beginnings.size());
  for (const auto& [line, count] : beginnings)
    fmt::format_to(std::back_inserter(text), " {} {}", line, count);
  return text;
}

namespace {

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

bool read(std::istringstream& in, Pairs& pairs) {
  std::size_t count = 0;
  if (!(in >> count) || count > std::max(most_beginnings, most_lines)) return false;
  pairs.resize(count);
  for (auto& [one, other] : pairs) in >> one >> other;
  return !in.fail();
}

}  // namespace

std::optional<Beginnings> read_beginnings(const std::string& text) {
  std::istringstream in(text);
  Beginnings beginnings;
  if (!read(in, beginnings)) return std::nullopt;
  return beginnings;
}

std::optional<Part> read_note(const std::string& key, const std::string& text) {
  std::istringstream in(text);
  Part part;
  int version = 0;
  in >> version >> part.origin.generation >> part.identity.inode >> part.identity.born >> part.head.bytes >>
      part.head.hash >> part.start >> part.size >> part.since >> part.copied;
  if (!in || version != 2 || key.size() != 24) return std::nullopt;
  if (!read(in, part.head.lines) || !read(in, part.beginnings)) return std::nullopt;
  in.get();
  std::getline(in, part.path, '\0');
  if (!in && !in.eof()) return std::nullopt;
  if (part.path.empty()) return std::nullopt;
  try {
    part.origin.began_seconds = static_cast<std::uint32_t>(std::stoul(key.substr(0, 8), nullptr, 16));
    part.origin.stream = std::stoull(key.substr(8), nullptr, 16);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  part.key = key;
  return part;
}

}  // namespace outrider::tail
