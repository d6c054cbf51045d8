// The limit of ./dev bench logs: reads a file of JSON lines, looks into each for its four usual fields, gives
// it an id and sends it to a bulk endpoint, and does nothing else that an agent must: no follow-up of files,
// no checkpoints, no look at the answers beyond their length.
//   bench_bare_carry FILE PORT [--gzip]
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t block_bytes = 1u << 20;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

class Link {
 public:
  explicit Link(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&there), sizeof there) != 0) give_up("cannot connect");
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }

  void post(std::string_view body, bool gzip) {
    const std::string head =
        "POST /logs/_bulk?filter_path=errors,items.*.status HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
        std::string(gzip ? "Content-Encoding: gzip\r\n" : "") +
        "Content-Type: application/x-ndjson\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    put(head);
    put(body);
    std::size_t used = 0, whole = 0;
    while (whole == 0 || used < whole) {
      const ssize_t got = ::recv(socket_, answer_.data() + used, answer_.size() - used, 0);
      if (got <= 0) give_up("no answer");
      used += static_cast<std::size_t>(got);
      if (used == answer_.size()) answer_.resize(2 * answer_.size());
      if (whole == 0) whole = length_of(std::string_view(answer_.data(), used));
    }
  }

 private:
  void put(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) give_up("cannot send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  static std::size_t length_of(std::string_view answer) {
    constexpr std::string_view name = "Content-Length: ";
    const std::size_t end = answer.find("\r\n\r\n"), at = answer.find(name);
    if (end == std::string_view::npos || at == std::string_view::npos) return 0;
    std::size_t length = 0;
    std::from_chars(answer.data() + at + name.size(), answer.data() + answer.size(), length);
    return end + 4 + length;
  }

  int socket_;
  std::string answer_ = std::string(1u << 20, '\0');
};

class Frames {
 public:
  // How many bytes of `block` are whole lines, which are framed now.
  std::size_t add(std::string_view block) {
    std::size_t at = 0;
    for (std::size_t end = block.find('\n'); end != std::string_view::npos; end = block.find('\n', at)) {
      const std::string_view line = block.substr(at, end - at);
      look_into(line);
      body_ += R"({"create":{"_id":")";
      append_id(place_);
      body_ += "\"}}\n";
      body_ += line;
      body_ += '\n';
      place_ += line.size() + 1;
      at = end + 1;
    }
    return at;
  }

  void send(Link& link, libdeflate_compressor* packer) {
    if (packer == nullptr) {
      link.post(body_, false);
    } else {
      packed_.resize(libdeflate_gzip_compress_bound(packer, body_.size()));
      const std::size_t size =
          libdeflate_gzip_compress(packer, body_.data(), body_.size(), packed_.data(), packed_.size());
      link.post(std::string_view(packed_.data(), size), true);
    }
    body_.clear();
  }

  std::uint64_t seen() const { return seen_; }

 private:
  void append_id(std::uint64_t place) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 76; shift >= 0; shift -= 4) body_ += shift > 60 ? '0' : digits[(place >> shift) & 15];
  }

  void look_into(std::string_view line) {
    // In place: behind every line there is more of the block, or its padding.
    auto document = parser_.iterate(line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING);
    for (const char* name : {"time", "level", "msg", "trace_id"}) {
      std::string_view text;
      if (document.find_field_unordered(name).get_string().get(text) == simdjson::SUCCESS)
        seen_ += text.size();
    }
  }

  simdjson::ondemand::parser parser_;
  std::string body_, packed_;
  std::uint64_t place_ = 0, seen_ = 0;
};

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fputs("usage: bench_bare_carry FILE PORT [--gzip]\n", stderr);
    return 64;
  }
  const int file = ::open(words[1], O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up("cannot open the file");
  Link link(static_cast<std::uint16_t>(std::atoi(words[2])));
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> packer(
      count > 3 ? libdeflate_alloc_compressor(1) : nullptr, &libdeflate_free_compressor);
  Frames frames;
  std::string block(block_bytes + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t held = 0;
  while (true) {
    const ssize_t got = ::read(file, block.data() + held, block_bytes - held);
    if (got <= 0) break;
    held += static_cast<std::size_t>(got);
    const std::size_t whole = frames.add(std::string_view(block.data(), held));
    if (whole == 0) give_up("a line is longer than a block");
    frames.send(link, packer.get());
    std::memmove(block.data(), block.data() + whole, held - whole);
    held -= whole;
  }
  std::printf("%llu bytes of its fields were seen\n", static_cast<unsigned long long>(frames.seen()));
  return 0;
}
