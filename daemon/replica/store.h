// SPDX-License-Identifier: Apache-2.0
// replica.sqlite in the state folder: Contents on disk, written by differences, one transaction
// each, so that a reader after a crash finds one whole state or the one before. Replica thread only.
// What is stored is checksummed as a whole and checked again like input from the directory; the
// uids and gids are not stored at all but computed anew from the SIDs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/replica/contents.h"

namespace taglogin::daemon::replica {

// What ties a replica to this machine: SHA-256 (hex) over `folder`/machine-id, else the node name,
// and over `directory` (domain and search base, as the caller writes them).
std::string ReplicaOwner(const std::string& directory, const std::string& folder = "/etc");

class Store {
 public:
  struct Opened {
    std::unique_ptr<Store> store;
    Contents contents;                  // empty when there was nothing, or it was rebuilt
    std::vector<std::string> warnings;  // printable, one line each: rebuilt, and why
  };
  // Opens or creates FOLDER/replica.sqlite (0600; a missing folder is made 0700). A file that is
  // damaged, of another schema version, or of another `owner` is moved to replica.sqlite.bad and a
  // new one begun: contents come back whole or empty, never in part. Errors: kRefused (the folder
  // or file is a symlink, belongs to someone else, or is open to group or others), kUnavailable
  // (another process has it open), kInternal (disk).
  static base::Result<Opened> Open(const std::string& folder, const std::string& owner);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Makes the file say what `contents` says: one transaction, only rows that differ are written.
  // After an error the file says what it said before; the caller keeps its contents in memory and
  // saves again later. Costs an encoding of everything: for a new closure and for new tags.
  base::Result<void> Save(const Contents& contents);
  // As Save, for one account: its extra entry, last use and last decision, and the high-water mark.
  base::Result<void> SaveAccount(const Contents& contents, const std::string& account_id,
                                 const std::string& login_name);

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace taglogin::daemon::replica
