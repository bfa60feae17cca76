/* query/aside.c: rows put aside and given back sorted by ids. See aside.h.
 *
 * A run is sorted as pairs of the first key and a place, by merging from runs of one upwards.
 */
#include "query/aside.h"

#include <assert.h>

/* The least of a run: with fewer, a small budget would end in thousands of runs. */
#define RUN_ROWS 1024u
/* Rows between two looks at the deadline. */
#define LOOK_ROWS (16u << 10)

typedef struct entry {
  kg_id key; /* the first one */
  uint32_t row;
} entry;

struct kg_aside {
  kg_op *op;
  kg_aside_spec spec;
  kg_rows rows;
  entry *entries, *spare;
  uint32_t capacity;
  kg_row_runs *runs; /* NULL: all rows are in memory */
  kg_id *last;       /* of a merge: the row given last */
  bool given;
  uint32_t at;
};

static void free_entries(kg_aside *a) {
  kg_free(&a->op->memory, a->entries, a->capacity * sizeof(entry));
  kg_free(&a->op->memory, a->spare, a->capacity * sizeof(entry));
  a->entries = a->spare = NULL;
  a->capacity = 0;
}

static size_t last_bytes(const kg_aside *a) {
  return ((size_t)a->spec.width + 1) * sizeof(kg_id);
}

kgq_status kg_aside_new(kg_op *op, const kg_aside_spec *spec, kg_aside **out, kgq_error **err) {
  kg_aside *a = (kg_aside *)kg_alloc_zero(&op->memory, 1, sizeof(kg_aside));
  *out = NULL;
  if (!a) {
    return kg_fail_memory(err);
  }
  a->op = op;
  a->spec = *spec;
  a->last = (kg_id *)kg_alloc_zero(&op->memory, 1, last_bytes(a));
  kg_rows_init(&a->rows, &op->memory, spec->width);
  if (!a->last) {
    kg_aside_free(a);
    return kg_fail_memory(err);
  }
  *out = a;
  return KGQ_OK;
}

void kg_aside_free(kg_aside *a) {
  if (!a) {
    return;
  }
  kg_row_runs_free(a->runs);
  free_entries(a);
  kg_rows_free(&a->rows);
  kg_free(&a->op->memory, a->last, last_bytes(a));
  kg_free(&a->op->memory, a, sizeof *a);
}

/* ---- order -------------------------------------------------------------------------------------- */

static int compare_keys(const kg_aside *a, const kg_id *x, const kg_id *y) {
  const uint32_t end = a->spec.first + a->spec.key_count;
  for (uint32_t c = a->spec.first; c < end; c++) {
    if (x[c] != y[c]) {
      return x[c] < y[c] ? -1 : 1;
    }
  }
  return 0;
}

static kgq_status compare_rows(void *arg, const kg_id *x, const kg_id *y, int *out, kgq_error **err) {
  (void)err;
  *out = compare_keys((const kg_aside *)arg, x, y);
  return KGQ_OK;
}

static bool comes_before(const kg_aside *a, const entry *right, const entry *left) {
  return right->key < left->key ||
         (right->key == left->key && a->spec.key_count > 1 &&
          compare_keys(a, kg_rows_at(&a->rows, right->row), kg_rows_at(&a->rows, left->row)) < 0);
}

static void merge_pair(kg_aside *a, uint32_t from, uint32_t middle, uint32_t to) {
  uint32_t i = from, j = middle, k = from;
  if (middle == to || !comes_before(a, &a->entries[middle], &a->entries[middle - 1])) {
    memcpy(a->spare + from, a->entries + from, (to - from) * sizeof(entry));
    return;
  }
  while (i < middle && j < to) {
    a->spare[k++] = comes_before(a, &a->entries[j], &a->entries[i]) ? a->entries[j++] : a->entries[i++];
  }
  memcpy(a->spare + k, a->entries + i, (middle - i) * sizeof(entry));
  memcpy(a->spare + k + (middle - i), a->entries + j, (to - j) * sizeof(entry));
}

static kgq_status sort_entries(kg_aside *a, kgq_error **err) {
  const uint64_t count = a->rows.count;
  uint64_t moved = 0;
  for (uint64_t run = 1; run < count && a->spec.key_count > 0; run *= 2) {
    for (uint64_t from = 0; from < count; from += 2 * run) {
      const uint64_t middle = from + run < count ? from + run : count;
      const uint64_t to = from + 2 * run < count ? from + 2 * run : count;
      merge_pair(a, (uint32_t)from, (uint32_t)middle, (uint32_t)to);
      moved += to - from;
      if (moved >= LOOK_ROWS) {
        KGQ_TRY(kg_cancel_check(a->op->run->cancel, err));
        moved = 0;
      }
    }
    entry *swap = a->entries;
    a->entries = a->spare;
    a->spare = swap;
  }
  return KGQ_OK;
}

