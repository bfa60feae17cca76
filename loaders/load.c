/* loaders/load.c: the public kgq_load: files and texts into one transaction.
 *
 * Picks the reader of each file and hands what it reads to the intake, which inserts quads. YAML facts go
 * through facts.h and are stored before the commit. Does not know files' syntax (readers) or how quads are
 * stored (graph/txn.c).
 */
#include <limits.h>
#include <stdlib.h>

#include "core/limits.h"
#include "graph/iri.h"
#include "loaders/facts.h"
#include "loaders/intake.h"
#include "loaders/published.h"
#include "loaders/read.h"

struct kgq_load {
  kgq_conn *conn;
  kg_txn *txn;
  kg_cancel cancel;
  const kgq_allocator *allocator;
  kg_arena options_arena; /* copies of the options' texts */
  kgq_load_options options;
  kg_intake intake;
  kg_facts *facts; /* from the first YAML file on */
  kgq_load_stats stats;
  bool failed, committed;
  const char *file; /* being read */
};

/* Files of facts between two words on progress. */
#define FILES_TOLD 16

/* ---- what readers hand over ---------------------------------------------------------------------- */

static kgq_status take_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  return kg_intake_quad(&((kgq_load *)arg)->intake, s, p, o, g, err);
}

static kgq_status take_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  const kgq_load *load = arg;
  return kg_intake_prefix(load->conn, load->txn, name, iri, err);
}

static kgq_status take_bad_line(void *arg, kgq_error *bad, kgq_error **err) {
  (void)err;
  kgq_load *load = arg;
  load->stats.skipped++;
  kg_conn_message(load->conn, KGQ_WARNING, bad);
  return KGQ_OK;
}

static kgq_status pulse(void *arg, uint64_t bytes_read, uint64_t bytes_total, kgq_error **err) {
  kgq_load *load = arg;
  KGQ_TRY(kg_cancel_check(&load->cancel, err));
  return kg_conn_progress(load->conn, load->file, bytes_read, bytes_total, err);
}

/* ---- files -------------------------------------------------------------------------------------- */

static kgq_status read_facts(kgq_load *load, kg_input *in, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, load->allocator);
  kgq_status st = KGQ_OK;
  KGQ_TRY_DONE(kg_txn_keep_whole(load->txn, err)); /* facts look at what is loaded so far, and keep ids */
  if (!load->facts) {
    KGQ_TRY_DONE(kg_facts_new(load->conn, load->txn, load->options.graph, &load->facts, err));
  }
  KGQ_TRY_DONE(kg_input_all(in, KG_LIMIT_YAML_BYTES, &text, err));
  KGQ_TRY_DONE(kg_facts_add(load->facts, in->name, kg_buf_str(&text), err));
  if ((load->stats.files + 1) % FILES_TOLD == 0) { /* files of facts are small and many */
    KGQ_TRY_DONE(kg_cancel_check(&load->cancel, err));
    KGQ_TRY_DONE(kg_conn_progress(load->conn, "files", load->stats.files + 1, 0, err));
  }
done:
  kg_buf_free(&text);
  return st;
}

static kgq_status read_rdf(kgq_load *load, kg_input *in, kg_format format, kgq_str base, kgq_error **err) {
  const kg_sink sink = { .arg = load, .quad = take_quad, .prefix = take_prefix };
  const kg_reader_options options = {
    .allocator = load->allocator,
    .base = load->options.base ? kg_str(load->options.base) : base,
    .bad_line = load->options.keep_going ? take_bad_line : NULL,
    .bad_line_arg = load,
  };
  return kg_read_rdf(in, format, &options, &sink, err);
}

/* A file below a mapped folder has the IRI that it is published under. */
static kgq_status find_base(const kgq_load *load, const char *path, bool is_file, kg_buf *base,
                            kgq_error **err) {
  char absolute[PATH_MAX];
  kgq_str iri, rest;
  size_t offset = 0;
  if (!is_file || !load->conn->published || !realpath(path, absolute) ||
      !kg_published_find(load->conn, kg_str(absolute), &iri, &rest)) {
    return kg_read_base(path, is_file, base, err);
  }
  KGQ_TRY(kg_buf_add_str(base, iri, err));
  KGQ_TRY(kg_read_add_path(rest.ptr, base, err));
  if (kg_iri_check_absolute(kg_buf_str(base), &offset)) {
    base->len = 0; /* a name that is not UTF-8 makes no base */
  }
  return KGQ_OK;
}

