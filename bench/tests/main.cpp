// SPDX-License-Identifier: Apache-2.0
// The main program of version 2 of the test framework; version 3 brings its own.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
