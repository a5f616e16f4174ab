// SPDX-License-Identifier: Apache-2.0
// render_fixture <study.json> <page.html>: the renderer by itself, for the browser test and for work on the page.
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "render.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: render_fixture <study.json> <page.html>\n";
    return 2;
  }
  try {
    std::ifstream in{argv[1]};
    if (!in) throw std::runtime_error(std::string{"cannot read "} + argv[1]);
    const std::string page = lockfree::study::render_html(nlohmann::json::parse(in));
    std::ofstream out{argv[2], std::ios::binary};
    out << page;
    out.close();
    if (!out) throw std::runtime_error(std::string{"cannot write "} + argv[2]);
  } catch (const std::exception& e) {
    std::cerr << "render_fixture: " << e.what() << '\n';
    return 1;
  }
  return EXIT_SUCCESS;
}
