// SPDX-License-Identifier: Apache-2.0
// The steps of a change of the tags as audit events (docs/tags.md). Pure.
#pragma once

#include "audit/event.h"
#include "daemon/replica_worker.h"

namespace taglogin::daemon {

// Kind kTags; its detail is also what the log says. `now`: the freshness clock's moment, for the ages of the tags,
// which are those of the reading that gave them.
audit::Event EventOf(const ReplicaWorker::TagStep& step, const replica::Moment& now);

// "Environment: \"dev\" -> \"prod\", Role: none -> \"web\"": what differs, the first few, printable.
std::string Difference(const policy::TagSet& before, const policy::TagSet& after);

}  // namespace taglogin::daemon