/* Takes the opened input over. */
static kgq_status read_input(kgq_load *load, kg_input *in, const char *path, bool is_file, kgq_error **err) {
  kg_format format = KG_FORMAT_UNKNOWN;
  kg_buf base;
  kg_buf_init(&base, load->allocator);
  kgq_status st = KGQ_OK;
  load->file = in->name;
  in->pulse = pulse;
  in->pulse_arg = load;
  KGQ_TRY_DONE(kg_read_format(load->options.format, path, &format, err));
  KGQ_TRY_DONE(find_base(load, path, is_file, &base, err));
  kg_intake_file_begin(&load->intake, format == KG_FORMAT_NT || format == KG_FORMAT_NQ);
  st = format == KG_FORMAT_YAML ? read_facts(load, in, err)
                                : read_rdf(load, in, format, kg_buf_str(&base), err);
done:
  load->failed = load->failed || st != KGQ_OK;
  load->stats.files += st == KGQ_OK;
  kg_intake_file_end(&load->intake);
  kg_buf_free(&base);
  kg_input_close(in);
  return st;
}

static kgq_status check_usable(kgq_load *load, kgq_error **err) {
  if (!load) {
    return kg_fail(err, KGQ_MISUSE, "no load was given");
  }
  KGQ_TRY(kg_conn_usable(load->conn, err));
  if (load->committed || load->failed) {
    return kg_fail(err, KGQ_MISUSE,
                   load->failed ? "this load has failed; free it and begin another"
                                : "this load is committed already");
  }
  return KGQ_OK;
}

kgq_status kgq_load_file(kgq_load *load, const char *path, kgq_error **err) {
  KGQ_TRY(check_usable(load, err));
  if (!path) {
    return kg_fail(err, KGQ_MISUSE, "no file name was given");
  }
  kg_input in;
  const kgq_status st = kg_input_file(&in, load->allocator, path, err);
  load->failed = st != KGQ_OK;
  return st == KGQ_OK ? read_input(load, &in, path, true, err) : st;
}

kgq_status kgq_load_bytes(kgq_load *load, const char *name, const char *bytes, size_t count,
                          kgq_error **err) {
  KGQ_TRY(check_usable(load, err));
  if (!bytes && count) {
    return kg_fail(err, KGQ_MISUSE, "no text was given");
  }
  const char *const shown = name ? name : "text";
  const size_t length = count == KGQ_NUL_TERMINATED ? strlen(bytes) : count;
  kg_input in;
  const kgq_status st = kg_input_memory(&in, load->allocator, shown, kg_str_n(bytes, length), err);
  load->failed = st != KGQ_OK;
  return st == KGQ_OK ? read_input(load, &in, shown, false, err) : st;
}

/* ---- the load ----------------------------------------------------------------------------------- */

static kgq_status copy_option(kg_arena *arena, const char *text, const char **out, kgq_error **err) {
  kgq_str copy = { NULL, 0 };
  if (text) {
    KGQ_TRY(kg_arena_copy(arena, kg_str(text), &copy, err));
  }
  *out = copy.ptr;
  return KGQ_OK;
}

static kgq_status check_iri_option(const char *what, const char *iri, kgq_error **err) {
  size_t offset = 0;
  const char *refusal = iri ? kg_iri_check_absolute(kg_str(iri), &offset) : NULL;
  return refusal ? kg_fail(err, KGQ_DATA, "the %s '%s': %s", what, iri, refusal) : KGQ_OK;
}

