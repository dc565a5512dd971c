// SPDX-License-Identifier: Apache-2.0
// Processes, some with several threads, that look names up in a tight loop through the built module, and
// compare every answer, as a whole, with two truths.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "built_module.h"

namespace taglogin::tests {

// The two tables that are published in turn. They differ in each field of alice's and in nothing of the
// other accounts', of which there are enough to fill several pages.
daemon::replica::PublishedNames Truth(char which);

// "A" or "B" when all that the module says of alice is of that table, "-" when it knows nobody, "mix: …"
// otherwise.
std::string WhichTruth(const BuiltModule& module);

// Looks every account up by its number: touches each page of the table. False when one is missing.
bool ReadsAll(const BuiltModule& module);

class Readers {
 public:
  // Starts `processes` readers, the last of which has `threads` threads. They may not meet an empty table.
  Readers(const BuiltModule& module, int processes, int threads);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Waits until every reader has seen `which` after this call; false when one has not within 5 s.
  bool AllSee(char which) const;
  // Ends them. Empty when each lived and every answer was right, otherwise what went wrong.
  std::string Stop();
  long looks() const;

 private:
  struct Board;  // in memory that the processes share
  struct Place;
  static void Read(const BuiltModule& module, Board& board, Place& place);

  Board* board_;
  int places_ = 0;
  std::vector<pid_t> children_;
};

}  // namespace taglogin::tests
