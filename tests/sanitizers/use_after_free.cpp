// SPDX-License-Identifier: Apache-2.0
// Reads an int that has been deleted. The pointer is volatile, so that the compiler does not see it and warn.
#include <cstdio>

int main() {
  int* volatile value = new int(1);
  delete value;
  std::printf("%d\n", *value);
  return 0;
}
