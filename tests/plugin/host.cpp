// SPDX-License-Identifier: Apache-2.0
// lockfree_plugin_host PLUGIN: calls the plugin in a thread, closes it, lets the thread end.
#include <cstdio>
#include <cstdlib>
#include <semaphore>
#include <thread>

#include <dlfcn.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: lockfree_plugin_host PLUGIN\n", stderr);
    return 2;
  }
  void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  void* const found = plugin != nullptr ? dlsym(plugin, "count_once") : nullptr;
  if (found == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  const auto count_once = reinterpret_cast<long long (*)()>(found);
  std::binary_semaphore counted(0);
  std::binary_semaphore closed(0);
  long long count = 0;
  std::jthread user([&] {
    count = count_once();
    counted.release();
    closed.acquire();
  });
  counted.acquire();
  const bool right = count == 1 && dlclose(plugin) == 0;
  const bool loaded = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != nullptr;
  if (!loaded) {
    // The thread's end would run code that is not there.
    std::puts("the plugin is not loaded any more");
    std::fflush(stdout);
    std::_Exit(3);
  }
  closed.release();
  return right ? 0 : 1;
}
