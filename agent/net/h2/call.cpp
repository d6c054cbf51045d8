#include "agent/net/h2/call.hpp"

#include "agent/core/number.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

constexpr std::size_t most_written_bytes = 256UL * 1024;
constexpr std::size_t most_frame_bytes = 16UL * 1024, most_heads_bytes = 1024;  // as is usual
constexpr unsigned most_reads_of_the_past = 64;

std::string text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv pair_of(const std::string& name, const std::string& value) {
  const auto bytes = [](const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct H2Caller::Exchange {
  const H2Call& call;
  std::size_t most_bytes = 0;
  std::int32_t id = 0;
  std::size_t sent = 0;
  std::size_t received = 0;
  H2Answer answer{};
  bool is_answered = false;  // to the last byte; perhaps before it has heard all
  bool is_closed = false;
  bool is_too_long = false;
  std::uint32_t error = NGHTTP2_NO_ERROR;

  std::size_t left_to_send() const { return call.prefix.size() + call.body.size() - sent; }
  bool may_grow(std::size_t bytes) {
    received += bytes;
    is_too_long = is_too_long || received > most_bytes;
    return !is_too_long;
  }
};

// What nghttp2 calls back into. It does no I/O: bytes are handed in, and fetched.
struct H2Caller::Session {
  Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { nghttp2_session_del(handle); }

  bool submit(Exchange& begun);
  std::string to_send();

  // Of the call that runs; null: of one that is over.
  static Exchange* of(void* user, std::int32_t id) {
    Exchange* const running = static_cast<Session*>(user)->exchange;
    return running != nullptr && running->id == id ? running : nullptr;
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t flags, void* user);
  static int on_data(nghttp2_session*, std::uint8_t flags, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user);
  static ssize_t body_left(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t most,
                           std::uint32_t* flags, nghttp2_data_source*, void* user);
  static int put_body(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t size,
                      nghttp2_data_source*, void* user);

  nghttp2_session* handle = nullptr;
  Exchange* exchange = nullptr;
  std::string outgoing;  // while to_send() fills it
  bool has_spoken = false;
  bool is_http2 = false;  // it has sent its settings
  bool is_idle = false;   // between two calls, and nothing went wrong
};

H2Caller::Session::Session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) return;
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, put_body);
  const int made = nghttp2_session_client_new(&handle, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return;
  const nghttp2_settings_entry no_push{NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  is_idle = nghttp2_submit_settings(handle, NGHTTP2_FLAG_NONE, &no_push, 1) == 0;
}

int H2Caller::Session::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                                 std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                                 std::uint8_t, void* user) {
  Exchange* const exchange = of(user, frame->hd.stream_id);
  if (exchange == nullptr || !exchange->may_grow(name_size + value_size)) return 0;
  std::string key = text_of(name, name_size), text = text_of(value, value_size);
  if (key == ":status") {
    exchange->answer.status = core::read_number<int>(text).value_or(0);
  } else {
    exchange->answer.headers.emplace_back(std::move(key), std::move(text));
  }
  return 0;
}

int H2Caller::Session::on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                               std::size_t size, void* user) {
  Exchange* const exchange = of(user, id);
  if (exchange != nullptr && exchange->may_grow(size)) exchange->answer.body += text_of(data, size);
  return 0;
}

int H2Caller::Session::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type == NGHTTP2_SETTINGS) static_cast<Session*>(user)->is_http2 = true;
  const bool is_of_a_call = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  Exchange* const exchange = is_of_a_call ? of(user, frame->hd.stream_id) : nullptr;
  if (exchange != nullptr && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) exchange->is_answered = true;
  return 0;
}

int H2Caller::Session::on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
  Exchange* const exchange = of(user, id);
  if (exchange == nullptr) return 0;
  exchange->is_closed = true;
  exchange->error = error;
  return 0;
}

// How much of the body goes into the next frame; put_body() copies it once, to where it is sent from.
ssize_t H2Caller::Session::body_left(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t most,
                                     std::uint32_t* flags, nghttp2_data_source*, void* user) {
  Exchange* const exchange = of(user, id);
  if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::size_t left = exchange->left_to_send();
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (left <= most) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(std::min(left, most));
}

int H2Caller::Session::put_body(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head,
                                std::size_t size, nghttp2_data_source*, void* user) {
  constexpr std::size_t head_bytes = 9;
  Exchange* const exchange = of(user, frame->hd.stream_id);
  if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  std::string& out = static_cast<Session*>(user)->outgoing;
  if (out.size() >= most_written_bytes) return NGHTTP2_ERR_WOULDBLOCK;  // the next time
  out.append(reinterpret_cast<const char*>(head), head_bytes);
  const std::string& prefix = exchange->call.prefix;
  const std::size_t of_prefix = std::min(size, prefix.size() - std::min(exchange->sent, prefix.size()));
  if (of_prefix > 0) out.append(prefix, exchange->sent, of_prefix);
  out.append(exchange->call.body, exchange->sent + of_prefix - prefix.size(), size - of_prefix);
  exchange->sent += size;
  return 0;
}

