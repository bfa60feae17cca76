/* graph/export.c: the public kgq_export: the whole database, or one graph of it, as RDF.
 *
 * N-Quads and N-Triples come sorted by line, so that equal datasets give equal bytes whatever their ids. TriG
 * and Turtle are ordered by the writer (turtle_writer.c). rdf_version 11 is a one-way projection
 * (docs/FACTS.md, 4.5): each reifier becomes a statement node; a triple term anywhere else stops the export.
 *
 *   scan -> batches of ids -> terms -> [projection] -> lines, sorted | Turtle writer
 */
#include "core/limits.h"
#include "graph/dict.h"
#include "graph/line_sort.h"
#include "graph/vocab.h"
#include "graph/writer.h"

/* Rows resolved at once: enough for the dictionary to read each of its blocks once or twice. */
#define EXPORT_ROWS KG_BATCH_ROWS
/* Lines kept in memory before a run is spilled. */
#define EXPORT_SORT_BYTES ((size_t)256 << 20)

typedef struct export_run {
  kgq_conn *conn;
  kg_snap *snap;
  const kgq_allocator *allocator;
  kg_cancel cancel;
  kg_format format;
  bool projected; /* RDF 1.1 */
  kg_id graph;    /* KG_ID_NONE: all */
  kg_out out;
  kg_turtle_writer *turtle;
  kg_line_sort *lines;
  kg_buf line;
  kg_arena arena;
  kg_id columns[4][EXPORT_ROWS];
  kg_term terms[4][EXPORT_ROWS];
  uint64_t done;
} export_run;

static bool is_lines(kg_format format) {
  return format == KG_FORMAT_NT || format == KG_FORMAT_NQ;
}
static bool has_graphs(kg_format format) {
  return format == KG_FORMAT_NQ || format == KG_FORMAT_TRIG;
}

/* ---- one quad ----------------------------------------------------------------------------------- */

static kgq_status write_line(export_run *run, const kg_term *const quad[4], kgq_error **err) {
  run->line.len = 0;
  for (size_t i = 0; i < 4; i++) {
    if (quad[i]->kind != KG_TERM_NONE && (i < 3 || run->format == KG_FORMAT_NQ)) {
      KGQ_TRY(kg_term_print(quad[i], &run->line, err));
      KGQ_TRY(kg_buf_add_byte(&run->line, ' ', err));
    }
  }
  KGQ_TRY(kg_buf_add(&run->line, ".\n", 2, err));
  return kg_line_sort_add(run->lines, kg_buf_str(&run->line), err);
}

static kgq_status write_exact(export_run *run, const kg_term *s, const kg_term *p, const kg_term *o,
                              const kg_term *g, kgq_error **err) {
  const kg_term *const quad[4] = { s, p, o, g };
  return is_lines(run->format) ? write_line(run, quad, err)
                               : kg_turtle_writer_quad(run->turtle, s, p, o, g, err);
}

/* ---- RDF 1.1 ------------------------------------------------------------------------------------ */

/* RDF 1.1 has no base direction: such a text becomes a literal of the i18n namespace (JSON-LD 1.1, 9.8), from
 * which both language and direction can be read. */
static kgq_status without_direction(export_run *run, const kg_term *term, kg_term *out, kgq_error **err) {
  *out = *term;
  if (term->kind != KG_TERM_LITERAL || term->direction == KG_DIR_NONE) {
    return KGQ_OK;
  }
  kgq_str datatype;
  KGQ_TRY(kg_arena_print(&run->arena, &datatype, err, "https://www.w3.org/ns/i18n#%.*s_%s",
                         KG_ARG(term->lang), term->direction == KG_DIR_LTR ? "ltr" : "rtl"));
  *out = kg_term_typed(term->text, datatype);
  return KGQ_OK;
}

static kgq_status fail_triple_term(const kg_term *term, kgq_error **err) {
  kg_buf shown;
  kg_buf_init(&shown, NULL);
  kgq_status st = kg_term_print(term, &shown, err);
  if (st == KGQ_OK) {
    st = kg_fail(err, KGQ_DATA, "RDF 1.1 cannot say the triple term %.*s", KG_ARG(kg_buf_str(&shown)));
    kg_hint(err, "only the object of rdf:reifies is turned into a statement node; export as RDF 1.2");
  }
  kg_buf_free(&shown);
  return st;
}

