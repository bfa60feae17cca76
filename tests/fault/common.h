/* tests/fault/common.h: what the fault tests share: arguments, random numbers, children, and a database whose
 * right content is known for every moment.
 *
 * The model: step n of a run is one transaction that follows from the run's seed alone: a small update
 * (inserts and deletes), or a load of some thousands of quads. After step n the database holds an exactly
 * known set of quads, kept as a number of lines and the sum of their hashes. A database is right when its
 * export is the set of some step, and which step it is tells what was lost.
 */
#ifndef KG_TESTS_FAULT_COMMON_H
#define KG_TESTS_FAULT_COMMON_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "include/kgq.h"

/* ---- a run ----------------------------------------------------------------------------------------- */

typedef struct fault_run {
  const char *name;
  uint64_t seed;
  unsigned count, seconds; /* seconds: of tests that run for a time; 0: until the count is reached */
  unsigned workers;        /* processes at once; 0: as many as is usual */
  bool self_test, keep;
  unsigned passed, failed, skipped;
  unsigned hung;    /* with a guard taken away: neither caught nor passed */
  char folder[256]; /* of its own, removed at the end */
} fault_run;

/* Reads `--count N`, `--seed N`, `--seconds N`, `--workers N`, `--self-test` and `--keep`; makes the folder,
 * in memory if `in_memory` and the system can. */
void fault_begin(fault_run *run, const char *name, int argc, char **argv, unsigned count, bool in_memory);
/* Prints the seed and `N passed, N failed`; the exit status. */
int fault_end(fault_run *run);
void fault_pass(fault_run *run);
/* With --keep: what a trial failed on stays, under a name of its own. */
void fault_keep(const fault_run *run, const char *path, const char *name);
__attribute__((format(printf, 2, 3))) void fault_fail(fault_run *run, const char *format, ...);

/* Splitmix64. */
uint64_t fault_random(uint64_t *state);
uint64_t fault_below(uint64_t *state, uint64_t limit);
uint64_t fault_mix(uint64_t a, uint64_t b);

void fault_remove(const char *path); /* the whole folder */
void fault_copy(const char *from, const char *to);
_Noreturn void fault_die(const char *what); /* the test itself cannot go on: perror, exit 2 */

enum { FAULT_HANGS = 128 + SIGALRM };

/* Runs fn in a child; its exit status, or 128 + signal. After timeout_s it is ended: FAULT_HANGS. Time in
 * which it is stopped (SIGSTOP), or everything is, does not count. */
int fault_child(int (*fn)(void *arg), void *arg, unsigned timeout_s);
/* The same with KGQ_TEST_HOOK set to `hook` in the child (NULL: unset): a guard taken away. */
int fault_child_hooked(const char *hook, int (*fn)(void *arg), void *arg, unsigned timeout_s);

/* Runs fn in several processes at once, each with counts of its own, which are added up. usual: how many, if
 * --workers did not say. */
typedef void (*fault_worker_fn)(fault_run *run, unsigned which, unsigned workers, void *arg);
void fault_workers(fault_run *run, unsigned usual, fault_worker_fn fn, void *arg);
/* Trials first, first + step ... below count, many to a child, since making one costs more than most trials.
 * `told` hears of each result in the calling process. A child that dies costs the trial it was at: its
 * status, 128 + signal. */
typedef struct fault_trials {
  int (*run)(void *arg, unsigned trial);
  void (*told)(void *arg, unsigned trial, int result);
  void *arg;
  const char *hook;
  unsigned timeout_s; /* of one trial */
} fault_trials;
void fault_run_trials(const fault_trials *how, unsigned first, unsigned step, unsigned count);
/* Prints and counts whether `inner`, a run without some guard, has failed as it should. */
void fault_caught(fault_run *run, const char *what, const fault_run *inner);

/* ---- the model ------------------------------------------------------------------------------------- */

typedef struct fault_model {
  uint64_t seed;
  unsigned first_rows;  /* of the first step: from 1,000 on its terms become the base range */
  unsigned middle_rows; /* a load that goes into the delta ... */
  unsigned bulk_rows;   /* ... and one that is sorted and merged into blocks */
  unsigned middle_per_mille, bulk_per_mille;
  unsigned dense;      /* 1: the quads of a load share few terms */
  unsigned text_bytes; /* random text in each quad of a load: to fill disks */
} fault_model;

typedef struct fault_state {
  uint64_t step, lines, sum;
} fault_state;

bool fault_is_load(const fault_model *m, uint64_t n);
bool fault_is_bulk(const fault_model *m,
                   uint64_t n); /* a load that goes into files of its own, durable when acknowledged */
/* What the database holds after step n; n 0: nothing. Kept from call to call. */
fault_state fault_expected(const fault_model *m, uint64_t n);
/* Does step n, as one transaction. */
kgq_status fault_do_step(kgq_conn *conn, const fault_model *m, uint64_t n, kgq_error **err);
/* What the database holds. */
kgq_status fault_read(kgq_conn *conn, fault_state *out, kgq_error **err);

/* Opens with a small cache. */
kgq_status fault_open(const char *path, uint32_t flags, kgq_db **db, kgq_conn **conn, kgq_error **err);
/* Prints the error and frees it; its status. */
kgq_status fault_tell(const char *where, kgq_error *err);

enum { FAULT_RIGHT = 0, FAULT_WRONG = 1, FAULT_UNOPENED = 3 };
/* Compares with the steps low to high and has it checked; *found: the step. Prints what is wrong. */
int fault_judge(kgq_conn *conn, const char *path, const fault_model *m, uint64_t low, uint64_t high,
                uint64_t *found);
/* Opens, compares with the steps low to high, has it checked; *found: the step. Prints what is wrong.
 * With `work_on` one more step is done and read back. */
int fault_verify(const char *path, const fault_model *m, uint64_t low, uint64_t high, uint32_t flags,
                 bool work_on, uint64_t *found);

#endif
