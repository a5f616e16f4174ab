// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// What the build embeds: page/page.css and page/page.js.
namespace lfcheck::assets {

extern const std::string_view style;
extern const std::string_view script;
extern const std::string_view script_sha256;  // of `script`, in base64, as a content security policy wants it

}  // namespace lfcheck::assets
