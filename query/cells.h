/* query/cells.h: a window of result rows with their values as a format prints them.
 *
 * Between the statement's batches and the formats of results*.c: each different id of a window is read and
 * printed once, in the order in which terms are stored, and what was printed stays for later windows while it
 * is little. The formats put rows together from it.
 *
 * Ownership: memory comes from the allocator given, which counts the statement's budget; texts live until the
 * next kg_cells_begin.
 */
#ifndef KG_QUERY_CELLS_H
#define KG_QUERY_CELLS_H

#include "query/batch.h"
#include "query/id_sort.h"
#include "query/terms.h"

/* Appends a term as the format writes it. */
typedef kgq_status (*kg_print_fn)(kg_buf *buf, const kg_term *term, kgq_error **err);

#define KG_CELL_SLACK 16 /* bytes behind a text that may be read, so that copies can go in whole words */

typedef struct kg_cell {
  size_t start; /* in the texts; KG_CELL_UNREAD: not held, kg_cells_print has it */
  size_t bytes;
  kg_id id;
} kg_cell;

#define KG_CELL_UNREAD SIZE_MAX

typedef struct kg_cell_slot {
  kg_id id; /* NONE: empty */
  uint64_t number;
} kg_cell_slot;

typedef struct kg_cells {
  const kgq_allocator *allocator;
  kg_print_fn print;
  uint64_t seed;
  size_t kept_bytes_max; /* from window to window */
  kg_cell_slot *slots;
  size_t slot_capacity; /* power of two */
  kg_cell *cells;       /* cells[0]: unbound */
  size_t cell_count, cell_capacity;
  kg_buf texts; /* one after the other; KG_CELL_SLACK bytes of room behind the last */
  kg_arena scratch;
  kg_id_pair *pairs, *missing, *spare; /* of the window, not read yet; pairs is the memory of both */
  size_t missing_count, missing_capacity;
  uint32_t *numbers; /* of the window: cells, column after column */
  uint32_t column_count;
  size_t row_count, row_capacity;
} kg_cells;

/* memory: how much the statement may take, 0: any. */
void kg_cells_init(kg_cells *c, const kgq_allocator *a, uint64_t memory, kg_print_fn print);
void kg_cells_free(kg_cells *c); /* also fine on a zeroed one */
/* An empty window with room for `rows`, of which that many are expected. */
kgq_status kg_cells_begin(kg_cells *c, uint32_t column_count, size_t rows, double expected, kgq_error **err);
/* Rows [first, first + count) of the batch; the window has room for them. */
kgq_status kg_cells_add(kg_cells *c, const kg_batch *batch, uint32_t first, uint32_t count, kgq_error **err);
/* Reads and prints what the window lacks. */
kgq_status kg_cells_read(kg_cells *c, kg_terms *terms, kgq_error **err);
/* How many rows the next window should have. */
size_t kg_cells_rows(const kg_cells *c);
static inline const kg_cell *kg_cells_at(const kg_cells *c, uint32_t column, size_t row) {
  return &c->cells[c->numbers[column * c->row_capacity + row]];
}
static inline bool kg_cells_held(const kg_cell *cell) {
  return cell->start != KG_CELL_UNREAD;
}
static inline const char *kg_cells_text(const kg_cells *c, const kg_cell *cell) {
  return c->texts.bytes + cell->start;
}
/* A cell that is not held. */
kgq_status kg_cells_print(kg_cells *c, kg_terms *terms, const kg_cell *cell, kg_buf *out, kgq_error **err);

#endif
