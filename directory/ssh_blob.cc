// SPDX-License-Identifier: Apache-2.0
#include "directory/ssh_blob.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "directory/ssh_key.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxExponentBytes = 8;
constexpr std::size_t kEd25519Bytes = 32;

struct Curve {
  std::string_view type;
  std::string_view name;
  int nid;
  bool security_key;
};
constexpr std::array<Curve, 4> kCurves = {{
    {"ecdsa-sha2-nistp256", "nistp256", NID_X9_62_prime256v1, false},
    {"ecdsa-sha2-nistp384", "nistp384", NID_secp384r1, false},
    {"ecdsa-sha2-nistp521", "nistp521", NID_secp521r1, false},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", NID_X9_62_prime256v1, true},
}};
constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kEd25519Sk = "sk-ssh-ed25519@openssh.com";
constexpr std::string_view kRsa = "ssh-rsa";

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;
struct FreeGroup {
  void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
};
struct FreePoint {
  void operator()(EC_POINT* point) const { EC_POINT_free(point); }
};

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number ToNumber(std::string_view bytes) {
  return Number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

// A positive mpint in its shortest form, taken off the front; without the zero byte of the sign.
std::optional<std::string_view> TakePositive(std::string_view& blob) {
  auto number = TakeString(blob);
  if (!number || number->empty()) return std::nullopt;
  const bool zero_first = number->front() == '\0';
  const auto top = static_cast<std::uint8_t>(zero_first && number->size() > 1 ? (*number)[1] : number->front());
  if (zero_first != (top >= 0x80)) return std::nullopt;
  if (zero_first) number->remove_prefix(1);
  return number;
}

bool IsOdd(std::string_view number) { return (static_cast<std::uint8_t>(number.back()) & 1) != 0; }

// 0 when what is behind the type is not sound.
int BitsOfRsa(std::string_view rest) {
  const auto exponent = TakePositive(rest);
  const auto modulus = TakePositive(rest);
  if (!exponent || !modulus || !rest.empty()) return 0;
  // An exponent of 1 would let anybody sign; OpenSSL refuses more than 64 bits with long moduli.
  if (exponent->size() > kMaxExponentBytes || !IsOdd(*exponent) || *exponent == "\x01") return 0;
  const Number n = ToNumber(*modulus);
  if (!n || !IsOdd(*modulus)) return 0;
  const int bits = BN_num_bits(n.get());
  return bits >= kMinRsaBits && bits <= kMaxRsaBits ? bits : 0;
}

// One coordinate within the bounds that OpenSSH sets (sshkey_ec_validate_public).
bool IsSoundCoordinate(std::string_view bytes, const BIGNUM* order) {
  const Number coordinate = ToNumber(bytes);
  const Number limit(BN_dup(order));
  if (!coordinate || !limit || BN_sub_word(limit.get(), 1) != 1) return false;
  return BN_num_bits(coordinate.get()) > BN_num_bits(order) / 2 && BN_cmp(coordinate.get(), limit.get()) < 0;
}

bool IsSoundPoint(int nid, std::string_view bytes) {
  constexpr char kUncompressed = 4;
  const std::unique_ptr<EC_GROUP, FreeGroup> group(EC_GROUP_new_by_curve_name(nid));
  if (!group) return false;
  const std::size_t field = (static_cast<std::size_t>(EC_GROUP_get_degree(group.get())) + 7) / 8;
  if (bytes.size() != 1 + 2 * field || bytes.front() != kUncompressed) return false;
  const std::unique_ptr<EC_POINT, FreePoint> point(EC_POINT_new(group.get()));
  // EC_POINT_oct2point also checks that the point lies on the curve.
  if (!point || EC_POINT_oct2point(group.get(), point.get(), Bytes(bytes), bytes.size(), nullptr) != 1) return false;
  const BIGNUM* order = EC_GROUP_get0_order(group.get());
  return IsSoundCoordinate(bytes.substr(1, field), order) && IsSoundCoordinate(bytes.substr(1 + field), order);
}

// The application of a security key: the last field, a C string over there.
bool IsSoundApplication(std::string_view rest) {
  const auto application = TakeString(rest);
  return application && rest.empty() && application->find('\0') == std::string_view::npos;
}

bool IsSoundCurveKey(const Curve& curve, std::string_view rest) {
  const auto name = TakeString(rest);
  const auto point = TakeString(rest);
  if (!name || !point || *name != curve.name || !IsSoundPoint(curve.nid, *point)) return false;
  return curve.security_key ? IsSoundApplication(rest) : rest.empty();
}

bool IsSoundEd25519(bool security_key, std::string_view rest) {
  const auto key = TakeString(rest);
  if (!key || key->size() != kEd25519Bytes) return false;
  return security_key ? IsSoundApplication(rest) : rest.empty();
}

const Curve* FindCurve(std::string_view type) {
  const auto* found = std::find_if(kCurves.begin(), kCurves.end(), [type](const Curve& c) { return c.type == type; });
  return found == kCurves.end() ? nullptr : found;
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
  text.remove_suffix(padding);
  std::string out;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int digit = Base64Digit(text[i]);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    if (i % 4 == 0) continue;
    const unsigned left = static_cast<unsigned>(6 - 2 * (i % 4));
    out += static_cast<char>((bits >> left) & 0xff);
    bits &= (1U << left) - 1;
  }
  if (bits != 0) return std::nullopt;
  return out;
}

std::optional<std::string_view> TakeString(std::string_view& blob) {
  const auto length = TakeNumber(blob, 4);
  if (!length || *length > blob.size()) return std::nullopt;
  const std::string_view text = blob.substr(0, static_cast<std::size_t>(*length));
  blob.remove_prefix(text.size());
  return text;
}

std::optional<std::uint64_t> TakeNumber(std::string_view& blob, std::size_t bytes) {
  if (blob.size() < bytes) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) number = (number << 8) | static_cast<std::uint8_t>(blob[i]);
  blob.remove_prefix(bytes);
  return number;
}

bool IsKeyType(std::string_view type) {
  return type == kEd25519 || type == kEd25519Sk || type == kRsa || FindCurve(type) != nullptr;
}

bool IsSoundBlob(std::string_view type, std::string_view blob) {
  const auto inner = TakeString(blob);
  if (!inner || *inner != type) return false;
  if (type == kRsa) return BitsOfRsa(blob) != 0;
  if (type == kEd25519 || type == kEd25519Sk) return IsSoundEd25519(type == kEd25519Sk, blob);
  const Curve* curve = FindCurve(type);
  return curve != nullptr && IsSoundCurveKey(*curve, blob);
}

std::size_t FieldsOfKey(std::string_view type) {
  if (type == kRsa) return 2;  // exponent, modulus
  if (type == kEd25519) return 1;
  if (type == kEd25519Sk) return 2;  // … and application
  const Curve* curve = FindCurve(type);
  if (curve == nullptr) return 0;
  return curve->security_key ? 3 : 2;  // curve, point and application
}

int RsaBits(std::string_view blob) {
  const auto type = TakeString(blob);
  return type && *type == kRsa ? BitsOfRsa(blob) : 0;
}

}  // namespace taglogin::directory
