// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lockfree/core/concepts.hpp>
#include <lockfree/core/traits.hpp>
