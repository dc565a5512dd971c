// SPDX-License-Identifier: Apache-2.0
// T22: many values made from good keys by damaging them, always the same ones. What is accepted
// must be a key to ssh-keygen too, with the same fingerprint, one line each.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "directory/ssh_key.h"
#include "tests/directory/key_vectors.h"

namespace taglogin::directory {
namespace {

using namespace std::string_literals;

constexpr int kRounds = 120000;

class Generator {
 public:
  Generator() {
    for (const KeyVector& vector : {kEd25519, kEcdsa256, kEcdsa384, kEcdsa521, kRsa2048, kSkEd25519, kSkEcdsa}) {
      SshKey key;
      if (DecodeKey(vector.type, vector.base64, key)) keys_.push_back(key);
    }
    keys_.push_back({kDsa.type, kDsa.base64});
  }

  std::string Value() {
    std::string out = Pick({"", "", "", "SSHKey:", "sshkey: ", "X509:", "command=\"x\" ", "# ", "no-pty,"});
    const std::size_t lines = 1 + random_() % 3;
    for (std::size_t i = 0; i < lines; ++i)
      out += Line() + Pick({"\n", "\r\n", " ", "\0"s, "\x0b", "\xe2\x80\xa8", ","});
    return Damage(out, random_() % 4 == 0);
  }

 private:
  std::string Pick(const std::vector<std::string>& choices) { return choices[random_() % choices.size()]; }

  std::string Line() {
    SshKey key = keys_[random_() % keys_.size()];
    key.blob = Damage(key.blob, random_() % 2 == 0);
    if (random_() % 8 == 0) key.type = keys_[random_() % keys_.size()].type;
    return key.type + Pick({" ", " ", " ", "\t", "  ", "\x0b", ""}) + key.Base64() +
           Pick({"", "", "", " me", "=", "\tx"});
  }

  std::string Damage(std::string text, bool really) {
    const std::size_t times = really ? 1 + random_() % 3 : 0;
    for (std::size_t i = 0; i < times && !text.empty(); ++i) {
      const std::size_t at = random_() % text.size();
      switch (random_() % 4) {
        case 0:
          text[at] = static_cast<char>(random_());
          break;
        case 1:
          text.erase(at, 1 + random_() % 4);
          break;
        case 2:
          text.insert(at, 1 + random_() % 4, static_cast<char>(random_()));
          break;
        default:
          text[at] = static_cast<char>(text[at] ^ (1 << (random_() % 8)));
      }
    }
    return text;
  }

  std::mt19937 random_{22};
  std::vector<SshKey> keys_;
};

// A file of this test, empty at first.
class TemporaryFile {
 public:
  TemporaryFile() {
    const int fd = ::mkstemp(path_);
    EXPECT_GE(fd, 0);
    if (fd >= 0) ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  char* path() { return path_; }

 private:
  char path_[32] = "/tmp/taglogin-keys-XXXXXX";
};

// The fingerprints that ssh-keygen prints for a file, line by line; its complaints count as lines.
std::vector<std::string> AskSshKeygen(char* path) {
  TemporaryFile answer;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, answer.path(), O_WRONLY | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  char program[] = "ssh-keygen";
  char option[] = "-lf";
  char* arguments[] = {program, option, path, nullptr};
  pid_t child = 0;
  EXPECT_EQ(::posix_spawnp(&child, program, &actions, nullptr, arguments, environ), 0);
  ::posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  std::vector<std::string> out;
  std::ifstream lines(answer.path());
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string bits;
    std::string fingerprint;
    words >> bits >> fingerprint;
    out.push_back(fingerprint);
  }
  return out;
}

TEST(ReadKeys, AcceptsOnlyWhatSshKeygenAccepts) {
  Generator generator;
  std::set<std::string> lines;
  std::vector<std::string> expected;
  std::ostringstream file;
  std::size_t accepted = 0;
  for (int round = 0; round < kRounds; ++round) {
    const KeyReading reading = ReadKeys({generator.Value()});
    for (const SshKey& key : reading.keys) {
      ++accepted;
      const std::string line = key.type + ' ' + key.Base64();
      ASSERT_EQ(line.find_first_of("\r\n\0"s), std::string::npos);
      SshKey again;
      ASSERT_TRUE(DecodeKey(key.type, key.Base64(), again)) << line;
      ASSERT_EQ(again.blob, key.blob);
      if (!lines.insert(line).second) continue;
      file << line << '\n';
      expected.push_back(key.Fingerprint());
    }
  }
  // Fewer would mean that little was tried: most are whole keys, and some damaged ones are keys again.
  ASSERT_GT(accepted, 5000U);
  ASSERT_GT(expected.size(), 500U);
  TemporaryFile input;
  std::ofstream(input.path()) << file.str();
  EXPECT_EQ(AskSshKeygen(input.path()), expected);
}

}  // namespace
}  // namespace taglogin::directory
