/* query/path_reach.c: what is reached by a repeated step. See path_reach.h.
 *
 * A side is one direction of the path. Its nodes are numbered as they are met; `links` holds, node after
 * node, the numbers that a step leads to. Whether the walk at hand has been at a node is a number too
 * (`seen`), so that nothing has to be cleared between walks.
 */
#include "query/path_reach.h"

#include <assert.h>

#include "core/map.h"
#include "query/row_runs.h"

#define UNKNOWN UINT32_MAX
/* Links of a node with more are not kept: they are read again faster than they were found. */
#define NODE_LINKS_MAX (1u << 20)
/* Of the set of what one step finds: a larger one is made anew. */
#define FOUND_SLOTS 1024u
/* Nodes between two looks at the deadline. */
#define LOOK_NODES 256u

typedef struct node {
  kg_id id;
  uint32_t first, count; /* in links; first UNKNOWN: not asked for yet, or not kept */
  uint32_t seen;         /* the walk that was here last */
  uint32_t part;         /* of the step, that comes next */
} node;

typedef struct side {
  kg_idmap numbers[KG_REACH_PARTS]; /* by the part that comes next: id -> number */
  node *nodes;
  size_t node_count, node_capacity;
  uint32_t *links;
  size_t link_count, link_capacity;
  uint32_t *order; /* of the walk at hand: numbers as found */
  size_t order_count, order_capacity;
  size_t next;    /* of `order`: to be asked */
  uint32_t *hits; /* those of `order` with whole steps behind them; for steps of one part `order` itself */
  size_t hit_count;
  uint32_t walk;
} side;

struct kg_reach {
  kg_op *op;
  kg_run *run;
  uint32_t parts;
  kg_reach_step_fn step;
  void *arg;
  side sides[2]; /* along, against */
  side *at;      /* of the last kg_reach_from */
  kg_row_set found;
  size_t link_limit;
  uint32_t asked;
};

/* ---- memory ------------------------------------------------------------------------------------- */

kgq_status kg_reach_new(kg_op *op, uint32_t parts, kg_reach_step_fn step, void *arg, kg_reach **out,
                        kgq_error **err) {
  kg_run *run = op->run;
  kg_reach *r = (kg_reach *)kg_arena_zero(run->arena, sizeof(kg_reach));
  if (!r) {
    return kg_fail_memory(err);
  }
  *r = (kg_reach){ .op = op, .run = run, .parts = parts, .step = step, .arg = arg };
  r->at = &r->sides[0];
  assert(parts >= 1 && parts <= KG_REACH_PARTS);
  for (unsigned i = 0; i < 2 * parts; i++) {
    kg_idmap_init(&r->sides[i % 2].numbers[i / 2], &op->memory);
  }
  kg_row_set_init(&r->found, &op->memory, 1, 1);
  *out = r;
  return KGQ_OK;
}

static void forget_side(const kg_reach *r, side *s) {
  const kgq_allocator *a = &r->op->memory;
  kg_free(a, s->nodes, s->node_capacity * sizeof(node));
  kg_free(a, s->links, s->link_capacity * sizeof(uint32_t));
  kg_free(a, s->order, s->order_capacity * sizeof(uint32_t));
  if (r->parts > 1) {
    kg_free(a, s->hits, s->order_capacity * sizeof(uint32_t));
  }
  for (uint32_t p = 0; p < r->parts; p++) {
    kg_idmap_free(&s->numbers[p]);
  }
  *s = (side){ 0 };
  for (uint32_t p = 0; p < r->parts; p++) {
    kg_idmap_init(&s->numbers[p], a);
  }
}

void kg_reach_forget(kg_reach *r) {
  for (unsigned i = 0; i < 2; i++) {
    forget_side(r, &r->sides[i]);
  }
}

void kg_reach_close(kg_reach *r) {
  if (r) {
    kg_reach_forget(r);
    kg_row_set_free(&r->found);
  }
}

static size_t side_bytes(const kg_reach *r, const side *s) {
  size_t bytes = s->node_capacity * sizeof(node) + s->link_capacity * sizeof(uint32_t) +
                 s->order_capacity * sizeof(uint32_t) * (r->parts > 1 ? 2 : 1);
  for (uint32_t p = 0; p < r->parts; p++) {
    bytes += s->numbers[p].capacity * 2 * sizeof(uint64_t);
  }
  return bytes;
}

