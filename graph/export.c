/* graph/export.c: the public kgq_export: the whole database, or one graph of it, as RDF.
 *
 * N-Quads and N-Triples come sorted by line, Turtle and TriG in the order of their writer, so that equal
 * datasets give equal bytes whatever their ids. rdf_version 11 sends each quad through the projection of
 * rdf11.c (docs/EXPORT.md).
 *
 *   scan -> batches of ids -> terms -> [projection] -> lines, sorted | Turtle writer
 */
#include <stdio.h>
#include <xxhash.h>

#include "core/limits.h"
#include "graph/dict.h"
#include "graph/line_sort.h"
#include "graph/rdf11.h"
#include "graph/writer.h"

/* Rows resolved at once: enough for the dictionary to read each of its blocks once or twice. */
#define EXPORT_ROWS KG_BATCH_ROWS
enum { salt_digits = 16 };

typedef struct export_run {
  kgq_conn *conn;
  kg_snap *snap;
  const kgq_allocator *allocator;
  kg_cancel cancel;
  kg_format format;
  kg_id graph; /* KG_ID_NONE: all */
  kg_out out;
  kg_turtle_writer *turtle;
  kg_line_sort *lines;
  kg_buf line;
  kg_arena arena;
  kg_id columns[4][EXPORT_ROWS];
  kg_term terms[4][EXPORT_ROWS];
  uint64_t done;
  bool projected; /* RDF 1.1 */
  kg_rdf11 rdf11;
  uint64_t sum; /* of the hashes of all quads */
  char salt[salt_digits + 1];
} export_run;

static bool is_lines(kg_format format) {
  return format == KG_FORMAT_NT || format == KG_FORMAT_NQ;
}
static bool has_graphs(kg_format format) {
  return format == KG_FORMAT_NQ || format == KG_FORMAT_TRIG;
}

/* ---- one quad ----------------------------------------------------------------------------------- */

static kgq_status print_line(export_run *run, const kg_term *const quad[4], kgq_error **err) {
  run->line.len = 0;
  for (size_t i = 0; i < 4; i++) {
    if (quad[i]->kind != KG_TERM_NONE && (i < 3 || has_graphs(run->format))) {
      KGQ_TRY(kg_term_print(quad[i], &run->line, err));
      KGQ_TRY(kg_buf_add_byte(&run->line, ' ', err));
    }
  }
  return kg_buf_add(&run->line, ".\n", 2, err);
}

static kgq_status write_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                             const kg_term *g, kgq_error **err) {
  export_run *run = arg;
  const kg_term *const quad[4] = { s, p, o, g };
  if (run->turtle) {
    return kg_turtle_writer_quad(run->turtle, s, p, o, g, err);
  }
  KGQ_TRY(print_line(run, quad, err));
  return kg_line_sort_add(run->lines, kg_buf_str(&run->line), err);
}

/* Sums do not depend on the order of quads, and so not on ids. */
static kgq_status sum_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                           kgq_error **err) {
  export_run *run = arg;
  const kg_term *const quad[4] = { s, p, o, g };
  KGQ_TRY(print_line(run, quad, err));
  run->sum += XXH3_64bits(run->line.bytes, run->line.len);
  return KGQ_OK;
}

/* ---- scanning ----------------------------------------------------------------------------------- */

static kgq_status write_resolved(export_run *run, kg_quad_fn write, size_t first, size_t count,
                                 kgq_error **err) {
  run->rdf11.write = write;
  for (size_t i = first; i < first + count; i++) {
    const kg_term *s = &run->terms[KG_S][i], *p = &run->terms[KG_P][i];
    const kg_term *o = &run->terms[KG_O][i], *g = &run->terms[KG_G][i];
    KGQ_TRY(run->projected ? kg_rdf11_quad(&run->rdf11, s, p, o, g, err) : write(run, s, p, o, g, err));
  }
  return KGQ_OK;
}

