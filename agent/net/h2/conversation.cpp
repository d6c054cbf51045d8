#include "agent/net/h2/conversation.hpp"

#include "agent/async/race.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <utility>

namespace outrider::net {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_read_bytes = 64 * 1024;
constexpr std::size_t most_written_bytes = 256 * 1024;
// What a sender may have on the way before it hears from us: as much as a fast one needs.
constexpr std::int32_t call_window = 1 << 20, connection_window = 4 << 20;
constexpr core::Duration between_looks = 1s;

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::vector<nghttp2_nv> pairs_of(const Headers& headers) {
  const auto bytes = [](const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : headers)
    pairs.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  return pairs;
}

bool is_last(const nghttp2_frame* frame) { return (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

}  // namespace

H2Conversation::H2Conversation(H2Service& service, Stream& stream, const async::Executor& executor)
    : service_(service), stream_(stream), handlers_(executor), news_(executor), over_(executor) {}

H2Conversation::~H2Conversation() { nghttp2_session_del(session_); }

bool H2Conversation::begin() {
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) return false;
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  const int made = nghttp2_session_server_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return false;
  const std::array<nghttp2_settings_entry, 3> settings{
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, service_.limits_.calls},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, call_window},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(service_.limits_.header_bytes)}}};
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, connection_window) == 0;
}

core::Task<void> H2Conversation::run() {
  if (!begin()) co_return;
  std::vector<core::Task<void>> parts;
  parts.push_back(read());
  parts.push_back(write());
  parts.push_back(watch());
  std::exception_ptr problem;
  try {
    co_await async::race_all(std::move(parts));
  } catch (const std::exception&) {
    problem = std::current_exception();
  }
  co_await async::ignore_cancellation();
  handlers_.cancel();
  co_await handlers_.join();
  if (problem) std::rethrow_exception(problem);
}

core::Task<void> H2Conversation::read() {
  std::vector<char> buffer(most_read_bytes);
  for (core::Duration limit = service_.limits_.first_time;; limit = service_.limits_.idle_time) {
    const core::Outcome<std::size_t> size = co_await stream_.read_some(buffer, limit);
    if (!size || *size == 0) co_return;
    const auto* received = reinterpret_cast<const std::uint8_t*>(buffer.data());
    const bool is_http2 = nghttp2_session_mem_recv(session_, received, *size) >= 0;
    if (!is_http2) co_return;
    has_heard_ = true;
    ask_ready();
    news_.ring();
    // It has said what we cannot bear, and will be told so; write() ends us.
    if (nghttp2_session_want_read(session_) == 0) co_await over_.wait();
  }
}

// Over TLS hands are shaken by the first read: before that nothing can be written.
core::Task<void> H2Conversation::write() {
  while (!has_heard_) co_await news_.wait();
  for (;;) {
    const std::string bytes = to_send();
    if (!bytes.empty()) {
      const core::Outcome<> sent = co_await stream_.write_all(bytes, service_.limits_.write_time);
      if (!sent) co_return;
      continue;
    }
    if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) co_return;
    co_await news_.wait();
  }
}

std::string H2Conversation::to_send() {
  std::string bytes;
  while (bytes.size() < most_written_bytes) {
    const std::uint8_t* piece = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &piece);
    if (size <= 0) break;
    bytes += text_of(piece, static_cast<std::size_t>(size));
  }
  return bytes;
}

// Ends when we are closing and all that runs is answered, or its time is up.
core::Task<void> H2Conversation::watch() {
  while (!service_.is_closing_) {
    (void)co_await service_.closing_.wait_until(service_.clock_, service_.clock_.now() + between_looks);
    end_late_calls();
  }
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
  news_.ring();
  const core::Instant end = service_.clock_.now() + service_.limits_.drain_time;
  while (service_.clock_.now() < end && (!exchanges_.empty() || nghttp2_session_want_write(session_) != 0))
    co_await service_.clock_.sleep(10ms);
}

void H2Conversation::end_late_calls() {
  const core::Instant latest = service_.clock_.now() - service_.limits_.body_time;
  for (const auto& [id, exchange] : exchanges_) {
    if (exchange.is_whole || exchange.is_asked || exchange.begun > latest) continue;
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    news_.ring();
  }
}

int H2Conversation::on_begin(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  H2Conversation& of = self(user);
  const auto [place, is_new] = of.exchanges_.try_emplace(frame->hd.stream_id, of.service_);
  if (is_new) {
    place->second.begun = of.service_.clock_.now();
    place->second.call.peer = of.stream_.peer();
  }
  return 0;
}

int H2Conversation::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                              std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                              std::uint8_t, void* user) {
  H2Conversation& of = self(user);
  const auto found = of.exchanges_.find(frame->hd.stream_id);
  if (found == of.exchanges_.end()) return 0;
  Exchange& exchange = found->second;
  exchange.header_bytes += name_size + value_size;
  if (exchange.header_bytes > of.service_.limits_.header_bytes) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::string_view key = text_of(name, name_size), text = text_of(value, value_size);
  if (key == ":method") {
    exchange.call.method = text;
  } else if (key == ":path") {
    const std::size_t mark = text.find('?');
    exchange.call.path = text.substr(0, mark);
    if (mark != std::string_view::npos) exchange.call.query = text.substr(mark + 1);
  } else if (!key.starts_with(':')) {
    exchange.call.headers.emplace_back(key, text);
  }
  return 0;
}

