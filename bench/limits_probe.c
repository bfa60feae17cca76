/* bench/limits_probe.c: how long the 200 costly queries go on after their deadline.
 *
 * limits_probe MILLISECONDS > lines of kind, tab, wall milliseconds, tab, CPU milliseconds, tab, status
 *
 * Planning and giving back are in the time: it is from the first step to the error.
 */
#include <time.h>

#include "tests/unit/costly_queries.h"

static double ms(clockid_t clock) {
  struct timespec t = { 0, 0 };
  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  char *data = costly_data(), query[COSTLY_BYTES];
  const uint64_t limit = argc > 1 ? strtoull(argv[1], NULL, 10) : 10;
  if (!data || costly_open(data, &db, &conn, NULL) != KGQ_OK ||
      kgq_set_limit(conn, KGQ_LIMIT_TIME_MS, limit) != KGQ_OK) {
    return 2;
  }
  for (unsigned i = 0; i < COSTLY_QUERIES; i++) {
    kgq_stmt *stmt = NULL;
    costly_query(i, query);
    kgq_status st = kgq_prepare(conn, query, KGQ_NUL_TERMINATED, &stmt, NULL);
    const double wall = ms(CLOCK_MONOTONIC), cpu = ms(CLOCK_THREAD_CPUTIME_ID);
    while (st == KGQ_OK || st == KGQ_ROW) {
      st = kgq_step(stmt, NULL);
    }
    printf("%s\t%.3f\t%.3f\t%s\n", costly_kind_of(i)->name, ms(CLOCK_MONOTONIC) - wall,
           ms(CLOCK_THREAD_CPUTIME_ID) - cpu, kgq_status_name(st));
    kgq_finalize(stmt);
  }
  kgq_disconnect(conn);
  free(data);
  return kgq_close(db) == KGQ_OK ? 0 : 1;
}
