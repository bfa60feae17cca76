/* bench/probe.h: what the probes of the storage layer share: ending at an error, clocks, chance, printing a
 * figure.
 *
 * Each includes it once, after naming itself: #define PROBE "store_probe". It holds no measurement.
 */
#ifndef KG_BENCH_PROBE_H
#define KG_BENCH_PROBE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/error.h"

static kgq_error *err;

static void must(kgq_status st) {
  if (st != KGQ_OK) {
    char text[1000];
    (void)kgq_error_format(err, text, sizeof text);
    fprintf(stderr, PROBE ": %s", text);
    exit(1);
  }
}

static void must_hold(bool fact, const char *what) {
  if (!fact) {
    fprintf(stderr, PROBE ": wrong: %s\n", what);
    exit(1);
  }
}

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t next_random(void) {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void print(const char *name, double value) {
  printf("%s\t%.9g\n", name, value);
}

static int compare_doubles(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

#endif
