// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "protocol/messages.h"

namespace taglogin::tests {
namespace {

std::string Trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes the first word off `rest`.
std::string Word(std::string& rest) {
  const auto space = rest.find(' ');
  std::string word = rest.substr(0, space);
  rest = space == std::string::npos ? "" : Trim(rest.substr(space));
  return word;
}

class Parser {
 public:
  explicit Parser(std::string path) : path_(std::move(path)) {}

  Script Parse() {
    std::ifstream file(path_);
    if (!file) Fail("cannot be read");
    std::string line;
    while (std::getline(file, line)) {
      ++number_;
      const std::string text = Trim(line);
      if (text.empty() || text[0] == '#') continue;
      if (text[0] == '[') {
        section_ = text;
      } else {
        Line(text);
      }
    }
    if (script_.run.empty()) Fail("runs nothing");
    return script_;
  }

 private:
  [[noreturn]] void Fail(const std::string& why) {
    std::cerr << path_ << ":" << number_ << ": " << why << "\n";
    std::exit(2);
  }

  void Line(const std::string& text) {
    if (section_ == "[pam]") {
      script_.pam.push_back(Assignment(text));
    } else if (section_ == "[options]") {
      script_.arguments.push_back(text);
    } else if (section_ == "[run]") {
      script_.run.push_back(Run(text));
    } else if (section_ == "[daemon]") {
      Daemon(text);
    } else if (section_ == "[output]") {
      script_.output.push_back(text);
    } else {
      Fail("no such section: " + section_);
    }
  }

  std::pair<std::string, std::string> Assignment(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) Fail("must be NAME = VALUE");
    return {Trim(text.substr(0, equals)), Unescape(Trim(text.substr(equals + 1)))};
  }

  RunLine Run(const std::string& text) {
    RunLine line;
    std::string rest = text;
    const std::string verb = Word(rest);
    if (verb == "unset") {
      line.kind = RunLine::Kind::kUnset;
      line.name = rest;
      return line;
    }
    line.kind = verb == "set" ? RunLine::Kind::kSet : RunLine::Kind::kCall;
    const auto [name, value] = Assignment(verb == "set" ? rest : text);
    line.name = name;
    line.value = value;
    if (const std::string silent = " silent"; line.kind == RunLine::Kind::kCall && line.name.ends_with(silent)) {
      line.silent = true;
      line.name.resize(line.name.size() - silent.size());
    }
    return line;
  }

  void Daemon(const std::string& text) {
    if (text == "is absent") {
      script_.daemon_absent = true;
    } else if (text == "is not trusted") {
      script_.daemon_untrusted = true;
    } else if (pending_request_) {
      script_.daemon.back().reply = ReplyOf(text);
      pending_request_ = false;
    } else {
      script_.daemon.push_back({text, {}});
      pending_request_ = true;
    }
  }

  std::uint32_t Number(const std::string& text) {
    char* end = nullptr;
    const unsigned long value = std::strtoul(text.c_str(), &end, 0);
    if (text.empty() || *end != '\0' || value > UINT32_MAX) Fail("not a number: " + text);
    return static_cast<std::uint32_t>(value);
  }

  Reply ReplyOf(std::string rest) {
    const std::string verb = Word(rest);
    if (verb == "close") return {Reply::Kind::kClose, {}};
    if (verb == "silence") return {Reply::Kind::kSilence, {}};
    if (verb == "cut" || verb == "extra") return Resized(verb == "cut", rest);
    if (verb == "magic" || verb == "version") return Forged(verb == "magic", rest);
    return {Reply::Kind::kPacket, PacketOf(verb, rest)};
  }

  Reply Resized(bool cut, std::string& rest) {
    const std::size_t count = Number(Word(rest));
    Reply reply = ReplyOf(rest);
    if (cut && count > reply.bytes.size()) Fail("cuts more than there is");
    reply.bytes.resize(cut ? reply.bytes.size() - count : reply.bytes.size() + count, '\0');
    return reply;
  }

  Reply Forged(bool magic, std::string& rest) {
    const std::uint32_t value = Number(Word(rest));
    Reply reply = ReplyOf(rest);
    if (reply.bytes.size() < 4) Fail("has no header to forge");
    reply.bytes[magic ? 0 : 2] = static_cast<char>(value & 0xff);
    if (magic) reply.bytes[1] = static_cast<char>(value >> 8);
    return reply;
  }

  std::string PacketOf(const std::string& verb, std::string& rest) {
    using protocol::Verdict;
    if (verb == "done") return DonePacket();
    if (verb == "status") return StatusPacket(static_cast<std::uint8_t>(Number(rest)));
    if (verb == "bytes") return Unescape(rest);
    Verdict verdict{};
    if (verb == "allow") verdict = Verdict::kAllow;
    if (verb == "deny") verdict = Verdict::kDeny;
    if (verb == "expired") verdict = Verdict::kAccountExpired;
    if (verb == "unknown") verdict = Verdict::kUnknownUser;
    auto number = static_cast<std::uint32_t>(verdict);
    if (verb == "verdict") {
      number = Number(Word(rest));
    } else if (number == 0) {
      Fail("the daemon cannot answer \"" + verb + "\"");
    }
    const std::string code = Unescape(Word(rest));
    return VerdictPacket(number, code, Unescape(rest));
  }

  // \n, \t, \\ and \xNN.
  std::string Unescape(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\' || i + 1 == text.size()) {
        out += text[i];
        continue;
      }
      const char kind = text[++i];
      if (kind == 'x' && i + 2 < text.size()) {
        out += static_cast<char>(Number("0x" + text.substr(i + 1, 2)));
        i += 2;
      } else {
        out += kind == 'n' ? '\n' : (kind == 't' ? '\t' : kind);
      }
    }
    return out;
  }

  std::string path_;
  int number_ = 0;
  std::string section_;
  bool pending_request_ = false;
  Script script_;
};

}  // namespace

Script ReadScript(const std::string& path) { return Parser(path).Parse(); }

}  // namespace taglogin::tests
