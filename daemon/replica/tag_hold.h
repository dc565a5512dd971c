// SPDX-License-Identifier: Apache-2.0
// The ratchet on the machine's tags (docs/tags.md): what a change takes away is gone at once; what it adds counts when
// the sources have said so without interruption for a while, or when root says so. Pure functions on Contents, no I/O.
// Replica thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "daemon/replica/contents.h"
#include "policy/rules.h"

namespace taglogin::daemon::replica {

struct HoldSettings {
  std::chrono::seconds delay{600};  // 0: a change counts at once
  bool until_confirmed = false;     // `delay` does not matter: only Accept() ends a hold
};

// How many earlier sets of tags are kept one by one. What has to give way to a newer one counts as "tags unknown" until
// it would have gone: then no rule that uses tags lets in.
inline constexpr std::size_t kMaxEarlierTags = 16;

struct TagChange {
  // What became of the tags by one reading, or by Accept().
  enum class Outcome {
    kNone,     // as before
    kFirst,    // this machine's first tags: they count
    kApplied,  // a change that lets nobody in who was kept out: it counts
    kHeld,     // a change that may let somebody in: what it adds is held
    kElapsed,  // what was held counts now, since it has lasted
    kAccepted  // … since root said so
  };
  Outcome outcome = Outcome::kNone;
  policy::TagSet before;  // kApplied, kHeld: the tags just before; kElapsed, kAccepted: the oldest that still counted
};

// Puts `reading`, which the sources gave just now, in the place of contents.tags, and keeps the tags before it in
// contents.earlier_tags for as long as they count. Time passes by the clock of this boot, and only up to the oldest
// answer that `reading` rests on: sources that are silent end no hold. After a reboot the hold begins anew.
TagChange TakeTags(Contents& contents, TagReading reading, const policy::RuleSet& rules, const HoldSettings& hold,
                   const Moment& now);

// The sources could not be trusted meanwhile: what is held has lasted since `now` at the most.
void BeginHoldsAnew(Contents& contents, const Moment& now);

// Root says that the tags as they are count. kNone: nothing was held.
TagChange Accept(Contents& contents);

// The tags that decide together with contents.tags: each entry of earlier_tags, with the file's tags of now in the
// place of the file's tags of then, since those are root's own word.
std::vector<policy::TagSet> EarlierTagSets(const Contents& contents);

// policy::Select under `current` and under all that EarlierTagSets gives: what has to be known for a decision.
policy::SelectedNames SelectForAll(const policy::RuleSet& rules, const policy::TagSet& current,
                                   const Contents& contents);

// When (wall clock, seconds) the last of what is held counts at the earliest; nullopt: only when root says so, or
// nothing is held.
std::optional<std::int64_t> HeldUntil(const Contents& contents, const HoldSettings& hold);

// A short text that stands for the tags as they are, so that root confirms what was looked at.
std::string TagsId(const policy::TagSet& tags);

// Whether two sets say the same of this machine, whoever said it and when.
bool SameTags(const policy::TagSet& a, const policy::TagSet& b);

}  // namespace taglogin::daemon::replica
