/* graph/scan_base.c: the cursor over stored blocks; see scan_base.h.
 *
 * A jump looks in this order: the run at hand, the block at hand by its skip index, the cache of blocks
 * (block_cache.h), the store by one seek. Runs of the cache are decoded once for everybody; others into the
 * cursor (4 KiB, first-level cache), and only as far as a column is wanted or needed to find a bound.
 */
#include "graph/scan_base.h"

#include <assert.h>

#include "graph/keys.h"

/* Scans of more blocks than this come past once: the cache is for what look-ups come back to. */
#define CACHED_STEPS 4
/* Blocks that a jump forward tries to reach step by step; tries in vain after which it leaves off for a
 * while.
 */
#define STEPS_MAX      3
#define STEPS_LOST_MAX 4
#define STEPS_PAUSE    60

kg_bounds kg_bounds_of(const kg_scan_spec *spec) {
  assert(spec->prefix_length <= 4);
  kg_bounds b = { .empty = false };
  for (unsigned i = 0; i < 4; i++) {
    const bool fixed = i < spec->prefix_length;
    b.low.c[i] = fixed ? spec->prefix[i] : 0;
    b.high.c[i] = fixed ? spec->prefix[i] : ~(kg_id)0;
  }
  if (spec->high != 0 && spec->prefix_length < 4) {
    b.low.c[spec->prefix_length] = spec->low;
    b.high.c[spec->prefix_length] = spec->high;
    b.empty = spec->low > spec->high;
  }
  return b;
}

void kg_row_key(unsigned char table, kg_perm perm, const kg_row *row, char key[KG_ROW_KEY_BYTES]) {
  key[0] = (char)table;
  key[1] = (char)perm;
  for (int c = 0; c < 4; c++) {
    kg_put_be64(key + 2 + c * 8, row->c[c]);
  }
}

kgq_status kg_row_of_key(kgq_str key, kg_row *out, kgq_error **err) {
  if (key.len != KG_ROW_KEY_BYTES) {
    return kg_fail(err, KGQ_CORRUPT, "a stored key of facts has %zu bytes instead of %d", key.len,
                   KG_ROW_KEY_BYTES);
  }
  for (int c = 0; c < 4; c++) {
    out->c[c] = kg_get_be64(key.ptr + 2 + c * 8);
  }
  return KGQ_OK;
}

kgq_status kg_base_open(kg_base *b, kg_snap *snap, kg_perm perm, kgq_error **err) {
  (void)err;
  b->snap = snap;
  b->perm = perm;
  b->wanted = 15;
  b->fresh = snap->db->blocks == NULL;
  return KGQ_OK;
}

void kg_base_close(kg_base *b) {
  if (b->held) {
    kg_blocks_release(b->snap, b->held);
    b->held = NULL;
  }
  if (b->iter) {
    kg_store_iter_close(b->iter);
    b->iter = NULL;
  }
}

/* ---- blocks --------------------------------------------------------------------------------------- */

static kgq_status need_iterator(kg_base *b, kgq_error **err) {
  const char prefix[2] = { KG_KEY_BLOCK, (char)b->perm };
  return b->iter ? KGQ_OK
                 : kg_store_iter_open(b->snap->store, kg_str_n(prefix, sizeof prefix), &b->iter, err);
}

static void move_iterator(kg_base *b, const kg_row *row) {
  char key[KG_ROW_KEY_BYTES];
  kg_row_key(KG_KEY_BLOCK, b->perm, row, key);
  kg_store_iter_seek(b->iter, kg_str_n(key, sizeof key));
}

/* Lets go of the block at hand. */
static void leave_block(kg_base *b) {
  if (b->held) {
    kg_blocks_release(b->snap, b->held);
    b->held = NULL;
  }
  b->has_block = false;
  b->placed = false;
  b->from = b->to = 0;
  b->have = 0;
}

static bool take_held(kg_base *b, kg_held_block *held) {
  if (held) {
    leave_block(b);
    b->held = held;
    b->block = held->block;
    b->block_last = held->last;
    b->has_block = true;
    b->ended = false;
  }
  return held != NULL;
}

/* The iterator's block; the cache is asked to keep it if it is met by look-ups. */
static kgq_status open_block(kg_base *b, const kg_row *before, kgq_error **err) {
  if (!kg_store_iter_valid(b->iter)) {
    b->ended = true;
    return kg_store_iter_status(b->iter, err);
  }
  KGQ_TRY(kg_row_of_key(kg_store_iter_key(b->iter), &b->block_last, err));
  KGQ_TRY(kg_block_open(kg_store_iter_value(b->iter), true, &b->block, err));
  kg_row first;
  kg_block_first_row(&b->block, 0, &first);
  if (kg_row_compare(&first, &b->block_last) > 0) {
    return kg_fail(err, KGQ_CORRUPT, "a stored block of permutation %s lies under a key that is not its own",
                   kg_perm_name[b->perm]);
  }
  b->has_block = b->placed = true;
  if (!b->fresh && b->steps < CACHED_STEPS) {
    b->held = kg_blocks_offer(b->snap, b->perm, &b->block, &b->block_last, before);
    b->block = b->held ? b->held->block : b->block;
  }
  return KGQ_OK;
}

