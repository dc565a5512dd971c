#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# format.sh: fails, and says where, if a source file is not as clang-format writes it, or if ShellCheck
# finds something in a script.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t sources < <(find . -path ./build -prune -o -path ./.git -prune -o \( -name '*.cc' -o -name '*.h' \) -print)
mapfile -t scripts < <(grep -rlE --exclude-dir=build --exclude-dir=.git '^#!/bin/(ba)?sh|^# shellcheck shell=' .)
clang-format --dry-run -Werror "${sources[@]}"
shellcheck "${scripts[@]}"
echo "${#sources[@]} sources and ${#scripts[@]} scripts are well-formed"
