/* query/resolver.h: what the parsers ask of a database: prefixes, and for the short language names and units.
 *
 * A struct of functions between short_names.c and graph/names.h, so that a parser runs with a snapshot
 * (resolver.c) or with a table of a test. Answers are IRIs, never ids. Does not decide what a name means:
 * short_names.c does.
 */
#ifndef KG_QUERY_RESOLVER_H
#define KG_QUERY_RESOLVER_H

#include "graph/names.h"

enum { /* what a node is used as; bits */
       KG_ROLE_PREDICATE = 1,
       KG_ROLE_CLASS = 2,
       KG_ROLE_UNIT = 4
};

typedef struct kg_candidate {
  kgq_str iri;
  kgq_str text;  /* the name that fits, as written */
  kgq_str graph; /* where it is said; empty: default graph */
  kg_name_kind kind;
  unsigned roles;
} kg_candidate;

typedef struct kg_resolver {
  void *arg;
  /* Nodes called `name` (folded whole). At most `capacity` are written, *count says how many names fit. */
  kgq_status (*find)(void *arg, kgq_str name, kg_arena *arena, kg_candidate *out, size_t capacity,
                     size_t *count, kgq_error **err);
  /* Names near it, nearest first. */
  kgq_status (*near)(void *arg, kgq_str name, kg_arena *arena, kg_candidate *out, size_t capacity,
                     size_t *count, kgq_error **err);
  kgq_status (*prefix)(void *arg, kgq_str name, kg_arena *arena, kgq_str *iri, bool *found, kgq_error **err);
  /* The IRI as people write it, `ex:samsung`; *found false: no prefix fits. */
  kgq_status (*shorten)(void *arg, kgq_str iri, kg_arena *arena, kgq_str *out, bool *found, kgq_error **err);
  /* The declared spelling of a unit (`GPUs` gives `GPU`). */
  kgq_status (*unit)(void *arg, kgq_str name, kg_arena *arena, kgq_str *out, bool *found, kgq_error **err);
  /* For messages: "Samsung, Group" of a node; empty if nothing is known. */
  kgq_status (*describe)(void *arg, kgq_str iri, kg_arena *arena, kgq_str *out, kgq_error **err);
  /* Does the predicate have a literal as object somewhere? For the hint that text goes in quotes. */
  kgq_status (*holds_text)(void *arg, kgq_str predicate, bool *out, kgq_error **err);
  /* Is an object of the predicate an amount in that unit? *known false: there are too many to look at all.
   * *other: a unit that one has instead. NULL: cannot tell. */
  kgq_status (*has_unit)(void *arg, kgq_str predicate, kgq_str unit, kg_arena *arena, bool *known, bool *out,
                         kgq_str *other, kgq_error **err);
} kg_resolver;

/* Answers from a snapshot, which must outlive it. With `snap` NULL: only the built-in prefixes. */
kg_resolver kg_resolver_of(kg_snap *snap);

#endif
