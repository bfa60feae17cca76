/* graph/check_state.c: findings of the check: how the walk's parts report them. See check_state.h. */
#include "graph/check_state.h"

#include <stdio.h>

void kg_check_report(kg_check_state *c, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(text, sizeof text, format, args);
  va_end(args);
  c->findings++;
  c->report(c->arg, text);
}

kgq_status kg_check_found(kg_check_state *c, kgq_status st, kgq_error *found, kgq_error **err) {
  if (st == KGQ_CORRUPT) {
    kg_check_report(c, "%s", kgq_error_message(found));
    kgq_error_free(found);
    return KGQ_OK;
  }
  if (found) {
    if (err && !*err) {
      *err = found;
    } else {
      kgq_error_free(found);
    }
  }
  return st;
}
