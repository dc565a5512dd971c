// SPDX-License-Identifier: Apache-2.0
// Every message between a client (module, keyhelper, cli) and taglogind. docs/protocol.md says the
// same for people; a test holds the two together.
//
// Transport: AF_UNIX SOCK_SEQPACKET at kSocketPath. One connection carries one request (one packet)
// and its answer (one packet; an Admin answer is a run of packets, see AdminAnswer). A packet is a
// header {u16 kMagic, u8 kVersion, u8 type-or-status} and the fields below in order.
// Who asks is what SO_PEERCRED says, never what a message says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/codec.h"

namespace taglogin::protocol {

inline constexpr char kSocketPath[] = "/run/taglogin/socket";
inline constexpr std::uint16_t kMagic = 0x4c54;  // "TL"
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kMaxPacket = 65536;  // bytes; a longer packet is malformed
inline constexpr std::size_t kMaxGroups = 4096;   // gids in one GroupsAnswer
inline constexpr std::size_t kMaxAdminArgs = 32;

enum class RequestType : std::uint8_t {
  kAccountByName = 1,
  kAccountByUid = 2,
  kGroupByName = 3,
  kGroupByGid = 4,
  kGroupsOfAccount = 5,
  kKeys = 6,
  kCheckAccount = 7,
  kOpenSession = 8,
  kCloseSession = 9,
  kAdmin = 10,
  kPrincipals = 11,
};

// First byte of an answer's body. Only kOk is followed by fields.
enum class Status : std::uint8_t {
  kOk = 1,
  kNotFound = 2,      // no such account or group: an answer
  kNotPermitted = 3,  // this peer may not send this request
  kMalformed = 4,     // the request could not be decoded
  kUnavailable = 5,   // the daemon cannot say now (still starting, directory silent, overloaded)
};

// Large odd constants, so that a zeroed or shifted buffer is never an allow.
enum class Verdict : std::uint32_t {
  kAllow = 0x5a3c96e1,
  kDeny = 0x1d7b42c9,
  kAccountExpired = 0x2e8f53da,  // a deny whose reason is expiry: PAM_ACCT_EXPIRED
  kUnknownUser = 0x3f9064eb,     // not in the directory, or a local account: not ours
};

// Each message lists its fields once; Codec is Reader or Writer.
#define TAGLOGIN_FIELDS                    \
  template <typename Codec, typename Self> \
  static bool Fields

struct AccountByName {
  static constexpr RequestType kType = RequestType::kAccountByName;
  std::string_view name;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.String(self.name); }
};
struct AccountByUid {
  static constexpr RequestType kType = RequestType::kAccountByUid;
  std::uint32_t uid = 0;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.U32(self.uid); }
};
struct GroupByName {
  static constexpr RequestType kType = RequestType::kGroupByName;
  std::string_view name;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.String(self.name); }
};
struct GroupByGid {
  static constexpr RequestType kType = RequestType::kGroupByGid;
  std::uint32_t gid = 0;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.U32(self.gid); }
};
struct GroupsOfAccount {
  static constexpr RequestType kType = RequestType::kGroupsOfAccount;
  std::string_view name;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.String(self.name); }
};

// sshd's AuthorizedKeysCommand with %u and %f (sshd_config(5)).
struct Keys {
  static constexpr RequestType kType = RequestType::kKeys;
  std::string_view name;
  std::string_view fingerprint;  // "SHA256:…" as ssh-keygen -l prints it
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.String(self.name) && codec.String(self.fingerprint); }
};

// sshd's AuthorizedPrincipalsCommand with %u, %f, %t and %F (sshd_config(5)): a certificate was offered.
struct Principals {
  static constexpr RequestType kType = RequestType::kPrincipals;
  std::string_view name;
  std::string_view fingerprint;  // of the certified key, "SHA256:…"
  std::string_view type;         // of the certificate, "ssh-ed25519-cert-v01@openssh.com"
  std::string_view authority;    // fingerprint of the key that signed it
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    return codec.String(self.name) && codec.String(self.fingerprint) && codec.String(self.type) &&
           codec.String(self.authority);
  }
};

// PAM account phase: who, where, in what state. Fields as in pam_get_item(3); empty if not set.
struct CheckAccount {
  static constexpr RequestType kType = RequestType::kCheckAccount;
  std::string_view name;
  std::string_view service;
  std::string_view rhost;
  std::string_view tty;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    return codec.String(self.name) && codec.String(self.service) && codec.String(self.rhost) && codec.String(self.tty);
  }
};

// PAM open_session: as CheckAccount, and how: SSH_AUTH_INFO_0 as sshd put it into the PAM environment.
struct OpenSession {
  static constexpr RequestType kType = RequestType::kOpenSession;
  std::string_view name;
  std::string_view service;
  std::string_view rhost;
  std::string_view tty;
  std::string_view auth_info;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    return codec.String(self.name) && codec.String(self.service) && codec.String(self.rhost) &&
           codec.String(self.tty) && codec.String(self.auth_info);
  }
};

