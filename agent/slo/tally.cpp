#include "agent/slo/tally.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace outrider::slo {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view fine_word = "minutes", coarse_word = "quarters";

}  // namespace

Ring::Ring(core::Duration step, core::Duration length)
    : step_(step), slots_(static_cast<std::size_t>((length + step - 1ns) / step) + 1) {}

std::int64_t Ring::index_of(core::WallTime when) const {
  return std::max<std::int64_t>(when.time_since_epoch() / step_, 0);
}

bool Ring::make_room(std::int64_t index) {
  const auto length = static_cast<std::int64_t>(slots_.size());
  if (index + length <= newest_) return false;
  if (index >= newest_ + length) {
    std::fill(slots_.begin(), slots_.end(), Counts());
    newest_ = index;
  }
  while (newest_ < index) slot(++newest_) = {};
  return true;
}

void Ring::add(core::WallTime when, Counts counts) {
  const std::int64_t index = index_of(when);
  if (!make_room(index)) return;
  slot(index).good += counts.good;
  slot(index).bad += counts.bad;
}

Counts Ring::within(core::Duration window, core::WallTime now) const {
  const std::int64_t last = index_of(now);
  const std::int64_t first = last - window / step_ + 1;
  const std::int64_t oldest = newest_ - static_cast<std::int64_t>(slots_.size()) + 1;
  Counts sum;
  for (std::int64_t at = std::max({first, oldest, std::int64_t{0}}); at <= std::min(last, newest_); ++at) {
    sum.good += slot(at).good;
    sum.bad += slot(at).bad;
  }
  return sum;
}

void Ring::write(std::string& out) const {
  const std::int64_t oldest =
      std::max<std::int64_t>(newest_ - static_cast<std::int64_t>(slots_.size()) + 1, 0);
  for (std::int64_t at = oldest; at <= newest_; ++at) {
    if (slot(at).all() > 0)
      fmt::format_to(std::back_inserter(out), "{} {} {}\n", at, slot(at).good, slot(at).bad);
  }
}

void Ring::take(std::int64_t index, Counts counts) {
  if (make_room(index)) slot(index) = counts;
}

Tally::Tally(core::Duration period) : period_(period), fine_(1min, fine_length), coarse_(15min, period) {}

void Tally::add(core::WallTime when, Counts counts) {
  fine_.add(when, counts);
  coarse_.add(when, counts);
}

Counts Tally::within(core::Duration window, core::WallTime now) const {
  return window <= fine_length - 1h ? fine_.within(window, now) : coarse_.within(window, now);
}

std::string Tally::written() const {
  std::string out(fine_word);
  out += '\n';
  fine_.write(out);
  out += coarse_word;
  out += '\n';
  coarse_.write(out);
  return out;
}

bool Tally::read(std::string_view text) {
  Tally fresh(period_);
  Ring* ring = nullptr;
  while (!text.empty()) {
    std::string_view line = core::take_line(text);
    if (line == fine_word || line == coarse_word) {
      ring = line == fine_word ? &fresh.fine_ : &fresh.coarse_;
      continue;
    }
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first == std::string_view::npos ? first : first + 1);
    if (ring == nullptr || second == std::string_view::npos) return false;
    const auto index = core::read_number<std::int64_t>(line.substr(0, first));
    const auto good = core::read_number<std::uint64_t>(line.substr(first + 1, second - first - 1));
    const auto bad = core::read_number<std::uint64_t>(line.substr(second + 1));
    if (!index || *index < 0 || !good || !bad) return false;
    ring->take(*index, {*good, *bad});
  }
  if (ring == nullptr) return false;
  *this = std::move(fresh);
  return true;
}

}  // namespace outrider::slo