/* Before a walk: what earlier ones left is thrown away when it is too much. */
static void make_room(kg_reach *r) {
  const size_t own = side_bytes(r, &r->sides[0]) + side_bytes(r, &r->sides[1]);
  const size_t most =
      kg_row_runs_room(r->run, own) < KG_PATH_KEPT_BYTES ? kg_row_runs_room(r->run, own) : KG_PATH_KEPT_BYTES;
  if (own > most || r->sides[0].walk == UINT32_MAX - 1 || r->sides[1].walk == UINT32_MAX - 1) {
    kg_reach_forget(r);
  }
  r->link_limit = most / 4 / sizeof(uint32_t);
}

/* ---- nodes -------------------------------------------------------------------------------------- */

/* Room for the walk over all nodes; `hits` grows along with `order`. */
static kgq_status reserve_order(kg_reach *r, side *s, kgq_error **err) {
  const kgq_allocator *a = &r->op->memory;
  const size_t before = s->order_capacity;
  void *order = s->order;
  KGQ_TRY(kg_grow(a, &order, &s->order_capacity, s->node_count, sizeof(uint32_t), err));
  s->order = (uint32_t *)order;
  if (r->parts == 1) {
    s->hits = s->order;
  } else if (s->order_capacity > before) {
    uint32_t *hits =
        (uint32_t *)kg_resize(a, s->hits, before * sizeof(uint32_t), s->order_capacity * sizeof(uint32_t));
    if (!hits) {
      kg_free(a, s->order, s->order_capacity * sizeof(uint32_t)); /* both have one capacity */
      kg_free(a, s->hits, before * sizeof(uint32_t));
      s->order = s->hits = NULL;
      s->order_capacity = 0;
      return kg_fail_memory(err);
    }
    s->hits = hits;
  }
  return KGQ_OK;
}

static kgq_status number_of(kg_reach *r, side *s, kg_id id, uint32_t part, uint32_t *out, kgq_error **err) {
  uint64_t *value = NULL;
  bool added = false;
  KGQ_TRY(kg_idmap_put(&s->numbers[part], id, &value, &added, err));
  if (!added) {
    *out = (uint32_t)*value;
    return KGQ_OK;
  }
  void *nodes = s->nodes;
  if (s->node_count >= UNKNOWN - 1) {
    return kg_fail(err, KGQ_LIMIT, "a property path reaches more than four thousand million nodes");
  }
  *out = (uint32_t)s->node_count;
  *value = *out;
  KGQ_TRY(kg_grow(&r->op->memory, &nodes, &s->node_capacity, s->node_count + 1, sizeof(node), err));
  s->nodes = (node *)nodes;
  s->nodes[s->node_count++] = (node){ .id = id, .first = UNKNOWN, .part = part };
  return reserve_order(r, s, err);
}

static void visit(side *s, uint32_t number) {
  if (s->nodes[number].seen != s->walk) {
    s->nodes[number].seen = s->walk;
    s->order[s->order_count++] = number;
    if (s->nodes[number].part == 0) {
      s->hits[s->hit_count++] = number; /* the same place, where all are hits */
    }
  }
}

/* Asks for the links of a node, and keeps them if there is room. */
static kgq_status ask(kg_reach *r, side *s, bool backward, uint32_t number, kgq_error **err) {
  const size_t first = s->link_count;
  void *links = s->links;
  if (r->found.capacity > FOUND_SLOTS) { /* clearing it for each node would cost more than finding */
    kg_row_set_free(&r->found);
    kg_row_set_init(&r->found, &r->op->memory, 1, 1);
  }
  kg_row_set_clear(&r->found);
  if ((++r->asked & (LOOK_NODES - 1)) == 0) {
    KGQ_TRY(kg_cancel_check(r->run->cancel, err));
  }
  const uint32_t part = s->nodes[number].part, next = part + 1 == r->parts ? 0 : part + 1;
  KGQ_TRY(r->step(r->arg, backward, part, s->nodes[number].id, &r->found, err));
  const uint32_t count = r->found.rows.count;
  const bool keep = count <= NODE_LINKS_MAX && first + count <= r->link_limit && first + count < UNKNOWN;
  if (keep) {
    KGQ_TRY(kg_grow(&r->op->memory, &links, &s->link_capacity, first + count + 1, sizeof(uint32_t), err));
    s->links = (uint32_t *)links;
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t other = 0;
    KGQ_TRY(number_of(r, s, kg_rows_at(&r->found.rows, i)[0], next, &other, err));
    visit(s, other);
    if (keep) {
      s->links[first + i] = other;
    }
  }
  if (keep) {
    s->nodes[number].first = (uint32_t)first;
    s->nodes[number].count = count;
    s->link_count += count;
  }
  return KGQ_OK;
}

