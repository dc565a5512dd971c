// SPDX-License-Identifier: Apache-2.0
// Publishes the NSS table into its folder by the rules of protocol/table_layout.h. Used by the replica
// thread alone; one publisher per folder and machine.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/replica/published_names.h"
#include "protocol/table_layout.h"

namespace taglogin::daemon::replica {

class TablePublisher {
 public:
  // Takes over `folder` (made, 0755, if only it is missing). The table found there stays in force until
  // the first Publish; a control page that is damaged or of another version is retired and replaced.
  // Errors: kInvalid (the folder is not ours alone to write, or not a folder), kRefused, kInternal.
  static base::Result<std::unique_ptr<TablePublisher>> Open(std::string folder);
  TablePublisher(const TablePublisher&) = delete;
  TablePublisher& operator=(const TablePublisher&) = delete;

  // Puts `names` in force for every process, and renews. Names as they were published last cost no new
  // table. Returns a line for each entry left out (see EncodeTable). On an error (kInvalid: the names;
  // kRefused, kInternal: the file system) what was published before stays in force.
  base::Result<std::vector<std::string>> Publish(const PublishedNames& names);

  // Call every 2 s: says that what was published is still what we mean. Nothing happens before the
  // first Publish, since the table found at Open was another's word. Publishes again when the folder's
  // content was lost; processes that mapped the lost page then come over at once. Errors: as Publish.
  base::Result<void> Renew();

  // Withdraws what was published: from now on no process believes it and each asks the daemon (or has no
  // directory names, when that is gone as well). For the removal of taglogin, not for stopping the
  // daemon. The next Publish puts the page in force again.
  void Retire();

 private:
  struct Unmap {
    void operator()(protocol::ControlPage* page) const;
  };
  using MappedPage = std::unique_ptr<protocol::ControlPage, Unmap>;

  TablePublisher(std::string folder, std::uint64_t seed) : folder_(std::move(folder)), seed_(seed) {}

  std::string PathOf(const char* file) const { return folder_ + "/" + file; }
  base::Result<void> CheckFolder() const;
  base::Result<void> OpenControl();
  base::Result<void> MakeControl() const;
  base::Result<bool> AdoptControl();
  bool ControlIsInPlace() const;
  base::Result<void> PutInForce();

  std::string folder_;
  std::uint64_t seed_;
  MappedPage control_;  // never null behind Open
  dev_t control_device_ = 0;
  ino_t control_inode_ = 0;
  std::uint64_t generation_ = 0;  // of the last table that was put in place, by whomever
  std::string image_;             // what we published last, stamped; empty: nothing yet
};

}  // namespace taglogin::daemon::replica
