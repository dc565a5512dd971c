// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags_worker.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "daemon/jitter.h"
#include "daemon/replica/freshness.h"

namespace taglogin::daemon {
namespace {

constexpr std::int64_t kSourceTimeMs = 5000;
constexpr std::size_t kMaxShown = 64;

std::chrono::sys_seconds Wall(const replica::Moment& moment) {
  return std::chrono::sys_seconds(std::chrono::seconds(moment.wall_s));
}

std::vector<std::size_t> IndexesOf(const std::vector<std::string>& names,
                                   const std::vector<std::unique_ptr<tags::Source>>& sources) {
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (std::find(names.begin(), names.end(), sources[i]->Name()) != names.end()) indexes.push_back(i);
  }
  return indexes;
}

bool IsLocal(const tags::Source& source) { return source.Name().starts_with("file:"); }

// AWS's own tags: not every source shows them.
bool IsOfAws(std::string_view key) { return key.starts_with("aws:"); }

std::string Said(const tags::Reading& reading, const std::string& key) {
  const auto found = reading.tags.find(key);
  return found == reading.tags.end() ? "missing" : "\"" + base::Printable(found->second, kMaxShown) + "\"";
}

}  // namespace

TagsWorker::TagsWorker(std::vector<std::unique_ptr<tags::Source>> sources, std::vector<std::string> agree,
                       std::chrono::seconds refresh, Reports reports)
    : sources_(std::move(sources)),
      agree_(IndexesOf(agree, sources_)),
      refresh_(refresh),
      reports_(std::move(reports)),
      answers_(sources_.size()),
      worker_(std::make_unique<Worker>([this] { return Tick(); })) {}

void TagsWorker::ReadNow(std::function<void()> done) {
  worker_->Post([this, done = std::move(done)] {
    ReadAll();
    done();
  });
}

std::chrono::milliseconds TagsWorker::Tick() {
  const std::int64_t now = base::ClockMs(CLOCK_BOOTTIME);
  if (now >= next_ms_) {
    ReadAll();
    next_ms_ = base::ClockMs(CLOCK_BOOTTIME) + WithJitter(refresh_).count();
  }
  return std::chrono::milliseconds(std::max<std::int64_t>(next_ms_ - base::ClockMs(CLOCK_BOOTTIME), 1));
}

void TagsWorker::ReadAll() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    auto reading = sources_[i]->Read(base::Deadline::After(kSourceTimeMs));
    reports_.answered(sources_[i]->Name(), reading ? std::string() : reading.error().detail);
    if (reading) answers_[i] = Answer{*std::move(reading), replica::Now()};
  }
  if (auto merged = Merge()) reports_.read(*std::move(merged));
}

// The file's word first, then that of the sources in their order: another one can add, never replace.
std::optional<replica::TagReading> TagsWorker::Merge() {
  replica::TagReading merged;
  merged.tags.known = true;
  merged.tags.hostname = HostName();
  merged.read_at = replica::Now();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!answers_[i]) return std::nullopt;
    const Answer& answer = *answers_[i];
    merged.sources.push_back(sources_[i]->Name());
    if (merged.tags.instance_id.empty()) merged.tags.instance_id = answer.reading.instance_id;
    if (merged.account_id.empty()) merged.account_id = answer.reading.account_id;
    if (merged.region.empty()) merged.region = answer.reading.region;
    if (answer.read_at.boot_ms < merged.read_at.boot_ms) merged.read_at = answer.read_at;
    for (const std::string& warning : answer.reading.warnings)
      Warn("tags from " + sources_[i]->Name() + ": " + warning);
  }
  for (const bool local : {true, false}) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (IsLocal(*sources_[i]) == local) MergeTags(i, merged);
    }
  }
  merged.distrust = Disagreement();
  warned_ = std::exchange(warnings_, {});
  return merged;
}

void TagsWorker::MergeTags(std::size_t source, replica::TagReading& merged) {
  const std::string name = sources_[source]->Name();
  const bool must_agree = std::find(agree_.begin(), agree_.end(), source) != agree_.end();
  for (const auto& [key, value] : answers_[source]->reading.tags) {
    if (must_agree && IsOfAws(key) && !IsAgreed(key, value)) continue;
    const auto [it, is_new] =
        merged.tags.tags.try_emplace(key, policy::Tag{value, name, Wall(answers_[source]->read_at)});
    if (is_new || it->second.value == value) continue;
    Warn("tag \"" + base::Printable(key, kMaxShown) + "\" is \"" + base::Printable(it->second.value, kMaxShown) +
         "\" by " + base::Printable(it->second.source, kMaxShown) + ", which counts, and \"" +
         base::Printable(value, kMaxShown) + "\" by " + name);
  }
}

bool TagsWorker::IsAgreed(const std::string& key, const std::string& value) const {
  return std::all_of(agree_.begin(), agree_.end(), [&](std::size_t i) {
    const auto found = answers_[i]->reading.tags.find(key);
    return found != answers_[i]->reading.tags.end() && found->second == value;
  });
}

// The first thing that the sources which must agree say differently; empty: nothing.
std::string TagsWorker::Disagreement() const {
  for (std::size_t at = 1; at < agree_.size(); ++at) {
    const tags::Reading& one = answers_[agree_[0]]->reading;
    const tags::Reading& other = answers_[agree_[at]]->reading;
    const std::string by = " by " + base::Printable(sources_[agree_[0]]->Name(), kMaxShown);
    const std::string by_other = " by " + base::Printable(sources_[agree_[at]]->Name(), kMaxShown);
    std::set<std::string> keys;
    for (const auto& [key, value] : one.tags) keys.insert(key);
    for (const auto& [key, value] : other.tags) keys.insert(key);
    for (const std::string& key : keys) {
      const std::string said = Said(one, key);
      const std::string said_other = Said(other, key);
      const auto found = one.tags.find(key);
      const auto found_other = other.tags.find(key);
      const bool both = found != one.tags.end() && found_other != other.tags.end();
      if (both ? found->second == found_other->second : IsOfAws(key)) continue;
      return "the sources do not agree: tag \"" + base::Printable(key, kMaxShown) + "\" is " + said + by + " and " +
             said_other + by_other;
    }
    if (!one.instance_id.empty() && !other.instance_id.empty() && one.instance_id != other.instance_id) {
      return "the sources do not agree: the instance id is " + one.instance_id + by + " and " + other.instance_id +
             by_other;
    }
  }
  return {};
}

void TagsWorker::Warn(const std::string& warning) {
  if (warnings_.insert(warning).second && !warned_.contains(warning)) reports_.warn(warning);
}

std::string HostName() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return {};
  std::string host(name);
  host.resize(std::min(host.find('.'), host.size()));
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return host;
}

}  // namespace taglogin::daemon
