/* graph/turtle_sorted.c: quads as lines, sorted, and written by graph, subject and predicate. See
 * turtle_sorted.h.
 *
 *   line = graph 01 subject 01 predicate 01 object      graph "": the default graph; predicate "": 'a'
 *
 * Byte 01 is less than any that Turtle notation has in a term, where control characters are escaped, so that
 * lines with one graph, subject or predicate stand together, the default graph and rdf:type first.
 */
#include "graph/turtle_sorted.h"

#include "graph/line_sort.h"
#include "graph/vocab.h"

enum { FIELDS = 4 };
#define SEPARATOR '\x01'

struct kg_turtle_sorted {
  const kgq_allocator *allocator;
  kg_out *out;
  kg_turtle_names *names;
  kg_line_sort *lines;
  kg_buf line;
  kg_buf before[FIELDS - 1]; /* graph, subject and predicate of the quad written last */
  bool open;                 /* a statement waits for its '.' */
};

kgq_status kg_turtle_sorted_new(kg_out *out, kg_turtle_names *names, size_t sort_bytes,
                                const kgq_allocator *a, kg_turtle_sorted **sorted, kgq_error **err) {
  kg_turtle_sorted *made = kg_alloc_zero(a, 1, sizeof *made);
  if (!made) {
    return kg_fail_memory(err);
  }
  made->allocator = a;
  made->out = out;
  made->names = names;
  kg_buf_init(&made->line, a);
  for (size_t i = 0; i < FIELDS - 1; i++) {
    kg_buf_init(&made->before[i], a);
  }
  const kgq_status st = kg_line_sort_new(a, sort_bytes, &made->lines, err);
  if (st != KGQ_OK) {
    kg_turtle_sorted_free(made);
    return st;
  }
  *sorted = made;
  return KGQ_OK;
}

void kg_turtle_sorted_free(kg_turtle_sorted *sorted) {
  if (!sorted) {
    return;
  }
  kg_line_sort_free(sorted->lines);
  kg_buf_free(&sorted->line);
  for (size_t i = 0; i < FIELDS - 1; i++) {
    kg_buf_free(&sorted->before[i]);
  }
  kg_free(sorted->allocator, sorted, sizeof *sorted);
}

kgq_status kg_turtle_sorted_add(kg_turtle_sorted *sorted, const kg_term *s, const kg_term *p,
                                const kg_term *o, const kg_term *g, kgq_error **err) {
  const bool type = p->kind == KG_TERM_IRI && kg_str_equal(p->text, KG_STR(KG_RDF_TYPE));
  const kg_term *const fields[FIELDS] = { g->kind == KG_TERM_NONE ? NULL : g, s, type ? NULL : p, o };
  kg_buf *line = &sorted->line;
  line->len = 0;
  for (size_t i = 0; i < FIELDS; i++) {
    KGQ_TRY(i == 0 ? KGQ_OK : kg_buf_add_byte(line, SEPARATOR, err));
    KGQ_TRY(fields[i] ? kg_turtle_print(sorted->names, fields[i], line, err) : KGQ_OK);
  }
  return kg_line_sort_add(sorted->lines, kg_buf_str(line), err);
}

/* ---- writing ------------------------------------------------------------------------------------ */

static kgq_status text(kg_turtle_sorted *sorted, const char *bytes, kgq_error **err) {
  return kg_buf_add_text(&sorted->out->buf, bytes, err);
}

static void split(kgq_str line, kgq_str fields[FIELDS]) {
  for (size_t i = 0; i < FIELDS; i++) {
    const char *stop = i + 1 < FIELDS ? memchr(line.ptr, SEPARATOR, line.len) : NULL;
    fields[i] = kg_str_n(line.ptr, stop ? (size_t)(stop - line.ptr) : line.len);
    line = stop ? kg_str_n(stop + 1, line.len - fields[i].len - 1) : KG_STR("");
  }
}

static kgq_status close_graph(kg_turtle_sorted *sorted, kgq_error **err) {
  KGQ_TRY(text(sorted, sorted->open ? " .\n" : "", err));
  KGQ_TRY(text(sorted, sorted->open && sorted->before[0].len ? "}\n" : "", err));
  sorted->open = false;
  return KGQ_OK;
}

static kgq_status open_graph(kg_turtle_sorted *sorted, kgq_str graph, kgq_error **err) {
  KGQ_TRY(close_graph(sorted, err));
  if (graph.len == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(text(sorted, "\n", err));
  KGQ_TRY(kg_buf_add_str(&sorted->out->buf, graph, err));
  return text(sorted, " {\n", err);
}

/* How many of graph, subject and predicate are those of the quad before; the others are from now on. */
static kgq_status shared_fields(kg_turtle_sorted *sorted, const kgq_str fields[FIELDS], size_t *shared,
                                kgq_error **err) {
  *shared = 0;
  while (sorted->open && *shared < FIELDS - 1 &&
         kg_str_equal(kg_buf_str(&sorted->before[*shared]), fields[*shared])) {
    ++*shared;
  }
  if (*shared == 0) {
    KGQ_TRY(open_graph(sorted, fields[0], err));
  }
  for (size_t i = *shared; i < FIELDS - 1; i++) {
    sorted->before[i].len = 0;
    KGQ_TRY(kg_buf_add_str(&sorted->before[i], fields[i], err));
  }
  return KGQ_OK;
}

static kgq_status write_line(void *arg, kgq_str line, kgq_error **err) {
  kg_turtle_sorted *sorted = arg;
  kgq_str fields[FIELDS];
  size_t shared = 0;
  split(line, fields);
  KGQ_TRY(shared_fields(sorted, fields, &shared, err));
  if (shared < 2) { /* another subject */
    KGQ_TRY(text(sorted, shared == 1 ? " .\n" : "", err));
    KGQ_TRY(kg_buf_add_str(&sorted->out->buf, fields[1], err));
    KGQ_TRY(text(sorted, " ", err));
  }
  if (shared < 3) { /* another predicate */
    KGQ_TRY(text(sorted, shared == 2 ? " ;\n    " : "", err));
    KGQ_TRY(kg_buf_add_str(&sorted->out->buf, fields[2].len ? fields[2] : KG_STR("a"), err));
  }
  KGQ_TRY(text(sorted, shared == 3 ? " , " : " ", err));
  KGQ_TRY(kg_buf_add_str(&sorted->out->buf, fields[3], err));
  sorted->open = true;
  return kg_out_breathe(sorted->out, err);
}

kgq_status kg_turtle_sorted_end(kg_turtle_sorted *sorted, kgq_error **err) {
  const size_t before = sorted->out->buf.len;
  KGQ_TRY(kg_turtle_names_print(sorted->names, true, &sorted->out->buf, err));
  KGQ_TRY(text(sorted, sorted->out->buf.len > before ? "\n" : "", err));
  KGQ_TRY(kg_line_sort_finish(sorted->lines, write_line, sorted, err));
  return close_graph(sorted, err);
}
