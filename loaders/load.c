/* loaders/load.c: the public kgq_load: files and texts into one transaction.
 *
 * Picks the reader of each file, turns terms into ids of the transaction and inserts quads. Blank node labels
 * mean one node within one file: each gets a new blank node of the database. YAML facts go through facts.h
 * and are stored before the commit. Does not know files' syntax (readers) or how quads are stored
 * (graph/txn.c).
 */
#include "core/limits.h"
#include "core/map.h"
#include "graph/iri.h"
#include "loaders/facts.h"
#include "loaders/read.h"

/* A term met just before, by its bytes: subjects, predicates and graphs repeat from line to line. */
typedef struct recent_term {
  kg_buf text;
  kg_term_kind kind;
  kg_id id;
} recent_term;

struct kgq_load {
  kgq_conn *conn;
  kg_txn *txn;
  kg_cancel cancel;
  const kgq_allocator *allocator;
  kg_arena options_arena; /* copies of the options' texts */
  kgq_load_options options;
  kg_id default_graph;
  kg_facts *facts; /* from the first YAML file on */
  kgq_load_stats stats;
  bool failed, committed;
  /* of the file being read */
  const char *file;
  uint64_t epoch; /* of the transaction: when it changes, ids mean nothing any more */
  kg_map labels;  /* blank node label -> its number in the database */
  bool line_format, labels_decided, labels_kept;
  kg_arena arena;
  recent_term recent[4]; /* subject, predicate, object (unused), graph */
};

/* Statements between two looks at the interrupt flag where no window refills: texts in memory. */
#define CHECK_EVERY 16384
/* Files of facts between two words on progress. */
#define FILES_TOLD 16

/* ---- terms to ids ------------------------------------------------------------------------------- */

/* Labels mean something in one file only, so each gets a number of its own. The first file with blank nodes,
 * if there are none yet, keeps its labels: what was exported comes back byte for byte. Not Turtle, whose
 * nodes without a label would need one. */
static kgq_status bnode_id(kgq_load *load, kgq_str label, kg_id *out, kgq_error **err) {
  if (!load->labels_decided) {
    bool some = false;
    KGQ_TRY(kg_txn_has_bnodes(load->txn, &some, err));
    load->labels_kept = load->line_format && !some;
    load->labels_decided = true;
  }
  if (load->labels_kept) {
    return kg_txn_keep_bnode(load->txn, label, out, err);
  }
  uint64_t *slot = NULL;
  bool added = false;
  KGQ_TRY(kg_map_put(&load->labels, label, &slot, &added, NULL, err));
  if (added) {
    KGQ_TRY(kg_txn_new_bnode_number(load->txn, slot, err));
  }
  return kg_txn_bnode(load->txn, *slot, out, err);
}

/* A copy of `from` in the arena in which blank nodes have their labels of the database. Readers bound the
 * depth. */
static kgq_status rename_bnodes(kgq_load *load, const kg_term *from, kg_term *to, kgq_error **err) {
  *to = *from;
  if (from->kind == KG_TERM_BNODE) {
    kg_id id = KG_ID_NONE;
    KGQ_TRY(bnode_id(load, from->text, &id, err));
    return kg_txn_term(load->txn, id, &load->arena, to, err);
  }
  if (from->kind == KG_TERM_TRIPLE) {
    kg_term *parts = kg_arena_zero(&load->arena, 3 * sizeof *parts);
    if (!parts) {
      return kg_fail_memory(err);
    }
    for (size_t i = 0; i < 3; i++) {
      KGQ_TRY(rename_bnodes(load, &from->triple[i], &parts[i], err));
    }
    to->triple = parts;
  }
  return KGQ_OK;
}

static kgq_status term_id(kgq_load *load, const kg_term *term, kg_id *out, kgq_error **err) {
  if (term->kind == KG_TERM_BNODE) {
    return bnode_id(load, term->text, out, err);
  }
  if (term->kind != KG_TERM_TRIPLE) {
    return kg_txn_intern(load->txn, term, out, err);
  }
  kg_term renamed;
  KGQ_TRY(rename_bnodes(load, term, &renamed, err));
  const kgq_status st = kg_txn_intern(load->txn, &renamed, out, err);
  kg_arena_reset(&load->arena);
  return st;
}

