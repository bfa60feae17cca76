/* graph/names_update.c: which name records a quad asks for: the writing half of the names index.
 *
 * Called by commits and loads for each net inserted or deleted quad whose predicate gives names; gives each
 * record to put or delete to the caller. Never reads the index: a record's key names the quad it is there for
 * (names_key.h).
 *
 *   quad                                  records
 *   s prefLabel | rdfs:label "x"          LABEL x of s, ID local(s) of s
 *   s altLabel "x"                        ALSO x of s, ID local(s) of s
 *   s kgq:writtenAs "x"                   WRITTEN x of s, ID local(s) of s
 *   s kgq:key "x"                         ID x of s
 *   s rdf:type c                          ID local(s) of s, ID local(c) of c (of class; put only)
 */
#include <assert.h>
#include <xxhash.h>

#include "core/limits.h"
#include "core/text.h"
#include "graph/iri.h"
#include "graph/names_key.h"
#include "graph/vocab.h"

#define NO_NAME ((kg_name_kind)0)

static const struct name_predicate {
  kgq_str iri;
  kg_name_kind kind;  /* of the object as a name; NO_NAME: it is a class */
  bool names_subject; /* the subject's local part becomes known too */
} name_predicates[] = {
  { { KG_SKOS_PREF_LABEL, sizeof KG_SKOS_PREF_LABEL - 1 }, KG_NAME_LABEL, true },
  { { KG_RDFS_LABEL, sizeof KG_RDFS_LABEL - 1 }, KG_NAME_LABEL, true },
  { { KG_SKOS_ALT_LABEL, sizeof KG_SKOS_ALT_LABEL - 1 }, KG_NAME_ALSO, true },
  { { KG_KGQ_WRITTEN_AS, sizeof KG_KGQ_WRITTEN_AS - 1 }, KG_NAME_WRITTEN, true },
  { { KG_KGQ_KEY, sizeof KG_KGQ_KEY - 1 }, KG_NAME_ID, false },
  { { KG_RDF_TYPE, sizeof KG_RDF_TYPE - 1 }, NO_NAME, true },
};
enum { NAME_PREDICATES = sizeof name_predicates / sizeof name_predicates[0] };

typedef struct kg_names_update {
  const kgq_allocator *allocator;
  kg_id predicate_ids[NAME_PREDICATES]; /* as they are met */
  kg_arena arena;                       /* terms of the quad at hand */
  kg_buf folded, key, value, hashed;
  /* of the quad at hand */
  const kg_id *quad;
  uint64_t cause;
  bool put;
  kg_name_record_fn emit;
  void *emit_arg;
} names_update;

static int find_predicate(kgq_str iri) {
  for (int i = 0; i < NAME_PREDICATES; i++) {
    if (kg_str_equal(name_predicates[i].iri, iri)) {
      return i;
    }
  }
  return -1;
}

bool kg_names_wants(kgq_str predicate_iri) {
  return find_predicate(predicate_iri) >= 0;
}

kgq_status kg_names_update_new(const kgq_allocator *a, struct kg_names_update **out, kgq_error **err) {
  names_update *u = kg_alloc_zero(a, 1, sizeof *u);
  if (u == NULL) {
    return kg_fail_memory(err);
  }
  u->allocator = a;
  kg_arena_init(&u->arena, a);
  kg_buf_init(&u->folded, a);
  kg_buf_init(&u->key, a);
  kg_buf_init(&u->value, a);
  kg_buf_init(&u->hashed, a);
  *out = u;
  return KGQ_OK;
}

void kg_names_update_free(struct kg_names_update *u) {
  if (u == NULL) {
    return;
  }
  kg_arena_free(&u->arena);
  kg_buf_free(&u->folded);
  kg_buf_free(&u->key);
  kg_buf_free(&u->value);
  kg_buf_free(&u->hashed);
  kg_free(u->allocator, u, sizeof *u);
}

/* One record. Names that are empty when folded, too long, or hold a NUL are not looked up by anybody: no
 * record. */
static kgq_status emit_name(names_update *u, kgq_str text, kgq_str lang, kg_name_key name, kgq_error **err) {
  if (text.len == 0 || text.len > KG_LIMIT_NAME_WRITTEN_BYTES || memchr(text.ptr, 0, text.len) != NULL) {
    return KGQ_OK;
  }
  u->folded.len = u->key.len = u->value.len = 0;
  KGQ_TRY(kg_fold(text, &u->folded, err));
  if (u->folded.len == 0 || u->folded.len > KG_LIMIT_NAME_BYTES) {
    return KGQ_OK;
  }
  name.folded = kg_buf_str(&u->folded);
  name.graph = u->quad[3];
  KGQ_TRY(kg_name_key_write(&name, &u->key, err));
  KGQ_TRY(kg_buf_add_str(&u->value, lang, err));
  KGQ_TRY(kg_buf_add_byte(&u->value, 0, err));
  KGQ_TRY(kg_buf_add_str(&u->value, text, err));
  const kg_name_record record = { .key = kg_buf_str(&u->key), .value = kg_buf_str(&u->value), .put = u->put };
  return u->emit(u->emit_arg, &record, err);
}