// What is too much is answered at once, and what still comes of it is passed over.
int H2Conversation::on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                            std::size_t size, void* user) {
  H2Conversation& of = self(user);
  const auto found = of.exchanges_.find(id);
  if (found == of.exchanges_.end() || found->second.is_asked || found->second.trouble != H2Trouble::none)
    return 0;
  Exchange& exchange = found->second;
  const bool has_room = exchange.share.add(size);
  if (exchange.share.bytes() > of.service_.limits_.body_bytes) exchange.trouble = H2Trouble::too_long;
  if (exchange.trouble == H2Trouble::none && !has_room) exchange.trouble = H2Trouble::crowded;
  if (exchange.trouble == H2Trouble::none) {
    std::string& body = exchange.call.body;
    if (body.empty()) body.reserve(2 * size);  // where there is a first frame there is most often a second
    body += text_of(data, size);
    return 0;
  }
  exchange.call.body.clear();
  exchange.call.body.shrink_to_fit();
  of.ready_.push_back(id);
  return 0;
}

int H2Conversation::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  H2Conversation& of = self(user);
  const bool is_of_a_call = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (!is_of_a_call || !is_last(frame)) return 0;
  const auto found = of.exchanges_.find(frame->hd.stream_id);
  if (found == of.exchanges_.end()) return 0;
  found->second.is_whole = true;
  of.ready_.push_back(frame->hd.stream_id);
  return 0;
}

// Whoever is answered before he has said all need not say it.
int H2Conversation::on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  H2Conversation& of = self(user);
  const bool is_of_a_call = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (!is_of_a_call || !is_last(frame)) return 0;
  const auto found = of.exchanges_.find(frame->hd.stream_id);
  if (found != of.exchanges_.end() && !found->second.is_whole)
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  return 0;
}

int H2Conversation::on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
  self(user).exchanges_.erase(id);
  return 0;
}

// Outside of nghttp2's calls: a handler may begin to work at once.
void H2Conversation::ask_ready() {
  for (const std::int32_t id : std::exchange(ready_, {})) {
    const auto found = exchanges_.find(id);
    if (found == exchanges_.end() || found->second.is_asked) continue;
    Exchange& exchange = found->second;
    exchange.is_asked = true;
    handlers_.start(answer(id, std::move(exchange.call), exchange.trouble, std::move(exchange.share)));
  }
}

core::Task<void> H2Conversation::answer(std::int32_t id, Call call, H2Trouble trouble, Share) {
  bool in_time = true;
  auto asking = ask_handler(call, trouble, in_time);
  H2Reply reply = co_await std::move(asking);
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) co_return;  // its sender waits no longer
  if (in_time) {
    found->second.reply = std::move(reply);
    submit(id, found->second);
  } else {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  news_.ring();
}

core::Task<H2Reply> H2Conversation::ask_handler(Call& call, H2Trouble trouble, bool& in_time) {
  const std::string path = call.path;
  try {
    auto asking = service_.handler_(call, trouble);
    auto reply =
        co_await async::with_deadline(service_.clock_, service_.limits_.answer_time, std::move(asking));
    in_time = reply.has_value();
    co_return reply ? std::move(*reply) : H2Reply();
  } catch (const std::exception& thrown) {
    if (async::is_cancellation(std::current_exception())) throw;
    const std::string problem = thrown.what();
    service_.log_.error("net", "A call could not be handled", {{"path", path}, {"why", problem}});
  }
  in_time = false;
  co_return H2Reply();
}

void H2Conversation::submit(std::int32_t id, Exchange& exchange) {
  H2Reply& reply = exchange.reply;
  Headers head{{":status", std::to_string(reply.status)}};
  head.insert(head.end(), reply.headers.begin(), reply.headers.end());
  if (reply.body.empty()) head.insert(head.end(), reply.trailers.begin(), reply.trailers.end());
  const auto pairs = pairs_of(head);
  nghttp2_data_provider body{};
  body.read_callback = read_reply;
  nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), reply.body.empty() ? nullptr : &body);
}

ssize_t H2Conversation::read_reply(nghttp2_session* session, std::int32_t id, std::uint8_t* into,
                                   std::size_t size, std::uint32_t* flags, nghttp2_data_source*, void* user) {
  H2Conversation& of = self(user);
  const auto found = of.exchanges_.find(id);
  if (found == of.exchanges_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  Exchange& exchange = found->second;
  const std::size_t count = std::min(size, exchange.reply.body.size() - exchange.sent);
  std::copy_n(exchange.reply.body.data() + exchange.sent, count, into);
  exchange.sent += count;
  if (exchange.sent < exchange.reply.body.size()) return static_cast<ssize_t>(count);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!exchange.reply.trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto pairs = pairs_of(exchange.reply.trailers);
    nghttp2_submit_trailer(session, id, pairs.data(), pairs.size());
  }
  return static_cast<ssize_t>(count);
}

}  // namespace outrider::net