static kgq_status take_options(kgq_load *load, const kgq_load_options *options, kgq_error **err) {
  const kgq_load_options none = KGQ_LOAD_OPTIONS_INIT;
  load->options = none;
  if (!options) {
    return KGQ_OK;
  }
  if (options->struct_bytes != sizeof *options) {
    return kg_fail(err, KGQ_MISUSE, "the load options were not begun with KGQ_LOAD_OPTIONS_INIT");
  }
  load->options = *options;
  KGQ_TRY(copy_option(&load->options_arena, options->format, &load->options.format, err));
  KGQ_TRY(copy_option(&load->options_arena, options->graph, &load->options.graph, err));
  KGQ_TRY(copy_option(&load->options_arena, options->base, &load->options.base, err));
  KGQ_TRY(check_iri_option("graph", options->graph, err));
  return check_iri_option("base", options->base, err);
}

static kgq_status tell_progress(void *arg, const char *what, uint64_t done, uint64_t total, kgq_error **err) {
  const kgq_load *load = arg;
  return kg_conn_progress(load->conn, what, done, total, err);
}

static kgq_status begin(kgq_load *load, kgq_conn *conn, const kgq_load_options *options, kgq_error **err) {
  load->allocator = &conn->db->allocator;
  kg_arena_init(&load->options_arena, load->allocator);
  kg_intake_init(&load->intake, &load->cancel, load->allocator);
  atomic_store(&conn->interrupt, 0);
  kg_cancel_init(&load->cancel, load->allocator, &conn->interrupt);
  kg_cancel_start(&load->cancel, 0, 0);
  KGQ_TRY(take_options(load, options, err));
  KGQ_TRY(kg_txn_begin(conn->db, load->options.memory_bytes, &load->cancel, &load->txn, err));
  kg_txn_allow_spill(load->txn);
  kg_txn_set_progress(load->txn, tell_progress, load);
  const char *graph = load->options.graph;
  return kg_intake_begin(&load->intake, load->txn, graph ? kg_str(graph) : (kgq_str){ NULL, 0 }, err);
}

kgq_status kgq_load_begin(kgq_conn *conn, const kgq_load_options *options, kgq_load **out, kgq_error **err) {
  if (!conn || !out) {
    return kg_fail(err, KGQ_MISUSE, "kgq_load_begin needs a connection and a place for the load");
  }
  *out = NULL;
  KGQ_TRY(kg_conn_usable(conn, err));
  kgq_load *load = kg_alloc_zero(&conn->db->allocator, 1, sizeof *load);
  if (!load) {
    return kg_fail_memory(err);
  }
  load->conn = kg_conn_hold(conn);
  const kgq_status st = begin(load, conn, options, err);
  if (st != KGQ_OK) {
    kgq_load_free(load);
    return st;
  }
  *out = load;
  return KGQ_OK;
}

static kgq_load_stats stats_so_far(const kgq_load *load) {
  kgq_load_stats stats = load->stats;
  stats.statements = load->intake.statements;
  stats.statements += load->facts ? kg_facts_quads(load->facts) : 0;
  return stats;
}

kgq_status kgq_load_check(kgq_load *load, kgq_load_stats *stats, kgq_error **err) {
  KGQ_TRY(check_usable(load, err));
  load->failed = true; /* until all of it is done */
  if (load->facts) {
    KGQ_TRY(kg_facts_finish(load->facts, err));
  }
  load->failed = false;
  if (stats) {
    *stats = stats_so_far(load);
  }
  return KGQ_OK;
}

kgq_status kgq_load_commit(kgq_load *load, kgq_load_stats *stats, kgq_error **err) {
  KGQ_TRY(kgq_load_check(load, NULL, err));
  kg_txn_result result = { 0, 0, 0 };
  load->failed = true; /* until all of it is done */
  KGQ_TRY(kg_txn_commit(load->txn, &result, err));
  load->failed = false;
  load->committed = true;
  load->stats.quads_added = result.inserted;
  load->stats.quads_removed = result.deleted;
  if (stats) {
    *stats = stats_so_far(load);
  }
  return KGQ_OK;
}

void kgq_load_free(kgq_load *load) {
  if (!load) {
    return;
  }
  kgq_conn *const conn = load->conn;
  const kgq_allocator *const a = load->allocator;
  kg_facts_free(load->facts);
  if (load->txn) {
    kg_txn_end(load->txn);
  }
  kg_intake_free(&load->intake);
  kg_arena_free(&load->options_arena);
  kg_free(a, load, sizeof *load);
  kg_conn_release(conn);
}
