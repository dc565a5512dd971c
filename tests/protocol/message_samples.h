// SPDX-License-Identifier: Apache-2.0
// One filled example of every message with its wire bytes, put together by hand from
// docs/protocol.md and not by the codec.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/messages.h"

namespace taglogin::test {

inline std::string Little32(std::uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}
inline std::string Text(const std::string& text) { return Little32(static_cast<std::uint32_t>(text.size())) + text; }
inline std::string Header(int kind) { return std::string("TL\x01") + static_cast<char>(kind); }

// Calls use(message, type, body bytes) with every request.
template <typename Use>
void ForEachRequest(Use use) {
  namespace p = protocol;
  p::AccountByName by_name;
  by_name.name = "alice";
  use(by_name, 1, Text("alice"));
  p::AccountByUid by_uid;
  by_uid.uid = 1000201104;
  use(by_uid, 2, Little32(1000201104));
  p::GroupByName group_by_name;
  group_by_name.name = "ssh prod";
  use(group_by_name, 3, Text("ssh prod"));
  p::GroupByGid by_gid;
  by_gid.gid = 0xfffffffe;
  use(by_gid, 4, Little32(0xfffffffe));
  p::GroupsOfAccount groups_of;
  groups_of.name = "";
  use(groups_of, 5, Text(""));
  p::Keys keys;
  keys.name = "alice";
  keys.fingerprint = "SHA256:x";
  use(keys, 6, Text("alice") + Text("SHA256:x"));
  p::CheckAccount check;
  check.name = "alice";
  check.service = "sshd";
  check.rhost = "192.0.2.7";
  check.tty = "ssh";
  use(check, 7, Text("alice") + Text("sshd") + Text("192.0.2.7") + Text("ssh"));
  p::OpenSession open;
  open.name = "alice";
  open.service = "sshd";
  open.rhost = "192.0.2.7";
  open.tty = "ssh";
  open.auth_info = "publickey ssh-ed25519 AAAA\n";
  use(open, 8, Text("alice") + Text("sshd") + Text("192.0.2.7") + Text("ssh") + Text("publickey ssh-ed25519 AAAA\n"));
  p::CloseSession close;
  close.name = "alice";
  close.service = "sshd";
  use(close, 9, Text("alice") + Text("sshd"));
  p::Admin admin;
  admin.count = 2;
  admin.args[0] = "why";
  admin.args[1] = "alice";
  use(admin, 10, Little32(2) + Text("why") + Text("alice"));
  p::Principals principals;
  principals.name = "alice";
  principals.fingerprint = "SHA256:x";
  principals.type = "ssh-rsa-cert-v01@openssh.com";
  principals.authority = "SHA256:y";
  use(principals, 11, Text("alice") + Text("SHA256:x") + Text("ssh-rsa-cert-v01@openssh.com") + Text("SHA256:y"));
}

// Calls use(message, body bytes) with every answer.
template <typename Use>
void ForEachAnswer(Use use) {
  namespace p = protocol;
  p::AccountAnswer account;
  account.name = "alice";
  account.uid = 7;
  account.gid = 8;
  account.gecos = "Alice Å";
  account.home = "/home/alice";
  account.shell = "/bin/bash";
  use(account, Text("alice") + Little32(7) + Little32(8) + Text("Alice Å") + Text("/home/alice") + Text("/bin/bash"));
  p::GroupAnswer group;
  group.name = "web";
  group.gid = 9;
  use(group, Text("web") + Little32(9));
  p::GroupsAnswer groups{};
  groups.count = 2;
  groups.gids[0] = 8;
  groups.gids[1] = 9;
  use(groups, Little32(2) + Little32(8) + Little32(9));
  p::KeysAnswer keys;
  keys.lines = "ssh-ed25519 AAAA\n";
  use(keys, Text("ssh-ed25519 AAAA\n"));
  p::VerdictAnswer verdict;
  verdict.verdict = static_cast<std::uint32_t>(p::Verdict::kDeny);
  verdict.code = "TL-DENY-NOGROUP";
  verdict.message = "No.";
  use(verdict, Little32(0x1d7b42c9) + Text("TL-DENY-NOGROUP") + Text("No."));
  use(p::DoneAnswer{}, std::string());
  p::AdminAnswer admin;
  admin.more = 1;
  admin.exit_code = 3;
  admin.json = "{}";
  use(admin, std::string("\x01\x03") + Text("{}"));
}

}  // namespace taglogin::test
