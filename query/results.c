/* query/results.c: kgq_write_results: steps through a statement and drives a format. See results.h. */
#include "query/results.h"

/* ---- rows --------------------------------------------------------------------------------------- */

static kgq_status write_rows(kg_results *r, const kg_result_format *format, kgq_error **err) {
  r->column_count = kgq_column_count(r->stmt);
  KGQ_TRY(format->begin(r, err));
  for (;;) {
    const kgq_status st = kg_results_window(r, format->cell, err);
    if (st == KGQ_DONE) {
      return format->end(r, err);
    }
    if (st != KGQ_ROW) {
      return st;
    }
    for (size_t row = 0; row < r->cells.row_count; row++) {
      KGQ_TRY(format->row(r, row, err));
      r->row_count++;
      KGQ_TRY(kg_out_breathe(&r->out, err));
    }
  }
}

static kgq_status write_boolean(kg_results *r, const kg_result_format *format, kgq_error **err) {
  const kgq_status st = kgq_step(r->stmt, err);
  if (st != KGQ_ROW) {
    return st == KGQ_DONE ? kg_fail(err, KGQ_MISUSE, "the statement has given its answer; reset it first")
                          : st;
  }
  kg_term answer;
  KGQ_TRY(kg_results_term(r, 0, &answer, err));
  return format->boolean(r, kg_str_equal(answer.text, KG_STR("true")), err);
}

/* ---- graphs ------------------------------------------------------------------------------------- */

typedef kgq_status (*triple_fn)(kg_results *r, kg_turtle_writer *w, const kg_term triple[3], kgq_error **err);

static kgq_status write_line(kg_results *r, kg_turtle_writer *w, const kg_term triple[3], kgq_error **err) {
  (void)w;
  return kg_write_quad(&r->out, &triple[0], &triple[1], &triple[2], NULL, err);
}

static kgq_status write_turtle(kg_results *r, kg_turtle_writer *w, const kg_term triple[3], kgq_error **err) {
  (void)r;
  return kg_turtle_writer_quad(w, &triple[0], &triple[1], &triple[2], NULL, err);
}

static kgq_status write_triples(kg_results *r, kg_turtle_writer *w, triple_fn write, kgq_error **err) {
  for (;;) {
    const kgq_status st = kgq_step(r->stmt, err);
    if (st != KGQ_ROW) {
      return st == KGQ_DONE ? KGQ_OK : st;
    }
    kg_term triple[3];
    for (int i = 0; i < 3; i++) {
      KGQ_TRY(kg_results_term(r, i, &triple[i], err));
    }
    KGQ_TRY(write(r, w, triple, err));
    KGQ_TRY(kg_out_breathe(&r->out, err));
  }
}

static kgq_status write_graph(kg_results *r, bool turtle, kgq_error **err) {
  kg_turtle_writer *w = NULL;
  if (!turtle) {
    return write_triples(r, NULL, write_line, err);
  }
  KGQ_TRY(kg_turtle_writer_new(&r->out, &kg_libc_allocator, false, &w, err));
  kgq_status st = kg_results_prefixes(r->stmt, w, err);
  if (st == KGQ_OK) {
    st = write_triples(r, w, write_turtle, err);
  }
  if (st == KGQ_OK) {
    st = kg_turtle_writer_end(w, err);
  }
  kg_turtle_writer_free(w);
  return st;
}

/* ---- the door ----------------------------------------------------------------------------------- */

static const kg_result_format *const formats[] = { &kg_results_json, &kg_results_jsonl, &kg_results_xml,
                                                   &kg_results_csv, &kg_results_tsv };

static const kg_result_format *format_named(const char *name) {
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    if (strcmp(formats[i]->name, name) == 0) {
      return formats[i];
    }
  }
  return NULL;
}

/* Graphs go out as N-Triples when the format is one for rows. */
static kgq_status write_form(kg_results *r, const char *name, kgq_error **err) {
  const kg_result_format *format = format_named(name);
  const bool turtle = strcmp(name, "ttl") == 0;
  const int32_t form = kgq_stmt_form(r->stmt);
  if (!format && !turtle && strcmp(name, "nt") != 0) {
    const kgq_status st = kg_fail(err, KGQ_MISUSE, "no result format is called %s", name);
    kg_hint(err, "rows: json jsonl xml csv tsv; graphs: nt ttl");
    return st;
  }
  if (form == KGQ_FORM_CONSTRUCT || form == KGQ_FORM_DESCRIBE) {
    return write_graph(r, turtle, err);
  }
  if (form == KGQ_FORM_UPDATE) {
    return kg_fail(err, KGQ_MISUSE, "an update has no results to write");
  }
  if (!format) {
    const kgq_status st =
        kg_fail(err, KGQ_MISUSE, "%s is a format for graphs, and this query gives rows", name);
    kg_hint(err, "rows: json jsonl xml csv tsv");
    return st;
  }
  return form == KGQ_FORM_ASK ? write_boolean(r, format, err) : write_rows(r, format, err);
}

kgq_status kgq_write_results(kgq_stmt *stmt, const char *format, kgq_write_fn write, void *arg,
                             kgq_error **err) {
  if (!stmt || !format || !write) {
    return kg_fail(err, KGQ_MISUSE, "kgq_write_results needs a statement, a format and a function");
  }
  kg_results r = { .stmt = stmt };
  kg_out_init(&r.out, &kg_libc_allocator, write, arg);
  kgq_status st = write_form(&r, format, err);
  if (st == KGQ_OK) {
    st = kg_out_flush(&r.out, err);
  }
  kg_cells_free(&r.cells);
  kg_arena_free(&r.labels_arena);
  kg_out_free(&r.out);
  return st;
}
