// SPDX-License-Identifier: Apache-2.0
// Names into a table and out again: each is answered as it was given, or refused with a reason and then
// not there. Input: entries of a kind, ids and texts.
#include "daemon/replica/table_writer.h"

#include <algorithm>

#include "tests/fuzz/table_questions.h"
#include "tests/protocol/table_samples.h"

namespace taglogin {
namespace {

using daemon::replica::PublishedNames;

PublishedNames NamesFrom(fuzz::Input& input) {
  PublishedNames names;
  names.id_lower = tests::kLower;
  names.id_upper = tests::kUpper;
  while (!input.AtEnd()) {
    const std::uint8_t kind = input.Byte();
    // Few ids, so that some are taken twice.
    const std::uint32_t id = (kind & 4) != 0 ? input.Number<std::uint32_t>() : tests::kLower + input.Byte() % 8;
    const std::string name(input.Until('\n'));
    if (kind % 4 == 3) {
      names.negatives.push_back({name, id});
    } else if (kind % 4 == 2) {
      names.groups.push_back({name, id});
    } else {
      const std::string gecos(input.Until('\n'));
      const std::string home(input.Until('\n'));
      const std::vector<std::uint32_t> gids((kind >> 4) & 3, id);
      names.accounts.push_back({name, id, tests::kLower + kind, gecos, home, "/bin/sh", gids});
    }
  }
  return names;
}

template <typename Entry, typename IdOf>
bool IsClaimedTwice(const std::vector<Entry>& entries, const Entry& entry, IdOf id_of) {
  return std::count_if(entries.begin(), entries.end(), [&](const Entry& other) {
           return other.name == entry.name || id_of(other) == id_of(entry);
         }) > 1;
}

void CheckAccounts(const PublishedNames& names, const protocol::TableView& view, std::size_t& shown) {
  for (const auto& truth : names.accounts) {
    protocol::AccountView said;
    const bool found = view.FindAccount(truth.uid, said) && said.name == truth.name;
    if (IsClaimedTwice(names.accounts, truth, [](const auto& account) { return account.uid; })) {
      FUZZ_CHECK(!found);
      continue;
    }
    if (!found) continue;
    ++shown;
    FUZZ_CHECK(view.FindAccount(truth.name, said) && said.uid == truth.uid && said.gid == truth.gid);
    FUZZ_CHECK(said.gecos == truth.gecos && said.home == truth.home && said.shell == truth.shell);
    FUZZ_CHECK(said.gid_count == truth.gids.size() && !view.IsNegative(truth.name, INT64_MIN));
    for (std::uint32_t i = 0; i < said.gid_count; ++i) FUZZ_CHECK(said.GidAt(i) == truth.gids[i]);
  }
}

void CheckGroups(const PublishedNames& names, const protocol::TableView& view, std::size_t& shown) {
  for (const auto& truth : names.groups) {
    protocol::GroupView said;
    const bool found = view.FindGroup(truth.gid, said) && said.name == truth.name;
    const bool twice = IsClaimedTwice(names.groups, truth, [](const auto& group) { return group.gid; });
    FUZZ_CHECK(!found || !twice);
    if (!found) continue;
    ++shown;
    FUZZ_CHECK(view.FindGroup(truth.name, said) && said.gid == truth.gid);
  }
}

void CheckNegatives(const PublishedNames& names, const protocol::TableView& view, std::size_t& shown) {
  for (const auto& truth : names.negatives) {
    const bool exists = std::any_of(names.accounts.begin(), names.accounts.end(),
                                    [&truth](const auto& account) { return account.name == truth.name; });
    FUZZ_CHECK(!exists || !view.IsNegative(truth.name, INT64_MIN));
  }
  std::vector<std::string> seen;
  for (const auto& truth : names.negatives) {
    if (!view.IsNegative(truth.name, INT64_MIN)) continue;
    if (std::find(seen.begin(), seen.end(), truth.name) == seen.end()) seen.push_back(truth.name);
  }
  shown += seen.size();
}

void Try(const PublishedNames& names, std::uint64_t seed) {
  auto table = daemon::replica::EncodeTable(names, seed);
  FUZZ_CHECK(table);
  for (const std::string& line : table->refused) FUZZ_CHECK(fuzz::IsPrintableLine(line));
  daemon::replica::StampGeneration(table->image, 3);
  const tests::ExactCopy exact(table->image);
  protocol::TableView view;
  FUZZ_CHECK(protocol::TableView::Open(exact.data(), exact.size(), view) && view.generation() == 3);
  std::size_t shown = 0;
  CheckAccounts(names, view, shown);
  CheckGroups(names, view, shown);
  CheckNegatives(names, view, shown);
  const std::size_t given = names.accounts.size() + names.groups.size() + names.negatives.size();
  FUZZ_CHECK(shown + table->refused.size() == given);
  fuzz::TableQuestions(view, {exact.data(), exact.size()}).AskAll();
}

}  // namespace
}  // namespace taglogin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  taglogin::fuzz::Input input(data, size);
  const auto seed = input.Number<std::uint16_t>();
  taglogin::Try(taglogin::NamesFrom(input), seed);
  return 0;
}
