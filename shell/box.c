/* shell/box.c: rows as a table with rules, lined up by display width, so that Korean and Japanese stand
 * straight.
 *
 * The widths come from the first rows; later rows keep them, so that memory is bounded whatever the answer's
 * size. Cells that do not fit are cut with an ellipsis; line breaks and control characters inside a cell are
 * shown as spaces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

#define ROWS_MEASURED    1000
#define CELL_COLUMNS_MIN 8

/* What rules are made of: corners and crossings of the first, middle and last rule, then - and |. */
typedef struct rules {
  const char *first[3], *middle[3], *last[3], *across, *down;
} rules;
static const rules drawn = { { "┌", "┬", "┐" }, { "├", "┼", "┤" }, { "└", "┴", "┘" }, "─", "│" };
static const rules plain = { { "+", "+", "+" }, { "+", "+", "+" }, { "+", "+", "+" }, "-", "|" };

typedef struct box {
  const rules *rules;
  size_t column_count, row_count;
  size_t *widths;
  char **cells; /* ROWS_MEASURED x column_count */
  const view *view;
  FILE *out;
} box;

static bool box_init(box *b, kgq_stmt *stmt, bool ascii, const view *v) {
  memset(b, 0, sizeof *b);
  b->rules = ascii ? &plain : &drawn;
  b->view = v;
  b->out = v->out;
  b->column_count = (size_t)kgq_column_count(stmt);
  b->widths = calloc(b->column_count ? b->column_count : 1, sizeof *b->widths);
  b->cells = calloc(ROWS_MEASURED * (b->column_count ? b->column_count : 1), sizeof *b->cells);
  for (size_t i = 0; b->widths && i < b->column_count; i++) {
    const char *name = kgq_column_name(stmt, (int)i);
    b->widths[i] = kgq_display_width(name, strlen(name));
  }
  return b->widths && b->cells;
}

static void box_free(box *b) {
  for (size_t i = 0; b->cells && i < b->row_count * b->column_count; i++) {
    free(b->cells[i]);
  }
  free(b->cells);
  free(b->widths);
}

/* Takes the widest column in until all fit. */
static void fit_widths(box *b, size_t columns_max) {
  if (columns_max == 0) {
    return;
  }
  for (;;) {
    size_t total = 1, widest = 0;
    for (size_t i = 0; i < b->column_count; i++) {
      total += b->widths[i] + 3;
      widest = b->widths[i] > b->widths[widest] ? i : widest;
    }
    if (total <= columns_max || b->widths[widest] <= CELL_COLUMNS_MIN) {
      return;
    }
    b->widths[widest]--;
  }
}

/* Bytes of the longest prefix that takes at most `width` columns. */
static size_t prefix_bytes(const char *text, size_t width) {
  size_t fits = 0;
  for (size_t i = 0; text[i];) {
    size_t n = 1;
    while (((unsigned char)text[i + n] & 0xC0) == 0x80) {
      n++;
    }
    if (kgq_display_width(text, i + n) > width) {
      break;
    }
    i += n;
    fits = i;
  }
  return fits;
}

static void print_cell(FILE *out, const char *text, size_t width) {
  size_t bytes = strlen(text);
  size_t used = kgq_display_width(text, bytes);
  if (used > width) {
    bytes = prefix_bytes(text, width - 1);
    used = kgq_display_width(text, bytes) + 1;
    (void)fprintf(out, " %.*s…", (int)bytes, text);
  } else {
    (void)fprintf(out, " %s", text);
  }
  (void)fprintf(out, "%*s", (int)(width - used + 1), "");
}

static void print_rule(const box *b, const char *const parts[3]) {
  for (size_t i = 0; i < b->column_count; i++) {
    (void)fputs(parts[i ? 1 : 0], b->out);
    for (size_t k = 0; k < b->widths[i] + 2; k++) {
      (void)fputs(b->rules->across, b->out);
    }
  }
  (void)fprintf(b->out, "%s\n", parts[2]);
}

static void print_row(const box *b, char *const *cells) {
  for (size_t i = 0; i < b->column_count; i++) {
    (void)fputs(b->rules->down, b->out);
    print_cell(b->out, cells[i] ? cells[i] : "", b->widths[i]);
  }
  (void)fprintf(b->out, "%s\n", b->rules->down);
}

