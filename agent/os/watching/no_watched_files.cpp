#include "agent/os/watching/watched_files.hpp"

namespace outrider::os {
namespace {

class NoFiles final : public WatchedFiles {
 public:
  core::Outcome<std::unique_ptr<ReadableFile>> open(const std::string& path) override { return absent(path); }
  core::Outcome<FileFacts> facts(const std::string& path) override { return absent(path); }
  core::Outcome<std::vector<DirectoryItem>> list(const std::string& path) override { return absent(path); }
  core::Outcome<std::string> real_path(const std::string& path) override { return absent(path); }
  core::Outcome<std::unique_ptr<DirectoryWatch>> watch(const async::Executor&) override {
    return absent("/");
  }
  std::uint64_t most_open() override { return 0; }

 private:
  static tl::unexpected<core::Error> absent(const std::string& path) {
    return core::fail(core::Errc::not_found, "cannot find " + path + ": there are no files here");
  }
};

}  // namespace

WatchedFiles& no_watched_files() {
  static NoFiles none;
  return none;
}

}  // namespace outrider::os