bool H2Caller::Session::submit(Exchange& begun) {
  const H2Call& call = begun.call;
  Headers all{
      {":method", "POST"}, {":scheme", call.scheme}, {":path", call.path}, {":authority", call.authority}};
  all.insert(all.end(), call.headers.begin(), call.headers.end());
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : all) pairs.push_back(pair_of(name, value));
  nghttp2_data_provider body{};
  body.read_callback = body_left;
  begun.id = nghttp2_submit_request(handle, nullptr, pairs.data(), pairs.size(), &body, nullptr);
  return begun.id > 0;
}

std::string H2Caller::Session::to_send() {
  const std::size_t left = exchange == nullptr ? 0 : exchange->left_to_send();
  outgoing.clear();
  outgoing.reserve(std::min(left + most_heads_bytes, most_written_bytes + most_frame_bytes));
  while (outgoing.size() < most_written_bytes) {
    const std::uint8_t* piece = nullptr;
    const ssize_t size = nghttp2_session_mem_send(handle, &piece);
    if (size <= 0) break;
    outgoing.append(reinterpret_cast<const char*>(piece), static_cast<std::size_t>(size));
  }
  return std::move(outgoing);
}

H2Caller::H2Caller(Stream& stream) : stream_(stream), session_(std::make_unique<Session>()) {}
H2Caller::~H2Caller() = default;

bool H2Caller::is_usable() const {
  return session_->is_idle && nghttp2_session_check_request_allowed(session_->handle) != 0;
}

core::Task<void> H2Caller::catch_up(core::Duration limit) {
  for (unsigned reads = 0; session_->is_idle && stream_.is_stale(); ++reads) {
    const Outcome<> heard = co_await read_in(limit);
    session_->is_idle = heard && reads < most_reads_of_the_past;
  }
  if (!session_->is_idle) co_return;
  const Outcome<> told = co_await write_out(limit);
  session_->is_idle = told.has_value();
}

core::Task<Outcome<>> H2Caller::write_out(core::Duration limit) {
  for (std::string bytes = session_->to_send(); !bytes.empty(); bytes = session_->to_send()) {
    Outcome<> sent = co_await stream_.write_all(bytes, limit);
    const bool is_other = session_->has_spoken && !session_->is_http2;
    if (!sent) co_return fail(is_other ? ended() : std::move(sent.error()));
  }
  co_return Outcome<>();
}

core::Task<Outcome<>> H2Caller::read_in(core::Duration limit) {
  std::array<char, 8192> buffer;
  const std::span<char> into(buffer);
  const Outcome<std::size_t> size = co_await stream_.read_some(into, limit);
  if (!size) co_return fail(size.error());
  if (*size == 0) co_return fail(ended());
  session_->has_spoken = true;
  const auto* received = reinterpret_cast<const std::uint8_t*>(buffer.data());
  const ssize_t taken = nghttp2_session_mem_recv(session_->handle, received, *size);
  if (taken < 0) co_return fail(Errc::corrupt, "what " + stream_.peer() + " says is not HTTP/2");
  co_return Outcome<>();
}

// Why nothing more will come.
core::Error H2Caller::ended() const {
  if (session_->has_spoken && !session_->is_http2)
    return {Errc::corrupt, "what " + stream_.peer() + " says is not HTTP/2"};
  return {Errc::unavailable, stream_.peer() + " ended the connection without an answer"};
}

core::Task<Outcome<H2Answer>> H2Caller::call(const H2Call& call, std::size_t most_bytes,
                                             core::Duration limit) {
  Exchange exchange{call, most_bytes};
  // However this ends, nothing is called back into it any more.
  struct Running {
    Session& session;
    ~Running() { session.exchange = nullptr; }
  };
  const Running running{*session_};
  const bool can_begin = std::exchange(session_->is_idle, false) && session_->submit(exchange);
  if (!can_begin) co_return fail(Errc::internal, "cannot make an HTTP/2 call");
  session_->exchange = &exchange;
  while (!exchange.is_answered && !exchange.is_closed) {
    const Outcome<> sent = co_await write_out(limit);
    if (!sent) co_return fail(sent.error());
    if (nghttp2_session_want_read(session_->handle) == 0) co_return fail(ended());
    const Outcome<> heard = co_await read_in(limit);
    if (!heard) co_return fail(heard.error());
    if (exchange.is_too_long) co_return fail(Errc::exhausted, stream_.peer() + " says too much");
  }
  // What it does not want to hear it need not.
  if (!exchange.is_closed)
    nghttp2_submit_rst_stream(session_->handle, NGHTTP2_FLAG_NONE, exchange.id, NGHTTP2_CANCEL);
  const Outcome<> told = co_await write_out(limit);
  session_->is_idle = told.has_value();
  if (exchange.is_answered) co_return std::move(exchange.answer);
  if (exchange.error == NGHTTP2_NO_ERROR || exchange.error == NGHTTP2_REFUSED_STREAM)
    co_return fail(Errc::unavailable, stream_.peer() + " ended the call without an answer");
  co_return fail(Errc::refused,
                 stream_.peer() + " refused the call: " + nghttp2_http2_strerror(exchange.error));
}

core::Task<Outcome<H2Answer>> call_h2(Stream& stream, H2Call call, std::size_t most_bytes,
                                      core::Duration limit) {
  H2Caller caller(stream);
  auto calling = caller.call(call, most_bytes, limit);
  co_return co_await std::move(calling);
}

}  // namespace outrider::net
