// SPDX-License-Identifier: Apache-2.0
// The rules as they read on one machine: `when` judged, templates expanded, names turned into ids; made
// once for many decisions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/account.h"
#include "policy/rules.h"
#include "policy/tags.h"

namespace taglogin::policy {

struct ResolvedNames;

// A group that a rule names.
struct BoundGroup {
  std::string name;        // after expansion
  std::string id;          // empty: not resolved, nobody is in it
  std::size_t number = 0;  // the same for the same name in all rules, below BoundRules::distinct_groups
};

struct BoundRule {
  const Rule* rule = nullptr;
  bool keeps_out = false;          // rather than lets in
  bool denies_everybody = false;   // deny = ["*"]
  bool applies = false;            // all of `when` holds
  bool uses_tags = false;          // in `when` or a template
  bool has_tag_templates = false;  // in `login` or `deny`
  std::vector<BoundGroup> groups;  // of `login` or `deny`, in the order written; what cannot be expanded is left out
                                   // ("*" stays: nobody's name)
  std::vector<std::string> principals;  // of `principals`, where {name} is still to be replaced
  std::vector<std::string> users;       // ids of those of `users` or `deny_users` that are resolved
};

// Refers to the RuleSet, which must outlive it. Immutable once made.
struct BoundRules {
  // Where an id is named: rules[rule].groups[group].
  struct Place {
    std::size_t rule = 0;
    std::size_t group = 0;
  };

  const std::string& IdAt(const Place& place) const { return rules[place.rule].groups[place.group].id; }

  TagSet tags;  // those that it was made with
  AccountChecks checks;
  std::vector<BoundRule> rules;  // in file order
  std::vector<Place> by_id;      // every resolved group, in the order of ids
  std::size_t distinct_groups = 0;
};

// What Decide() decides by. Refers to `rules`, copies what it needs of the others. Pure and never fails; a
// template that cannot be expanded and a name that is not resolved are no groups anybody is in.
BoundRules Bind(const RuleSet& rules, const TagSet& tags, const ResolvedNames& names, AccountChecks checks = {});

}  // namespace taglogin::policy