/* A short id: the part of the IRI that people write. Blank nodes have none. */
static kgq_status emit_local(names_update *u, const kg_term *node, kg_id id, uint64_t cause,
                             kgq_error **err) {
  if (node->kind != KG_TERM_IRI) {
    return KGQ_OK;
  }
  const kg_name_key name = { .node = id, .kind = KG_NAME_ID, .cause = cause };
  return emit_name(u, kg_iri_local(node->text), KG_STR(""), name, err);
}

/* XXH3-64 of predicate, NUL and the object's key; never 0. Stored: the seed is fixed. */
static kgq_status hash_cause(names_update *u, int predicate, const kg_term *object, kgq_error **err) {
  u->hashed.len = 0;
  KGQ_TRY(kg_buf_add_str(&u->hashed, name_predicates[predicate].iri, err));
  KGQ_TRY(kg_buf_add_byte(&u->hashed, 0, err));
  KGQ_TRY(kg_term_key(object, &u->hashed, err));
  const uint64_t hash = XXH3_64bits(u->hashed.bytes, u->hashed.len);
  u->cause = hash != KG_NAME_CAUSE_CLASS ? hash : 1;
  return KGQ_OK;
}

static kgq_status resolve_predicate(names_update *u, kg_resolve_fn resolve, void *arg, int *out,
                                    kgq_error **err) {
  const kg_id id = u->quad[1];
  for (int i = 0; i < NAME_PREDICATES; i++) {
    if (u->predicate_ids[i] == id) {
      *out = i;
      return KGQ_OK;
    }
  }
  kg_term predicate;
  KGQ_TRY(resolve(arg, id, &u->arena, &predicate, err));
  *out = predicate.kind == KG_TERM_IRI ? find_predicate(predicate.text) : -1;
  if (*out >= 0) {
    u->predicate_ids[*out] = id;
  }
  return KGQ_OK;
}

static kgq_status emit_type(names_update *u, const kg_term *subject, const kg_term *class_term,
                            kgq_error **err) {
  KGQ_TRY(emit_local(u, subject, u->quad[0], u->cause, err));
  return u->put ? emit_local(u, class_term, u->quad[2], KG_NAME_CAUSE_CLASS, err) : KGQ_OK;
}

static kgq_status emit_named(names_update *u, int predicate, const kg_term *subject, const kg_term *name_term,
                             kgq_error **err) {
  const kg_name_key name = { .node = u->quad[0], .kind = name_predicates[predicate].kind, .cause = u->cause };
  KGQ_TRY(emit_name(u, name_term->text, name_term->lang, name, err));
  return name_predicates[predicate].names_subject ? emit_local(u, subject, u->quad[0], u->cause, err)
                                                  : KGQ_OK;
}

kgq_status kg_names_update_quad(struct kg_names_update *u, const kg_id quad[4], bool inserted,
                                kg_resolve_fn resolve, void *resolve_arg, kg_name_record_fn emit,
                                void *emit_arg, kgq_error **err) {
  u->quad = quad;
  u->put = inserted;
  u->emit = emit;
  u->emit_arg = emit_arg;
  kg_arena_reset(&u->arena);
  int predicate = -1;
  KGQ_TRY(resolve_predicate(u, resolve, resolve_arg, &predicate, err));
  if (predicate < 0) {
    return KGQ_OK;
  }
  kg_term subject;
  kg_term object;
  KGQ_TRY(resolve(resolve_arg, quad[2], &u->arena, &object, err));
  const bool is_type = name_predicates[predicate].kind == NO_NAME;
  if (object.kind != (is_type ? KG_TERM_IRI : KG_TERM_LITERAL)) {
    return KGQ_OK; /* no name: a label that is a node, a type that is a literal or a blank node */
  }
  KGQ_TRY(resolve(resolve_arg, quad[0], &u->arena, &subject, err));
  KGQ_TRY(hash_cause(u, predicate, &object, err));
  return is_type ? emit_type(u, &subject, &object, err) : emit_named(u, predicate, &subject, &object, err);
}