/* r rdf:reifies <<( s p o )>>  ->  r a rdf:Statement ; rdf:subject s ; rdf:predicate p ; rdf:object o. */
static kgq_status write_statement_node(export_run *run, const kg_term *r, const kg_term triple[3],
                                       const kg_term *g, kgq_error **err) {
  static const char *const verbs[3] = { KG_NS_RDF "subject", KG_NS_RDF "predicate", KG_NS_RDF "object" };
  const kg_term type = kg_term_iri(KG_STR(KG_RDF_TYPE)), statement = kg_term_iri(KG_STR(KG_RDF_STATEMENT));
  if (triple[2].kind == KG_TERM_TRIPLE) {
    return fail_triple_term(&triple[2], err);
  }
  KGQ_TRY(write_exact(run, r, &type, &statement, g, err));
  for (size_t i = 0; i < 3; i++) {
    const kg_term verb = kg_term_iri(kg_str(verbs[i]));
    kg_term value;
    KGQ_TRY(without_direction(run, &triple[i], &value, err));
    KGQ_TRY(write_exact(run, r, &verb, &value, g, err));
  }
  return KGQ_OK;
}

static kgq_status write_projected(export_run *run, const kg_term *s, const kg_term *p, const kg_term *o,
                                  const kg_term *g, kgq_error **err) {
  if (o->kind != KG_TERM_TRIPLE) {
    kg_term value;
    KGQ_TRY(without_direction(run, o, &value, err));
    return write_exact(run, s, p, &value, g, err);
  }
  if (!kg_str_equal(p->text, KG_STR(KG_RDF_REIFIES))) {
    return fail_triple_term(o, err);
  }
  return write_statement_node(run, s, o->triple, g, err);
}

/* ---- scanning ----------------------------------------------------------------------------------- */

/* Keeps the rows of the default graph only; their number. */
static uint32_t keep_default(export_run *run, uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (run->columns[KG_G][i] == KG_ID_DEFAULT_GRAPH) {
      for (size_t c = 0; c < 4; c++) {
        run->columns[c][kept] = run->columns[c][i];
      }
      kept++;
    }
  }
  return kept;
}

static kgq_status write_rows(export_run *run, uint32_t count, kgq_error **err) {
  for (uint32_t i = 0; i < count; i++) {
    if (run->columns[KG_G][i] == KG_ID_DEFAULT_GRAPH) {
      run->columns[KG_G][i] = KG_ID_NONE;
    }
  }
  kg_arena_reset(&run->arena);
  for (size_t c = 0; c < 4; c++) {
    KGQ_TRY(kg_dict_get_many(run->snap, run->columns[c], count, &run->arena, run->terms[c], err));
  }
  for (uint32_t i = 0; i < count; i++) {
    const kg_term *s = &run->terms[KG_S][i], *p = &run->terms[KG_P][i];
    const kg_term *o = &run->terms[KG_O][i], *g = &run->terms[KG_G][i];
    KGQ_TRY(run->projected ? write_projected(run, s, p, o, g, err) : write_exact(run, s, p, o, g, err));
  }
  run->done += count;
  KGQ_TRY(kg_cancel_check(&run->cancel, err));
  return kg_conn_progress(run->conn, "export", run->done, run->snap->counts.quads, err);
}

static kgq_status scan(export_run *run, const kg_scan_spec *spec, bool only_default, kgq_error **err) {
  kg_id *columns[4];
  for (size_t i = 0; i < 4; i++) {
    columns[i] = run->columns[kg_perm_column[spec->perm][i]];
  }
  kg_scan *rows = NULL;
  KGQ_TRY(kg_scan_open(run->snap, spec, &run->cancel, &rows, err));
  kgq_status st = KGQ_OK;
  for (;;) {
    uint32_t count = 0;
    KGQ_TRY_DONE(kg_scan_next(rows, columns, EXPORT_ROWS, &count, err));
    if (count == 0) {
      break;
    }
    KGQ_TRY_DONE(write_rows(run, only_default ? keep_default(run, count) : count, err));
  }
done:
  kg_scan_close(rows);
  return st;
}

/* Turtle and TriG want rows by graph: the default graph, then the named ones. */
static kgq_status scan_all(export_run *run, kgq_error **err) {
  const kg_counts *counts = &run->snap->counts;
  const kg_scan_spec everything = { .perm = KG_SPOG };
  if (run->graph != KG_ID_NONE) {
    const kg_scan_spec one = { .perm = KG_GSPO, .prefix_length = 1, .prefix = { run->graph } };
    return scan(run, &one, false, err);
  }
  if (is_lines(run->format)) {
    return scan(run, &everything, false, err);
  }
  if (counts->quads > counts->named_quads) {
    KGQ_TRY(scan(run, &everything, true, err));
  }
  const kg_scan_spec named = { .perm = KG_GSPO };
  return scan(run, &named, false, err);
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
    return kg_line_sort_new(run->allocator, EXPORT_SORT_BYTES, &run->lines, err);
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
  KGQ_TRY(open_writer(run, err));
  KGQ_TRY(scan_all(run, err));
  return finish_writer(run, err);
}

static void close_run(export_run *run) {
  kg_turtle_writer_free(run->turtle);
  kg_line_sort_free(run->lines);
  kg_buf_free(&run->line);
  kg_arena_free(&run->arena);
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
  const kgq_status st = run_export(run, used->graph, err);
  close_run(run);
  return st;
}