static bool read_row(const box *b, kgq_stmt *stmt, char **cells) {
  bool fine = true;
  for (size_t i = 0; i < b->column_count; i++) {
    cells[i] = cell_text(stmt, (int)i, b->view);
    fine = fine && cells[i];
  }
  return fine;
}

static void print_head(const box *b, kgq_stmt *stmt) {
  print_rule(b, b->rules->first);
  for (size_t i = 0; i < b->column_count; i++) {
    (void)fputs(b->rules->down, b->out);
    (void)fputs(bold_on(b->out), b->out);
    print_cell(b->out, kgq_column_name(stmt, (int)i), b->widths[i]);
    (void)fputs(bold_off(b->out), b->out);
  }
  (void)fprintf(b->out, "%s\n", b->rules->down);
  print_rule(b, b->rules->middle);
}

static kgq_status measure_rows(box *b, kgq_stmt *stmt, kgq_error **err) {
  kgq_status st = KGQ_OK;
  while (b->row_count < ROWS_MEASURED && (st = kgq_step(stmt, err)) == KGQ_ROW) {
    char **cells = b->cells + b->row_count * b->column_count;
    b->row_count++;
    if (!read_row(b, stmt, cells)) {
      return KGQ_NOMEM;
    }
    for (size_t i = 0; i < b->column_count; i++) {
      const size_t width = kgq_display_width(cells[i], strlen(cells[i]));
      b->widths[i] = width > b->widths[i] ? width : b->widths[i];
    }
  }
  return st;
}

static bool is_shown(const box *b, uint64_t row) {
  return b->view->rows_shown == 0 || row < b->view->rows_shown;
}

/* Rows past the measured ones, printed as they come. */
static kgq_status stream_rows(const box *b, kgq_stmt *stmt, uint64_t *count, kgq_error **err) {
  char **cells = calloc(b->column_count ? b->column_count : 1, sizeof *cells);
  kgq_status st = cells ? KGQ_ROW : KGQ_NOMEM;
  while (st == KGQ_ROW && (st = kgq_step(stmt, err)) == KGQ_ROW) {
    st = read_row(b, stmt, cells) ? KGQ_ROW : KGQ_NOMEM;
    if (is_shown(b, *count)) {
      print_row(b, cells);
    }
    (*count)++;
    for (size_t i = 0; i < b->column_count; i++) {
      free(cells[i]);
      cells[i] = NULL;
    }
  }
  free(cells);
  return st;
}

static kgq_status print_all(box *b, kgq_stmt *stmt, bool ended, kgq_error **err) {
  kgq_status st = KGQ_DONE;
  uint64_t count = b->row_count;
  if (b->column_count) {
    print_head(b, stmt);
    for (size_t r = 0; r < b->row_count && is_shown(b, r); r++) {
      print_row(b, b->cells + r * b->column_count);
    }
    st = ended ? KGQ_DONE : stream_rows(b, stmt, &count, err);
    print_rule(b, b->rules->last);
  }
  char text[32], shown[32];
  (void)fprintf(b->out, "%s %s", with_commas(count, text), count == 1 ? "row" : "rows");
  if (count && !is_shown(b, count - 1)) {
    (void)fprintf(b->out, ", %s shown", with_commas(b->view->rows_shown, shown));
  }
  (void)fputc('\n', b->out);
  return st;
}

kgq_status box_print(kgq_stmt *stmt, bool ascii, const view *v, kgq_error **err) {
  box b;
  kgq_status st = box_init(&b, stmt, ascii, v) ? measure_rows(&b, stmt, err) : KGQ_NOMEM;
  if (st == KGQ_DONE || st == KGQ_ROW || st == KGQ_OK) {
    const size_t columns = v->out == stdout ? terminal_columns() : 0;
    watch_printing(v->out);
    fit_widths(&b, v->columns_shown ? (size_t)v->columns_shown : columns);
    FILE *pager = v->page && is_shown(&b, b.row_count) ? pager_open(b.row_count + 5) : NULL;
    b.out = pager ? pager : v->out;
    st = print_all(&b, stmt, st == KGQ_DONE, err);
    if (pager) {
      pager_close(pager);
    }
  }
  box_free(&b);
  return st;
}
