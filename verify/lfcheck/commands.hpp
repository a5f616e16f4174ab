// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lfcheck {

/// What lfcheck can be told to do. Each takes the arguments after its own name, with the program's name in front, and
/// returns the exit code.

/// Without a name: runs checks and their defects. check.cpp
int check_command(int argc, char** argv);

/// Stops threads for ever and compares what that does to the others with what the structures claim. progress.cpp
int progress_command(int argc, char** argv);
/// `merge`: joins the reports of shards. merge.cpp
int merge_command(int argc, char** argv);
/// 'audit': weakens every order and says what dies of it. audit.cpp
int audit_command(int argc, char** argv);

}  // namespace lfcheck