/* Twice as many rows at a time as fitted before. */
static kgq_status write_rows(export_run *run, kg_quad_fn write, uint32_t count, kgq_error **err) {
  kg_term_rows rows = { .columns = 4 };
  for (size_t c = 0; c < 4; c++) {
    rows.ids[c] = run->columns[c];
    rows.out[c] = run->terms[c];
  }
  for (uint32_t i = 0; i < count; i++) {
    if (run->columns[KG_G][i] == KG_ID_DEFAULT_GRAPH) {
      run->columns[KG_G][i] = KG_ID_NONE;
    }
  }
  size_t some = count;
  for (size_t done = 0; done < count; done += some, some *= 2) {
    some = some < count - done ? some : count - done;
    KGQ_TRY(kg_dict_get_rows(run->snap, &rows, done, &some, &run->arena, err));
    KGQ_TRY(write_resolved(run, write, done, some, err));
  }
  run->done += count;
  KGQ_TRY(kg_cancel_check(&run->cancel, err));
  return kg_conn_progress(run->conn, "export", run->done, run->snap->counts.quads, err);
}

static kgq_status scan(export_run *run, kg_quad_fn write, kgq_error **err) {
  kg_scan_spec spec = { .perm = KG_SPOG };
  if (run->graph != KG_ID_NONE) {
    spec = (kg_scan_spec){ .perm = KG_GSPO, .prefix_length = 1, .prefix = { run->graph } };
  }
  kg_id *columns[4];
  for (size_t i = 0; i < 4; i++) {
    columns[i] = run->columns[kg_perm_column[spec.perm][i]];
  }
  kg_scan *rows = NULL;
  KGQ_TRY(kg_scan_open(run->snap, &spec, &run->cancel, &rows, err));
  kgq_status st = KGQ_OK;
  for (;;) {
    uint32_t count = 0;
    KGQ_TRY_DONE(kg_scan_next(rows, columns, EXPORT_ROWS, &count, err));
    if (count == 0) {
      break;
    }
    KGQ_TRY_DONE(write_rows(run, write, count, err));
  }
done:
  kg_scan_close(rows);
  return st;
}

/* Skolem IRIs carry a sum of the dataset, as written with the blank nodes' own labels: equal datasets get
 * equal ones, and two datasets do not share any. */
static kgq_status make_salt(export_run *run, kgq_error **err) {
  run->rdf11.salt = KG_STR("");
  KGQ_TRY(scan(run, sum_quad, err));
  (void)snprintf(run->salt, sizeof run->salt, "%0*llx", (int)salt_digits, (unsigned long long)run->sum);
  run->rdf11.salt = kg_str(run->salt);
  run->done = 0;
  return KGQ_OK;
}

/* ---- options ------------------------------------------------------------------------------------ */

static kgq_status choose_graph(export_run *run, const char *graph, kgq_error **err) {
  run->graph = KG_ID_NONE;
  if (graph) {
    const kg_term term = kg_term_iri(kg_str(graph));
    uint64_t quads = 0;
    KGQ_TRY(kg_dict_find(run->snap, &term, &run->graph, err));
    KGQ_TRY(run->graph == KG_ID_NONE ? KGQ_OK : kg_graph_count(run->snap, run->graph, &quads, err));
    return quads ? KGQ_OK : kg_fail(err, KGQ_NOTFOUND, "there is no graph <%.*s>", KG_ARG(term.text));
  }
  if (!has_graphs(run->format) && run->snap->counts.named_quads) {
    (void)kg_fail(err, KGQ_MISUSE, "this format holds one graph, and the database has several");
    kg_hint(err, "name one with --graph, or use nq or trig");
    return KGQ_MISUSE;
  }
  return KGQ_OK;
}

static kgq_status add_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  return kg_turtle_writer_prefix(arg, name, iri, err);
}

static kgq_status open_writer(export_run *run, kgq_error **err) {
  if (is_lines(run->format)) {
    return kg_line_sort_new(run->allocator, KG_SORT_LINES_BYTES, &run->lines, err);
  }
  KGQ_TRY(kg_turtle_writer_new(&run->out, run->allocator, run->format == KG_FORMAT_TRIG, &run->turtle, err));
  return kg_prefix_each(run->snap, add_prefix, run->turtle, err);
}

