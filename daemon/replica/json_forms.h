// SPDX-License-Identifier: Apache-2.0
// The replica's records as JSON. Private to daemon/replica. Bytes that are not printable ASCII are
// written as {"hex": "…"}, so that a dump can not fail. Each FromJson gives false when a field is
// missing or of another type, or an id has characters that no id has; `out` is then half filled
// and not to be used.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "daemon/replica/contents.h"
#include "directory/records.h"

namespace taglogin::daemon::replica {

// An objectSid as text, or an entryUUID.
bool IsId(std::string_view id);

nlohmann::json ToJson(std::string_view text);
nlohmann::json ToJson(const directory::Group& group);
nlohmann::json ToJson(const directory::ResolvedGroup& resolved);
nlohmann::json ToJson(const directory::Member& member);
nlohmann::json ToJson(const ExtraAccount& extra);
nlohmann::json ToJson(const directory::Slice& slice);
nlohmann::json ToJson(const TagReading& reading);
nlohmann::json ToJson(const EarlierTags& earlier);
nlohmann::json ToJson(const MachineIdentity& machine);
// The walk without its groups, users and members, which are records of their own.
nlohmann::json ToJson(const WalkedClosure& walk);

bool FromJson(const nlohmann::json& value, std::string& out);
bool FromJson(const nlohmann::json& value, std::int64_t& out);
bool FromJson(const nlohmann::json& value, directory::Group& out);
bool FromJson(const nlohmann::json& value, directory::ResolvedGroup& out);
bool FromJson(const nlohmann::json& value, directory::Member& out);
bool FromJson(const nlohmann::json& value, ExtraAccount& out);
bool FromJson(const nlohmann::json& value, directory::Slice& out);
bool FromJson(const nlohmann::json& value, TagReading& out);
bool FromJson(const nlohmann::json& value, EarlierTags& out);
bool FromJson(const nlohmann::json& value, MachineIdentity& out);
bool FromJson(const nlohmann::json& value, WalkedClosure& out);

}  // namespace taglogin::daemon::replica
