/* query/results_term.c: the values of result rows, as the statement holds them. See results.h.
 *
 * Rows go out by windows of printed values (cells.h); a single term, for graphs and answers of ASK, lives in
 * the statement's cache until the next step, and is written at once.
 */
#include "query/results.h"
#include "query/statement.h"

kgq_status kg_results_add(kg_results *r, const char *text, kgq_error **err) {
  return kg_buf_add_text(&r->out.buf, text, err);
}

kgq_status kg_results_term(kg_results *r, int column, kg_term *out, kgq_error **err) {
  const kg_term *term = NULL;
  kg_id id = KG_ID_NONE;
  KGQ_TRY(kg_stmt_term(r->stmt, column, &term, &id, err));
  *out = term ? *term : (kg_term){ .kind = KG_TERM_NONE };
  return KGQ_OK;
}

/* ---- windows of rows ------------------------------------------------------------------------------ */

/* With less memory than this, rows go out batch by batch. */
#define WINDOW_MEMORY ((uint64_t)256 << 20)

static size_t window_rows(const kg_results *r) {
  const uint64_t memory = r->stmt->conn->limit_memory_bytes;
  return memory > 0 && memory < WINDOW_MEMORY ? KG_BATCH_ROWS : kg_cells_rows(&r->cells);
}

/* By the estimate of the plan, `count` at hand among them. */
static double rows_to_come(const kg_results *r, uint32_t count) {
  const double given = (double)(r->stmt->rows_given - count);
  const double estimate = r->stmt->execution.root->estimate;
  return estimate - given > count ? estimate - given : count;
}

/* Batches until the window has no room for one more; KGQ_DONE: there are no more. *begun: it has rows. */
static kgq_status fill_window(kg_results *r, kg_print_fn cell, bool *begun, kgq_error **err) {
  kg_cells *c = &r->cells;
  uint32_t count = 0;
  do {
    kgq_status st = kg_stmt_rows(r->stmt, &count, err);
    if (st != KGQ_ROW) {
      return st;
    }
    if (!c->allocator) {
      kg_cells_init(c, &r->stmt->cancel.budget, r->stmt->conn->limit_memory_bytes, cell);
    }
    if (!*begun) {
      r->terms = r->stmt->execution.run.terms;
      KGQ_TRY(kg_cells_begin(c, (uint32_t)r->column_count, window_rows(r), rows_to_come(r, count), err));
      *begun = true;
    }
    KGQ_TRY(kg_cells_add(c, r->stmt->batch, r->stmt->row + 1 - count, count, err));
  } while (c->row_count + KG_BATCH_ROWS <= c->row_capacity && r->stmt->conn->limit_rows == 0);
  return KGQ_ROW;
}

kgq_status kg_results_window(kg_results *r, kg_print_fn cell, kgq_error **err) {
  bool begun = false; /* until then the cells tell of the window before: how large the next one is to be */
  kgq_status st = fill_window(r, cell, &begun, err);
  if (begun && (st == KGQ_ROW || st == KGQ_DONE)) { /* DONE will be said again */
    st = kg_cells_read(&r->cells, r->terms, err);
    st = st == KGQ_OK ? KGQ_ROW : st;
  }
  return kg_stmt_limit(r->stmt, st, err);
}

kgq_status kg_results_cell(kg_results *r, int column, size_t row, kgq_error **err) {
  const kg_cell *cell = kg_cells_at(&r->cells, (uint32_t)column, row);
  return kg_cells_held(cell) ? kg_buf_add(&r->out.buf, kg_cells_text(&r->cells, cell), cell->bytes, err)
                             : kg_cells_print(&r->cells, r->terms, cell, &r->out.buf, err);
}

/* ---- lines ---------------------------------------------------------------------------------------- */

/* Most values are short: 16 bytes at a time without a call. Both sides have KG_CELL_SLACK bytes behind. */
static char *put_short(char *at, const char *text, size_t bytes) {
  if (bytes > 4 * KG_CELL_SLACK) {
    memcpy(at, text, bytes);
  } else {
    for (size_t i = 0; i < bytes; i += KG_CELL_SLACK) {
      memcpy(at + i, text + i, KG_CELL_SLACK);
    }
  }
  return at + bytes;
}

static kgq_status add_odd_line(kg_results *r, size_t row, char between, kgq_str end, kgq_error **err) {
  for (int i = 0; i < r->column_count; i++) {
    if (i > 0) {
      KGQ_TRY(kg_buf_add_byte(&r->out.buf, between, err));
    }
    KGQ_TRY(kg_results_cell(r, i, row, err));
  }
  return kg_buf_add_str(&r->out.buf, end, err);
}

kgq_status kg_results_line(kg_results *r, size_t row, char between, kgq_str end, kgq_error **err) {
  const uint32_t count = (uint32_t)r->column_count;
  size_t room = count + end.len + KG_CELL_SLACK;
  for (uint32_t i = 0; i < count; i++) {
    const kg_cell *cell = kg_cells_at(&r->cells, i, row);
    if (!kg_cells_held(cell)) {
      return add_odd_line(r, row, between, end, err);
    }
    room += cell->bytes;
  }
  if (r->out.buf.capacity - r->out.buf.len < room) {
    KGQ_TRY(kg_buf_reserve(&r->out.buf, room, err));
  }
  char *at = r->out.buf.bytes + r->out.buf.len;
  for (uint32_t i = 0; i < count; i++) {
    *at = between;
    const kg_cell *cell = kg_cells_at(&r->cells, i, row);
    at = put_short(at + (i > 0), kg_cells_text(&r->cells, cell), cell->bytes);
  }
  memcpy(at, end.ptr, end.len);
  r->out.buf.len = (size_t)(at + end.len - r->out.buf.bytes);
  return KGQ_OK;
}

kgq_status kg_results_label(kg_results *r, int column, const kg_buf *text, kgq_error **err) {
  if (!r->labels) {
    kg_arena_init(&r->labels_arena, r->out.buf.allocator);
    r->labels = (kgq_str *)kg_arena_zero(&r->labels_arena, (size_t)r->column_count * sizeof(kgq_str));
    if (!r->labels) {
      return kg_fail_memory(err);
    }
  }
  return kg_arena_copy(&r->labels_arena, kg_buf_str(text), &r->labels[column], err);
}