static kgq_status give_line(void *arg, kgq_str line, kgq_error **err) {
  kg_out *out = arg;
  KGQ_TRY(kg_buf_add_str(&out->buf, line, err));
  return kg_out_breathe(out, err);
}

static kgq_status finish_writer(export_run *run, kgq_error **err) {
  KGQ_TRY(run->lines ? kg_line_sort_finish(run->lines, give_line, &run->out, err)
                     : kg_turtle_writer_end(run->turtle, err));
  return kg_out_flush(&run->out, err);
}

static kgq_status run_export(export_run *run, const char *graph, kgq_error **err) {
  KGQ_TRY(kg_snap_take(run->conn->db, &run->snap, err));
  KGQ_TRY(choose_graph(run, graph, err));
  KGQ_TRY(run->projected ? make_salt(run, err) : KGQ_OK);
  KGQ_TRY(open_writer(run, err));
  KGQ_TRY(scan(run, write_quad, err));
  return finish_writer(run, err);
}

static void close_run(export_run *run) {
  kg_turtle_writer_free(run->turtle);
  kg_line_sort_free(run->lines);
  kg_buf_free(&run->line);
  kg_arena_free(&run->arena);
  kg_rdf11_free(&run->rdf11);
  kg_out_free(&run->out);
  kg_snap_drop(run->snap);
  kg_free(run->allocator, run, sizeof *run);
}

static kgq_status check_options(const kgq_export_options *options, kg_format *format, kgq_error **err) {
  if (options->struct_bytes != sizeof *options) {
    return kg_fail(err, KGQ_MISUSE, "the export options were not begun with KGQ_EXPORT_OPTIONS_INIT");
  }
  if (options->rdf_version != 11 && options->rdf_version != 12) {
    return kg_fail(err, KGQ_MISUSE, "RDF is exported as version 11 or 12, not %d", (int)options->rdf_version);
  }
  *format = options->format ? kg_format_named(options->format) : KG_FORMAT_NQ;
  if (!is_lines(*format) && *format != KG_FORMAT_TTL && *format != KG_FORMAT_TRIG) {
    (void)kg_fail(err, KGQ_MISUSE, "'%s' is no format of exports", options->format ? options->format : "");
    kg_hint(err, "nt, nq, ttl or trig");
    return KGQ_MISUSE;
  }
  return KGQ_OK;
}

kgq_status kgq_export(kgq_conn *conn, const kgq_export_options *options, kgq_write_fn write, void *arg,
                      kgq_error **err) {
  const kgq_export_options none = KGQ_EXPORT_OPTIONS_INIT;
  const kgq_export_options *used = options ? options : &none;
  kg_format format = KG_FORMAT_UNKNOWN;
  if (!conn || !write) {
    return kg_fail(err, KGQ_MISUSE, "kgq_export needs a connection and a write function");
  }
  KGQ_TRY(kg_conn_usable(conn, err));
  KGQ_TRY(check_options(used, &format, err));
  const kgq_allocator *const a = &conn->db->allocator;
  export_run *run = kg_alloc_zero(a, 1, sizeof *run);
  if (!run) {
    return kg_fail_memory(err);
  }
  run->conn = conn;
  run->allocator = a;
  run->format = format;
  run->projected = used->rdf_version == 11;
  atomic_store(&conn->interrupt, 0);
  kg_cancel_init(&run->cancel, a, &conn->interrupt);
  kg_cancel_start(&run->cancel, 0, 0);
  kg_out_init(&run->out, a, write, arg);
  kg_buf_init(&run->line, a);
  kg_arena_init(&run->arena, a);
  kg_rdf11_init(&run->rdf11, a);
  run->rdf11.arg = run;
  const kgq_status st = run_export(run, used->graph, err);
  close_run(run);
  return st;
}
