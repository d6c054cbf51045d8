#include "agent/wal/inflate/inflate.hpp"

#include <functional>
#include <vector>

#include <bzlib.h>
#include <libdeflate.h>
#include <zstd.h>

#include <gtest/gtest.h>
#include <lz4frame.h>

namespace outrider::wal {
namespace {

struct Packer {
  const char* name;
  Packing packing;
  std::function<std::string(const std::string&)> pack;
};

std::string gzip(const std::string& plain) {
  auto* compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_gzip_compress_bound(compressor, plain.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor, plain.data(), plain.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

std::string lz4(const std::string& plain) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  std::string out(LZ4F_compressFrameBound(plain.size(), &preferences), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), &preferences));
  return out;
}

std::string zstd(const std::string& plain) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), plain.data(), plain.size()));
  ZSTD_freeCCtx(context);
  return out;
}

std::string bzip2(const std::string& plain) {
  std::string out(plain.size() * 2 + 600, '\0');
  auto length = static_cast<unsigned>(out.size());
  BZ2_bzBuffToBuffCompress(out.data(), &length, const_cast<char*>(plain.data()),
                           static_cast<unsigned>(plain.size()), 9, 0, 0);
  out.resize(length);
  return out;
}

const std::vector<Packer> packers = {{"gzip", Packing::gzip, gzip},
                                     {"lz4", Packing::lz4, lz4},
                                     {"zstd", Packing::zstd, zstd},
                                     {"bzip2", Packing::bzip2, bzip2}};

std::string sample(std::size_t bytes) {
  std::string text;
  for (std::uint32_t i = 0; text.size() < bytes; ++i) text += std::to_string(i * 2654435761u % 9973) + ' ';
  text.resize(bytes);
  return text;
}

TEST(Inflate, GivesBackWhatWasPacked) {
  for (const Packer& packer : packers) {
    for (const std::size_t bytes : {0u, 1u, 4096u, 3'000'000u}) {
      const std::string plain = sample(bytes);
      const std::string stored = packer.pack(plain);
      EXPECT_EQ(packing_of(stored), packer.packing);
      const auto back = inflate(stored, plain.size() + 4096);
      ASSERT_TRUE(back) << packer.name << bytes << back.error().what;
      EXPECT_TRUE(*back == plain) << packer.name;
    }
  }
}

TEST(Inflate, ReadsSeveralStreamsOneBehindTheOther) {
  for (const Packer& packer : packers) {
    const auto back = inflate(packer.pack("one ") + packer.pack("and two"), 4096);
    ASSERT_TRUE(back) << packer.name;
    EXPECT_EQ(*back, "one and two") << packer.name;
  }
}

TEST(Inflate, StopsABomb) {
  const std::string zeroes(8 << 20, '\0');
  for (const Packer& packer : packers) {
    const auto back = inflate(packer.pack(zeroes), 1 << 20);
    ASSERT_FALSE(back) << packer.name;
    EXPECT_EQ(back.error().code, core::Errc::exhausted) << packer.name;
  }
}

TEST(Inflate, SaysThatAFileIsCutOffOrBroken) {
  const std::string plain = sample(500'000);
  for (const Packer& packer : packers) {
    const std::string stored = packer.pack(plain);
    for (const std::size_t length : {stored.size() - 1, stored.size() / 2, std::size_t{12}}) {
      const auto back = inflate(stored.substr(0, length), 1 << 20);
      ASSERT_FALSE(back) << packer.name << length;
      EXPECT_EQ(back.error().code, core::Errc::corrupt) << packer.name;
    }
    std::string flipped = stored;
    flipped[stored.size() / 2] = static_cast<char>(flipped[stored.size() / 2] ^ 0x10);
    const auto back = inflate(flipped, 1 << 20);
    EXPECT_FALSE(back) << packer.name;
  }
}

TEST(Inflate, HandsPlainBytesThroughAndNamesWhatItCannotRead) {
  EXPECT_EQ(*inflate("plain", 100), "plain");
  EXPECT_EQ(inflate("plain", 4).error().code, core::Errc::exhausted);
  const auto secret = inflate("Salted__12345678", 100);
  EXPECT_EQ(secret.error().code, core::Errc::unsupported);
  EXPECT_NE(secret.error().what.find("encrypted"), std::string::npos);
  EXPECT_EQ(inflate(std::string("\xfd\x37zXZ\0", 6), 100).error().code, core::Errc::unsupported);
}

}  // namespace
}  // namespace outrider::wal
