#include "agent/os/kernel/sockets.hpp"

#include "agent/os/reading/virtual_file.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <arpa/inet.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

// "0100007F" or 32 digits: words of the machine's own byte order, each holding bytes of the network's.
std::string readable(std::string_view digits) {
  std::array<std::uint32_t, 4> words{};
  const std::size_t count = digits.size() / 8;
  if (count != 1 && count != 4) return std::string(digits);
  for (std::size_t i = 0; i < count; ++i) {
    std::from_chars(digits.data() + i * 8, digits.data() + i * 8 + 8, words[i], 16);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = count == 1 ? AF_INET : AF_INET6;
  if (::inet_ntop(family, words.data(), text.data(), text.size()) == nullptr) return std::string(digits);
  return text.data();
}

core::Outcome<> add(const std::string& path, std::uint16_t port, std::vector<ListeningSocket>& sockets) {
  const core::Outcome<std::string> table = read_virtual(path);
  if (!table) return core::fail(table.error());
  const std::string wanted = fmt::format("{:04X}", port);
  for (const std::string_view line : split(*table, '\n')) {
    const auto words = split(line, ' ');
    constexpr std::string_view listening = "0A";
    if (words.size() < 10 || words[3] != listening) continue;
    const std::size_t colon = words[1].rfind(':');
    if (colon == std::string_view::npos || words[1].substr(colon + 1) != wanted) continue;
    sockets.push_back({readable(words[1].substr(0, colon)), std::string(words[9])});
  }
  return {};
}

}  // namespace

core::Outcome<std::vector<ListeningSocket>> listening_sockets(const std::string& root, std::uint16_t port) {
  std::vector<ListeningSocket> sockets;
  if (const auto added = add(root + "proc/net/tcp", port, sockets); !added) return core::fail(added.error());
  // A kernel without IPv6 has no such file.
  const auto added = add(root + "proc/net/tcp6", port, sockets);
  if (!added && added.error().code != core::Errc::not_found) return core::fail(added.error());
  return sockets;
}

bool holds_socket(const std::string& root, pid_t pid, std::string_view inode) {
  const std::string link = fmt::format("socket:[{}]", inode);
  std::error_code trouble;
  std::filesystem::directory_iterator entry(fmt::format("{}proc/{}/fd", root, pid), trouble);
  while (!trouble && entry != std::filesystem::directory_iterator()) {
    std::error_code unreadable;
    if (std::filesystem::read_symlink(entry->path(), unreadable).string() == link) return true;
    entry.increment(trouble);
  }
  return false;
}

}  // namespace outrider::os
