#include "agent/cli/selftest/writer.hpp"

#include "agent/cli/selftest/lines.hpp"
#include "agent/net/gzip.hpp"

#include <fmt/format.h>

namespace outrider::cli {
namespace {

constexpr std::uint64_t most_log_bytes = 256u << 20;

core::Outcome<> append(os::Files& files, const std::string& path, std::string_view text) {
  auto file = files.open_append(path);
  if (!file) return core::fail(file.error());
  return (*file)->append(text);
}

}  // namespace

core::Outcome<> Writer::write_until(std::uint64_t number) {
  std::string text;
  for (std::uint64_t each = written_; each < number; ++each) text.append(line_of(seed_, each)).append("\n");
  if (text.empty()) return {};
  if (auto done = append(files_, current(), text); !done) return done;
  written_ = number;
  return {};
}

core::Outcome<> Writer::rotate(Rotating how) {
  if (!files_.exists(current())) return {};
  ++rotations_;
  std::string path = fmt::format("{}.{:06}", current(), rotations_);
  if (how == Rotating::by_copying) {
    if (auto done = copy(path); !done) return done;
  } else {
    if (auto done = files_.rename(current(), path); !done) return done;
  }
  if (how == Rotating::by_packing) {
    if (auto done = pack(path); !done) return done;
    path += ".gz";
  }
  old_.push_back({std::move(path), written_});
  return {};
}

core::Outcome<> Writer::copy(const std::string& to) {
  const auto text = files_.read_all(current(), most_log_bytes);
  if (!text) return core::fail(text.error());
  if (auto done = append(files_, to, *text); !done) return done;
  return files_.truncate(current(), 0);
}

core::Outcome<> Writer::pack(const std::string& path) {
  const auto text = files_.read_all(path, most_log_bytes);
  if (!text) return core::fail(text.error());
  if (auto done = append(files_, path + ".tmp", net::gzip(*text)); !done) return done;
  if (auto done = files_.rename(path + ".tmp", path + ".gz"); !done) return done;
  return files_.remove(path);
}

core::Outcome<> Writer::tidy(std::uint64_t arrived_until) {
  for (; !old_.empty() && old_.front().until <= arrived_until; old_.pop_front()) {
    if (auto done = files_.remove(old_.front().path); !done) return done;
    ++deleted_;
  }
  return {};
}

}  // namespace outrider::cli
