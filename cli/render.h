// SPDX-License-Identifier: Apache-2.0
// The daemon's JSON documents as text for people. Pure; foreign bytes come out printable.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace taglogin::cli {

// `verb` as given to Ask. A document with "error" is that text.
std::string Render(const std::string& verb, const nlohmann::json& document);

}  // namespace taglogin::cli
