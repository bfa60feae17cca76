/* query/cells.c: ids of result rows to printed values, a window at a time. See cells.h.
 *
 * Writing was most of the time of queries with many rows: a look-up, a term and several appended pieces for
 * each value. Here a value that was printed before is one look-up and one copy, and new ones are read in the
 * order of the dictionary, each of its blocks once a window. The first window is one batch, so that the first
 * rows go out early; later ones grow while texts are short.
 */
#include "query/cells.h"

#include <assert.h>

#include "core/map.h"

/* What is kept from window to window, and how much text a window should have. */
#define KEPT_BYTES_MAX   ((size_t)32 << 20)
#define KEPT_SHARE       16 /* of the memory that a statement may take */
#define WINDOW_BYTES     ((size_t)8 << 20)
#define WINDOW_CELLS_MAX ((size_t)1 << 18)
#define WINDOW_GROWTH    16
#define SLOTS_FIRST      ((size_t)256)
/* Terms read at once: what they take besides the texts is bounded by it. */
#define READ_COUNT ((size_t)2048)

void kg_cells_init(kg_cells *c, const kgq_allocator *a, uint64_t memory, kg_print_fn print) {
  *c = (kg_cells){ .allocator = a, .print = print, .seed = kg_hash("cells", 5) };
  const bool little = memory > 0 && memory / KEPT_SHARE < KEPT_BYTES_MAX;
  c->kept_bytes_max = little ? (size_t)(memory / KEPT_SHARE) : KEPT_BYTES_MAX;
  kg_arena_init(&c->scratch, a);
  kg_buf_init(&c->texts, a);
}

static void free_slots(kg_cells *c) {
  kg_free(c->allocator, c->slots, c->slot_capacity * sizeof(kg_cell_slot));
  c->slots = NULL;
  c->slot_capacity = 0;
}

static void free_cells(kg_cells *c) {
  kg_free(c->allocator, c->cells, c->cell_capacity * sizeof(kg_cell));
  c->cells = NULL;
  c->cell_count = c->cell_capacity = 0;
}

static void free_missing(kg_cells *c) {
  kg_free(c->allocator, c->pairs, 2 * c->missing_capacity * sizeof(kg_id_pair));
  c->pairs = c->missing = c->spare = NULL;
  c->missing_capacity = 0;
}

/* One more than needed: a window may be without columns. */
static size_t numbers_bytes(size_t rows, size_t columns) {
  return (rows * columns + 1) * sizeof(uint32_t);
}

static void free_numbers(kg_cells *c) {
  kg_free(c->allocator, c->numbers, numbers_bytes(c->row_capacity, c->column_count));
  c->numbers = NULL;
  c->row_capacity = 0;
}

void kg_cells_free(kg_cells *c) {
  if (!c->allocator) {
    return;
  }
  free_slots(c);
  free_missing(c);
  free_numbers(c);
  free_cells(c);
  kg_arena_free(&c->scratch);
  kg_buf_free(&c->texts);
  *c = (kg_cells){ .allocator = NULL };
}

/* ---- ids to cells ------------------------------------------------------------------------------- */

static size_t place_of(const kg_cells *c, kg_id id) {
  uint64_t x = (id ^ c->seed) * UINT64_C(0x9E3779B97F4A7C15);
  x ^= x >> 32;
  return (size_t)x & (c->slot_capacity - 1);
}

static kg_cell_slot *find_slot(const kg_cells *c, kg_id id) {
  size_t i = place_of(c, id);
  while (c->slots[i].id != id && c->slots[i].id != KG_ID_NONE) {
    i = (i + 1) & (c->slot_capacity - 1);
  }
  return &c->slots[i];
}

static kgq_status make_slots(kg_cells *c, size_t capacity, kgq_error **err) {
  kg_cells larger = *c;
  larger.slot_capacity = capacity;
  larger.slots = (kg_cell_slot *)kg_alloc_zero(c->allocator, larger.slot_capacity, sizeof(kg_cell_slot));
  if (!larger.slots) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < c->slot_capacity; i++) {
    if (c->slots[i].id != KG_ID_NONE) {
      *find_slot(&larger, c->slots[i].id) = c->slots[i];
    }
  }
  free_slots(c);
  c->slots = larger.slots;
  c->slot_capacity = larger.slot_capacity;
  return KGQ_OK;
}

static kgq_status grow_slots(kg_cells *c, kgq_error **err) {
  return make_slots(c, c->slot_capacity ? c->slot_capacity * 2 : SLOTS_FIRST, err);
}

