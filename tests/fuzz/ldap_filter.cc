// SPDX-License-Identifier: Apache-2.0
// LDAP filters: whatever the bytes of a value, a reader of RFC 4515 finds one equality with those bytes.
#include "directory/ldap_filter.h"

#include "tests/directory/filter_model.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::directory {
namespace {

void CheckNode(const FilterNode& node, std::string_view attribute, std::string_view value) {
  FUZZ_CHECK(node.operation == '=' && node.parts.empty());
  FUZZ_CHECK(node.attribute == attribute && node.value == value);
}

void TryOne(std::string_view value) {
  const std::string filter = Equals("sAMAccountName", value);
  FUZZ_CHECK(fuzz::IsPrintableLine(filter));
  FilterNode node;
  FUZZ_CHECK(FilterModel::Parse(filter, node));
  CheckNode(node, "sAMAccountName", value);
}

void TryCombined(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) parts.push_back(Equals("cn", value));
  FilterNode node;
  FUZZ_CHECK(FilterModel::Parse(AllOf({Equals("objectClass", "user"), AnyOf(parts)}), node));
  FUZZ_CHECK(node.operation == '&' && node.parts.size() == 2);
  CheckNode(node.parts[0], "objectClass", "user");
  FUZZ_CHECK(node.parts[1].operation == '|' && node.parts[1].parts.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) CheckNode(node.parts[1].parts[i], "cn", values[i]);
}

}  // namespace
}  // namespace taglogin::directory

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  taglogin::fuzz::Input input(data, size);
  std::vector<std::string> values;
  while (!input.AtEnd()) {
    // An empty value would be no equality but a presence test; ldap_filter.h does not allow it.
    if (const std::string_view value = input.Field(); !value.empty()) values.emplace_back(value);
  }
  if (values.empty()) return 0;
  for (const std::string& value : values) taglogin::directory::TryOne(value);
  taglogin::directory::TryOne({reinterpret_cast<const char*>(data), size});
  taglogin::directory::TryCombined(values);
  return 0;
}
