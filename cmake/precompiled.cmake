# Headers that nearly everyone reads, parsed once. Only for the presets that build everything a second time, and for CI, whose
# ccache is empty: at a desk each file must stand by the headers that it names itself.
# (Not <filesystem>: it brings std::quoted, which would be taken for every `quoted` of our own.)
option(OUTRIDER_PRECOMPILE "parse the common headers once" OFF)
if(OUTRIDER_PRECOMPILE)
  # g++ 12 forgets which of them are the system's, and then takes what it inlines of std::string for our mistakes.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow> $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>)
endif()

set(OUTRIDER_COMMON_HEADERS
  <algorithm> <array> <chrono> <coroutine> <fstream> <functional> <map> <memory> <optional> <set>
  <string> <string_view> <utility> <variant> <vector>
  <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp>
  <boost/asio/io_context.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>
  <boost/json.hpp> <fmt/format.h> <tl/expected.hpp>)

# precompile(TARGET what it uses…). Whoever reuses them must be compiled with the same words: so a program has
# others than a library, and whoever does not use async, and with it Asio's definitions, has none.
function(precompile target)
  if(NOT OUTRIDER_PRECOMPILE OR NOT ARGN MATCHES "async")
    return()
  endif()
  get_target_property(kind ${target} TYPE)
  set(headers ${OUTRIDER_COMMON_HEADERS})
  if(kind STREQUAL EXECUTABLE)
    list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  get_property(first GLOBAL PROPERTY OUTRIDER_PRECOMPILED_${kind})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE ${headers})
    set_property(GLOBAL PROPERTY OUTRIDER_PRECOMPILED_${kind} ${target})
  endif()
endfunction()
