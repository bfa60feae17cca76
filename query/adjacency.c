/* query/adjacency.c: one link of a property path in memory. See adjacency.h.
 *
 * The rows are read as they come, each node gets a number when it is first seen and its rows are counted;
 * then the neighbours are put in their places, node after node.
 */
#include "query/adjacency.h"

#include "query/batch.h"

typedef struct edge {
  uint32_t number; /* of the node */
  kg_id neighbour;
} edge;

typedef struct edges {
  const kgq_allocator *allocator;
  edge *list;
  size_t count, capacity;
  uint32_t *degrees; /* by number */
  size_t node_count, degree_capacity;
} edges;

static kgq_status number_of(kg_adjacency *a, edges *e, kg_id node, uint32_t *out, kgq_error **err) {
  uint64_t *number = NULL;
  bool added = false;
  KGQ_TRY(kg_idmap_put(&a->numbers, node, &number, &added, err));
  if (added) {
    void *degrees = e->degrees;
    KGQ_TRY(kg_grow(e->allocator, &degrees, &e->degree_capacity, e->node_count + 1, sizeof *e->degrees, err));
    e->degrees = (uint32_t *)degrees;
    e->degrees[e->node_count] = 0;
    *number = e->node_count++;
  }
  *out = (uint32_t)*number;
  return KGQ_OK;
}

static kgq_status add_edges(kg_adjacency *a, edges *e, const kg_id *nodes, const kg_id *neighbours,
                            uint32_t count, kgq_error **err) {
  void *list = e->list;
  KGQ_TRY(kg_grow(e->allocator, &list, &e->capacity, e->count + count, sizeof(edge), err));
  e->list = (edge *)list;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t number = 0;
    KGQ_TRY(number_of(a, e, nodes[i], &number, err));
    e->degrees[number]++;
    e->list[e->count++] = (edge){ number, neighbours[i] };
  }
  return KGQ_OK;
}

static kgq_status read_rows(kg_adjacency *a, edges *e, kg_quads *quads, int from, int to, bool *fits,
                            kgq_error **err) {
  kg_id nodes[256], neighbours[256];
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  columns[from] = nodes;
  columns[to] = neighbours;
  for (*fits = true; *fits;) {
    uint32_t count = 0;
    KGQ_TRY(kg_quads_next(quads, columns, 256, &count, err));
    if (count == 0) {
      return KGQ_OK;
    }
    *fits = e->count + count <= KG_ADJACENCY_ROWS_MAX;
    KGQ_TRY(*fits ? add_edges(a, e, nodes, neighbours, count, err) : KGQ_OK);
  }
  return KGQ_OK;
}

/* Offsets point to the end of each node's places and move to their beginning as these are filled. */
static kgq_status place(kg_adjacency *a, const edges *e, kgq_error **err) {
  a->offset_count = e->node_count + 1;
  a->neighbour_count = e->count;
  a->offsets = (uint32_t *)kg_alloc_zero(a->allocator, a->offset_count, sizeof *a->offsets);
  a->neighbours = (kg_id *)kg_alloc_zero(a->allocator, e->count + 1, sizeof *a->neighbours);
  if (!a->offsets || !a->neighbours) {
    return kg_fail_memory(err);
  }
  uint32_t end = 0;
  for (size_t i = 0; i < e->node_count; i++) {
    end += e->degrees[i];
    a->offsets[i] = end;
  }
  a->offsets[e->node_count] = end;
  for (size_t i = e->count; i > 0; i--) {
    const edge *one = &e->list[i - 1];
    a->neighbours[--a->offsets[one->number]] = one->neighbour;
  }
  return KGQ_OK;
}

kgq_status kg_adjacency_read(kg_adjacency *a, kg_snap *snap, const kg_quads_spec *spec, int from, int to,
                             kg_cancel *cancel, const kgq_allocator *allocator, bool *fits, kgq_error **err) {
  edges e = { .allocator = allocator };
  kg_quads *quads = NULL;
  kgq_status st = KGQ_OK;
  *a = (kg_adjacency){ .allocator = allocator };
  kg_idmap_init(&a->numbers, allocator);
  KGQ_TRY_DONE(kg_quads_open(snap, spec, cancel, allocator, &quads, err));
  KGQ_TRY_DONE(read_rows(a, &e, quads, from, to, fits, err));
  if (*fits) {
    KGQ_TRY_DONE(place(a, &e, err));
  }
done:
  kg_quads_close(quads);
  kg_free(allocator, e.list, e.capacity * sizeof(edge));
  kg_free(allocator, e.degrees, e.degree_capacity * sizeof *e.degrees);
  if (st != KGQ_OK || !*fits) {
    kg_adjacency_free(a);
  }
  return st;
}

const kg_id *kg_adjacency_of(const kg_adjacency *a, kg_id node, uint32_t *count) {
  const uint64_t *number = kg_idmap_find(&a->numbers, node);
  *count = number ? a->offsets[*number + 1] - a->offsets[*number] : 0;
  return number ? a->neighbours + a->offsets[*number] : NULL;
}

void kg_adjacency_free(kg_adjacency *a) {
  if (a->allocator) {
    kg_idmap_free(&a->numbers);
    kg_free(a->allocator, a->offsets, a->offset_count * sizeof *a->offsets);
    kg_free(a->allocator, a->neighbours, (a->neighbour_count + 1) * sizeof *a->neighbours);
  }
  *a = (kg_adjacency){ .allocator = NULL };
}
