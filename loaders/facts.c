/* loaders/facts.c: YAML facts files into a transaction (docs/FACTS.md): files to documents, quads to ids.
 *
 * The outermost layer: takes a file apart into documents, gives each to facts_head.c with the world of the
 * command, sends warnings on, and hands the file's errors over as one chain. Connects the reader's sink to
 * kg_txn: graphs of a source are emptied before its first quad, so that loading a document again replaces it;
 * the transaction finds the net change.
 */
#include "loaders/facts.h"

#include <assert.h>

#include "graph/dict.h"
#include "loaders/facts_doc.h"

/* A term just met, by its text: graphs and predicates repeat from quad to quad. */
typedef struct recent_iri {
  kg_buf text;
  kg_id id;
} recent_iri;

struct kg_facts {
  const kgq_allocator *allocator;
  kgq_conn *conn;
  kg_txn *txn;
  kg_facts_target target;
  kg_world *world;
  kg_arena arena; /* of the document being read */
  kg_buf graph_option;
  recent_iri subject, predicate, graph;
  uint64_t quads;
  uint32_t documents;
};

/* ---- to the transaction --------------------------------------------------------------------------- */

static kgq_status iri_id(kg_facts *f, const kg_term *term, recent_iri *recent, kg_id *out, kgq_error **err) {
  assert(term->kind == KG_TERM_IRI);
  if (recent->id != KG_ID_NONE && kg_str_equal(kg_buf_str(&recent->text), term->text)) {
    *out = recent->id;
    return KGQ_OK;
  }
  recent->id = KG_ID_NONE;
  recent->text.len = 0;
  KGQ_TRY(kg_txn_intern(f->txn, term, out, err));
  KGQ_TRY(kg_buf_add_str(&recent->text, term->text, err));
  recent->id = *out;
  return KGQ_OK;
}

/* A graph's stored id where it has one: clearing a graph then costs no look at what has been inserted
 * elsewhere. */
static kgq_status graph_id(kg_facts *f, const kg_term *term, kg_id *out, kgq_error **err) {
  if (f->graph.id != KG_ID_NONE && kg_str_equal(kg_buf_str(&f->graph.text), term->text)) {
    *out = f->graph.id;
    return KGQ_OK;
  }
  KGQ_TRY(kg_dict_find(kg_txn_base(f->txn), term, out, err));
  if (*out == KG_ID_NONE) {
    return iri_id(f, term, &f->graph, out, err);
  }
  f->graph.id = KG_ID_NONE;
  f->graph.text.len = 0;
  KGQ_TRY(kg_buf_add_str(&f->graph.text, term->text, err));
  f->graph.id = *out;
  return KGQ_OK;
}

static kgq_status insert_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                              const kg_term *g, kgq_error **err) {
  kg_facts *f = arg;
  kg_id quad[4];
  KGQ_TRY(iri_id(f, s, &f->subject, &quad[KG_S], err));
  KGQ_TRY(iri_id(f, p, &f->predicate, &quad[KG_P], err));
  KGQ_TRY(kg_txn_intern(f->txn, o, &quad[KG_O], err));
  KGQ_TRY(graph_id(f, g, &quad[KG_G], err));
  f->quads++;
  return kg_txn_insert(f->txn, quad, err);
}

static kgq_status insert_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  kg_facts *f = arg;
  return kg_txn_prefix(f->txn, name, iri, err);
}

static kgq_status clear_graph(void *arg, kgq_str graph, kgq_error **err) {
  kg_facts *f = arg;
  const kg_term term = kg_term_iri(graph);
  kg_id id;
  KGQ_TRY(graph_id(f, &term, &id, err));
  return kg_txn_clear_graph(f->txn, id, err);
}

static void send_warning(void *arg, kgq_error *warning) {
  kg_facts *f = arg;
  kg_conn_message(f->conn, KGQ_WARNING, warning);
}

/* ---- life ----------------------------------------------------------------------------------------- */

kgq_status kg_facts_new_for(const kgq_allocator *a, kg_txn *txn, const kg_facts_target *target,
                            const char *graph_option, kg_facts **out, kgq_error **err) {
  kgq_status st = KGQ_OK;
  kg_facts *f = kg_alloc_zero(a, 1, sizeof *f);
  if (!f) {
    return kg_fail_memory(err);
  }
  f->allocator = a;
  f->txn = txn;
  f->target = *target;
  kg_arena_init(&f->arena, a);
  kg_buf_init(&f->graph_option, a);
  kg_buf_init(&f->subject.text, a);
  kg_buf_init(&f->predicate.text, a);
  kg_buf_init(&f->graph.text, a);
  if (graph_option) { /* with its NUL: it is used as a C string */
    KGQ_TRY_DONE(kg_buf_add(&f->graph_option, graph_option, strlen(graph_option) + 1, err));
  }
  KGQ_TRY_DONE(kg_world_new(a, txn, &f->world, err));
  *out = f;
  f = NULL;
done:
  kg_facts_free(f);
  return st;
}

