/* graph/names.h: names of nodes: folding look-up, labels, completion, prefixes.
 *
 * A name is the object of skos:prefLabel, skos:altLabel, rdfs:label or kgq:writtenAs, the value of kgq:key,
 * or the local part of a node's IRI (its short id) when the node has a name of one of the other kinds, has a
 * type or is one. Predicates that have neither are found by their local part too, when no other node has the
 * name; their graph is DEFAULT_GRAPH. The index is kept by commits (names_update.c); readers see one entry
 * for each (name, node, graph, kind). A transaction's view does not see its own changes of names. Does not
 * decide which candidate a query means: the short language does.
 */
#ifndef KG_GRAPH_NAMES_H
#define KG_GRAPH_NAMES_H

#include "graph/txn.h"

typedef enum { KG_NAME_ID = 1, KG_NAME_LABEL = 2, KG_NAME_ALSO = 3, KG_NAME_WRITTEN = 4 } kg_name_kind;

typedef struct kg_name {
  kgq_str text;      /* as written; in the caller's arena */
  kg_id node, graph; /* graph: where it is said */
  kg_name_kind kind;
} kg_name;

/* Names whose folded form equals that of `name`: at most `capacity` go to out, *count says how many there
 * are. A node can occur more than once. */
kgq_status kg_names_find(kg_snap *snap, kgq_str name, kg_arena *arena, kg_name *out, size_t capacity,
                         size_t *count, kgq_error **err);
/* The same for names that begin with it. */
kgq_status kg_names_prefix(kg_snap *snap, kgq_str prefix, kg_arena *arena, kg_name *out, size_t capacity,
                           size_t *count, kgq_error **err);
/* Names near `name` (edit distance up to a third of its length), nearest first, without repetition of nodes.
 */
kgq_status kg_names_near(kg_snap *snap, kgq_str name, kg_arena *arena, kg_name *out, size_t capacity,
                         size_t *count, kgq_error **err);
/* The label of a node: skos:prefLabel then rdfs:label in `lang` (several: "ja,en"), else English, else any;
 * from a background graph first, else from the first graph in IRI order. *found false: none, *out is unset.
 */
kgq_status kg_names_label(kg_snap *snap, kg_id node, kgq_str lang, kg_arena *arena, kgq_str *out, bool *found,
                          kgq_error **err);

/* Stored and built-in prefixes. */
kgq_status kg_prefix_find(kg_snap *snap, kgq_str name, kg_arena *arena, kgq_str *iri, bool *found,
                          kgq_error **err);
typedef kgq_status (*kg_prefix_fn)(void *arg, kgq_str name, kgq_str iri, kgq_error **err);
kgq_status kg_prefix_each(kg_snap *snap, kg_prefix_fn fn, void *arg, kgq_error **err);
/* Shortens an IRI with the longest fitting prefix, if the rest is a legal local name that needs no escape. */
kgq_status kg_prefix_shorten(kg_snap *snap, kgq_str iri, kg_arena *arena, kgq_str *out, bool *found,
                             kgq_error **err);

/* For commits: puts or deletes the name entries that net inserted and deleted quads ask for, into `records`.
 */
typedef struct kg_name_record {
  kgq_str key, value;
  bool put;
} kg_name_record;
typedef kgq_status (*kg_name_record_fn)(void *arg, const kg_name_record *record, kgq_error **err);
struct kg_names_update; /* see names.c: resolves ids of the predicates once a commit */
kgq_status kg_names_update_new(const kgq_allocator *a, struct kg_names_update **out, kgq_error **err);
void kg_names_update_free(struct kg_names_update *u);
/* `resolve` gives the term of an id (stored or new). Call for each net inserted or deleted quad, with final
 * ids. The caller passes only quads whose predicate kg_names_wants says yes to. */
typedef kgq_status (*kg_resolve_fn)(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err);
bool kg_names_wants(kgq_str predicate_iri);
kgq_status kg_names_update_quad(struct kg_names_update *u, const kg_id quad[4], bool inserted,
                                kg_resolve_fn resolve, void *resolve_arg, kg_name_record_fn emit,
                                void *emit_arg, kgq_error **err);

#endif
