#include "agent/sources/journald/disk/bad_files.hpp"

#include "agent/os/descriptor.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outrider::sources::journald {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view signature = "LPKSHHRH";
constexpr std::uint32_t known_demands = 31;  // xz, lz4, keyed hashes, zstd, compact
constexpr std::size_t least_header = 208;

static_assert(std::endian::native == std::endian::little, "numbers are read as they stand in the file");

template <class Number>
Number number_at(const std::array<char, least_header>& header, std::size_t at) {
  Number number{};
  std::memcpy(&number, header.data() + at, sizeof number);
  return number;
}

// As systemd.io/JOURNAL_FILE_FORMAT has it.
std::optional<std::string> trouble_in(const std::array<char, least_header>& header, std::uint64_t size) {
  if (std::string_view(header.data(), signature.size()) != signature) return "it does not begin as a journal";
  if ((number_at<std::uint32_t>(header, 12) & ~known_demands) != 0) return "a newer systemd has written it";
  const auto header_bytes = number_at<std::uint64_t>(header, 88);
  const auto arena_bytes = number_at<std::uint64_t>(header, 96);
  if (header_bytes < least_header) return "its header is damaged";
  if (header_bytes > size || arena_bytes > size - header_bytes) return "its end is missing";
  return std::nullopt;
}

std::optional<std::string> trouble_with(const std::string& path) {
  const os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    if (errno == ENOENT) return std::nullopt;  // rotated away just now
    return core::system_error("cannot open it").what;
  }
  struct stat facts{};
  if (::fstat(file.number(), &facts) != 0) return core::system_error("cannot look at it").what;
  std::array<char, least_header> header{};
  const ssize_t count = ::pread(file.number(), header.data(), header.size(), 0);
  if (count < 0) return core::system_error("cannot read it").what;
  if (static_cast<std::size_t>(count) < header.size()) return "it is too short for a journal";
  return trouble_in(header, static_cast<std::uint64_t>(facts.st_size));
}

bool is_journal(const fs::path& path) {
  const std::string name = path.filename();
  return name.ends_with(".journal") || name.ends_with(".journal~");
}

bool is_machine(const fs::path& path) {
  const std::string name = path.filename();
  return name.size() >= 32 && name.find_first_not_of("0123456789abcdef") >= 32;
}

void look_into(const fs::path& directory, bool below_too, std::vector<BadFile>& bad) {
  std::error_code problem;
  for (fs::directory_iterator at(directory, problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code ignored;
    if (below_too && is_machine(at->path()) && at->is_directory(ignored)) look_into(at->path(), false, bad);
    if (!is_journal(at->path())) continue;
    if (auto why = trouble_with(at->path())) bad.push_back({at->path(), std::move(*why)});
  }
  if (problem && problem != std::errc::no_such_file_or_directory)
    bad.push_back({directory, problem.message()});
}

}  // namespace

std::vector<std::string> directories_of(const Settings& settings, const std::string& machine_id) {
  if (!settings.directory.empty()) return {settings.directory};
  std::vector<std::string> directories;
  for (const char* root : {"/var/log/journal/", "/run/log/journal/"}) {
    directories.push_back(root + machine_id + (settings.name_space.empty() ? "" : "." + settings.name_space));
  }
  return directories;
}

std::vector<BadFile> find_bad_files(const Settings& settings) {
  std::string machine_id;
  std::getline(std::ifstream("/etc/machine-id"), machine_id);
  std::vector<BadFile> bad;
  for (const std::string& directory : directories_of(settings, machine_id))
    look_into(directory, !settings.directory.empty(), bad);
  return bad;
}

}  // namespace outrider::sources::journald