kgq_status kg_facts_new(kgq_conn *conn, kg_txn *txn, const char *graph_option, kg_facts **out,
                        kgq_error **err) {
  const kg_facts_target target = { .sink = { NULL, insert_quad, insert_prefix },
                                   .clear = clear_graph,
                                   .warn = send_warning };
  KGQ_TRY(kg_facts_new_for(&conn->db->allocator, txn, &target, graph_option, out, err));
  (*out)->conn = conn;
  (*out)->target.sink.arg = (*out)->target.arg = *out;
  return KGQ_OK;
}

uint64_t kg_facts_quads(const kg_facts *f) {
  return f->quads;
}

void kg_facts_free(kg_facts *f) {
  if (!f) {
    return;
  }
  kg_world_free(f->world);
  kg_arena_free(&f->arena);
  kg_buf_free(&f->graph_option);
  kg_buf_free(&f->subject.text);
  kg_buf_free(&f->predicate.text);
  kg_buf_free(&f->graph.text);
  kg_free(f->allocator, f, sizeof *f);
}

/* ---- files ---------------------------------------------------------------------------------------- */

static kgq_status begin_document(void *arg, const kg_doc *doc, kgq_error **err) {
  kg_facts *f = arg;
  if (!doc->source || !f->target.clear) {
    return KGQ_OK; /* what has no source is added to what is there */
  }
  KGQ_TRY(f->target.clear(f->target.arg, doc->graph, err));
  return f->target.clear(f->target.arg, doc->about, err);
}

static kgq_status read_document(kg_facts *f, kg_yaml_errors *errors, const kg_yaml_node *root,
                                kgq_error **err) {
  kg_doc doc = { .allocator = f->allocator,
                 .arena = &f->arena,
                 .errors = errors,
                 .world = f->world,
                 .sink = &f->target.sink,
                 .number = ++f->documents,
                 .graph_option = f->graph_option.len > 0 ? f->graph_option.bytes : NULL };
  kg_doc_init(&doc);
  const kgq_status st = kg_doc_read(&doc, root, begin_document, f, err);
  kg_doc_free(&doc);
  return st;
}

/* An empty document between or behind others says nothing; an empty file is no facts file. */
static kgq_status read_documents(kg_facts *f, kg_yaml_errors *errors, kg_yaml *yaml, kgq_error **err) {
  const kg_yaml_node *root;
  uint32_t count = 0;
  for (;;) {
    kg_arena_reset(&f->arena);
    KGQ_TRY(kg_yaml_next(yaml, &f->arena, &root, err));
    if (!root) {
      break;
    }
    if (!kg_yaml_empty(root)) {
      count++;
      KGQ_TRY(read_document(f, errors, root, err));
    }
  }
  if (count == 0) {
    kg_hint(kg_yaml_error(errors, (kg_yaml_spot){ 1, 1 }, "no ‘kgq: 1’: is this a facts file?"),
            "each document begins with kgq: 1");
  }
  return KGQ_OK;
}

kgq_status kg_facts_add(kg_facts *f, const char *name, kgq_str text, kgq_error **err) {
  kg_yaml_errors errors;
  kg_yaml *yaml = NULL;
  kg_yaml_errors_init(&errors, name, text);
  kgq_status st = kg_yaml_open(f->allocator, &errors, &yaml, err);
  if (st == KGQ_OK) {
    st = read_documents(f, &errors, yaml, err);
  }
  kg_yaml_close(yaml);
  if (st == KGQ_OK || st == KGQ_SYNTAX) { /* other failures are no mistakes of the file */
    kg_yaml_warnings_finish(&errors, f->target.warn, f->target.arg);
    const kgq_status found = kg_yaml_errors_finish(&errors, err);
    st = found != KGQ_OK ? found : st;
  }
  kg_yaml_errors_free(&errors);
  return st;
}

kgq_status kg_facts_finish(kg_facts *f, kgq_error **err) {
  return kg_world_finish(f->world, err);
}
