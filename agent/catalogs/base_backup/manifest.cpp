#include "agent/catalogs/base_backup/manifest.hpp"

#include "agent/catalogs/fields.hpp"
#include "agent/core/text.hpp"

#include <array>

#include <openssl/evp.h>

namespace outrider::catalogs::base_backup {
namespace {

namespace json = boost::json;

constexpr std::string_view sum_key = "\"Manifest-Checksum\"";

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), sum.data(), &length, EVP_sha256(), nullptr) != 1) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned at = 0; at < length; ++at) {
    text += digits[sum[at] >> 4];
    text += digits[sum[at] & 15];
  }
  return text;
}

// Its own sum covers everything up to the line that holds it.
bool sum_is_right(std::string_view text, std::string_view written) {
  const std::size_t at = text.rfind(sum_key);
  return at != std::string_view::npos && !written.empty() && sha256_of(text.substr(0, at)) == written;
}

// "2026-11-21 15:05:20 GMT"
core::WallTime time_of(std::string text) {
  constexpr std::size_t date_letters = 10, time_letters = 19;
  if (text.size() < time_letters || !text.ends_with(" GMT")) return {};
  text.resize(time_letters);
  text[date_letters] = 'T';
  return core::read_time(text + "Z").value_or(core::WallTime());
}

// A path that is not UTF-8 is written in hexadecimal.
std::string path_of(const json::value& file) {
  const std::string encoded = text_of(member(file, "Encoded-Path"));
  if (encoded.empty()) return text_of(member(file, "Path"));
  std::string path;
  for (std::size_t at = 0; at + 1 < encoded.size(); at += 2) {
    const std::string pair = encoded.substr(at, 2);
    if (!looks_like(pair, "hh")) return {};
    const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
    path += static_cast<char>(value(pair[0]) * 16 + value(pair[1]));
  }
  return path;
}

void take_ranges(const json::value& document, Manifest& made) {
  for (const json::value* range : items(member(document, "WAL-Ranges"))) {
    const auto timeline = static_cast<std::uint32_t>(whole_of(member(*range, "Timeline")).value_or(0));
    const std::optional<wal::Lsn> start = wal::parse_lsn(text_of(member(*range, "Start-LSN")));
    const std::optional<wal::Lsn> stop = wal::parse_lsn(text_of(member(*range, "End-LSN")));
    if (start && (!made.start_lsn || *start < *made.start_lsn)) made.start_lsn = start;
    if (stop && (!made.stop_lsn || *stop > *made.stop_lsn)) {
      made.stop_lsn = stop;
      made.timeline = timeline;
    }
  }
}

}  // namespace

core::Outcome<Manifest> read_manifest(std::string_view text) {
  const core::Outcome<json::value> document = read_json(text, "backup_manifest");
  if (!document) return core::fail(document.error());
  if (!sum_is_right(text, text_of(member(*document, "Manifest-Checksum")))) {
    return core::fail(core::Errc::corrupt, "backup_manifest does not fit its own checksum");
  }
  Manifest made;
  for (const json::value* file : items(member(*document, "Files"))) {
    ManifestFile entry{path_of(*file), whole_of(member(*file, "Size")).value_or(0)};
    if (entry.path.empty()) continue;
    made.bytes += entry.bytes;
    if (entry.path == "backup_label") made.started = time_of(text_of(member(*file, "Last-Modified")));
    made.files.push_back(std::move(entry));
  }
  take_ranges(*document, made);
  made.system_id = whole_of(member(*document, "System-Identifier"));
  return made;
}

}  // namespace outrider::catalogs::base_backup