static kgq_status sort_rows(kg_aside *a, kgq_error **err) {
  const uint32_t count = a->rows.count;
  if (count > a->capacity) {
    free_entries(a);
    a->capacity = count;
    a->entries = (entry *)kg_alloc(&a->op->memory, count * sizeof(entry));
    a->spare = (entry *)kg_alloc(&a->op->memory, count * sizeof(entry));
    if (!a->entries || !a->spare) {
      return kg_fail_memory(err);
    }
  }
  for (uint32_t i = 0; i < count; i++) {
    a->entries[i] = (entry){ a->spec.key_count ? kg_rows_at(&a->rows, i)[a->spec.first] : 0, i };
  }
  return sort_entries(a, err);
}

/* ---- putting aside ------------------------------------------------------------------------------ */

static bool is_full(const kg_aside *a) {
  const kg_run *run = a->op->run;
  if (kg_run_off(run, KG_OFF_SORT_MEMORY)) {
    return a->rows.count >= KG_FEW_ROWS;
  }
  return a->rows.count >= RUN_ROWS && kg_row_runs_possible(run) &&
         a->rows.count * (a->spec.width * sizeof(kg_id) + 2 * sizeof(entry)) >= a->spec.bytes_max;
}

/* Is row i of the sorted ones wanted? */
static bool is_wanted(const kg_aside *a, uint32_t i) {
  return !a->spec.once || i == 0 ||
         compare_keys(a, kg_rows_at(&a->rows, a->entries[i - 1].row),
                      kg_rows_at(&a->rows, a->entries[i].row)) != 0;
}

static kgq_status spill(kg_aside *a, kgq_error **err) {
  if (!a->runs) {
    KGQ_TRY(kg_row_runs_new(a->op, a->spec.width, a->spec.what, compare_rows, a, &a->runs, err));
  }
  KGQ_TRY(sort_rows(a, err));
  KGQ_TRY(kg_row_runs_begin(a->runs, err));
  for (uint32_t i = 0; i < a->rows.count; i++) {
    if (is_wanted(a, i)) {
      KGQ_TRY(kg_row_runs_add(a->runs, kg_rows_at(&a->rows, a->entries[i].row), err));
    }
  }
  kg_rows_clear(&a->rows);
  return KGQ_OK;
}

kgq_status kg_aside_add(kg_aside *a, const kg_id *row, kgq_error **err) {
  kg_id *to = NULL;
  if (is_full(a)) {
    KGQ_TRY(spill(a, err));
  }
  KGQ_TRY(kg_rows_add(&a->rows, &to, err));
  memcpy(to, row, a->spec.width * sizeof(kg_id));
  return KGQ_OK;
}

/* ---- giving back -------------------------------------------------------------------------------- */

kgq_status kg_aside_rest(kg_aside *a, kgq_error **err) {
  if (!a->runs) {
    return KGQ_OK;
  }
  KGQ_TRY(a->rows.count > 0 ? spill(a, err) : KGQ_OK);
  kg_rows_free(&a->rows);
  free_entries(a);
  return KGQ_OK;
}

kgq_status kg_aside_sort(kg_aside *a, kgq_error **err) {
  if (!a->runs) {
    return sort_rows(a, err);
  }
  KGQ_TRY(kg_aside_rest(a, err));
  return kg_row_runs_merge(a->runs, NULL, 0, err);
}

static kgq_status next_merged(kg_aside *a, const kg_id **row, kgq_error **err) {
  do {
    KGQ_TRY(kg_row_runs_next(a->runs, row, err));
  } while (*row && a->spec.once && a->given && compare_keys(a, a->last, *row) == 0);
  if (*row) {
    memcpy(a->last, *row, a->spec.width * sizeof(kg_id));
    a->given = true;
  }
  return KGQ_OK;
}

kgq_status kg_aside_next(kg_aside *a, const kg_id **row, kgq_error **err) {
  *row = NULL;
  if (a->runs) {
    return next_merged(a, row, err);
  }
  for (; a->at < a->rows.count && !*row; a->at++) {
    if (a->at % LOOK_ROWS == 0) {
      KGQ_TRY(kg_cancel_check(a->op->run->cancel, err));
    }
    *row = is_wanted(a, a->at) ? kg_rows_at(&a->rows, a->entries[a->at].row) : NULL;
  }
  return KGQ_OK;
}