/* For IRIs and blank nodes that are likely those of the statement before. */
static kgq_status repeated_id(kgq_load *load, const kg_term *term, recent_term *recent, kg_id *out,
                              kgq_error **err) {
  if (recent->kind == term->kind && kg_str_equal(kg_buf_str(&recent->text), term->text)) {
    *out = recent->id;
    return KGQ_OK;
  }
  KGQ_TRY(term_id(load, term, out, err));
  recent->kind = KG_TERM_NONE;
  recent->text.len = 0;
  KGQ_TRY(kg_buf_add_str(&recent->text, term->text, err));
  recent->kind = term->kind;
  recent->id = *out;
  return KGQ_OK;
}

static kgq_status intern_default_graph(kgq_load *load, kgq_error **err) {
  load->default_graph = KG_ID_DEFAULT_GRAPH;
  if (!load->options.graph) {
    return KGQ_OK;
  }
  const kg_term graph = kg_term_iri(kg_str(load->options.graph));
  return kg_txn_intern(load->txn, &graph, &load->default_graph, err);
}

static void forget_recent(kgq_load *load) {
  for (size_t i = 0; i < 4; i++) {
    load->recent[i].kind = KG_TERM_NONE;
  }
}

/* The transaction has emptied its tables of terms. */
static kgq_status begin_epoch(kgq_load *load, kgq_error **err) {
  load->epoch = kg_txn_epoch(load->txn);
  forget_recent(load);
  return intern_default_graph(load, err);
}

static kgq_status take_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  kgq_load *load = arg;
  kg_id quad[4] = { 0, 0, 0, load->default_graph };
  KGQ_TRY(repeated_id(load, s, &load->recent[0], &quad[0], err));
  KGQ_TRY(repeated_id(load, p, &load->recent[1], &quad[1], err));
  KGQ_TRY(term_id(load, o, &quad[2], err));
  if (g->kind != KG_TERM_NONE) {
    KGQ_TRY(repeated_id(load, g, &load->recent[3], &quad[3], err));
  }
  if (++load->stats.statements % CHECK_EVERY == 0) {
    KGQ_TRY(kg_cancel_check(&load->cancel, err));
  }
  KGQ_TRY(kg_txn_insert(load->txn, quad, err));
  return kg_txn_epoch(load->txn) == load->epoch ? KGQ_OK : begin_epoch(load, err);
}

/* A prefix that the database knows otherwise keeps its old meaning: the file's own terms are resolved
 * already. */
static kgq_status take_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  kgq_load *load = arg;
  kgq_error *refused = NULL;
  const kgq_status st = kg_txn_prefix(load->txn, name, iri, &refused);
  if (st == KGQ_OK) {
    return KGQ_OK;
  }
  if (st == KGQ_DATA) {
    kg_conn_message(load->conn, KGQ_NOTE, refused);
    return KGQ_OK;
  }
  kg_error_append(err, refused);
  return st;
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

static void forget_file(kgq_load *load) {
  kg_map_free(&load->labels);
  kg_map_init(&load->labels, load->allocator);
  load->labels_decided = false;
  forget_recent(load);
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
  KGQ_TRY_DONE(kg_read_base(path, is_file, &base, err));
  load->line_format = format == KG_FORMAT_NT || format == KG_FORMAT_NQ;
  st = format == KG_FORMAT_YAML ? read_facts(load, in, err)
                                : read_rdf(load, in, format, kg_buf_str(&base), err);
done:
  load->failed = load->failed || st != KGQ_OK;
  load->stats.files += st == KGQ_OK;
  forget_file(load);
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
  kg_arena_init(&load->arena, load->allocator);
  kg_map_init(&load->labels, load->allocator);
  for (size_t i = 0; i < 4; i++) {
    kg_buf_init(&load->recent[i].text, load->allocator);
  }
  atomic_store(&conn->interrupt, 0);
  kg_cancel_init(&load->cancel, load->allocator, &conn->interrupt);
  kg_cancel_start(&load->cancel, 0, 0);
  KGQ_TRY(take_options(load, options, err));
  KGQ_TRY(kg_txn_begin(conn->db, load->options.memory_bytes, &load->cancel, &load->txn, err));
  kg_txn_allow_spill(load->txn);
  kg_txn_set_progress(load->txn, tell_progress, load);
  return intern_default_graph(load, err);
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
  for (size_t i = 0; i < 4; i++) {
    kg_buf_free(&load->recent[i].text);
  }
  kg_map_free(&load->labels);
  kg_arena_free(&load->arena);
  kg_arena_free(&load->options_arena);
  kg_free(a, load, sizeof *load);
  kg_conn_release(conn);
}
