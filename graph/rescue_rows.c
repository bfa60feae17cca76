/* graph/rescue_rows.c: walks the orders one after the other, around what cannot be read; see rescue_rows.h.
 *
 * Where a scan meets damage behind a row, the first row is looked for from which it goes on, by doubling
 * steps and halves of them over the 256 bits of a row. The stretch between is lost in this order, blocks and
 * delta alike: a row of it counts only from an order that can be read there. A row is given by the first
 * order that has it, hence once.
 */
#include "graph/rescue_rows.h"

#include <assert.h>

#define ROW_BITS 256

typedef struct stretch { /* rows low to high, both of it */
  kg_row low, high;
} stretch;

typedef struct stretches { /* in rising order */
  stretch *items;
  size_t count, capacity;
} stretches;

typedef struct rescue {
  kg_snap *snap;
  const kg_rescue_told *told;
  kg_cancel *cancel;
  stretches lost[KG_QUAD_PERMS];
  kg_id ids[4][KG_BATCH_ROWS];
} rescue;

/* ---- rows as numbers ----------------------------------------------------------------------------------- */

/* a + b; true: it passes the greatest row. */
static bool add(const kg_row *a, const kg_row *b, kg_row *out) {
  bool carry = false;
  for (int i = 3; i >= 0; i--) {
    const kg_id sum = a->c[i] + b->c[i];
    const bool over = sum < a->c[i];
    out->c[i] = sum + carry;
    carry = over || (carry && out->c[i] == 0);
  }
  return carry;
}

static kg_row power(unsigned bit) {
  kg_row row = { { 0, 0, 0, 0 } };
  row.c[3 - bit / 64] = (kg_id)1 << bit % 64;
  return row;
}

/* The row before; `row` is not the first one. */
static kg_row before(const kg_row *row) {
  kg_row out = *row;
  for (int i = 3; i >= 0 && out.c[i]-- == 0; i--) {
  }
  return out;
}

static const kg_row last_row = { { ~(kg_id)0, ~(kg_id)0, ~(kg_id)0, ~(kg_id)0 } };

/* ---- one order ----------------------------------------------------------------------------------------- */

/* A scan of an order from a row on. */
static kgq_status open_at(rescue *r, kg_perm perm, const kg_row *from, kg_scan **out, kgq_error **err) {
  const kg_scan_spec everything = { .perm = perm };
  KGQ_TRY(kg_scan_open(r->snap, &everything, r->cancel, out, err));
  const kgq_status st = kg_scan_seek(*out, from, err);
  if (st != KGQ_OK) {
    kg_scan_close(*out);
    *out = NULL;
  }
  return st;
}

/* Can the first row from here on be read, or is there none? */
static kgq_status can_read(rescue *r, kg_perm perm, const kg_row *from, bool *out, kgq_error **err) {
  kg_id ids[4][1];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
  kg_scan *scan = NULL;
  kgq_error *found = NULL;
  uint32_t count;
  kgq_status st = open_at(r, perm, from, &scan, &found);
  if (st == KGQ_OK) {
    st = kg_scan_next(scan, columns, 1, &count, &found);
  }
  kg_scan_close(scan);
  *out = st == KGQ_OK;
  if (kg_is_damage(st)) {
    kgq_error_free(found);
    return KGQ_OK;
  }
  kg_error_append(err, found);
  return st;
}

/* The first row from which reading goes on, `from` being one from which it does not; *none: there is no such.
 */
static kgq_status find_end(rescue *r, kg_perm perm, const kg_row *from, kg_row *out, bool *none,
                           kgq_error **err) {
  kg_row bad = *from, good = *from;
  unsigned bit = 0;
  bool reads = false;
  for (; bit < ROW_BITS && !reads; bit++) {
    const kg_row step = power(bit);
    bad = good;
    if (add(from, &step, &good)) {
      break;
    }
    KGQ_TRY(can_read(r, perm, &good, &reads, err));
  }
  *none = !reads;
  while (reads && bit-- > 0) { /* good - bad is below 2^bit: up to there bits are tried from the top */
    const kg_row step = power(bit);
    kg_row middle;
    bool fine = true;
    if (!add(&bad, &step, &middle) && kg_row_compare(&middle, &good) < 0) {
      KGQ_TRY(can_read(r, perm, &middle, &fine, err));
      *(fine ? &good : &bad) = middle;
    }
  }
  *out = good;
  return KGQ_OK;
}

