#include "agent/net/h2/call.hpp"

#include "agent/core/number.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

// What nghttp2 calls back into. It does no I/O: bytes are handed in, and fetched.
struct Exchange {
  H2Call call;
  std::size_t sent = 0;
  std::size_t most_bytes = 0;
  std::size_t received = 0;
  H2Answer answer;
  bool is_http2 = false;  // it has sent its settings
  bool is_over = false;
  bool is_too_long = false;
  std::uint32_t error = NGHTTP2_NO_ERROR;
};

int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string key(reinterpret_cast<const char*>(name), name_size);
  std::string text(reinterpret_cast<const char*>(value), value_size);
  exchange.received += name_size + value_size;
  exchange.is_too_long = exchange.is_too_long || exchange.received > exchange.most_bytes;
  if (exchange.is_too_long) return 0;
  if (key == ":status") {
    exchange.answer.status = core::read_number<int>(text).value_or(0);
  } else {
    exchange.answer.headers.emplace_back(std::move(key), std::move(text));
  }
  return 0;
}

int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data, std::size_t size,
            void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.received += size;
  exchange.is_too_long = exchange.is_too_long || exchange.received > exchange.most_bytes;
  if (!exchange.is_too_long) exchange.answer.body.append(reinterpret_cast<const char*>(data), size);
  return 0;
}

int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type == NGHTTP2_SETTINGS) static_cast<Exchange*>(user)->is_http2 = true;
  return 0;
}

int on_close(nghttp2_session*, std::int32_t, std::uint32_t error, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.is_over = true;
  exchange.error = error;
  return 0;
}

ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size, std::uint32_t* flags,
                  nghttp2_data_source*, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t count = std::min(size, exchange.call.body.size() - exchange.sent);
  std::copy_n(exchange.call.body.data() + exchange.sent, count, into);
  exchange.sent += count;
  if (exchange.sent == exchange.call.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

struct Free {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};
using Session = std::unique_ptr<nghttp2_session, Free>;

Session make_session(Exchange& exchange) {
  nghttp2_session_callbacks* raw_callbacks = nullptr;
  nghttp2_session_callbacks_new(&raw_callbacks);
  const std::unique_ptr<nghttp2_session_callbacks, Free> callbacks(raw_callbacks);
  nghttp2_session_callbacks_set_on_header_callback(raw_callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw_callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(raw_callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(raw_callbacks, on_close);
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new(&session, raw_callbacks, &exchange);
  return Session(session);
}

nghttp2_nv pair_of(const std::string& name, const std::string& value) {
  const auto bytes = [](const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

bool submit(nghttp2_session& session, Exchange& exchange) {
  const H2Call& call = exchange.call;
  Headers all{
      {":method", "POST"}, {":scheme", call.scheme}, {":path", call.path}, {":authority", call.authority}};
  all.insert(all.end(), call.headers.begin(), call.headers.end());
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : all) pairs.push_back(pair_of(name, value));
  nghttp2_data_provider body{};
  body.read_callback = read_body;
  return nghttp2_submit_settings(&session, NGHTTP2_FLAG_NONE, nullptr, 0) == 0 &&
         nghttp2_submit_request(&session, nullptr, pairs.data(), pairs.size(), &body, nullptr) > 0;
}

std::string to_send(nghttp2_session& session) {
  std::string bytes;
  const std::uint8_t* piece = nullptr;
  for (ssize_t size = nghttp2_session_mem_send(&session, &piece); size > 0;
       size = nghttp2_session_mem_send(&session, &piece)) {
    bytes.append(reinterpret_cast<const char*>(piece), static_cast<std::size_t>(size));
  }
  return bytes;
}

// Why nothing more will come.
core::Error ended(const Exchange& exchange, const std::string& who, bool has_spoken) {
  if (has_spoken && !exchange.is_http2) return {Errc::corrupt, "what " + who + " says is not HTTP/2"};
  return {Errc::unavailable, who + " ended the connection without an answer"};
}

}  // namespace

core::Task<Outcome<H2Answer>> call_h2(Stream& stream, H2Call call, std::size_t most_bytes,
                                      core::Duration limit) {
  Exchange exchange;
  exchange.call = std::move(call);
  exchange.most_bytes = most_bytes;
  const Session session = make_session(exchange);
  if (!session || !submit(*session, exchange)) co_return fail(Errc::internal, "cannot make an HTTP/2 call");
  const std::string who = stream.peer();
  bool has_spoken = false;
  while (!exchange.is_over) {
    const std::string bytes = to_send(*session);
    if (!bytes.empty()) {
      const Outcome<> sent = co_await stream.write_all(bytes, limit);
      const bool is_other = has_spoken && !exchange.is_http2;
      if (!sent) co_return fail(is_other ? ended(exchange, who, has_spoken) : sent.error());
    }
    if (nghttp2_session_want_read(session.get()) == 0) co_return fail(ended(exchange, who, has_spoken));
    std::array<char, 8192> buffer;
    const std::span<char> into(buffer);
    const Outcome<std::size_t> size = co_await stream.read_some(into, limit);
    if (!size) co_return fail(size.error());
    if (*size == 0) co_return fail(ended(exchange, who, has_spoken));
    has_spoken = true;
    const auto* received = reinterpret_cast<const std::uint8_t*>(buffer.data());
    const ssize_t taken = nghttp2_session_mem_recv(session.get(), received, *size);
    if (taken < 0) co_return fail(Errc::corrupt, "what " + who + " says is not HTTP/2");
    if (exchange.is_too_long) co_return fail(Errc::exhausted, who + " says too much");
  }
  if (exchange.error != NGHTTP2_NO_ERROR) {
    co_return fail(Errc::refused, who + " refused the call: " + nghttp2_http2_strerror(exchange.error));
  }
  co_return std::move(exchange.answer);
}

}  // namespace outrider::net