static kgq_status visit_links(kg_reach *r, side *s, bool backward, uint32_t number, kgq_error **err) {
  const node *n = &s->nodes[number];
  if (n->first == UNKNOWN) {
    return ask(r, s, backward, number, err);
  }
  for (const uint32_t *link = s->links + n->first, *end = link + n->count; link < end; link++) {
    visit(s, *link);
  }
  if ((++r->asked & (64 * LOOK_NODES - 1)) == 0) {
    KGQ_TRY(kg_cancel_check(r->run->cancel, err));
  }
  return KGQ_OK;
}

/* ---- walks -------------------------------------------------------------------------------------- */

static kgq_status begin(kg_reach *r, side *s, bool backward, kg_id start, bool itself, kgq_error **err) {
  uint32_t number = 0;
  s->walk++;
  s->order_count = s->hit_count = s->next = 0;
  KGQ_TRY(number_of(r, s, start, 0, &number, err));
  if (itself) {
    visit(s, number);
    return KGQ_OK;
  }
  return visit_links(r, s, backward, number, err);
}

kgq_status kg_reach_from(kg_reach *r, kg_id start, bool backward, bool itself, kgq_error **err) {
  side *s = &r->sides[backward ? 1 : 0];
  make_room(r);
  r->at = s;
  KGQ_TRY(begin(r, s, backward, start, itself, err));
  while (s->next < s->order_count) {
    KGQ_TRY(visit_links(r, s, backward, s->order[s->next++], err));
  }
  return KGQ_OK;
}

uint32_t kg_reach_count(const kg_reach *r) {
  return (uint32_t)r->at->hit_count;
}

kg_id kg_reach_at(const kg_reach *r, uint32_t i) {
  assert(i < r->at->hit_count);
  return r->at->nodes[r->at->hits[i]].id;
}

static bool was_at(const side *s, kg_id id, uint32_t part) {
  const uint64_t *number = kg_idmap_find(&s->numbers[part], id);
  return number && s->nodes[*number].seen == s->walk;
}

bool kg_reach_has(const kg_reach *r, kg_id id) {
  return was_at(r->at, id, 0);
}

/* Was the other side at one of the nodes found since `from`, with the parts behind it that are before this
 * one? */
static bool have_met(const kg_reach *r, const side *s, const side *other, size_t from) {
  for (size_t i = from; i < s->order_count; i++) {
    const node *n = &s->nodes[s->order[i]];
    if (was_at(other, n->id, n->part == 0 ? 0 : r->parts - n->part)) {
      return true;
    }
  }
  return false;
}

/* A round of the side with fewer nodes to ask. */
kgq_status kg_reach_meets(kg_reach *r, kg_id from, kg_id to, bool backward, bool itself, bool *out,
                          kgq_error **err) {
  side *near = &r->sides[backward ? 1 : 0], *far = &r->sides[backward ? 0 : 1];
  make_room(r);
  KGQ_TRY(begin(r, near, backward, from, itself, err));
  KGQ_TRY(begin(r, far, !backward, to, true, err));
  *out = have_met(r, near, far, 0);
  while (!*out && near->next < near->order_count && far->next < far->order_count) {
    const bool forward = near->order_count - near->next <= far->order_count - far->next;
    side *s = forward ? near : far;
    const size_t end = s->order_count;
    while (s->next < end) {
      KGQ_TRY(visit_links(r, s, forward == backward, s->order[s->next++], err));
    }
    *out = have_met(r, s, forward ? far : near, end);
  }
  return KGQ_OK;
}
