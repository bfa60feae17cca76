/* query/op_scan.c: the rows that match one quad or triple-term pattern.
 *
 * A variable met twice is compared, one that the frame gives is a constant and still a column. The graph
 * senses and the choice of a permutation are in quads.c. Also serves triple terms: their table is a relation
 * like the quads. Where a condition leaves only some ranges of ids (plan_range.c) the reader, in the order of
 * these ids, jumps from one to the next. Rows that a join above has no partner for (narrow.h) are left out:
 * the reader begins and ends with them where it has the order of that column, and the rest is dropped row by
 * row as long as that drops enough.
 */
#include <assert.h>

#include "query/ops.h"

/* A scan follows the first few hints; looks at this many rows before it decides whether one is worth it; and
 * goes on if it drops at least one in so many. */
#define HINTS_MAX   4u
#define HINT_TRIAL  4096u
#define HINT_ONE_IN 8u

typedef struct hint {
  const kg_narrow *wanted;
  int slot;
  uint32_t tried, dropped;
  bool idle; /* dropped too few */
} hint;

typedef struct scan_op {
  kg_op op;
  kg_leaf leaf;
  uint32_t column_of[4]; /* slot -> column of the batch; UINT32_MAX: not wanted */
  kg_quads *quads;
  kg_quads_spec spec;
  bool given[4];    /* the slot's variable comes from the frame */
  bool ranged;      /* only rows in leaf.ranges are given */
  bool jump;        /* the reader stands before the range at hand */
  uint32_t range;   /* at hand */
  kg_id *range_ids; /* of a batch, when they are no column of it */
  hint hints[HINTS_MAX];
  uint32_t hint_count;
  kg_id low, high; /* what hints leave of the reader's column */
  bool behind;     /* the reader has not been told `low` */
  bool finished;
  uint64_t dropped; /* rows, in all runs */
} scan_op;

/* ---- ranges ------------------------------------------------------------------------------------- */

/* Rows keep[from .. to) of the batch to the front, behind `kept` others. */
static void move_rows(kg_id *const columns[4], uint32_t from, uint32_t to, uint32_t kept) {
  for (unsigned i = 0; i < 4 && from > kept; i++) {
    if (columns[i]) {
      memmove(columns[i] + kept, columns[i] + from, (to - from) * sizeof(kg_id));
    }
  }
}

