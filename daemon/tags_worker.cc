// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags_worker.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "daemon/jitter.h"
#include "daemon/replica/freshness.h"

namespace taglogin::daemon {
namespace {

constexpr std::int64_t kSourceTimeMs = 5000;

std::chrono::sys_seconds Wall(const replica::Moment& moment) {
  return std::chrono::sys_seconds(std::chrono::seconds(moment.wall_s));
}

}  // namespace

TagsWorker::TagsWorker(std::vector<std::unique_ptr<tags::Source>> sources, std::chrono::seconds refresh,
                       Reports reports)
    : sources_(std::move(sources)),
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

// The first source in the list that has a key gives its value: a later one can add, never replace.
std::optional<replica::TagReading> TagsWorker::Merge() const {
  replica::TagReading merged;
  merged.tags.known = true;
  merged.tags.hostname = HostName();
  merged.read_at = replica::Now();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!answers_[i]) return std::nullopt;
    const Answer& answer = *answers_[i];
    merged.sources.push_back(sources_[i]->Name());
    for (const auto& [key, value] : answer.reading.tags) {
      merged.tags.tags.try_emplace(key, policy::Tag{value, sources_[i]->Name(), Wall(answer.read_at)});
    }
    if (merged.tags.instance_id.empty()) merged.tags.instance_id = answer.reading.instance_id;
    if (merged.account_id.empty()) merged.account_id = answer.reading.account_id;
    if (merged.region.empty()) merged.region = answer.reading.region;
    if (answer.read_at.boot_ms < merged.read_at.boot_ms) merged.read_at = answer.read_at;
  }
  return merged;
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
