/* loaders/parse.c: the public kgq_parse: check a file and write it as N-Quads, in bounded memory.
 *
 * RDF goes from reader to writer statement by statement, without a database. YAML facts need one to resolve
 * their names: they are loaded into a database in memory and exported.
 */
#include "core/limits.h"
#include "graph/iri.h"
#include "loaders/read.h"

typedef struct parse_run {
  kg_out out;
  bool canonical;
  kg_term graph; /* for triples that name none */
  kg_arena arena;
  kgq_error *bad; /* chain of skipped lines, at most KG_LIMIT_FILE_ERRORS */
  uint64_t bad_count;
} parse_run;

static kgq_status write_canonical(parse_run *run, const kg_term *s, const kg_term *p, const kg_term *o,
                                  const kg_term *g, kgq_error **err) {
  kg_term lowered;
  KGQ_TRY(kg_term_lower_tags(o, &run->arena, &lowered, err));
  const kgq_status st = kg_write_quad(&run->out, s, p, &lowered, g, err);
  kg_arena_reset(&run->arena);
  return st;
}

static kgq_status take_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  parse_run *run = arg;
  const kg_term *graph = g->kind == KG_TERM_NONE ? &run->graph : g;
  const bool plain = !run->canonical || o->kind == KG_TERM_IRI || o->kind == KG_TERM_BNODE;
  return plain ? kg_write_quad(&run->out, s, p, o, graph, err) : write_canonical(run, s, p, o, graph, err);
}

static kgq_status take_bad_line(void *arg, kgq_error *bad, kgq_error **err) {
  (void)err;
  parse_run *run = arg;
  if (run->bad_count++ < KG_LIMIT_FILE_ERRORS) {
    kg_error_append(&run->bad, bad);
  } else {
    kgq_error_free(bad);
  }
  return KGQ_OK;
}

/* ---- RDF ---------------------------------------------------------------------------------------- */

static kgq_status read_into(parse_run *run, const char *path, kg_format format,
                            const kgq_load_options *options, kgq_error **err) {
  const kg_sink sink = { .arg = run, .quad = take_quad };
  kg_input in = { .at = NULL };
  kg_buf base;
  kg_buf_init(&base, NULL);
  kgq_status st = kg_input_file(&in, NULL, path, err);
  KGQ_TRY_DONE(st);
  KGQ_TRY_DONE(options->base ? kg_buf_add_text(&base, options->base, err)
                             : kg_read_base(path, true, &base, err));
  const kg_reader_options reader = {
    .base = kg_buf_str(&base),
    .bad_line = options->keep_going ? take_bad_line : NULL,
    .bad_line_arg = run,
  };
  KGQ_TRY_DONE(kg_read_rdf(&in, format, &reader, &sink, err));
done:
  kg_buf_free(&base);
  kg_input_close(&in);
  return st;
}

/* Takes the chain of bad lines over: behind an error that says how many there are. */
static kgq_status tell_skipped(parse_run *run, const char *path, kgq_error **err) {
  const kgq_status st = kg_fail(err, KGQ_DATA, "%s: %llu bad line%s skipped", path,
                                (unsigned long long)run->bad_count, run->bad_count == 1 ? " was" : "s were");
  if (run->bad_count > KG_LIMIT_FILE_ERRORS) {
    kg_hint(err, "here are the first %d", KG_LIMIT_FILE_ERRORS);
  }
  kg_error_append(err, run->bad);
  run->bad = NULL;
  return st;
}

static kgq_status parse_rdf(const char *path, kg_format format, const kgq_load_options *options,
                            bool canonical, kgq_write_fn write, void *arg, kgq_error **err) {
  parse_run run = { .canonical = canonical };
  if (options->graph) {
    run.graph = kg_term_iri(kg_str(options->graph));
  }
  kg_out_init(&run.out, NULL, write, arg);
  kg_arena_init(&run.arena, NULL);
  kgq_status st = read_into(&run, path, format, options, err);
  kgq_status flushed =
      kg_out_flush(&run.out, st == KGQ_OK ? err : NULL); /* what came before a fault is written */
  st = st == KGQ_OK ? flushed : st;
  st = st == KGQ_OK && run.bad ? tell_skipped(&run, path, err) : st;
  kgq_error_free(run.bad);
  kg_arena_free(&run.arena);
  kg_out_free(&run.out);
  return st;
}

/* ---- YAML --------------------------------------------------------------------------------------- */

static kgq_status load_and_export(kgq_conn *conn, const char *path, const kgq_load_options *options,
                                  kgq_write_fn write, void *arg, kgq_error **err) {
  kgq_load *load = NULL;
  KGQ_TRY(kgq_load_begin(conn, options, &load, err));
  kgq_status st = kgq_load_file(load, path, err);
  st = st == KGQ_OK ? kgq_load_commit(load, NULL, err) : st;
  kgq_load_free(load);
  return st == KGQ_OK ? kgq_export(conn, NULL, write, arg, err) : st;
}

static kgq_status parse_yaml(const char *path, const kgq_load_options *options, kgq_write_fn write, void *arg,
                             kgq_error **err) {
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  kgq_status st = kgq_open(":memory:", NULL, &db, err);
  KGQ_TRY_DONE(st);
  KGQ_TRY_DONE(kgq_connect(db, &conn, err));
  KGQ_TRY_DONE(load_and_export(conn, path, options, write, arg, err));
done:
  kgq_disconnect(conn);
  (void)kgq_close(db);
  return st;
}

static kgq_status check_iri(const char *what, const char *iri, kgq_error **err) {
  size_t offset = 0;
  const char *refusal = iri ? kg_iri_check_absolute(kg_str(iri), &offset) : NULL;
  return refusal ? kg_fail(err, KGQ_DATA, "the %s '%s': %s", what, iri, refusal) : KGQ_OK;
}

kgq_status kgq_parse(const char *path, const kgq_load_options *options, int canonical, kgq_write_fn write,
                     void *arg, kgq_error **err) {
  const kgq_load_options none = KGQ_LOAD_OPTIONS_INIT;
  const kgq_load_options *used = options ? options : &none;
  if (!path || !write || used->struct_bytes != sizeof *used) {
    return kg_fail(err, KGQ_MISUSE,
                   "kgq_parse needs a path, a write function, and options from KGQ_LOAD_OPTIONS_INIT");
  }
  KGQ_TRY(check_iri("graph", used->graph, err));
  KGQ_TRY(check_iri("base", used->base, err));
  kg_format format = KG_FORMAT_UNKNOWN;
  KGQ_TRY(kg_read_format(used->format, path, &format, err));
  return format == KG_FORMAT_YAML ? parse_yaml(path, used, write, arg, err)
                                  : parse_rdf(path, format, used, canonical != 0, write, arg, err);
}