kgq_status kg_base_seek_block(kg_base *b, const kg_row *row, kgq_error **err) {
  b->steps = 0;
  if (!b->fresh && take_held(b, kg_blocks_find(b->snap, b->perm, row))) {
    return KGQ_OK;
  }
  leave_block(b);
  b->ended = false;
  KGQ_TRY(need_iterator(b, err));
  move_iterator(b, row);
  return open_block(b, NULL, err);
}

kgq_status kg_base_next_block(kg_base *b, kgq_error **err) {
  assert(!b->ended);
  const kg_row before = b->block_last;
  const bool placed = b->placed;
  b->steps++;
  if (!b->fresh && !placed && take_held(b, kg_blocks_next(b->snap, b->perm, &before))) {
    return KGQ_OK;
  }
  leave_block(b);
  KGQ_TRY(need_iterator(b, err));
  if (!placed) {
    move_iterator(b, &before);
  }
  kg_store_iter_next(b->iter);
  return open_block(b, &before, err);
}

/* ---- runs ----------------------------------------------------------------------------------------- */

static kgq_status decode_run(kg_base *b, unsigned columns, kgq_error **err) {
  kg_id *pointers[4];
  if (b->held) {
    KGQ_TRY(kg_blocks_run(b->snap, b->held, b->mini, b->ids, err));
    b->have = 15;
    return KGQ_OK;
  }
  for (int c = 0; c < 4; c++) {
    b->ids[c] = b->own[c];
    pointers[c] = columns >> c & 1 ? b->own[c] : NULL;
  }
  KGQ_TRY(kg_block_decode(&b->block, b->mini, pointers, err));
  b->have = columns;
  return KGQ_OK;
}

/* How many leading columns of a bound say something: the rest is all zeros, or all ones. */
static unsigned telling_columns(const kg_row *row, kg_id rest) {
  unsigned n = 4;
  while (n > 0 && row->c[n - 1] == rest) {
    n--;
  }
  return n;
}

static unsigned columns_mask(unsigned count) {
  return (1u << count) - 1;
}

static int compare_at(const kg_base *b, uint32_t i, const kg_row *row, unsigned columns) {
  for (unsigned c = 0; c < columns; c++) {
    if (b->ids[c][i] != row->c[c]) {
      return b->ids[c][i] < row->c[c] ? -1 : 1;
    }
  }
  return 0;
}