/* A new cell for `id`, to be read with the window. */
static kgq_status add_cell(kg_cells *c, kg_id id, uint32_t *number, kgq_error **err) {
  void *cells = c->cells;
  assert(c->missing_count < c->missing_capacity && c->cell_count < UINT32_MAX);
  KGQ_TRY(kg_grow(c->allocator, &cells, &c->cell_capacity, c->cell_count + 1, sizeof(kg_cell), err));
  c->cells = (kg_cell *)cells;
  c->cells[c->cell_count] = (kg_cell){ .start = KG_CELL_UNREAD, .id = id };
  c->missing[c->missing_count++] = (kg_id_pair){ id, c->cell_count };
  *number = (uint32_t)c->cell_count++;
  return KGQ_OK;
}

static kgq_status cell_of(kg_cells *c, kg_id id, uint32_t *number, kgq_error **err) {
  kg_cell_slot *slot = find_slot(c, id);
  if (slot->id == id) {
    *number = (uint32_t)slot->number;
    return KGQ_OK;
  }
  KGQ_TRY(add_cell(c, id, number, err));
  *slot = (kg_cell_slot){ id, *number };
  return c->cell_count * 2 > c->slot_capacity ? grow_slots(c, err) : KGQ_OK;
}

static kgq_status add_column(kg_cells *c, const kg_id *ids, uint32_t count, uint32_t *numbers,
                             kgq_error **err) {
  kg_id last = KG_ID_NONE;
  uint32_t number = 0;
  for (uint32_t r = 0; r < count; r++) {
    if (ids[r] != last) { /* the left side of a join repeats */
      last = ids[r];
      number = 0;
      if (last > KG_ID_DEFAULT_GRAPH) {
        KGQ_TRY(cell_of(c, last, &number, err));
      }
    }
    numbers[r] = number;
  }
  return KGQ_OK;
}

kgq_status kg_cells_add(kg_cells *c, const kg_batch *batch, uint32_t first, uint32_t count, kgq_error **err) {
  assert(batch->column_count >= c->column_count && c->row_count + count <= c->row_capacity);
  for (uint32_t i = 0; i < c->column_count; i++) {
    KGQ_TRY(add_column(c, batch->columns[i] + first, count, c->numbers + i * c->row_capacity + c->row_count,
                       err));
  }
  c->row_count += count;
  return KGQ_OK;
}

/* ---- windows ------------------------------------------------------------------------------------ */

static size_t kept_bytes(const kg_cells *c) {
  return c->texts.capacity + c->cell_capacity * sizeof(kg_cell) + c->slot_capacity * sizeof(kg_cell_slot);
}

/* All that was printed is forgotten, and where it was too much, its memory given back. */
static kgq_status forget(kg_cells *c, kgq_error **err) {
  if (kept_bytes(c) > c->kept_bytes_max) {
    free_slots(c);
    free_cells(c);
    kg_buf_free(&c->texts);
  }
  c->texts.len = 0;
  KGQ_TRY(kg_buf_reserve(&c->texts, KG_CELL_SLACK, err));
  if (c->slots) {
    memset(c->slots, 0, c->slot_capacity * sizeof(kg_cell_slot));
  } else {
    KGQ_TRY(grow_slots(c, err));
  }
  void *cells = c->cells;
  KGQ_TRY(kg_grow(c->allocator, &cells, &c->cell_capacity, 1, sizeof(kg_cell), err));
  c->cells = (kg_cell *)cells;
  c->cells[0] = (kg_cell){ .start = 0 };
  c->cell_count = 1;
  return KGQ_OK;
}

static kgq_status reserve_missing(kg_cells *c, size_t count, kgq_error **err) {
  if (count <= c->missing_capacity) {
    return KGQ_OK;
  }
  free_missing(c);
  kg_id_pair *pairs = (kg_id_pair *)kg_alloc(c->allocator, 2 * count * sizeof(kg_id_pair));
  if (!pairs) {
    return kg_fail_memory(err);
  }
  c->pairs = c->missing = pairs;
  c->spare = pairs + count;
  c->missing_capacity = count;
  return KGQ_OK;
}

/* Room for as many new values a row as the window before had, in one step: each doubling would clear and fill
 * a table anew. */
static kgq_status expect_rows(kg_cells *c, double rows, kgq_error **err) {
  const double share = c->row_count > 0 ? (double)c->missing_count / (double)c->row_count : 0;
  const double cells = (double)c->cell_count + share * rows;
  size_t capacity = c->slot_capacity;
  while ((double)capacity < 2 * cells && capacity < 4 * WINDOW_CELLS_MAX) {
    capacity *= 2;
  }
  return capacity > c->slot_capacity ? make_slots(c, capacity, err) : KGQ_OK;
}

