// An HTTP/2 server for tests: bytes in, bytes out. One answer to each call.
#pragma once

#include "agent/net/h2/call.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace outrider::net::testing {

struct H2Reply {
  int status = 200;
  std::string body;
  Headers trailers;  // without a body they come with the status
  bool is_silent = false;
};

class H2Server {
 public:
  using Answerer = std::function<H2Reply(const std::string& path, const std::string& body)>;

  explicit H2Server(Answerer answer) : answer_(std::move(answer)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  H2Server(const H2Server&) = delete;
  H2Server& operator=(const H2Server&) = delete;
  ~H2Server() { nghttp2_session_del(session_); }

  // What it says to that.
  std::string hear(std::string_view bytes) {
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    std::string said;
    const std::uint8_t* piece = nullptr;
    for (ssize_t size = nghttp2_session_mem_send(session_, &piece); size > 0;
         size = nghttp2_session_mem_send(session_, &piece)) {
      said.append(reinterpret_cast<const char*>(piece), static_cast<std::size_t>(size));
    }
    return said;
  }

  const Headers& headers() const { return headers_; }

 private:
  static H2Server& self(void* user) { return *static_cast<H2Server*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                       void* user) {
    self(user).headers_.emplace_back(std::string(reinterpret_cast<const char*>(name), name_size),
                                     std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data, std::size_t size,
                     void* user) {
    self(user).body_.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    const bool is_request = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (is_request && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      self(user).reply(session, frame->hd.stream_id);
    return 0;
  }
  static ssize_t read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* into,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source*, void* user) {
    H2Server& server = self(user);
    const std::size_t count = std::min(size, server.reply_.body.size() - server.sent_);
    std::copy_n(server.reply_.body.data() + server.sent_, count, into);
    server.sent_ += count;
    if (server.sent_ == server.reply_.body.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!server.reply_.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto pairs = pairs_of(server.reply_.trailers);
        nghttp2_submit_trailer(session, stream, pairs.data(), pairs.size());
      }
    }
    return static_cast<ssize_t>(count);
  }

  static std::vector<nghttp2_nv> pairs_of(const Headers& headers) {
    std::vector<nghttp2_nv> pairs;
    for (const auto& [name, value] : headers) {
      pairs.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                       reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                       value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    return pairs;
  }

  void reply(nghttp2_session* session, std::int32_t stream) {
    reply_ = answer_(std::string(header(headers_, ":path")), body_);
    sent_ = 0;
    if (reply_.is_silent) return;
    Headers head{{":status", std::to_string(reply_.status)}, {"content-type", "application/grpc"}};
    if (reply_.body.empty()) head.insert(head.end(), reply_.trailers.begin(), reply_.trailers.end());
    const auto pairs = pairs_of(head);
    nghttp2_data_provider body{};
    body.read_callback = read_body;
    nghttp2_submit_response(session, stream, pairs.data(), pairs.size(),
                            reply_.body.empty() ? nullptr : &body);
  }

  Answerer answer_;
  nghttp2_session* session_ = nullptr;
  Headers headers_;
  std::string body_;
  H2Reply reply_;
  std::size_t sent_ = 0;
};

}  // namespace outrider::net::testing
