/* tests/conformance/results_read.c: the table of an answer, single terms, TSV and CSV. See results.h. */
#include "tests/conformance/results.h"

#include "loaders/read.h"

void results_init(results *r) {
  memset(r, 0, sizeof *r);
  kg_arena_init(&r->arena, NULL);
}

void results_free(results *r) {
  kg_free(NULL, r->vars, r->var_capacity * sizeof *r->vars);
  kg_free(NULL, r->cells, r->cell_capacity * sizeof *r->cells);
  kg_arena_free(&r->arena);
  memset(r, 0, sizeof *r);
}

/* ---- the table ---------------------------------------------------------------------------------- */

static size_t find_var(const results *r, kgq_str name) {
  size_t i = 0;
  while (i < r->var_count && !kg_str_equal(r->vars[i], name)) {
    i++;
  }
  return i;
}

kgq_status results_add_var(results *r, kgq_str name, kgq_error **err) {
  if (find_var(r, name) < r->var_count || r->row_count) {
    return kg_fail(err, KGQ_DATA, "variable '%.*s' comes twice or too late", KG_ARG(name));
  }
  void *vars = r->vars;
  KGQ_TRY(kg_grow(NULL, &vars, &r->var_capacity, r->var_count + 1, sizeof *r->vars, err));
  r->vars = vars;
  return kg_arena_copy(&r->arena, name, &r->vars[r->var_count++], err);
}

kgq_status results_add_row(results *r, kgq_error **err) {
  void *cells = r->cells;
  const size_t used = r->row_count * r->var_count;
  KGQ_TRY(kg_grow(NULL, &cells, &r->cell_capacity, used + r->var_count + 1, sizeof *r->cells, err));
  r->cells = cells;
  memset(r->cells + used, 0, r->var_count * sizeof *r->cells);
  r->row_count++;
  return KGQ_OK;
}

kgq_status results_bind(results *r, kgq_str name, const kg_term *term, kgq_error **err) {
  const size_t column = find_var(r, name);
  if (column == r->var_count) {
    return kg_fail(err, KGQ_DATA, "a row binds '%.*s', which the head does not list", KG_ARG(name));
  }
  kg_term *cell = &r->cells[(r->row_count - 1) * r->var_count + column];
  if (cell->kind != KG_TERM_NONE) {
    return kg_fail(err, KGQ_DATA, "a row binds '%.*s' twice", KG_ARG(name));
  }
  return kg_term_copy(&r->arena, term, cell, err);
}

kgq_status results_print(const results *r, kg_buf *out, kgq_error **err) {
  if (r->is_boolean) {
    return kg_buf_add_text(out, r->boolean ? "  true\n" : "  false\n", err);
  }
  for (size_t i = 0; i < r->var_count; i++) {
    KGQ_TRY(kg_buf_print(out, err, "  ?%.*s", KG_ARG(r->vars[i])));
  }
  for (size_t i = 0; i < r->row_count * r->var_count; i++) {
    KGQ_TRY(kg_buf_add_text(out, i % r->var_count ? "  " : "\n  ", err));
    KGQ_TRY(r->cells[i].kind == KG_TERM_NONE ? kg_buf_add_text(out, "-", err)
                                             : kg_term_print(&r->cells[i], out, err));
  }
  return kg_buf_print(out, err, "\n  %zu rows\n", r->row_count);
}

/* ---- one term ----------------------------------------------------------------------------------- */

typedef struct one_term {
  kg_arena *arena;
  kg_term *out;
  unsigned count;
} one_term;

static kgq_status take_object(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                              const kg_term *g, kgq_error **err) {
  (void)s, (void)p, (void)g;
  one_term *one = arg;
  one->count++;
  return kg_term_copy(one->arena, o, one->out, err);
}

kgq_status results_read_term(kgq_str text, kg_format format, kg_arena *arena, kg_term *out, kgq_error **err) {
  kg_buf line;
  kg_buf_init(&line, NULL);
  kg_input in = { .at = NULL };
  one_term one = { arena, out, 0 };
  const kg_sink sink = { .arg = &one, .quad = take_object };
  const kg_reader_options options = { .allocator = NULL };
  kgq_status st = KGQ_OK;
  KGQ_TRY_DONE(kg_buf_add_text(&line, "<s:> <p:> ", err));
  KGQ_TRY_DONE(kg_buf_add_str(&line, text, err));
  KGQ_TRY_DONE(kg_buf_add_text(&line, " .\n", err));
  KGQ_TRY_DONE(kg_input_memory(&in, NULL, "term", kg_buf_str(&line), err));
  KGQ_TRY_DONE(kg_read_rdf(&in, format, &options, &sink, err));
  st = one.count == 1 ? KGQ_OK : kg_fail(err, KGQ_DATA, "'%.*s' is not one term", KG_ARG(text));
done:
  kg_input_close(&in);
  kg_buf_free(&line);
  return st;
}

