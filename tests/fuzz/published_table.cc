// SPDX-License-Identifier: Apache-2.0
// The published table, whatever its bytes: nothing is read outside, and what is answered could be. Input:
// a byte that says how, then 0: a table as it is; 1: one whose digests are put right first; 2: one word
// (place, eight bytes) to be changed in a good table, after which answers are the true ones or none.
#include "daemon/replica/table_writer.h"
#include "tests/fuzz/table_questions.h"
#include "tests/fuzz/table_repair.h"
#include "tests/protocol/table_samples.h"

namespace taglogin {
namespace {

void TryBytes(const std::string& bytes) {
  const tests::ExactCopy exact(bytes);
  protocol::TableView view;
  if (!protocol::TableView::Open(exact.data(), exact.size(), view)) return;
  fuzz::TableQuestions(view, {exact.data(), exact.size()}).AskAll();
}

bool IsSame(const protocol::AccountView& said, const daemon::replica::PublishedAccount& truth) {
  bool same = said.name == truth.name && said.uid == truth.uid && said.gid == truth.gid && said.gecos == truth.gecos &&
              said.home == truth.home && said.shell == truth.shell && said.gid_count == truth.gids.size();
  for (std::uint32_t i = 0; same && i < said.gid_count; ++i) same = said.GidAt(i) == truth.gids[i];
  return same;
}

// table_layout.h: any change within one word changes a digest.
void TryOneWord(fuzz::Input input) {
  static const daemon::replica::PublishedNames names = tests::SampleNames();
  static const std::string good = daemon::replica::EncodeTable(names, 7)->image;
  std::string bytes = good;
  const std::size_t at = input.Number<std::uint16_t>() % (bytes.size() / 8) * 8;
  fuzz::StoreAt(bytes, at, fuzz::LoadAt<std::uint64_t>(bytes, at) ^ input.Number<std::uint64_t>());
  const tests::ExactCopy exact(bytes);
  protocol::TableView view;
  if (!protocol::TableView::Open(exact.data(), exact.size(), view)) return;
  // Its own digest: a changed header is no header.
  FUZZ_CHECK(at >= sizeof(protocol::TableHeader) || bytes == good);
  protocol::AccountView account;
  for (const auto& truth : names.accounts) {
    FUZZ_CHECK(!view.FindAccount(truth.name, account) || IsSame(account, truth));
    FUZZ_CHECK(!view.FindAccount(truth.uid, account) || IsSame(account, truth));
    FUZZ_CHECK(!view.IsNegative(truth.name, 0));
  }
  protocol::GroupView group;
  for (const auto& truth : names.groups) {
    FUZZ_CHECK(!view.FindGroup(truth.name, group) || group.gid == truth.gid);
    FUZZ_CHECK(!view.FindGroup(truth.gid, group) || group.name == truth.name);
  }
  fuzz::TableQuestions(view, {exact.data(), exact.size()}).AskAll();
}

}  // namespace
}  // namespace taglogin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  taglogin::fuzz::Input input(data, size);
  const int how = input.Byte() % 3;
  if (how == 2) {
    taglogin::TryOneWord(input);
    return 0;
  }
  std::string bytes(input.Rest());
  if (how == 1) taglogin::fuzz::RepairTable(bytes);
  taglogin::TryBytes(bytes);
  return 0;
}