kgq_status kg_cells_begin(kg_cells *c, uint32_t column_count, size_t rows, double expected, kgq_error **err) {
  if (c->cell_count == 0 || kept_bytes(c) > c->kept_bytes_max) {
    KGQ_TRY(forget(c, err));
  }
  KGQ_TRY(expect_rows(c, expected < (double)rows ? expected : (double)rows, err));
  c->missing_count = 0;
  c->row_count = 0;
  if (column_count != c->column_count || rows > c->row_capacity) {
    free_numbers(c);
    c->column_count = column_count;
    c->numbers = (uint32_t *)kg_alloc(c->allocator, numbers_bytes(rows, column_count));
    if (!c->numbers) {
      return kg_fail_memory(err);
    }
    c->row_capacity = rows;
  }
  return reserve_missing(c, c->row_capacity * column_count + 1, err);
}

size_t kg_cells_rows(const kg_cells *c) {
  const size_t columns = c->column_count ? c->column_count : 1;
  const size_t most = WINDOW_CELLS_MAX / columns;
  size_t bytes = 1;
  for (size_t i = 0; i < c->missing_count; i++) {
    bytes += c->cells[c->missing[i].number].bytes;
  }
  const size_t by_text = c->row_count * (WINDOW_BYTES / bytes + 1);
  size_t rows = c->row_count * WINDOW_GROWTH < by_text ? c->row_count * WINDOW_GROWTH : by_text;
  rows = rows < most ? rows : most;
  return rows > KG_BATCH_ROWS ? rows : KG_BATCH_ROWS;
}

/* ---- reading ------------------------------------------------------------------------------------ */

static kgq_status hold_text(kg_cells *c, kg_cell *cell, const kg_term *term, kgq_error **err) {
  const size_t start = c->texts.len;
  KGQ_TRY(c->print(&c->texts, term, err));
  KGQ_TRY(kg_buf_reserve(&c->texts, KG_CELL_SLACK, err));
  cell->start = start;
  cell->bytes = c->texts.len - start;
  return KGQ_OK;
}

static bool is_stored(kg_id id) {
  return kg_id_is_dict(id) || kg_id_tag(id) == KG_TAG_TRIPLE;
}

/* Ids of the dictionary, sorted. */
static kgq_status read_stored(kg_cells *c, kg_terms *terms, const kg_id_pair *pairs, size_t count,
                              kgq_error **err) {
  kg_arena_reset(&c->scratch);
  kg_id *ids = (kg_id *)kg_arena_alloc(&c->scratch, count * sizeof(kg_id));
  kg_term *read = (kg_term *)kg_arena_alloc(&c->scratch, count * sizeof(kg_term));
  if (!ids || !read) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < count; i++) {
    ids[i] = pairs[i].id;
  }
  KGQ_TRY(kg_dict_get_many(kg_terms_snap(terms), ids, count, &c->scratch, read, err));
  for (size_t i = 0; i < count; i++) {
    KGQ_TRY(hold_text(c, &c->cells[pairs[i].number], &read[i], err));
  }
  return KGQ_OK;
}

static kgq_status read_other(kg_cells *c, kg_terms *terms, const kg_id_pair *pair, kgq_error **err) {
  char buffer[KG_INLINE_TEXT_MAX];
  const kg_term *term = NULL;
  kg_term inlined;
  if (kg_id_is_inline(pair->id) && kg_id_tag(pair->id) <= KG_TAG_YEAR_MONTH) {
    kg_id_inline_term(pair->id, buffer, &inlined);
    term = &inlined;
  } else {
    KGQ_TRY(kg_terms_get(terms, pair->id, &term, err));
  }
  return hold_text(c, &c->cells[pair->number], term, err);
}

/* Text beyond twice of what is kept is not held but read again when its row is written: no window grows
 * without bound. */
kgq_status kg_cells_read(kg_cells *c, kg_terms *terms, kgq_error **err) {
  kg_id_pair *sorted = kg_sort_ids(c->missing, c->spare, c->missing_count);
  c->spare = sorted == c->missing ? c->spare : c->missing;
  c->missing = sorted;
  for (size_t i = 0; i < c->missing_count && c->texts.len < 2 * c->kept_bytes_max;) {
    size_t end = i;
    while (end < c->missing_count && end - i < READ_COUNT && is_stored(sorted[end].id)) {
      end++;
    }
    if (end > i) {
      KGQ_TRY(read_stored(c, terms, sorted + i, end - i, err));
      i = end;
    } else {
      KGQ_TRY(read_other(c, terms, &sorted[i++], err));
    }
  }
  kg_arena_reset(&c->scratch);
  return KGQ_OK;
}

kgq_status kg_cells_print(kg_cells *c, kg_terms *terms, const kg_cell *cell, kg_buf *out, kgq_error **err) {
  const kg_term *term = NULL;
  assert(!kg_cells_held(cell));
  kg_terms_breathe(terms);
  KGQ_TRY(kg_terms_get(terms, cell->id, &term, err));
  return c->print(out, term, err);
}