/* First place in [from, to) whose row is >= row (with `through`: > row) by the leading columns. */
static uint32_t find_in_run(const kg_base *b, uint32_t from, uint32_t to, const kg_row *row, unsigned columns,
                            bool through) {
  const int limit = through ? 1 : 0;
  while (from < to) {
    const uint32_t middle = from + (to - from) / 2;
    if (compare_at(b, middle, row, columns) < limit) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

uint32_t kg_base_below(const kg_base *b, const kg_row *row) {
  assert(b->have == 15);
  return find_in_run(b, b->from, b->to, row, 4, false) - b->from;
}

static bool run_passes_high(const kg_base *b) {
  if (b->mini + 1 == b->block.mini_count) {
    return kg_row_compare(&b->block_last, &b->bounds.high) > 0;
  }
  kg_row next;
  kg_block_first_row(&b->block, b->mini + 1, &next);
  return kg_row_compare(&next, &b->bounds.high) > 0;
}

/* Shows mini-block m from the first row >= low (NULL: from its beginning), cut at the upper bound. Look-ups
 * in order of their keys often meet the run at hand again: its columns are decoded once. */
static kgq_status show_run(kg_base *b, uint32_t m, const kg_row *low, kgq_error **err) {
  if (b->mini != m) {
    b->mini = m;
    b->have = 0;
  }
  b->last_run = run_passes_high(b);
  const unsigned low_columns = low ? telling_columns(low, 0) : 0;
  const unsigned high_columns = b->last_run ? telling_columns(&b->bounds.high, ~(kg_id)0) : 0;
  const unsigned columns = b->wanted | columns_mask(low_columns) | columns_mask(high_columns);
  if ((columns & ~b->have) != 0) {
    KGQ_TRY(decode_run(b, columns | b->have, err));
  }
  b->from = 0;
  b->to = kg_block_mini_rows(&b->block, m);
  if (high_columns) {
    b->to = find_in_run(b, 0, b->to, &b->bounds.high, high_columns, true);
  }
  if (low_columns) {
    b->from = find_in_run(b, 0, b->to, low, low_columns, false);
  }
  return KGQ_OK;
}

/* The iterator, which is on the block at hand, goes forward to the first block whose last row is >= row, if
 * it is one of the next few: a step costs a third of a seek. False: it is not, or the last tries were in
 * vain. */
static bool step_near(kg_base *b, const kg_row *row) {
  char key[KG_ROW_KEY_BYTES];
  if (b->steps_lost >= STEPS_LOST_MAX) {
    b->steps_lost += b->steps_lost < STEPS_LOST_MAX + STEPS_PAUSE ? 1 : -(unsigned)STEPS_LOST_MAX;
    return false;
  }
  kg_row_key(KG_KEY_BLOCK, b->perm, row, key);
  for (int i = 0; i < STEPS_MAX; i++) {
    kg_store_iter_next(b->iter);
    const kgq_str at = kg_store_iter_key(b->iter); /* empty at the end */
    if (at.len == sizeof key && memcmp(at.ptr, key, sizeof key) >= 0) {
      b->steps_lost = 0;
      return true;
    }
  }
  b->steps_lost++;
  return false;
}

/* In the block at hand, or by one seek; the row may be anywhere. */
static kgq_status jump(kg_base *b, const kg_row *row, kgq_error **err) {
  bool here = b->has_block && kg_row_compare(row, &b->block_last) <= 0;
  if (here) {
    kg_row first;
    kg_block_first_row(&b->block, 0, &first);
    here = kg_row_compare(row, &first) >= 0;
  }
  b->ended = false;
  if (!here) {
    const bool behind = b->has_block && b->placed && kg_row_compare(row, &b->block_last) > 0;
    if (behind && step_near(b, row)) {
      leave_block(b);
      KGQ_TRY(open_block(b, NULL, err));
    } else {
      KGQ_TRY(kg_base_seek_block(b, row, err));
    }
    if (b->ended) {
      return KGQ_OK;
    }
    kg_row first;
    kg_block_first_row(&b->block, 0, &first);
    if (kg_row_compare(&first, &b->bounds.high) > 0) {
      b->ended = true;
      return KGQ_OK;
    }
  }
  return show_run(b, kg_block_find(&b->block, row), row, err);
}

kgq_status kg_base_bind(kg_base *b, const kg_bounds *bounds, kgq_error **err) {
  b->bounds = *bounds;
  b->from = b->to = 0;
  if (bounds->empty) {
    b->ended = true;
    return KGQ_OK;
  }
  return jump(b, &bounds->low, err);
}

/* Is `row` at or before what kg_base_fill shows next? Then a jump could only go back. */
static bool next_run_covers(const kg_base *b, const kg_row *row) {
  if (b->mini + 1 == b->block.mini_count) {
    return kg_row_compare(row, &b->block_last) <= 0;
  }
  kg_row next;
  kg_block_first_row(&b->block, b->mini + 1, &next);
  return kg_row_compare(row, &next) <= 0;
}

kgq_status kg_base_seek(kg_base *b, const kg_row *row, kgq_error **err) {
  if (b->ended || kg_row_compare(row, &b->bounds.low) <= 0) {
    return KGQ_OK;
  }
  if (kg_row_compare(row, &b->bounds.high) > 0) {
    b->ended = true;
    return KGQ_OK;
  }
  const unsigned columns = telling_columns(row, 0);
  if (b->from < b->to) {
    if ((b->have & columns_mask(columns)) != columns_mask(columns)) {
      KGQ_TRY(decode_run(b, b->have | columns_mask(columns), err));
    }
    if (compare_at(b, b->to - 1, row, columns) >= 0) {
      b->from = find_in_run(b, b->from, b->to, row, columns, false);
      return KGQ_OK;
    }
  }
  b->from = b->to;
  return b->last_run || next_run_covers(b, row) ? KGQ_OK : jump(b, row, err);
}

kgq_status kg_base_fill(kg_base *b, kgq_error **err) {
  while (!b->ended && b->from == b->to) {
    if (b->last_run) {
      b->ended = true;
    } else if (b->mini + 1 < b->block.mini_count) {
      KGQ_TRY(show_run(b, b->mini + 1, NULL, err));
    } else {
      KGQ_TRY(kg_base_next_block(b, err));
      if (!b->ended) {
        KGQ_TRY(show_run(b, 0, NULL, err));
      }
    }
  }
  if (!b->ended && (b->wanted & ~b->have)) {
    return decode_run(b, b->wanted | b->have, err);
  }
  return KGQ_OK;
}

kgq_status kg_base_rank(kg_base *b, const kg_row *row, bool through, uint32_t *out, kgq_error **err) {
  assert(b->has_block);
  b->mini = kg_block_find(&b->block, row);
  KGQ_TRY(decode_run(b, 15, err));
  *out = b->mini * KG_MINI_ROWS + find_in_run(b, 0, kg_block_mini_rows(&b->block, b->mini), row, 4, through);
  return KGQ_OK;
}
