// SPDX-License-Identifier: Apache-2.0
#include "cli/render.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/printable.h"

namespace taglogin::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxText = 4096;

std::string Text(const json& value) {
  if (value.is_null()) return {};
  return base::Printable(value.is_string() ? value.get_ref<const std::string&>() : value.dump(), kMaxText);
}

std::string Text(const json& document, const char* key) {
  if (!document.is_object()) return {};
  const auto found = document.find(key);
  return found == document.end() ? std::string() : Text(*found);
}

bool Flag(const json& document, const char* key) {
  if (!document.is_object()) return false;
  const auto found = document.find(key);
  return found != document.end() && found->is_boolean() && found->get<bool>();
}

const json& Part(const json& document, const char* key) {
  static const json nothing;
  if (!document.is_object()) return nothing;
  const auto found = document.find(key);
  return found == document.end() ? nothing : *found;
}
std::string Join(const json& list, const char* between) {
  std::string out;
  if (!list.is_array()) return out;
  for (const auto& item : list) {
    if (!item.is_string()) continue;
    if (!out.empty()) out += between;
    out += base::Printable(item.get_ref<const std::string&>(), kMaxText);
  }
  return out;
}

std::string Line(const std::string& name, const std::string& value) {
  constexpr std::size_t kColumn = 16;
  if (value.empty()) return {};
  std::string out = "  " + name;
  out.resize(std::max(out.size() + 1, kColumn), ' ');
  return out + value + "\n";
}

// Each string of a list as a line of its own.
std::string Lines(const std::string& name, const json& list) {
  std::string out;
  for (const auto& item : list) {
    if (item.is_string()) out += Line(name, base::Printable(item.get_ref<const std::string&>(), kMaxText));
  }
  return out;
}

std::string Ago(const json& document, const char* key) {
  const std::string seconds = Text(document, key);
  return seconds.empty() ? std::string("at an unknown time") : seconds + " s ago";
}

std::string TagList(const json& tags) {
  std::string out;
  for (const auto& tag : tags) {
    if (!tag.is_object()) continue;
    if (!out.empty()) out += ", ";
    out += Text(tag, "key") + "=" + Text(tag, "value") + " (" + Text(tag, "source") + ", confirmed " +
           Ago(tag, "age_s") + ")";
  }
  return out;
}

std::string GroupPath(const json& decision, const std::string& user) {
  std::string path = Join(Part(decision, "path"), " > ");
  if (path.empty()) return Text(decision, "group");
  return user.empty() ? path : path + " > " + user;
}

std::string Decision(const json& decision, const std::string& user) {
  std::string out;
  out += Line("verdict",
              std::string(Flag(decision, "allow") ? "allowed" : "denied") + " (" + Text(decision, "code") + ")");
  out += Line("because", Text(decision, "detail"));
  out += Line("rule", Text(decision, "rule"));
  out += Line("group", GroupPath(decision, user));
  const std::string more = Text(decision, "more_would_suffice");
  out += Line("would suffice",
              Join(Part(decision, "would_suffice"), " or ") + (more.empty() ? "" : " or one of " + more + " others"));
  out += Line("only from", Join(Part(decision, "from"), ", "));
  out += Line("directory", Text(decision, "freshness") + ", confirmed " + Ago(decision, "data_age_s"));
  return out;
}

std::string Why(const json& document) {
  const std::string user = Text(document, "user");
  const json& account = Part(document, "account");
  std::string out = user + " (uid " + Text(account, "uid") + ", " + Text(account, "id") + ")\n";
  const json& last = Part(document, "last_decision");
  if (last.is_object()) {
    out += "last decision here, " + Text(last, "time") + ":\n" + Decision(last, user);
  } else {
    out += "no decision was made here yet\n";
  }
  out += "now:\n" + Decision(Part(document, "now"), user);
  out += Line("tags", TagList(Part(document, "tags")));
  return out;
}

std::string Test(const json& document) {
  const std::string user = Text(document, "user");
  return user + " at " + Text(document, "time") + ":\n" + Decision(document, user) +
         Line("tags", TagList(Part(document, "tags")));
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    out += line + "\n";
  }
  return out;
}

std::string Who(const json& document) {
  std::vector<std::vector<std::string>> rows = {{"USER", "RULE", "THROUGH", "FROM"}};
  for (const auto& row : Part(document, "who")) {
    const std::string through = GroupPath(row, {});
    const std::string from = Join(Part(row, "from"), ",");
    rows.push_back({Text(row, "user"), Text(row, "rule"), through.empty() ? "named in the rule" : through,
                    from.empty() ? "anywhere" : from});
  }
  std::string out = Table(rows);
  if (!Flag(document, "complete")) out += "not complete: the directory has not been read yet for the rules in force\n";
  return out;
}

std::string Hold(const json& hold) {
  if (!hold.is_object()) return {};
  const std::string until = Text(hold, "until");
  std::string out = "HELD (id " + Text(hold, "id") + "): what the last change adds does not count " +
                    (until.empty() ? "until root confirms it" : "before " + until) + ": taglogin tags accept\n";
  for (const auto& earlier : Part(hold, "earlier")) {
    std::string tags;
    for (const auto& tag : earlier) {
      tags +=
          (tags.empty() ? "" : ", ") + Text(tag, "key") + "=" + Text(tag, "value") + " (" + Text(tag, "source") + ")";
    }
    out += Line("before", tags.empty() ? "no tags" : tags);
  }
  std::string users = Join(Part(hold, "users"), ", ");
  if (const std::string more = Text(hold, "more_users"); more != "0") users += " and " + more + " more";
  if (!Flag(hold, "complete")) users += (users.empty() ? "" : ", ") + std::string("not known yet");
  return out + Line("kept out", users.empty() ? "nobody" : users);
}

