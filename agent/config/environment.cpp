#include "agent/config/environment.hpp"

#include "agent/core/text.hpp"

#include <cstdlib>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>

namespace outrider::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

core::Outcome<> must_be_regular(const struct stat& about, std::uint64_t limit_bytes) {
  if (S_ISDIR(about.st_mode)) return core::fail(core::Errc::invalid, "it is a directory, not a file");
  if (!S_ISREG(about.st_mode))
    return core::fail(core::Errc::invalid, "it is not a regular file but a device, pipe or socket");
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size > limit_bytes) {
    return core::fail(core::Errc::exhausted,
                      fmt::format("it is {} long; at most {} are read", core::show_bytes(size),
                                  core::show_bytes(limit_bytes)));
  }
  return {};
}

core::Outcome<std::string> read_regular_file(const std::string& path, std::uint64_t limit_bytes) {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat about{};
  if (file.number() < 0 || ::fstat(file.number(), &about) != 0) {
    core::Error error = core::system_error("");
    error.what.erase(0, 2);  // ": "
    return core::fail(std::move(error));
  }
  if (auto regular = must_be_regular(about, limit_bytes); !regular) return core::fail(regular.error());

  // It may grow while it is read, and files of /proc say they are empty: the limit is kept here too.
  std::string content(static_cast<std::size_t>(about.st_size) + 1, '\0');
  std::size_t filled = 0;
  while (true) {
    if (filled == content.size()) content.resize(content.size() + 65536);
    const ssize_t count = ::read(file.number(), content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::fail(core::system_error("cannot be read"));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > limit_bytes) {
      return core::fail(core::Errc::exhausted,
                        fmt::format("it is longer than {}", core::show_bytes(limit_bytes)));
    }
  }
  content.resize(filled);
  return content;
}

}  // namespace

Environment process_environment() {
  return {
      .variable = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
      },
      .read_file = read_regular_file,
  };
}

Environment empty_environment() {
  return {
      .variable = [](const std::string&) { return std::nullopt; },
      .read_file = [](const std::string&, std::uint64_t) -> core::Outcome<std::string> {
        return core::fail(core::Errc::not_found, "No such file or directory");
      },
  };
}

}  // namespace outrider::config
