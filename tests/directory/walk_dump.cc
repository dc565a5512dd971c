// SPDX-License-Identifier: Apache-2.0
// Walks a real directory and prints what it saw, for comparing with the directory's own answers and
// for measuring. Exit codes: 0 done, 1 the last walk failed, 2 bad arguments or settings.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/printable.h"
#include "directory/directory.h"
#include "directory/machine_ticket.h"
#include "directory/ssh_key.h"
#include "tests/directory/default_ids.h"

namespace {

using nlohmann::json;
using taglogin::base::Deadline;
using namespace taglogin::directory;

const char* Name(Resolution resolution) {
  switch (resolution) {
    case Resolution::kFound:
      return "found";
    case Resolution::kNotFound:
      return "not-found";
    case Resolution::kAmbiguous:
      return "ambiguous";
    case Resolution::kNotSecurity:
      return "not-security";
    case Resolution::kPinMismatch:
      return "pin-mismatch";
  }
  return "?";
}

json ToJson(const Group& group) {
  return {{"id", group.id}, {"guid", group.guid}, {"name", group.name}, {"security", group.security}};
}

json ToJson(const Member& member) {
  const Account& account = member.account;
  json out = {{"id", account.id},
              {"name", account.name},
              {"domain", account.domain},
              {"disabled", account.disabled},
              {"locked", account.locked_until.has_value()},
              {"password_must_change", account.password_must_change},
              {"primary_group_id", account.primary_group_id},
              {"home", account.home},
              {"shell", account.shell},
              {"nss_groups", member.nss_group_ids},
              {"uid", IdOfSid(account.id).value_or(0)}};
  out["expires"] = account.expires ? json(account.expires->time_since_epoch().count()) : json();
  const KeyReading keys = ReadKeys(account.key_values);
  out["rejected_keys"] = keys.rejected;
  out["keys"] = json::array();
  for (const SshKey& key : keys.keys) out["keys"].push_back(key.type + ' ' + key.Fingerprint());
  out["memberships"] = json::array();
  for (const Membership& way : member.memberships) {
    out["memberships"].push_back({{"group", way.group_id}, {"path", way.path}, {"contradicted", way.contradicted}});
  }
  return out;
}

json ToJson(const Closure& closure) {
  json out = {{"server", closure.server}, {"warnings", closure.warnings}, {"users", closure.users}};
  out["groups"] = json::object();
  for (const auto& [name, group] : closure.groups) {
    out["groups"][name] = ToJson(group.group);
    out["groups"][name]["resolution"] = Name(group.resolution);
  }
  out["known_groups"] = json::object();
  for (const auto& [id, group] : closure.known_groups) out["known_groups"][id] = ToJson(group);
  out["members"] = json::object();
  for (const auto& [id, member] : closure.members) out["members"][id] = ToJson(member);
  return out;
}

struct Options {
  Connection connection;
  WalkRequest request;
  std::vector<std::string> pins;
  std::vector<std::string> further;
  std::vector<std::string> find;
  int deadline_ms = 60000;
  int repeat = 1;
  int pause_ms = 0;
  bool as_json = false;
  bool changed = false;
  bool confirm = false;
  bool system_names = false;
};

std::int64_t Now() { return taglogin::base::ClockMs(CLOCK_MONOTONIC); }

void PrintLine(const json& line) {
  std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
}

template <typename T>
json Outcome(const char* what, std::int64_t begin, const Directory& directory,
             const taglogin::base::Result<T>& result) {
  json out = {{"call", what}, {"ms", Now() - begin}, {"operations", directory.operations()}, {"ok", bool(result)}};
  if (!result) {
    out["error"] = result.error().detail;
    out["code"] = static_cast<int>(result.error().code);
  }
  return out;
}

// Calls Changed until it asks for no more memberships.
bool Confirm(Directory& directory, const Options& options) {
  const std::int64_t begin = Now();
  for (std::uint64_t asked = 0, operations = 0; asked != 1; asked = directory.operations() - operations) {
    operations = directory.operations();
    const auto changed = directory.Changed(Deadline::After(options.deadline_ms));
    if (changed && !*changed) continue;
    PrintLine(Outcome("confirm", begin, directory, changed));
    return false;
  }
  PrintLine({{"call", "confirm"}, {"ms", Now() - begin}, {"operations", directory.operations()}, {"ok", true}});
  return true;
}

bool RunOnce(Directory& directory, const Options& options) {
  bool good = true;
  for (const std::string& name : options.find) {
    const std::int64_t begin = Now();
    const auto found = directory.FindAccount(name, Deadline::After(options.deadline_ms));
    json line = Outcome("find", begin, directory, found);
    if (found) line["account"] = ToJson(*found);
    good = good && bool(found);
    PrintLine(line);
  }
  if (options.changed) {
    const std::int64_t begin = Now();
    const auto changed = directory.Changed(Deadline::After(options.deadline_ms));
    json line = Outcome("changed", begin, directory, changed);
    if (changed) line["changed"] = *changed;
    PrintLine(line);
  }
  const std::int64_t begin = Now();
  const auto closure = directory.Walk(options.request, Deadline::After(options.deadline_ms));
  json line = Outcome("walk", begin, directory, closure);
  if (closure) {
    line["members"] = closure->members.size();
    if (options.as_json) line["closure"] = ToJson(*closure);
  }
  rusage usage{};
  (void)::getrusage(RUSAGE_SELF, &usage);
  line["peak_kib"] = usage.ru_maxrss;
  PrintLine(line);
  return good && bool(closure) && (!options.confirm || Confirm(directory, options));
}

void AddOptions(CLI::App& app, Options& options) {
  Connection& connection = options.connection;
  const std::map<std::string, Bind> binds = {{"gssapi", Bind::kGssapi}, {"simple", Bind::kSimple}};
  const std::map<std::string, Transport> transports = {
      {"sign-and-seal", Transport::kSignSeal}, {"starttls", Transport::kStartTls}, {"ldaps", Transport::kLdaps}};
  app.add_option("--domain", connection.domain)->required();
  app.add_option("--server", connection.servers)->required();
  app.add_option("--further", options.further, "DOMAIN=SERVER of further domains");
  app.add_option("--port", connection.port);
  app.add_option("--base", connection.search_base);
  app.add_option("--bind", connection.bind)->transform(CLI::CheckedTransformer(binds));
  app.add_option("--transport", connection.transport)->transform(CLI::CheckedTransformer(transports));
  app.add_option("--ca", connection.ca_file);
  app.add_option("--keytab", connection.keytab);
  app.add_option("--principal", connection.principal);
  app.add_option("--bind-dn", connection.bind_dn);
  app.add_option("--password-file", connection.bind_password_file);
  app.add_option("--group", options.request.groups);
  app.add_option("--user", options.request.users);
  app.add_option("--nss-group", options.request.nss_groups);
  app.add_option("--lookup", options.request.lookup_ids, "SIDs of further accounts");
  app.add_option("--pin", options.pins, "NAME=SID");
  app.add_option("--find", options.find, "login names for FindAccount, before each walk");
  app.add_option("--deadline-ms", options.deadline_ms);
  app.add_option("--repeat", options.repeat);
  app.add_option("--pause-ms", options.pause_ms, "between two rounds");
  app.add_flag("--changed", options.changed, "call Changed before each walk");
  app.add_flag("--confirm", options.confirm, "call Changed until it asks for nothing more, after each walk");
  app.add_flag("--json", options.as_json, "print the whole closure");
  app.add_flag("--system-names", options.system_names, "leave KRB5_CONFIG as it is");
}

int Run(int argc, char** argv) {
  Options options;
  int timeout_ms = 5000;
  CLI::App app("Walk a directory and print what is there");
  AddOptions(app, options);
  app.add_option("--timeout-ms", timeout_ms);
  CLI11_PARSE(app, argc, argv);
  options.connection.timeout = std::chrono::milliseconds(timeout_ms);
  for (const std::string& further : options.further) {
    const std::size_t equals = further.find('=');
    options.connection.further.push_back({further.substr(0, equals), {further.substr(equals + 1)}, 0});
  }
  for (const std::string& pin : options.pins) {
    const std::size_t equals = pin.find('=');
    if (equals != std::string::npos) options.request.pins[pin.substr(0, equals)] = pin.substr(equals + 1);
  }
  if (!options.system_names && !FixKerberosNames()) return 2;
  auto directory = OpenDirectory(options.connection);
  if (!directory) {
    std::cerr << directory.error().detail << '\n';
    return 2;
  }
  bool good = false;
  for (int round = 0; round < options.repeat; ++round) {
    if (round > 0) std::this_thread::sleep_for(std::chrono::milliseconds(options.pause_ms));
    good = RunOnce(**directory, options);
  }
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
