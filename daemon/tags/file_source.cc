// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "daemon/tags/check_tag.h"
#include "daemon/tags/source.h"
#include "policy/toml_keys.h"

namespace taglogin::daemon::tags {
namespace {

constexpr std::size_t kMaxFile = 65536;

base::Error At(const std::string& path, toml::source_index line, const std::string& what) {
  return base::Invalid(base::Printable(path) + ":" + std::to_string(line) + ": " + what);
}

base::Result<Reading> FromTable(const toml::table& table, const std::string& path) {
  if (table.size() > kMaxTags) return base::Invalid(base::Printable(path) + ": more than 64 tags");
  Reading reading;
  for (const auto& [name, node] : table) {
    const toml::source_index line = name.source().begin.line;
    auto key = CheckKey(name.str());
    if (!key) return At(path, line, key.error().detail);
    const auto* text = node.as_string();
    if (text == nullptr) return At(path, line, "\"" + base::Printable(name.str()) + "\" must be a string in quotes");
    auto value = CheckValue(*key, text->get());
    if (!value) return At(path, line, value.error().detail);
    if (!reading.tags.emplace(std::move(*key), std::move(*value)).second) {
      return At(path, line, "\"" + base::Printable(name.str()) + "\" stands there twice (in two Unicode forms)");
    }
  }
  return reading;
}

class FileSource final : public Source {
 public:
  explicit FileSource(std::string path) : path_(std::move(path)) {}
  std::string Name() const override { return "file:" + path_; }

  base::Result<Reading> Read(base::Deadline) override {
    auto text = base::ReadTrustedFile(path_, kMaxFile);
    if (!text) {
      // A file that is gone is a fault here, not a machine without tags.
      if (text.error().code == base::ErrorCode::kNotFound) return base::Unavailable(text.error().detail);
      return text.error();
    }
    auto table = policy::ParseToml(*text, path_);
    if (!table) return table.error();
    return FromTable(*table, path_);
  }

 private:
  std::string path_;
};

}  // namespace

std::unique_ptr<Source> MakeFileSource(std::string path) { return std::make_unique<FileSource>(std::move(path)); }

}  // namespace taglogin::daemon::tags