/* First row from `from` on whose id is >= id, or with `behind` > id. */
static uint32_t find_row(const kg_id *ids, uint32_t from, uint32_t count, kg_id id, bool behind) {
  uint32_t low = from, high = count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (ids[middle] < id || (behind && ids[middle] == id)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Keeps the rows inside ranges; ids rise. */
static uint32_t keep_ranges(scan_op *s, kg_id *const columns[4], uint32_t count) {
  const kg_id *ids = columns[s->leaf.range_slot];
  const kg_id last = ids[count - 1];
  uint32_t kept = 0, from = 0;
  while (s->range < s->leaf.range_count) {
    const kg_id_range *r = &s->leaf.ranges[s->range];
    const uint32_t first = find_row(ids, from, count, r->low, false);
    const uint32_t end = find_row(ids, first, count, r->high, true);
    move_rows(columns, first, end, kept);
    kept += end - first;
    from = end;
    if (last <= r->high) {
      s->jump = last < r->low;
      break;
    }
    s->range++;
  }
  return kept;
}

static kgq_status next_in_ranges(scan_op *s, kg_id *columns[4], kgq_error **err) {
  const int slot = s->leaf.range_slot;
  uint32_t *count = &s->op.own.row_count;
  columns[slot] = columns[slot] ? columns[slot] : s->range_ids;
  *count = 0;
  while (*count == 0 && s->range < s->leaf.range_count) {
    uint32_t read = 0;
    if (s->jump) {
      KGQ_TRY(kg_quads_seek(s->quads, s->leaf.ranges[s->range].low, err));
      s->jump = false;
    }
    KGQ_TRY(kg_quads_next(s->quads, columns, s->op.own.capacity, &read, err));
    if (read == 0) {
      return KGQ_OK;
    }
    *count = keep_ranges(s, columns, read);
  }
  return KGQ_OK;
}

/* ---- what a join above wants ---------------------------------------------------------------------- */

static bool scan_narrow(kg_op *op, kg_var v, const kg_narrow *wanted) {
  scan_op *s = (scan_op *)op;
  const int slot = kg_leaf_slot(&s->leaf, v);
  if (slot < 0 || s->given[slot] || s->column_of[slot] == UINT32_MAX || s->hint_count == HINTS_MAX) {
    return false;
  }
  if (!wanted) {
    return true;
  }
  s->hints[s->hint_count++] = (hint){ .wanted = wanted, .slot = slot };
  if (s->spec.sorted_by == slot && !s->ranged && kg_quads_sorted(s->quads)) {
    s->low = wanted->low > s->low ? wanted->low : s->low;
    s->high = wanted->high < s->high ? wanted->high : s->high;
    s->behind = true;
  }
  return true;
}

/* Cuts what is behind `high` off; ids of the reader's column rise. */
static void cut_batch(scan_op *s, kg_id *const columns[4]) {
  const kg_id *ids = s->spec.sorted_by < 0 ? NULL : columns[s->spec.sorted_by];
  uint32_t *count = &s->op.own.row_count;
  if (ids && *count > 0 && s->high < UINT64_MAX && ids[*count - 1] > s->high) {
    *count = find_row(ids, 0, *count, s->high, true);
    s->finished = true;
  }
}

static void follow_hint(scan_op *s, hint *h, kg_id *const columns[4]) {
  uint16_t keep[KG_BATCH_ROWS];
  const kg_id *ids = columns[h->slot];
  const uint32_t count = s->op.own.row_count;
  uint32_t kept = 0;
  for (uint32_t r = 0; r < count; r++) {
    keep[kept] = (uint16_t)r;
    kept += kg_narrow_holds(h->wanted, ids[r]) ? 1 : 0;
  }
  h->tried += count;
  h->dropped += count - kept;
  h->idle = h->tried >= HINT_TRIAL && h->dropped < h->tried / HINT_ONE_IN;
  s->dropped += count - kept;
  for (unsigned i = 0; i < 4 && kept < count; i++) {
    for (uint32_t k = 0; k < kept && columns[i]; k++) {
      columns[i][k] = columns[i][keep[k]];
    }
  }
  s->op.own.row_count = kept;
}

static kgq_status next_batch(scan_op *s, kg_id *columns[4], kgq_error **err) {
  kg_batch *out = &s->op.own;
  return s->ranged && kg_quads_sorted(s->quads)
             ? next_in_ranges(s, columns, err)
             : kg_quads_next(s->quads, columns, out->capacity, &out->row_count, err);
}

static kgq_status next_wanted(scan_op *s, kg_id *columns[4], kgq_error **err) {
  if (s->behind) {
    KGQ_TRY(kg_quads_seek(s->quads, s->low, err));
    s->behind = false;
  }
  s->op.own.row_count = 0;
  while (s->op.own.row_count == 0 && !s->finished) {
    KGQ_TRY(next_batch(s, columns, err));
    s->finished = s->op.own.row_count == 0;
    cut_batch(s, columns);
    for (uint32_t i = 0; i < s->hint_count && s->op.own.row_count > 0; i++) {
      if (!s->hints[i].idle) {
        follow_hint(s, &s->hints[i], columns);
      }
    }
  }
  return KGQ_OK;
}

/* ---- the operator ------------------------------------------------------------------------------- */

static kgq_status scan_reset(kg_op *op, kgq_error **err) {
  scan_op *s = (scan_op *)op;
  const int sorted_by = s->spec.sorted_by;
  kg_leaf_spec(&s->leaf, op->frame, &s->spec);
  s->spec.sorted_by = sorted_by;
  s->range = s->hint_count = 0;
  s->jump = true;
  s->behind = s->finished = false;
  s->low = 0;
  s->high = UINT64_MAX;
  if (s->quads) {
    return kg_quads_restart(s->quads, s->spec.id, err);
  }
  return kg_quads_open(op->run->snap, &s->spec, op->run->cancel, op->run->allocator, &s->quads, err);
}

static kgq_status scan_next(kg_op *op, kgq_error **err) {
  scan_op *s = (scan_op *)op;
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  for (int i = 0; i < 4; i++) {
    if (s->column_of[i] != UINT32_MAX && !s->given[i]) {
      columns[i] = op->own.columns[s->column_of[i]];
    }
  }
  KGQ_TRY(s->hint_count > 0 ? next_wanted(s, columns, err) : next_batch(s, columns, err));
  for (int i = 0; i < 4; i++) {
    if (s->column_of[i] != UINT32_MAX && s->given[i]) {
      kg_fill(op->own.columns[s->column_of[i]], s->spec.id[i], op->own.row_count);
    }
  }
  return KGQ_OK;
}

static kgq_status scan_seek(kg_op *op, kg_id id, kgq_error **err) {
  scan_op *s = (scan_op *)op;
  return kg_quads_sorted(s->quads) ? kg_quads_seek(s->quads, id, err) : KGQ_OK;
}

static void scan_close(kg_op *op) {
  scan_op *s = (scan_op *)op;
  kg_quads_close(s->quads);
  s->quads = NULL;
}

static kgq_status scan_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const scan_op *s = (const scan_op *)op;
  KGQ_TRY(kg_leaf_print(op->run, &s->leaf, out, err));
  if (s->ranged) {
    KGQ_TRY(kg_buf_print(out, err, " with %s in %u ranges", s->leaf.range_slot == KG_O ? "object" : "subject",
                         s->leaf.range_count));
  }
  if (s->quads) {
    KGQ_TRY(kg_buf_print(out, err, " by %s", kg_perm_name[kg_quads_perm(s->quads)]));
  }
  return s->dropped ? kg_buf_print(out, err, ", %llu rows dropped for joins", (unsigned long long)s->dropped)
                    : KGQ_OK;
}

static const kg_op_class scan_class = {
  .name = "scan",
  .reset = scan_reset,
  .next = scan_next,
  .close = scan_close,
  .explain = scan_explain,
  .seek = scan_seek,
  .narrow = scan_narrow,
};

static bool leaf_is_free(const kg_quads_spec *spec) {
  return spec->id[KG_S] == KG_ID_NONE && spec->id[KG_P] == KG_ID_NONE && spec->id[KG_O] == KG_ID_NONE;
}

/* Ranges are followed in the order of their ids: unless another order is wanted. */
static kgq_status prepare_ranges(scan_op *s, kgq_error **err) {
  kg_quads_spec spec;
  const int slot = s->leaf.range_slot;
  kg_leaf_spec(&s->leaf, s->op.frame, &spec);
  s->ranged = s->leaf.ranges &&
              (s->spec.sorted_by == slot || (s->spec.sorted_by < 0 && kg_quads_can_sort(&spec, slot)));
  const bool any = leaf_is_free(&spec) && spec.source->kind == KG_SOURCE_NAMED; /* by graph, see quads.c */
  for (int i = KG_S; i <= KG_O && !any && s->spec.sorted_by < 0 && !s->ranged; i++) {
    s->spec.sorted_by = kg_quads_can_sort(&spec, i) ? i : -1; /* it comes in that order anyway: for hints */
  }
  if (!s->ranged) {
    return KGQ_OK;
  }
  s->spec.sorted_by = slot;
  s->range_ids = (kg_id *)kg_arena_alloc(s->op.run->arena, KG_BATCH_ROWS * sizeof(kg_id));
  return s->range_ids ? KGQ_OK : kg_fail_memory(err);
}

/* What is above may use an order that nobody asked for. */
static void say_order(scan_op *s) {
  bool loose = s->op.sorted_by == KG_NO_VAR && s->spec.sorted_by >= 0;
  for (int i = 0; i < 4; i++) {
    loose = loose && !s->given[i];
  }
  if (loose) {
    s->op.sorted_by = s->leaf.slot[s->spec.sorted_by].var;
  }
}

kgq_status kg_make_scan(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, const uint64_t *needed,
                        kg_var sorted_by, kg_op **out, kgq_error **err) {
  kg_var vars[4], wanted[4];
  uint32_t count = 0;
  const uint32_t all = kg_leaf_vars(leaf, vars);
  for (uint32_t i = 0; i < all; i++) {
    if (!needed || kg_set_has(needed, vars[i])) {
      wanted[count++] = vars[i];
    }
  }
  if (leaf->missing) {
    return kg_make_empty(run, frame, wanted, count, out, err);
  }
  scan_op *s = (scan_op *)kg_op_new(run, frame, &scan_class, sizeof(scan_op), 0, err);
  if (!s) {
    return KGQ_NOMEM;
  }
  s->leaf = *leaf;
  s->op.sorted_by = sorted_by;
  s->spec.sorted_by = sorted_by == KG_NO_VAR ? -1 : kg_leaf_slot(leaf, sorted_by);
  KGQ_TRY(kg_op_columns(&s->op, wanted, count, err));
  KGQ_TRY(kg_op_own_batch(&s->op, err));
  uint64_t *certain = kg_run_set(run, err);
  if (!certain) {
    return KGQ_NOMEM;
  }
  for (int i = 0; i < 4; i++) {
    const kg_var v = leaf->slot[i].var;
    s->column_of[i] = v == KG_NO_VAR || kg_leaf_slot(leaf, v) != i ? UINT32_MAX : kg_op_column(&s->op, v);
    s->given[i] = kg_frame_gives(frame, v);
    if (s->column_of[i] != UINT32_MAX) {
      kg_set_add(certain, v);
    }
  }
  s->op.certain = certain;
  *out = &s->op;
  KGQ_TRY(prepare_ranges(s, err));
  say_order(s);
  return KGQ_OK;
}
