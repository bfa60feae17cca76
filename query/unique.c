/* query/unique.c: telling different rows apart. See unique.h. */
#include "query/unique.h"

#include <assert.h>

kgq_status kg_unique_init(kg_unique *u, kg_op *op, uint32_t width, const char *what, kgq_error **err) {
  *u = (kg_unique){ .op = op, .what = what, .parts = 1 };
  kg_row_set_init(&u->seen, &op->memory, width, width);
  u->most = kg_run_off(op->run, KG_OFF_SORT_MEMORY) ? KG_FEW_ROWS : UINT32_MAX;
  u->row = (kg_id *)kg_arena_zero(op->run->arena, ((size_t)width + 1) * sizeof(kg_id));
  return u->row ? KGQ_OK : kg_fail_memory(err);
}

/* A quarter of what is left for one thing's rows that are put aside. */
static size_t aside_bytes(const kg_unique *u) {
  return kg_row_runs_left(u->op) / 4 / u->parts;
}

static void drop_late(kg_unique *u) {
  kg_aside_free(u->aside);
  kg_aside_free(u->late);
  u->aside = u->late = NULL;
  u->frozen = false;
  u->arrivals = 0;
}

void kg_unique_free(kg_unique *u) {
  if (u->op) {
    drop_late(u);
    kg_row_set_free(&u->seen);
  }
}

void kg_unique_clear(kg_unique *u) {
  drop_late(u);
  kg_row_set_clear(&u->seen);
}

void kg_unique_look(kg_unique *u) {
  u->frozen = u->frozen || kg_row_runs_full(u->op, kg_row_set_bytes(&u->seen, KG_BATCH_ROWS), u->parts);
}

static kgq_status put_aside(kg_unique *u, const kg_id *row, kgq_error **err) {
  const uint32_t width = u->seen.key_count;
  if (!u->aside) {
    const kg_aside_spec spec = {
      .width = width + 1,
      .first = 1,
      .key_count = width,
      .once = true,
      .bytes_max = aside_bytes(u),
      .what = u->what,
    };
    KGQ_TRY(kg_aside_new(u->op, &spec, &u->aside, err));
  }
  u->row[0] = u->arrivals++;
  memcpy(u->row + 1, row, width * sizeof(kg_id));
  return kg_aside_add(u->aside, u->row, err);
}

kgq_status kg_unique_add_frozen(kg_unique *u, const kg_id *row, uint32_t hash, kgq_error **err) {
  uint32_t at = 0;
  return kg_row_set_find_hashed(&u->seen, row, hash, &at) ? KGQ_OK : put_aside(u, row, err);
}

kgq_status kg_unique_finish(kg_unique *u, kgq_error **err) {
  assert(!u->late);
  if (!u->aside) {
    return KGQ_OK;
  }
  const uint32_t width = u->seen.key_count;
  const kg_aside_spec spec = {
    .width = width + 1, .first = 0, .key_count = 1, .bytes_max = aside_bytes(u), .what = u->what
  };
  kg_row_set_free(&u->seen);
  KGQ_TRY(kg_aside_new(u->op, &spec, &u->late, err));
  KGQ_TRY(kg_aside_sort(u->aside, err));
  for (;;) {
    const kg_id *row = NULL;
    KGQ_TRY(kg_aside_next(u->aside, &row, err));
    if (!row) {
      break;
    }
    KGQ_TRY(kg_aside_add(u->late, row, err));
  }
  kg_aside_free(u->aside);
  u->aside = NULL;
  return kg_aside_sort(u->late, err);
}

kgq_status kg_unique_next_late(kg_unique *u, const kg_id **row, kgq_error **err) {
  *row = NULL;
  if (u->late) {
    KGQ_TRY(kg_aside_next(u->late, row, err));
    *row = *row ? *row + 1 : NULL;
  }
  return KGQ_OK;
}
