// One connection of an H2Service. nghttp2 does no I/O here: bytes are handed in, and fetched.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/net/h2/service.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace outrider::net {

class H2Conversation {
 public:
  H2Conversation(H2Service& service, Stream& stream, const async::Executor& executor);
  ~H2Conversation();
  H2Conversation(const H2Conversation&) = delete;
  H2Conversation& operator=(const H2Conversation&) = delete;

  core::Task<void> run();

 private:
  // Of the room for bodies, for as long as the call is at hand.
  class Share {
   public:
    explicit Share(H2Service& service) : service_(&service) {}
    Share(Share&& other) noexcept : service_(other.service_), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&&) = delete;
    ~Share() { service_->bodies_bytes_ -= bytes_; }
    bool add(std::uint64_t bytes) {
      bytes_ += bytes;
      service_->bodies_bytes_ += bytes;
      return service_->bodies_bytes_ <= service_->limits_.all_bodies_bytes;
    }
    std::uint64_t bytes() const { return bytes_; }

   private:
    H2Service* service_;
    std::uint64_t bytes_ = 0;
  };

  struct Exchange {
    explicit Exchange(H2Service& service) : share(service) {}
    Call call;
    std::size_t header_bytes = 0;
    Share share;
    core::Instant begun{};
    H2Trouble trouble = H2Trouble::none;
    bool is_whole = false;  // its last byte has come
    bool is_asked = false;  // its handler runs, or has
    H2Reply reply;
    std::size_t sent = 0;
  };

  static H2Conversation& self(void* user) { return *static_cast<H2Conversation*>(user); }
  static int on_begin(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t flags, void* user);
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user);
  static ssize_t read_reply(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size,
                            std::uint32_t* flags, nghttp2_data_source*, void* user);

  bool begin();
  core::Task<void> read();
  core::Task<void> write();
  core::Task<void> watch();
  core::Task<void> answer(std::int32_t id, Call call, H2Trouble trouble, Share share);
  core::Task<H2Reply> ask_handler(Call& call, H2Trouble trouble, bool& in_time);
  void ask_ready();
  void submit(std::int32_t id, Exchange& exchange);
  void end_late_calls();
  std::string to_send();

  H2Service& service_;
  Stream& stream_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Exchange> exchanges_;
  std::vector<std::int32_t> ready_;
  bool has_heard_ = false;
  async::Nursery handlers_;
  async::Bell news_;
  async::Bell over_;
};

}  // namespace outrider::net
