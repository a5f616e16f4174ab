// SPDX-License-Identifier: Apache-2.0
// All of the library.
#pragma once

#include <lockfree/catalogue.hpp>
#include <lockfree/concepts.hpp>
#include <lockfree/reclaim/hazard_pointer.hpp>