std::string AcceptTags(const json& document) {
  return "these tags count now: " + TagList(Part(document, "tags")) + "\n";
}

std::string Tags(const json& document) {
  std::vector<std::vector<std::string>> rows = {{"KEY", "VALUE", "SOURCE", "CONFIRMED"}};
  for (const auto& tag : Part(document, "tags")) {
    rows.push_back({Text(tag, "key"), Text(tag, "value"), Text(tag, "source"), Ago(tag, "age_s")});
  }
  std::string out = Table(rows);
  for (const auto* source : {"gce", "azure"}) {
    const bool used = std::any_of(rows.begin(), rows.end(), [source](const auto& row) { return row[2] == source; });
    if (used) out += std::string("source ") + source + ": tried against recorded formats only\n";
  }
  out += "host name " + Text(document, "hostname") + ", instance id " + Text(document, "instance_id") + "\n";
  out += Hold(Part(document, "hold"));
  const std::string distrust = Text(document, "distrust");
  if (!distrust.empty()) out += "the tags are not trusted: " + distrust + "\n";
  if (!Flag(document, "known") && distrust.empty()) out += "no tag source has answered yet\n";
  const json& errors = Part(document, "errors");
  if (!errors.is_object()) return out;
  for (const auto& [source, error] : errors.items()) {
    if (const std::string text = Text(error); !text.empty()) out += base::Printable(source) + ": " + text + "\n";
  }
  return out;
}

std::string Server(const json& server, const std::string& in_use) {
  const std::string host = Text(server, "host");
  std::string out = host + (host == in_use ? ", in use" : "") + (Flag(server, "in_site") ? ", of this site" : "");
  if (const json& ping = Part(server, "ping"); ping.is_object()) {
    if (Flag(ping, "answered")) {
      const std::string site = Text(ping, "site");
      out += ", answered in " + Text(ping, "latency_ms") + " ms " + Ago(ping, "age_s");
      out += site.empty() ? "" : " (site " + site + ")";
    } else {
      out += ", " + Text(ping, "error") + " " + Ago(ping, "age_s");
    }
  }
  if (const json& failed = Part(server, "failed"); failed.is_object()) {
    const std::string times = Text(failed, "times");
    out += "; failed " + (times == "1" ? "" : times + " times, last ") + Ago(failed, "age_s") + ": ";
    out += Text(failed, "error");
  }
  return out;
}

// What of [directory] domains nobody has tried on real servers is said here, not only in the docs.
std::string FurtherDomains(const json& servers) {
  const std::string domains = Join(Part(servers, "domains"), ", ");
  if (domains.empty()) return {};
  return Line("domains", domains + " (further ones; of one forest: tried with scripted servers only, see docs)");
}

std::string Servers(const json& servers) {
  if (Text(servers, "source") != "dns") return {};
  const std::string site = Text(servers, "site");
  const std::string looked = Text(servers, "looked_s");
  std::string out = Line("site", (site.empty() ? std::string("none known") : site) + "; DNS " +
                                     (looked.empty() ? "is being asked" : "was asked " + looked + " s ago"));
  for (const auto& server : Part(servers, "tried")) out += Line("server", Server(server, Text(servers, "in_use")));
  out += Line("warning", Text(servers, "problem"));
  for (const auto& refused : Part(servers, "refused")) out += Line("warning", Text(refused) + ": not used");
  return out;
}

std::string Status(const json& document) {
  std::string out =
      "taglogind " + Text(document, "version") + ": " + (Flag(document, "healthy") ? "all is well" : "not well") + "\n";
  out += Line("since", Text(document, "started"));
  if (!Text(document, "domain").empty()) {
    out += Line("directory", Text(document, "domain") + " at " + Text(document, "server") + ", " +
                                 Text(document, "freshness") + ", confirmed " + Ago(document, "directory_age_s"));
    out += Servers(Part(document, "servers"));
    out += FurtherDomains(Part(document, "servers"));
    const json& rules = Part(document, "rules");
    out += Line("rules", Text(rules, "count") + ", version " + Text(rules, "version") + ", " + Text(rules, "source"));
    out += Line("tags", TagList(Part(document, "tags")));
    out += Hold(Part(document, "tags_hold"));
    out += Line("accounts", Text(document, "accounts"));
    out += Line("sessions", Text(document, "sessions"));
  }
  out += Lines("PROBLEM", Part(document, "problems"));
  out += Lines("warning", Part(document, "warnings"));
  return out;
}

std::string Refresh(const json& document) {
  return "read again from " + Text(document, "server") + ": " + Text(document, "accounts") + " accounts\n";
}

}  // namespace

std::string Render(const std::string& verb, const json& document) {
  if (const std::string error = Text(document, "error"); !error.empty()) return error + "\n";
  static const std::map<std::string, std::string (*)(const json&)> kRenderers = {{"why", Why},
                                                                                 {"test", Test},
                                                                                 {"who", Who},
                                                                                 {"tags", Tags},
                                                                                 {"status", Status},
                                                                                 {"refresh", Refresh},
                                                                                 {"accept-tags", AcceptTags}};
  const auto renderer = kRenderers.find(verb);
  return renderer == kRenderers.end() ? document.dump() + "\n" : renderer->second(document);
}

}  // namespace taglogin::cli
