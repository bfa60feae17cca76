/* query/quads.h: rows of quads (or of triple terms) that match constants, in one of the graph senses of
 * SPARQL.
 *
 * Between scan.h and the operators: chooses the permutation, checks what its prefix does not cover, drops
 * repetitions where the default graph is a merge of several. Used by scans, index joins, paths, DESCRIBE and
 * estimates.
 *
 * Ownership: a reader belongs to its caller, keeps no snapshot alive and takes memory from the allocator
 * given.
 */
#ifndef KG_QUERY_QUADS_H
#define KG_QUERY_QUADS_H

#include "graph/scan.h"

typedef enum {
  KG_SOURCE_NONE,  /* no quads at all: a dataset without default graph */
  KG_SOURCE_UNION, /* each triple of any graph once */
  KG_SOURCE_ONE,   /* `one` only, which may be KG_ID_DEFAULT_GRAPH */
  KG_SOURCE_SET,   /* the merge of `set`: each triple once */
  KG_SOURCE_NAMED, /* quads of named graphs, of those in `set` if limited; the graph is a column */
  KG_SOURCE_TERMS  /* triple terms; the fourth column is the term */
} kg_source_kind;

typedef struct kg_source {
  kg_source_kind kind;
  kg_id one;
  const kg_id *set; /* sorted */
  uint32_t set_count;
  bool limited;
} kg_source;

bool kg_source_holds(const kg_source *source, kg_id graph); /* SET and NAMED: is the graph among them? */

typedef struct kg_id_range { /* both are inside */
  kg_id low, high;
} kg_id_range;

typedef struct kg_quads_spec {
  const kg_source *source;
  kg_id id[4];     /* s p o g; NONE: free */
  uint8_t same[4]; /* same[i] != i: column i must equal column same[i] */
  int sorted_by;   /* column wanted in order behind the constants, or -1 */
} kg_quads_spec;

void kg_quads_spec_init(kg_quads_spec *spec, const kg_source *source);

typedef struct kg_quads kg_quads;

kgq_status kg_quads_open(kg_snap *snap, const kg_quads_spec *spec, kg_cancel *cancel, const kgq_allocator *a,
                         kg_quads **out, kgq_error **err);
/* Up to `capacity` rows into columns[KG_S..KG_G] (NULL: not wanted). *count 0: the end. */
kgq_status kg_quads_next(kg_quads *q, kg_id *const columns[4], uint32_t capacity, uint32_t *count,
                         kgq_error **err);
/* There are no more rows, as far as the last call has seen. */
bool kg_quads_ended(const kg_quads *q);
/* Begins again with other constants in the same places. */
kgq_status kg_quads_restart(kg_quads *q, const kg_id id[4], kgq_error **err);
/* Forward to rows whose sort column (spec.sorted_by) is at least `id`. Only if kg_quads_sorted. */
kgq_status kg_quads_seek(kg_quads *q, kg_id id, kgq_error **err);
/* Do rows come in the order of spec.sorted_by? */
bool kg_quads_sorted(const kg_quads *q);
kg_perm kg_quads_perm(const kg_quads *q);
void kg_quads_close(kg_quads *q);

/* Can rows come in the order of `column` with all constants in the prefix? */
bool kg_quads_can_sort(const kg_quads_spec *spec, int column);
/* About how many rows; the constants' values matter, those of `same` do not. */
kgq_status kg_quads_estimate(kg_snap *snap, const kg_quads_spec *spec, double *out, kgq_error **err);
/* The same for those rows whose `column` lies in the range; what is more than two blocks is not looked at:
 * *whole false. */
kgq_status kg_quads_estimate_range(kg_snap *snap, const kg_quads_spec *spec, int column,
                                   const kg_id_range *range, double *out, bool *whole, kgq_error **err);
/* The exact number from block headers; false in *exact: it has to be counted. out NULL: only asks whether it
 * can. */
kgq_status kg_quads_count(kg_snap *snap, const kg_quads_spec *spec, uint64_t *out, bool *exact,
                          kgq_error **err);
kgq_status kg_quads_exists(kg_snap *snap, const kg_quads_spec *spec, kg_cancel *cancel,
                           const kgq_allocator *a, bool *out, kgq_error **err);

#endif
