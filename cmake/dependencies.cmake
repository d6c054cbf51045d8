# The libraries the house stands on. What Debian offers as an archive is linked statically: a shared library
# costs each sidecar its own relocated pages, an archive only what is used.
find_package(Threads REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(fmt 9 REQUIRED)
find_package(spdlog REQUIRED)
find_package(GTest REQUIRED)

function(archive target library)
  cmake_parse_arguments(ARCHIVE "" "" "NEEDS;DEFINES" ${ARGN})
  find_library(found_${library} NAMES lib${library}.a ${library} REQUIRED)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(${target} INTERFACE ${found_${library}} ${ARCHIVE_NEEDS})
  target_compile_definitions(${target} INTERFACE ${ARCHIVE_DEFINES})
endfunction()

# TLS is the one thing that is not: its fixes arrive with the system's (docs/decisions/0034).
find_package(OpenSSL 3 REQUIRED)
add_library(dep::crypto INTERFACE IMPORTED GLOBAL)
target_link_libraries(dep::crypto INTERFACE OpenSSL::Crypto)
add_library(dep::ssl INTERFACE IMPORTED GLOBAL)
target_link_libraries(dep::ssl INTERFACE OpenSSL::SSL dep::crypto)
archive(dep::z z)
archive(dep::deflate deflate)
archive(dep::lz4 lz4)
archive(dep::zstd zstd)
archive(dep::bz2 bz2)
archive(dep::snappy snappy)
archive(dep::lmdb lmdb NEEDS Threads::Threads)
archive(dep::yaml yaml-cpp)
archive(dep::nghttp2 nghttp2)
archive(dep::re2 re2 NEEDS Threads::Threads)
add_library(dep::pqxx INTERFACE IMPORTED GLOBAL)  # the archive is not position independent, and a module must be
target_link_libraries(dep::pqxx INTERFACE pqxx pq)
archive(dep::boost_container boost_container)
archive(dep::boost_json boost_json NEEDS dep::boost_container)
archive(dep::boost_url boost_url)

# Asio is compiled once, in agent/async/asio_once.cpp; everyone else only declares it.
add_library(dep::asio INTERFACE IMPORTED GLOBAL)
target_compile_definitions(dep::asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(dep::asio INTERFACE Threads::Threads dep::ssl)
