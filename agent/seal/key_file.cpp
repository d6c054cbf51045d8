#include "agent/seal/key_file.hpp"

namespace outrider::seal {
namespace {

constexpr std::uint64_t most_bytes = 4096;
constexpr int for_owner_alone = 0600;
constexpr const char* step = "cannot open the signing key";

core::Outcome<SigningKey> read_key(os::Files& files, const std::string& path) {
  const auto text = files.read_all(path, most_bytes);
  if (!text) return core::fail(step, text.error());
  auto key = SigningKey::from_pem(*text);
  if (!key) {
    return core::fail(
        core::Errc::corrupt, std::string(step) + " " + path + ": " + key.error().what,
        "put it back from a copy; or move it away, and tell those who pinned it of the new one");
  }
  return key;
}

}  // namespace

core::Outcome<SigningKey> open_key(os::Files& files, const std::string& state_directory) {
  const std::string path = state_directory + "/" + key_file;
  auto key = read_key(files, path);
  if (key || key.error().code != core::Errc::not_found) return key;
  auto made = SigningKey::make();
  if (!made) return made;
  if (auto there = files.make_directories(state_directory); !there) return core::fail(step, there.error());
  const auto kept = files.create(path, made->pem(), for_owner_alone);
  if (kept) return made;
  if (kept.error().code == core::Errc::busy) return read_key(files, path);  // somebody was quicker
  return core::fail(step, kept.error());
}

}  // namespace outrider::seal
