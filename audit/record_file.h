// SPDX-License-Identifier: Apache-2.0
// Opening the audit file with the checks it needs, and what stands at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace taglogin::audit {

struct RecordFile {
  base::UniqueFd fd;
  std::uint64_t cut_bytes = 0;                 // what a crash had left of an unfinished line
  std::optional<std::uint64_t> last_sequence;  // nullopt: no records in it
};

// Opens or creates PATH for appending, checks it, locks it against other processes, cuts off an
// unfinished last line and reads the last record's number. Errors as Trail::Open.
base::Result<RecordFile> OpenRecordFile(const std::string& path);

// The number of the last complete record of a file that is not written any more; nullopt where
// there is no such file or no record in it. kCorrupt as Trail::Open.
base::Result<std::optional<std::uint64_t>> LastSequenceOf(const std::string& path);

// Whether PATH still names the file that is open as `fd`.
bool IsStillAt(const std::string& path, int fd);

}  // namespace taglogin::audit
