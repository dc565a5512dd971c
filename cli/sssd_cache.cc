// SPDX-License-Identifier: Apache-2.0
#include "cli/sssd_cache.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/file.h"
#include "base/printable.h"
#include "directory/sid.h"

namespace taglogin::cli {
namespace {

using Slices = std::map<std::string, std::uint32_t>;

constexpr std::size_t kMaxFile = std::size_t{1} << 30;

// struct tdb_header and struct tdb_record of Samba's lib/tdb/common/tdb_private.h.
constexpr std::string_view kTdbMagic{"TDB file\n\0", 10};
constexpr std::uint32_t kTdbVersion = 0x26011967 + 6;
constexpr std::size_t kVersionAt = 32;
constexpr std::size_t kHashSizeAt = 36;
constexpr std::size_t kFreeListAt = 168;  // one offset, and behind it those of the chains
constexpr std::size_t kRecordHead = 24;
constexpr std::uint32_t kRecordUsed = 0x26011999;
constexpr std::uint32_t kRecordDead = 0xfee1dead;

// Samba's lib/ldb/common/ldb_pack.c.
constexpr std::uint32_t kLdbFormat = 0x26011967;

// Numbers and texts one after the other; whatever does not fit makes it fail for good.
class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}
  bool ok() const { return ok_; }

  std::uint32_t Number() {
    const std::string_view bytes = Take(4);
    if (!ok_) return 0;
    std::uint32_t number = 0;
    for (std::size_t i = 4; i > 0; --i) number = number << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
    return number;
  }
  std::string_view Text() {
    const std::size_t end = rest_.find('\0');
    const std::string_view text = Take(end == std::string_view::npos ? rest_.size() + 1 : end + 1);
    return ok_ ? text.substr(0, text.size() - 1) : text;
  }
  std::string_view Take(std::size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

base::Error Broken(std::string_view what) {
  return base::Invalid("no sound cache of SSSD's: " + std::string(what) + "; stop sssd and try again");
}

bool SameWord(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
           return lower(x) == lower(y);
         });
}

// One object of the cache; a mapping goes into `slices`.
base::Result<void> ReadObject(std::string_view packed, Slices& slices) {
  Bytes bytes(packed);
  if (bytes.Number() != kLdbFormat || !bytes.ok()) return Broken("an object is packed in a way that is not known");
  const std::uint32_t elements = bytes.Number();
  bytes.Text();  // its DN
  bool mapping = false;
  std::string_view sid;
  std::string_view slice;
  for (std::uint32_t i = 0; i < elements && bytes.ok(); ++i) {
    const std::string_view name = bytes.Text();
    const std::uint32_t values = bytes.Number();
    for (std::uint32_t j = 0; j < values && bytes.ok(); ++j) {
      const std::string_view value = bytes.Take(bytes.Number());
      bytes.Take(1);
      if (SameWord(name, "objectClass") && SameWord(value, "id_mapping")) mapping = true;
      if (SameWord(name, "objectSID")) sid = value;
      if (SameWord(name, "slice")) slice = value;
    }
  }
  if (!bytes.ok()) return Broken("an object is cut off");
  if (!mapping) return {};
  // As SSSD writes it, or as Samba's tools do.
  const std::string domain = directory::SidFromBinary(sid).value_or(std::string(sid));
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(slice.data(), slice.data() + slice.size(), number);
  const bool is_number = error == std::errc() && end == slice.data() + slice.size() && !slice.empty();
  if (!is_number || !directory::SplitSid(domain + "-0")) {
    return Broken("domain " + base::Printable(domain, 64) + " has slice " + base::Printable(slice, 64));
  }
  if (!slices.emplace(domain, number).second) return Broken("two slices for domain " + domain);
  return {};
}

Bytes At(std::string_view file, std::size_t offset) {
  return Bytes(offset < file.size() ? file.substr(offset) : std::string_view());
}

// One record; `offset` becomes that of the next one in its chain, 0 at the end.
base::Result<void> ReadRecord(std::string_view file, std::uint32_t& offset, Slices& slices) {
  Bytes record = At(file, offset);
  offset = record.Number();
  record.Number();  // room
  const std::uint32_t key_size = record.Number();
  const std::uint32_t size = record.Number();
  record.Number();  // hash
  const std::uint32_t magic = record.Number();
  const std::string_view key = record.Take(key_size);
  const std::string_view value = record.Take(size);
  if (!record.ok() || (magic != kRecordUsed && magic != kRecordDead)) return Broken("a record is cut off");
  if (magic == kRecordDead || !key.starts_with("DN=") || key.starts_with("DN=@")) return {};
  return ReadObject(value, slices);
}

}  // namespace

base::Result<Slices> ParseSssdSlices(std::string_view file) {
  static_assert(std::endian::native == std::endian::little);
  const bool tdb = file.starts_with(kTdbMagic) && At(file, kVersionAt).Number() == kTdbVersion;
  if (!tdb) return Broken("no tdb file of version 6");
  const std::uint32_t chains = At(file, kHashSizeAt).Number();
  if (chains == 0 || chains > file.size() / 4) return Broken("no chains");
  Slices slices;
  std::size_t records = 0;
  for (std::size_t chain = 1; chain <= chains; ++chain) {
    Bytes top = At(file, kFreeListAt + 4 * chain);
    std::uint32_t offset = top.Number();
    if (!top.ok()) return Broken("a chain is cut off");
    while (offset != 0) {
      if (++records > file.size() / kRecordHead) return Broken("a chain goes round in circles");
      if (auto read = ReadRecord(file, offset, slices); !read) return read.error();
    }
  }
  return slices;
}

base::Result<Slices> ReadSssdSlices(const std::string& path) {
  const auto file = base::ReadFile(path, kMaxFile);
  if (!file) return file.error();
  auto slices = ParseSssdSlices(*file);
  if (!slices) return base::Invalid(path + ": " + slices.error().detail);
  return slices;
}

}  // namespace taglogin::cli
