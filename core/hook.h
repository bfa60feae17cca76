/* core/hook.h: guards that a test takes away to show that it would notice.
 *
 * Built with -DKG_TEST_HOOKS, as the fault tests are, and run with KGQ_TEST_HOOK=name or =name,other, the
 * guards of these names are left out. Without it there are no hooks: the answer is false at compile time.
 */
#ifndef KG_CORE_HOOK_H
#define KG_CORE_HOOK_H

#include <stdbool.h>

#ifdef KG_TEST_HOOKS
#include <stdlib.h>
#include <string.h>

static inline bool kg_hook(const char *name) {
  const char *wanted = getenv("KGQ_TEST_HOOK");
  const size_t bytes = strlen(name);
  for (const char *p = wanted; p != NULL; p = strchr(p, ',')) {
    p += *p == ',' ? 1 : 0;
    if (strncmp(p, name, bytes) == 0 && (p[bytes] == ',' || p[bytes] == '\0')) {
      return true;
    }
  }
  return false;
}
#else
#define kg_hook(name) false
#endif

#endif
