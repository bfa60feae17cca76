/* graph/turtle_fold.h: a dataset in memory, and where its blank nodes, lists and reifiers can be written.
 *
 * The Turtle writer collects quads here, sorts them by the text of their terms, and asks for each group of
 * quads with one subject whether it stands by itself or inside the statement that is its host:
 *
 *   s p [ ... ]            a blank node that is the object of one quad and is named nowhere else
 *   s p ( ... )            a chain of such nodes that is a well-formed list
 *   s p o ~ r {| ... |}    the reifier of an asserted triple
 *
 * Decides only; turtle_writer.c prints.
 */
#ifndef KG_GRAPH_TURTLE_FOLD_H
#define KG_GRAPH_TURTLE_FOLD_H

#include "core/map.h"
#include "graph/term.h"

#define KG_FOLD_NONE UINT32_MAX

typedef struct kg_fold_term {
  kg_term term;
  kgq_str text;         /* canonical N-Triples: the sort key */
  uint32_t parts[3];    /* of a triple term */
  uint32_t rank;        /* by text */
  uint32_t graph;       /* where it occurs, while that is one graph */
  uint32_t object_quad; /* the quad whose object it is; the last one */
  uint32_t object_count;
  bool pinned; /* blank node: must keep its label */
} kg_fold_term;

typedef struct kg_fold_quad {
  uint32_t g, s, p, o; /* term numbers; g 0: default graph */
  uint32_t group;
  uint32_t annotation; /* first group that annotates it */
} kg_fold_quad;

typedef struct kg_fold_group { /* quads of one graph with one subject */
  uint32_t first, count;
  uint32_t host;            /* quad inside which it is written, or NONE */
  uint32_t reifies;         /* its rdf:reifies quad, when it is an annotation */
  uint32_t next_annotation; /* of the same host */
  uint32_t list_head;       /* group of the first cell, when it is part of a list */
} kg_fold_group;

typedef struct kg_fold_set {
  const kgq_allocator *allocator;
  kg_arena arena;
  kg_map index; /* text -> term number */
  kg_buf text;
  size_t text_bytes; /* of all terms */
  kg_fold_term *terms;
  size_t term_count, term_capacity;
  kg_fold_quad *quads;
  size_t quad_count, quad_capacity;
  kg_fold_group *groups;
  size_t group_count, group_capacity;
  uint32_t *subject_group;                  /* term number -> its group, when it has one only */
  uint32_t type, first, rest, nil, reifies; /* numbers of those IRIs */
} kg_fold_set;

kgq_status kg_fold_init(kg_fold_set *set, const kgq_allocator *a, kgq_error **err);
void kg_fold_free(kg_fold_set *set);
kgq_status kg_fold_add(kg_fold_set *set, const kg_term *s, const kg_term *p, const kg_term *o,
                       const kg_term *g, kgq_error **err);
/* About the memory taken, as a sum that does not depend on the order in which quads came. */
size_t kg_fold_bytes(const kg_fold_set *set);
/* Sorts, drops repeated quads, and finds hosts. */
kgq_status kg_fold_plan(kg_fold_set *set, kgq_error **err);
/* The group that is written in place of this quad's object, or NONE. */
uint32_t kg_fold_inside(const kg_fold_set *set, uint32_t quad);
/* Is the object of this quad, or the subject of this group, a blank node that needs no label? */
bool kg_fold_unlabelled(const kg_fold_set *set, uint32_t term);

#endif
