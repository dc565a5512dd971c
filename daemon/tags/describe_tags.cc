// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/describe_tags.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/printable.h"

namespace taglogin::daemon::tags {
namespace {

constexpr std::size_t kMaxItems = 1000;
constexpr std::size_t kMaxCode = 64;

struct DocumentFreer {
  void operator()(xmlDoc* document) const { ::xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, DocumentFreer>;

// Without the network, without entities of its own, without a word on standard error. The name in place of a path is
// for messages that nobody sees.
Document Parse(std::string_view xml) {
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  Document document(::xmlReadMemory(xml.data(), static_cast<int>(xml.size()), "answer", nullptr, kOptions));
  if (document == nullptr) return nullptr;
  // What has a document type may have entities that grow, or that stand for files.
  if (document->intSubset != nullptr || document->extSubset != nullptr) return nullptr;
  return document;
}

bool IsNamed(const xmlNode* node, const char* name) {
  return node->type == XML_ELEMENT_NODE && std::strcmp(reinterpret_cast<const char*>(node->name), name) == 0;
}

const xmlNode* Child(const xmlNode* node, const char* name) {
  for (const xmlNode* child = node == nullptr ? nullptr : node->children; child != nullptr; child = child->next) {
    if (IsNamed(child, name)) return child;
  }
  return nullptr;
}

// The text of a child without children of its own; empty if there is none.
std::string TextOf(const xmlNode* node, const char* name) {
  const xmlNode* child = Child(node, name);
  std::string text;
  for (const xmlNode* part = child == nullptr ? nullptr : child->children; part != nullptr; part = part->next) {
    if (part->type != XML_TEXT_NODE || part->content == nullptr) return {};
    text += reinterpret_cast<const char*>(part->content);
  }
  return text;
}

}  // namespace

base::Result<TagsPage> ParseTagsPage(std::string_view xml, const std::string& instance_id) {
  const Document document = Parse(xml);
  const xmlNode* root = document == nullptr ? nullptr : ::xmlDocGetRootElement(document.get());
  const xmlNode* set = root != nullptr && IsNamed(root, "DescribeTagsResponse") ? Child(root, "tagSet") : nullptr;
  if (set == nullptr) return base::Invalid("the answer to DescribeTags is none");
  TagsPage page;
  for (const xmlNode* item = set->children; item != nullptr; item = item->next) {
    if (!IsNamed(item, "item")) continue;
    if (page.tags.size() >= kMaxItems) return base::Invalid("DescribeTags: too many tags in one answer");
    const std::string of = TextOf(item, "resourceId");
    if (of != instance_id) {
      return base::Invalid("DescribeTags: a tag of \"" + base::Printable(of, 64) + "\", which was not asked for");
    }
    if (Child(item, "key") == nullptr) return base::Invalid("DescribeTags: a tag without a key");
    page.tags.emplace_back(TextOf(item, "key"), TextOf(item, "value"));
  }
  page.next_token = TextOf(root, "nextToken");
  return page;
}

std::string ErrorCodeOf(std::string_view xml) {
  const Document document = Parse(xml);
  const xmlNode* root = document == nullptr ? nullptr : ::xmlDocGetRootElement(document.get());
  std::string code = TextOf(Child(Child(root, "Errors"), "Error"), "Code");
  const bool plain = code.size() <= kMaxCode && std::all_of(code.begin(), code.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
                     });
  return plain ? code : std::string();
}

}  // namespace taglogin::daemon::tags
