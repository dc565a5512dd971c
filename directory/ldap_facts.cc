// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_facts.h"

#include <optional>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"

namespace taglogin::directory {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// The next word, quoted string (with a quote in front, to tell it from a word) or parenthesis; empty at the end.
std::string NextToken(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  text.remove_prefix(begin == std::string_view::npos ? text.size() : begin);
  if (text.empty()) return {};
  std::size_t size = 1;
  if (text.front() == '\'') {
    size = text.find('\'', 1);
    if (size == std::string_view::npos) size = text.size();
    std::string token(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
    return token;
  }
  if (text.front() != '(' && text.front() != ')' && text.front() != '$') {
    size = text.find_first_of(" \t\r\n()$'");
    if (size == std::string_view::npos) size = text.size();
  }
  std::string token(text.substr(0, size));
  text.remove_prefix(size);
  return token;
}

// One token, or all between the parentheses that begin here; quotes taken off, in lower case.
std::vector<std::string> NextTokens(std::string_view& text) {
  std::vector<std::string> out;
  const auto add = [&out](const std::string& token) {
    const std::string bare = LowerAscii(token.front() == '\'' ? token.substr(1) : token);
    if (!bare.empty() && bare != "$") out.push_back(bare);
  };
  std::string token = NextToken(text);
  if (token != "(") {
    if (!token.empty()) add(token);
    return out;
  }
  for (token = NextToken(text); !token.empty() && token != ")"; token = NextToken(text)) add(token);
  return out;
}

RequiredAttributes StandardRequirements() {
  return {{"groupofnames", {"member"}}, {"groupofuniquenames", {"uniquemember"}}};  // RFC 4519 3.5, 3.6
}

base::Result<std::optional<Entry>> ReadOne(LdapSearcher& searcher, const std::string& base,
                                           std::vector<std::string> attributes, base::Deadline deadline) {
  Query query;
  query.base = base;
  query.attributes = std::move(attributes);
  std::optional<Entry> out;
  const auto take = [&out](std::size_t, Entry entry) { out = std::move(entry); };
  if (auto done = searcher.Search({query}, deadline, take); !done) return done.error();
  return out;
}

// The only context that the server holds, when the settings name no search base.
base::Result<std::string> SearchBase(const Connection& settings, const std::vector<std::string>& contexts) {
  if (!settings.search_base.empty()) return settings.search_base;
  if (contexts.size() == 1 && !contexts.front().empty()) return contexts.front();
  return base::Invalid("[directory] search_base is missing, and the server names " + std::to_string(contexts.size()) +
                       " naming contexts");
}

}  // namespace

void AddRequiredAttributes(std::string_view description, RequiredAttributes& into) {
  if (NextToken(description) != "(") return;
  (void)NextToken(description);  // the OID
  std::vector<std::string> names;
  std::vector<std::string> required;
  for (std::string token = NextToken(description); !token.empty() && token != ")"; token = NextToken(description)) {
    if (token == "NAME") names = NextTokens(description);
    if (token == "MUST") required = NextTokens(description);
    if (token == "(") {  // of a word that is nothing to us
      while (!token.empty() && token != ")") token = NextToken(description);
    }
  }
  for (const std::string& name : names) into[name] = {required.begin(), required.end()};
}

base::Result<LdapFacts> ReadLdapFacts(LdapSearcher& searcher, const Connection& settings, base::Deadline deadline) {
  const auto root = ReadOne(searcher, "", {"namingContexts", "subschemaSubentry", "vendorName"}, deadline);
  if (!root) return root.error();
  const Entry none;
  const Entry& about = *root ? **root : none;
  const auto& contexts = about.Values("namingcontexts");
  const auto wanted = SearchBase(settings, contexts);
  if (!wanted) return wanted.error();
  const auto base = ReadOne(searcher, *wanted, {"objectClass"}, deadline);
  if (!base) return base.error();
  if (!*base) {
    return base::Invalid("[directory] search_base " + base::Printable(*wanted) +
                         " is not there, or the server does not show it");
  }
  LdapFacts facts;
  facts.search_base = (*base)->dn;
  // One may lie in another.
  for (const std::string& context : contexts) {
    const bool nearer = facts.naming_context.empty() || IsWithin(context, facts.naming_context);
    if (nearer && IsWithin(facts.search_base, context)) facts.naming_context = context;
  }
  facts.id_attribute = settings.schema.id;
  const bool is_389 = about.Single("vendorname").starts_with("389 ");
  if (facts.id_attribute.empty()) facts.id_attribute = is_389 ? "nsUniqueId" : "entryUUID";
  facts.required = StandardRequirements();
  const std::string_view subschema = about.Single("subschemasubentry");
  if (subschema.empty()) return facts;
  const auto schema = ReadOne(searcher, std::string(subschema), {"objectClasses"}, deadline);
  if (!schema) return schema.error();
  if (!*schema) return facts;
  for (const std::string& value : (*schema)->Values("objectclasses")) AddRequiredAttributes(value, facts.required);
  return facts;
}

}  // namespace taglogin::directory