/* ---- TSV and CSV (SPARQL 1.2 Query Results CSV and TSV Formats, sections 3 and 4) ----------------- */

/* The piece up to `separator` outside quotation marks; *at moves behind it. */
static kgq_str piece(kgq_str text, size_t *at, char separator, bool *last) {
  const size_t start = *at;
  bool quoted = false;
  size_t end = start;
  for (; end < text.len && (quoted || text.ptr[end] != separator); end++) {
    quoted ^= text.ptr[end] == '"';
  }
  *last = end == text.len;
  *at = end + 1;
  return kg_str_n(text.ptr + start, end - start);
}

static kgq_status csv_term(kgq_str field, kg_term *out) {
  const bool label = kg_str_starts(field, KG_STR("_:"));
  *out = label ? kg_term_bnode(kg_str_n(field.ptr + 2, field.len - 2)) : kg_term_string(field);
  return KGQ_OK;
}

static kgq_status table_field(results *r, size_t column, kgq_str field, bool tsv, kgq_error **err) {
  if (column >= r->var_count) {
    return kg_fail(err, KGQ_DATA, "row %zu has too many fields", r->row_count);
  }
  if (field.len == 0) {
    return KGQ_OK;
  }
  kg_term term;
  KGQ_TRY(tsv ? results_read_term(field, KG_FORMAT_TTL, &r->arena, &term, err) : csv_term(field, &term));
  return results_bind(r, r->vars[column], &term, err);
}

static kgq_status table_head(results *r, kgq_str field, bool tsv, kgq_error **err) {
  if (!tsv) {
    return field.len ? results_add_var(r, field, err) : KGQ_OK;
  }
  if (field.len && field.ptr[0] != '?') {
    return kg_fail(err, KGQ_DATA, "'%.*s' in the head is no variable", KG_ARG(field));
  }
  return field.len ? results_add_var(r, kg_str_n(field.ptr + 1, field.len - 1), err) : KGQ_OK;
}

static kgq_status table_line(results *r, kgq_str line, bool head, bool tsv, kgq_error **err) {
  bool last = false;
  size_t column = 0;
  if (!head) {
    KGQ_TRY(results_add_row(r, err));
  }
  for (size_t at = 0; !last; column++) {
    const kgq_str field = piece(line, &at, tsv ? '\t' : ',', &last);
    if (r->var_count == 0 && !head && field.len == 0) {
      return KGQ_OK; /* a solution without variables: an empty line */
    }
    KGQ_TRY(head ? table_head(r, field, tsv, err) : table_field(r, column, field, tsv, err));
  }
  const bool complete = head || column == r->var_count;
  return complete ? KGQ_OK : kg_fail(err, KGQ_DATA, "row %zu has too few fields", r->row_count);
}

static kgq_status read_table(results *r, kgq_str text, bool tsv, kgq_error **err) {
  bool last = false;
  for (size_t at = 0, n = 0; at < text.len; n++) {
    kgq_str line = piece(text, &at, '\n', &last);
    line.len -= line.len && line.ptr[line.len - 1] == '\r';
    KGQ_TRY(table_line(r, line, n == 0, tsv, err));
  }
  return KGQ_OK;
}

kgq_status results_read(results *r, kgq_str text, const char *format, kgq_error **err) {
  if (strcmp(format, "srx") == 0 || strcmp(format, "xml") == 0) {
    return results_read_xml(r, text, err);
  }
  if (strcmp(format, "srj") == 0 || strcmp(format, "json") == 0) {
    return results_read_json(r, text, err);
  }
  if (strcmp(format, "tsv") == 0 || strcmp(format, "csv") == 0) {
    return read_table(r, text, format[0] == 't', err);
  }
  return kg_fail(err, KGQ_DATA, "no reader of '%s' results", format);
}