struct CloseSession {
  static constexpr RequestType kType = RequestType::kCloseSession;
  std::string_view name;
  std::string_view service;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.String(self.name) && codec.String(self.service); }
};

// A cli command: args[0] is the verb (see docs/protocol.md).
struct Admin {
  static constexpr RequestType kType = RequestType::kAdmin;
  std::uint32_t count = 0;
  std::string_view args[kMaxAdminArgs];
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    if (!codec.U32(self.count) || self.count > kMaxAdminArgs) return false;
    for (std::uint32_t i = 0; i < self.count; ++i) {
      if (!codec.String(self.args[i])) return false;
    }
    return true;
  }
};

struct AccountAnswer {
  std::string_view name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string_view gecos;
  std::string_view home;
  std::string_view shell;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    return codec.String(self.name) && codec.U32(self.uid) && codec.U32(self.gid) && codec.String(self.gecos) &&
           codec.String(self.home) && codec.String(self.shell);
  }
};

// Groups are answered without members: who is in a group is nobody else's business here.
struct GroupAnswer {
  std::string_view name;
  std::uint32_t gid = 0;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.String(self.name) && codec.U32(self.gid); }
};

// Supplementary gids of an account, its primary one included.
struct GroupsAnswer {
  std::uint32_t count = 0;
  std::uint32_t gids[kMaxGroups];
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    if (!codec.U32(self.count) || self.count > kMaxGroups) return false;
    for (std::uint32_t i = 0; i < self.count; ++i) {
      if (!codec.U32(self.gids[i])) return false;
    }
    return true;
  }
};

// Complete lines (each ends in '\n'), composed by the daemon. To Keys: as in authorized_keys, from decoded keys; none
// when the account does not have the offered key. To Principals: as in an AuthorizedPrincipalsFile; none when
// certificates of that authority do not count.
struct KeysAnswer {
  std::string_view lines;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) { return codec.String(self.lines); }
};

// `code` is a stable reason code (docs/reasons.md); `message` is one printable line for the person.
struct VerdictAnswer {
  std::uint32_t verdict = 0;  // a Verdict; anything else is a deny
  std::string_view code;
  std::string_view message;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    return codec.U32(self.verdict) && codec.String(self.code) && codec.String(self.message);
  }
};

// The daemon has recorded that the session is over (CloseSession).
struct DoneAnswer {
  TAGLOGIN_FIELDS(Codec&, Self&) { return true; }
};

// A piece of JSON text. `more` is 1 on every packet but the last, whose `exit_code` is what the cli
// exits with; the pieces joined are one JSON document.
struct AdminAnswer {
  std::uint8_t more = 0;
  std::uint8_t exit_code = 0;
  std::string_view json;
  TAGLOGIN_FIELDS(Codec& codec, Self& self) {
    return codec.U8(self.more) && codec.U8(self.exit_code) && codec.String(self.json);
  }
};

#undef TAGLOGIN_FIELDS

// Writes a request packet. False when it does not fit.
template <typename Message>
bool EncodeRequest(Writer& writer, const Message& message) noexcept {
  return writer.U8(kMagic & 0xff) && writer.U8(kMagic >> 8) && writer.U8(kVersion) &&
         writer.U8(static_cast<std::uint8_t>(Message::kType)) && Message::Fields(writer, message);
}

// Reads a packet's header; `kind` is the request's type or the answer's status.
inline bool DecodeHeader(Reader& reader, std::uint8_t& kind) noexcept {
  std::uint8_t low = 0;
  std::uint8_t high = 0;
  std::uint8_t version = 0;
  return reader.U8(low) && reader.U8(high) && reader.U8(version) && reader.U8(kind) && (low | (high << 8)) == kMagic &&
         version == kVersion;
}

// Reads the fields behind a header; false when any is missing or bytes are left over.
template <typename Message>
bool DecodeBody(Reader& reader, Message& message) noexcept {
  return Message::Fields(reader, message) && reader.AtEnd();
}

template <typename Message>
bool EncodeAnswer(Writer& writer, const Message& message) noexcept {
  return writer.U8(kMagic & 0xff) && writer.U8(kMagic >> 8) && writer.U8(kVersion) &&
         writer.U8(static_cast<std::uint8_t>(Status::kOk)) && Message::Fields(writer, message);
}

// An answer without fields: any Status but kOk.
inline bool EncodeStatus(Writer& writer, Status status) noexcept {
  return writer.U8(kMagic & 0xff) && writer.U8(kMagic >> 8) && writer.U8(kVersion) &&
         writer.U8(static_cast<std::uint8_t>(status));
}

}  // namespace taglogin::protocol
