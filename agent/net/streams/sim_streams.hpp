// The twin of StreamClient, in memory and in virtual time: named addresses where the test listens, and faults
// that are switched at run time. Both ends are Streams, so that a peer is written as the product is.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/streams/listeners.hpp"
#include "agent/net/streams/securing.hpp"
#include "agent/net/streams/stream.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::net {

class SimStreams final : public StreamClient, public Securing, public Listeners {
 public:
  // Both outlive the net and its streams.
  SimStreams(core::Clock& clock, async::Executor executor) : clock_(clock), executor_(std::move(executor)) {}

  core::Task<core::Outcome<std::unique_ptr<Stream>>> connect(std::string address, std::optional<TlsTrust> tls,
                                                             core::Duration limit) override;

  // Both go on as before; what was shown is in trust_shown().
  core::Task<core::Outcome<std::unique_ptr<Stream>>> secure(std::unique_ptr<Stream> stream, TlsTrust tls,
                                                            core::Duration limit) override;

  // `address` in use already: busy.
  core::Outcome<std::unique_ptr<StreamListener>> listen(const async::Executor& executor,
                                                        const std::string& address,
                                                        const std::optional<TlsFiles>& tls) override;
  core::Outcome<std::unique_ptr<DatagramListener>> receive(const async::Executor& executor,
                                                           const std::string& address) override;
  // To who receives there; false: nobody does.
  bool send(const std::string& address, std::string datagram);

  // From now on someone listens there; before, and after close(), it refuses.
  void listen(const std::string& address);
  // What has come in and nobody has taken goes, and what stands is torn.
  void close(const std::string& address);
  core::Task<std::unique_ptr<Stream>> accept(const std::string& address);

  void tear(const std::string& address);                        // all that stands, by force
  void set_silent(const std::string& address, bool is_silent);  // packets vanish: not even a connection
  // How many bytes one side may be ahead of the other, for connections from now on.
  void set_window(std::size_t bytes) { window_ = bytes; }

  // What it shows to who calls from now on.
  void set_certificates(const std::string& address, std::vector<Certificate> certificates) {
    hosts_[address].certificates = std::move(certificates);
  }

  std::uint64_t connections(const std::string& address) const;  // that were made, ever
  // Of the last connection there.
  const std::optional<TlsTrust>& trust_shown(const std::string& address) { return hosts_[address].trust; }

 private:
  struct Line;
  class End;
  class Door;
  class Letterbox;
  struct Host {
    bool is_open = false;
    bool is_silent = false;
    std::uint64_t connections = 0;
    std::optional<TlsTrust> trust;
    std::vector<Certificate> certificates;
    std::deque<std::unique_ptr<Stream>> waiting;
    std::vector<std::weak_ptr<Line>> lines;
    std::unique_ptr<async::Bell> news;
  };
  async::Bell& news_of(Host& host);

  core::Clock& clock_;
  async::Executor executor_;
  std::size_t window_ = 64 * 1024;
  std::map<std::string, Host> hosts_;
  std::map<std::string, Letterbox*> letterboxes_;
};

}  // namespace outrider::net