static bool is_lost(const stretches *lost, const kg_row *row) {
  size_t low = 0, high = lost->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (kg_row_compare(&lost->items[middle].high, row) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < lost->count && kg_row_compare(&lost->items[low].low, row) <= 0;
}

static kgq_status lose(rescue *r, kg_perm perm, const kg_row *low, const kg_row *high, const kgq_error *cause,
                       kgq_error **err) {
  stretches *lost = &r->lost[perm];
  void *items = lost->items;
  KGQ_TRY(
      kg_grow(&r->snap->db->allocator, &items, &lost->capacity, lost->count + 1, sizeof *lost->items, err));
  lost->items = items;
  lost->items[lost->count++] = (stretch){ *low, *high };
  return r->told->lost(r->told->arg, perm, low, high, cause, err);
}

/* Rows that an earlier order has given are left out. */
static kgq_status give(rescue *r, kg_perm perm, uint32_t count, kg_row *last, kgq_error **err) {
  for (uint32_t i = 0; i < count; i++) {
    const kg_row row = { { r->ids[0][i], r->ids[1][i], r->ids[2][i], r->ids[3][i] } };
    kg_id quad[4];
    bool wanted = true;
    kg_perm_quad(perm, &row, quad);
    for (int p = 0; p < (int)perm && wanted; p++) {
      const kg_row there = kg_perm_row((kg_perm)p, quad);
      wanted = is_lost(&r->lost[p], &there);
    }
    if (wanted) {
      KGQ_TRY(r->told->row(r->told->arg, quad, err));
    }
    *last = row;
  }
  return kg_cancel_check(r->cancel, err);
}

/* Rows from *from on until damage, which is left in *damage, or the end (*damage NULL). *from moves on behind
 * the last one given. In batches of `capacity`: a batch that meets damage gives nothing. */
static kgq_status walk_some(rescue *r, kg_perm perm, uint32_t capacity, kg_row *from, kgq_error **damage,
                            kgq_error **err) {
  kg_id *const columns[4] = { r->ids[0], r->ids[1], r->ids[2], r->ids[3] };
  const kg_row one = power(0);
  kg_scan *scan = NULL;
  kgq_error *found = NULL;
  kgq_status st = open_at(r, perm, from, &scan, &found);
  for (uint32_t count = 1; st == KGQ_OK && count > 0;) {
    kg_row last;
    st = kg_scan_next(scan, columns, capacity, &count, &found);
    if (st == KGQ_OK && count > 0) {
      st = give(r, perm, count, &last, err);
      if (st != KGQ_OK) {
        kg_scan_close(scan);
        return st;
      }
      (void)add(&last, &one, from);
    }
  }
  kg_scan_close(scan);
  if (kg_is_damage(st)) {
    *damage = found;
    return KGQ_OK;
  }
  kg_error_append(err, found);
  return st;
}

/* Behind *from lies damage: tells it, and goes behind. */
static kgq_status pass_damage(rescue *r, kg_perm perm, kg_row *from, const kgq_error *damage, bool *ended,
                              kgq_error **err) {
  kg_row next;
  KGQ_TRY(find_end(r, perm, from, &next, ended, err));
  const kg_row high = *ended ? last_row : before(&next);
  KGQ_TRY(lose(r, perm, from, &high, damage, err));
  *from = next;
  return KGQ_OK;
}

static kgq_status walk(rescue *r, kg_perm perm, kgq_error **err) {
  kg_row from = { { 0, 0, 0, 0 } };
  uint32_t capacity = KG_BATCH_ROWS;
  for (bool ended = false; !ended;) {
    kgq_error *damage = NULL;
    KGQ_TRY(walk_some(r, perm, capacity, &from, &damage, err));
    ended = damage == NULL;
    kgq_status st = KGQ_OK;
    if (!ended && capacity == 1) {
      st = pass_damage(r, perm, &from, damage, &ended, err);
    }
    capacity = !ended && capacity > 1 ? 1 : KG_BATCH_ROWS; /* one by one up to the damage */
    kgq_error_free(damage);
    KGQ_TRY(st);
  }
  return KGQ_OK;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

kgq_status kg_rescue_rows(kg_snap *snap, const kg_rescue_told *told, kg_cancel *cancel, kgq_error **err) {
  const kgq_allocator *a = &snap->db->allocator;
  rescue *r = kg_alloc_zero(a, 1, sizeof *r);
  if (!r) {
    return kg_fail_memory(err);
  }
  r->snap = snap;
  r->told = told;
  r->cancel = cancel;
  kgq_status st = KGQ_OK;
  bool some_lost = true;
  for (int p = 0; st == KGQ_OK && some_lost && p < KG_QUAD_PERMS; p++) {
    st = walk(r, (kg_perm)p, err);
    some_lost = r->lost[p].count > 0;
  }
  for (int p = 0; p < KG_QUAD_PERMS; p++) {
    kg_free(a, r->lost[p].items, r->lost[p].capacity * sizeof *r->lost[p].items);
  }
  kg_free(a, r, sizeof *r);
  return st;
}
