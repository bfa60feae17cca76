/* loaders/document.c: kgq_map, and LOAD of an update: a document below a mapped folder into a transaction.
 *
 * Flow: the opened file of the IRI (published.c), its reader by the ending of its name, the intake. The base
 * IRI is the document's own. Prefixes are kept until the whole document is read: they cannot be taken back,
 * as the caller takes back quads when a document fails.
 */
#include <unistd.h>

#include "core/limits.h"
#include "loaders/intake.h"
#include "loaders/published.h"
#include "loaders/read.h"

typedef struct kept_prefix {
  kgq_str name, iri;
  struct kept_prefix *next;
} kept_prefix;

typedef struct document {
  kgq_conn *conn;
  kg_txn *txn;
  kg_cancel *cancel;
  kgq_str iri;
  kg_intake intake;
  kg_arena arena; /* of prefixes */
  kept_prefix *prefixes;
  uint64_t bytes_max;
} document;

/* An update keeps its changes in memory, since its operations see each other's. */
static kgq_status check_memory(const document *d, kgq_error **err) {
  if (kg_txn_bytes(d->txn) + d->cancel->bytes_used <= d->bytes_max) {
    return KGQ_OK;
  }
  (void)kg_fail(err, KGQ_LIMIT, "LOAD <%.*s> needs more than the %llu MiB that an update may take",
                KG_ARG(d->iri), (unsigned long long)(d->bytes_max >> 20));
  kg_hint(err, "`kgq load` reads files of any size; or allow more with --memory");
  return KGQ_LIMIT;
}

static kgq_status take_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  document *d = arg;
  KGQ_TRY(kg_intake_quad(&d->intake, s, p, o, g, err));
  return check_memory(d, err);
}

static kgq_status keep_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  document *d = arg;
  kept_prefix *kept = kg_arena_alloc(&d->arena, sizeof *kept);
  if (!kept) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(kg_arena_copy(&d->arena, name, &kept->name, err));
  KGQ_TRY(kg_arena_copy(&d->arena, iri, &kept->iri, err));
  kept->next = d->prefixes;
  d->prefixes = kept;
  return KGQ_OK;
}

static kgq_status pulse(void *arg, uint64_t bytes_read, uint64_t bytes_total, kgq_error **err) {
  (void)bytes_read;
  (void)bytes_total;
  return kg_cancel_check(((document *)arg)->cancel, err);
}

static kgq_status format_of(const char *path, kgq_str iri, kg_format *out, kgq_error **err) {
  *out = kg_format_of_path(path);
  if (*out == KG_FORMAT_UNKNOWN || *out == KG_FORMAT_YAML) {
    (void)kg_fail(err, KGQ_DATA, "LOAD reads .nt, .nq, .ttl and .trig, also with .gz or .zst, not <%.*s>",
                  KG_ARG(iri));
    kg_hint(err, "load other files with `kgq load`");
    return KGQ_DATA;
  }
  return KGQ_OK;
}

static kgq_status read_file(document *d, int fd, const char *name, kg_format format, bool one_graph,
                            kgq_error **err) {
  const kg_sink sink = { .arg = d, .quad = take_quad, .prefix = keep_prefix };
  const kg_reader_options options = {
    .allocator = &d->cancel->budget,
    .base = d->iri,
    .graph_refusal =
        one_graph ? "LOAD ... INTO GRAPH takes a document of one graph, and here is another" : NULL,
  };
  kg_input in = { .at = NULL };
  kgq_status st = kg_input_fd(&in, &d->cancel->budget, fd, name, err);
  KGQ_TRY_DONE(st);
  in.pulse = pulse;
  in.pulse_arg = d;
  KGQ_TRY_DONE(kg_read_rdf(&in, format, &options, &sink, err));
  for (const kept_prefix *p = d->prefixes; p; p = p->next) {
    KGQ_TRY_DONE(kg_intake_prefix(d->conn, d->txn, p->name, p->iri, err));
  }
done:
  kg_input_close(&in);
  return st;
}

/* kg_document_fn. */
static kgq_status read_document(kgq_conn *conn, kg_txn *txn, kg_cancel *cancel, kgq_str iri,
                                const kgq_str *graph, kgq_error **err) {
  document d = { .conn = conn, .txn = txn, .cancel = cancel, .iri = iri, .bytes_max = kg_txn_memory(txn) };
  kg_buf path, name;
  kg_format format = KG_FORMAT_UNKNOWN;
  int fd = -1;
  if (conn->limit_memory_bytes && conn->limit_memory_bytes < d.bytes_max) {
    d.bytes_max = conn->limit_memory_bytes;
  }
  kg_buf_init(&path, &cancel->budget);
  kg_buf_init(&name, &cancel->budget);
  kg_arena_init(&d.arena, &cancel->budget);
  kg_intake_init(&d.intake, cancel, &cancel->budget);
  kgq_status st = kg_published_open(conn, iri, &path, &fd, err);
  KGQ_TRY_DONE(st);
  KGQ_TRY_DONE(kg_buf_add_byte(&path, '\0', err));
  KGQ_TRY_DONE(format_of(path.bytes, iri, &format, err));
  KGQ_TRY_DONE(kg_buf_add_str(&name, iri, err)); /* for messages: the caller's text may have no end */
  KGQ_TRY_DONE(kg_buf_add_byte(&name, '\0', err));
  KGQ_TRY_DONE(kg_intake_begin(&d.intake, txn, graph ? *graph : (kgq_str){ NULL, 0 }, err));
  KGQ_TRY_DONE(read_file(&d, fd, name.bytes, format, graph != NULL, err));
done:
  if (fd >= 0) {
    (void)close(fd);
  }
  kg_intake_free(&d.intake);
  kg_arena_free(&d.arena);
  kg_buf_free(&name);
  kg_buf_free(&path);
  return st;
}

kgq_status kgq_map(kgq_conn *conn, const char *iri, const char *dir, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(conn, err));
  if (!iri) {
    return kg_fail(err, KGQ_MISUSE, "kgq_map needs an IRI");
  }
  KGQ_TRY(kg_published_set(conn, kg_str(iri), dir, err));
  conn->document = read_document;
  return KGQ_OK;
}
