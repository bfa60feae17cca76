/* query/op_leapfrog.c: patterns that form a cycle, joined variable by variable (leapfrog join).
 *
 * For a triangle of three large patterns any join of two has more rows than the answer: here a value of the
 * first variable is fixed when all patterns that have it agree, then one of the second below it, and so on.
 * A pattern takes part at a level when a permutation gives the level's values in order under what is bound
 * above; so one that has no such order (subjects of a predicate) is left out until its other end is bound.
 * At a level each pattern is a rising list, and the lists jump over each other to the next common value.
 *
 * The result rises by the first variable. Each pattern gives each triple once, so there are no repetitions.
 */
#include <assert.h>

#include "core/map.h"
#include "query/ops.h"

#define READ_FIRST 64u
#define READ_MOST  1024u
/* Jumps between two looks at the deadline. */
#define LOOK_JUMPS 1024u

/* Ids that a list keeps of keys it met before, and those of a chunk. */
#define KEPT_IDS  (1u << 20)
#define CHUNK_IDS (64u << 10)

/* Whole lists under keys that will come again. */
typedef struct kept_lists {
  kg_idmap map; /* key -> chunk 32 bits | place 20 | count 12 */
  kg_id *chunks[KEPT_IDS / CHUNK_IDS];
  uint32_t chunk_count, used; /* of the last chunk */
} kept_lists;

/* A pattern at the level of one of its variables. */
typedef struct list {
  const kg_leaf *leaf;
  int slot;             /* of the level's variable */
  uint32_t level_of[4]; /* slot -> level above whose value it has; UINT32_MAX: a constant, or not bound */
  kg_quads_spec spec;
  kg_quads *quads;
  bool bound;       /* the reader is at the key of spec.id */
  bool from_start;  /* ids begin with the first of the list */
  bool ended;       /* nothing behind ids */
  const kg_id *ids; /* `own`, or kept */
  uint32_t count, at, read;
  int key_slot; /* bound by a level, under which other levels lie in between: keys come again; or -1 */
  kept_lists kept;
  kg_id own[READ_MOST];
} list;

typedef struct level {
  kg_var var;
  uint32_t column; /* of the result; UINT32_MAX: not wanted */
  kg_id value;
  list **lists;
  uint32_t list_count;
} level;

typedef struct leapfrog_op {
  kg_op op;
  level *levels;
  uint32_t level_count;
  uint32_t depth; /* of the level to go on at */
  bool enter;     /* ... which begins anew, else goes on behind its value */
  bool done;
  uint32_t jumps;
  uint64_t look_ups;
} leapfrog_op;

/* ---- lists -------------------------------------------------------------------------------------- */

/* The list under the values of the levels above; what was read of the same list before stays. */
static void bind(leapfrog_op *f, list *l) {
  bool same = l->bound;
  for (unsigned i = 0; i < 4; i++) {
    if (l->level_of[i] != UINT32_MAX) {
      const kg_id value = f->levels[l->level_of[i]].value;
      same = same && l->spec.id[i] == value;
      l->spec.id[i] = value;
    }
  }
  l->bound = same;
  l->at = 0;
}

static kgq_status read_more(leapfrog_op *f, list *l, kgq_error **err) {
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  columns[l->slot] = l->own;
  l->ids = l->own;
  l->at = 0;
  KGQ_TRY(kg_quads_next(l->quads, columns, l->read, &l->count, err));
  l->ended = l->count == 0;
  l->read = l->read < READ_MOST ? l->read * 4 : READ_MOST;
  if (++f->jumps % LOOK_JUMPS == 0) {
    KGQ_TRY(kg_cancel_check(f->op.run->cancel, err));
  }
  return KGQ_OK;
}

static kgq_status restart_reader(leapfrog_op *f, list *l, kg_id id, kgq_error **err) {
  const kg_run *run = f->op.run;
  f->look_ups++;
  KGQ_TRY(l->quads ? kg_quads_restart(l->quads, l->spec.id, err)
                   : kg_quads_open(run->snap, &l->spec, run->cancel, run->allocator, &l->quads, err));
  l->bound = true;
  l->from_start = id == KG_ID_NONE;
  l->read = READ_FIRST;
  return id != KG_ID_NONE ? kg_quads_seek(l->quads, id, err) : KGQ_OK;
}

/* ---- lists that come again ------------------------------------------------------------------------ */

static void forget_kept(const kgq_allocator *a, kept_lists *k) {
  for (uint32_t i = 0; i < k->chunk_count; i++) {
    kg_free(a, k->chunks[i], CHUNK_IDS * sizeof(kg_id));
  }
  kg_idmap_free(&k->map);
  kg_idmap_init(&k->map, a);
  k->chunk_count = k->used = 0;
}

static bool find_kept(list *l) {
  const uint64_t *place = kg_idmap_find(&l->kept.map, l->spec.id[l->key_slot]);
  if (!place) {
    return false;
  }
  l->ids = l->kept.chunks[*place >> 32] + (*place >> 12 & 0xfffff);
  l->count = (uint32_t)(*place & 0xfff);
  l->bound = l->from_start = l->ended = true;
  return true;
}

/* Keeps what was read, the whole list. Starts afresh when there is no room. */
static kgq_status keep(leapfrog_op *f, list *l, kgq_error **err) {
  const kgq_allocator *a = &f->op.memory;
  kept_lists *k = &l->kept;
  uint64_t *place = NULL;
  if (k->chunk_count == KEPT_IDS / CHUNK_IDS && k->used + l->count > CHUNK_IDS) {
    forget_kept(a, k);
  }
  if (k->chunk_count == 0 || k->used + l->count > CHUNK_IDS) {
    kg_id *chunk = (kg_id *)kg_alloc(a, CHUNK_IDS * sizeof(kg_id));
    if (!chunk) {
      return kg_fail_memory(err);
    }
    k->chunks[k->chunk_count++] = chunk;
    k->used = 0;
  }
  const uint64_t chunk = k->chunk_count - 1;
  KGQ_TRY(kg_idmap_put(&k->map, l->spec.id[l->key_slot], &place, NULL, err));
  *place = chunk << 32 | (uint64_t)k->used << 12 | l->count;
  memcpy(k->chunks[chunk] + k->used, l->own, l->count * sizeof(kg_id));
  k->used += l->count;
  return KGQ_OK;
}

/* A list from its beginning, as far as `own` goes. */
static kgq_status read_front(leapfrog_op *f, list *l, kgq_error **err) {
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  uint32_t more = 1;
  KGQ_TRY(restart_reader(f, l, KG_ID_NONE, err));
  l->ids = l->own;
  l->count = 0;
  while (l->count < READ_MOST && more > 0) {
    columns[l->slot] = l->own + l->count;
    KGQ_TRY(kg_quads_next(l->quads, columns, READ_MOST - l->count, &more, err));
    l->count += more;
  }
  l->ended = more == 0;
  return l->ended ? keep(f, l, err) : KGQ_OK;
}

static kgq_status restart(leapfrog_op *f, list *l, kg_id id, kgq_error **err) {
  if (l->key_slot < 0) {
    KGQ_TRY(restart_reader(f, l, id, err));
    return read_more(f, l, err);
  }
  return find_kept(l) ? KGQ_OK : read_front(f, l, err);
}

/* First place from l->at on whose id is at least `id`. */
static uint32_t gallop(const list *l, kg_id id) {
  uint32_t step = 1, low = l->at, high = l->at;
  while (high < l->count && l->ids[high] < id) {
    low = high;
    high = high + step < l->count ? high + step : l->count;
    step *= 2;
  }
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (l->ids[middle] < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Puts the list at its first id >= id; NONE in *found: it has none. */
static kgq_status jump(leapfrog_op *f, list *l, kg_id id, kg_id *found, kgq_error **err) {
  *found = KG_ID_NONE;
  if (!l->bound || (l->at == 0 && !l->from_start && (l->count == 0 || l->ids[0] > id))) {
    KGQ_TRY(restart(f, l, id, err));
  }
  for (;;) {
    l->at = gallop(l, id);
    if (l->at < l->count) {
      *found = l->ids[l->at];
      return KGQ_OK;
    }
    if (l->ended) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_quads_seek(l->quads, id, err));
    l->from_start = false;
    KGQ_TRY(read_more(f, l, err));
  }
}

/* ---- levels ------------------------------------------------------------------------------------- */

/* The level's first value >= id that all its lists have; NONE: there is none. */
static kgq_status find_common(leapfrog_op *f, level *v, kg_id id, kgq_error **err) {
  uint32_t agreed = 0;
  for (uint32_t i = 0; agreed < v->list_count; i = i + 1 < v->list_count ? i + 1 : 0) {
    kg_id found = KG_ID_NONE;
    KGQ_TRY(jump(f, v->lists[i], id, &found, err));
    if (found == KG_ID_NONE) {
      v->value = KG_ID_NONE;
      return KGQ_OK;
    }
    agreed = found == id ? agreed + 1 : 1;
    id = found;
  }
  v->value = id;
  return KGQ_OK;
}

static kgq_status enter_level(leapfrog_op *f, level *v, kgq_error **err) {
  for (uint32_t i = 0; i < v->list_count; i++) {
    bind(f, v->lists[i]);
  }
  return find_common(f, v, KG_ID_NONE, err);
}

static void emit(leapfrog_op *f) {
  kg_batch *out = &f->op.own;
  for (uint32_t i = 0; i < f->level_count; i++) {
    if (f->levels[i].column != UINT32_MAX) {
      out->columns[f->levels[i].column][out->row_count] = f->levels[i].value;
    }
  }
  out->row_count++;
}

static kgq_status leapfrog_next(kg_op *op, kgq_error **err) {
  leapfrog_op *f = (leapfrog_op *)op;
  op->own.row_count = 0;
  while (!f->done && op->own.row_count < op->own.capacity) {
    level *v = &f->levels[f->depth];
    KGQ_TRY(f->enter ? enter_level(f, v, err) : find_common(f, v, v->value + 1, err));
    f->enter = false;
    if (++f->jumps % LOOK_JUMPS == 0) {
      KGQ_TRY(kg_cancel_check(op->run->cancel, err));
    }
    if (v->value == KG_ID_NONE) {
      f->done = f->depth == 0;
      f->depth -= f->done ? 0 : 1;
    } else if (f->depth + 1 < f->level_count) {
      f->depth++;
      f->enter = true;
    } else {
      emit(f);
    }
  }
  return KGQ_OK;
}

/* ---- the operator ------------------------------------------------------------------------------- */

static void reset_list(const kg_op *op, list *l) {
  const int sorted_by = l->spec.sorted_by;
  kg_leaf_spec(l->leaf, op->frame, &l->spec);
  l->spec.sorted_by = sorted_by;
  l->bound = false;
  forget_kept(&op->memory, &l->kept);
  l->count = l->at = 0;
  l->from_start = l->ended = false;
}

static kgq_status leapfrog_reset(kg_op *op, kgq_error **err) {
  (void)err;
  leapfrog_op *f = (leapfrog_op *)op;
  for (uint32_t i = 0; i < f->level_count; i++) {
    for (uint32_t k = 0; k < f->levels[i].list_count; k++) {
      reset_list(op, f->levels[i].lists[k]);
    }
  }
  f->depth = 0;
  f->enter = true;
  f->done = false;
  return KGQ_OK;
}

static void leapfrog_close(kg_op *op) {
  leapfrog_op *f = (leapfrog_op *)op;
  for (uint32_t i = 0; f->levels && i < f->level_count; i++) {
    for (uint32_t k = 0; k < f->levels[i].list_count; k++) {
      list *l = f->levels[i].lists[k];
      kg_quads_close(l->quads);
      l->quads = NULL;
      forget_kept(&op->memory, &l->kept);
    }
  }
}

static kgq_status leapfrog_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const leapfrog_op *f = (const leapfrog_op *)op;
  for (uint32_t i = 0; i < f->level_count; i++) {
    KGQ_TRY(kg_buf_add_text(out, i ? ", then " : " ", err));
    KGQ_TRY(kg_var_print(op->run, f->levels[i].var, out, err));
    for (uint32_t k = 0; k < f->levels[i].list_count; k++) {
      KGQ_TRY(kg_buf_add_text(out, k ? " and" : " of", err));
      KGQ_TRY(kg_leaf_print(op->run, f->levels[i].lists[k]->leaf, out, err));
    }
  }
  return f->look_ups ? kg_buf_print(out, err, ", %llu look-ups", (unsigned long long)f->look_ups) : KGQ_OK;
}

static const kg_op_class leapfrog_class = { .name = "leapfrog",
                                            .reset = leapfrog_reset,
                                            .next = leapfrog_next,
                                            .close = leapfrog_close,
                                            .explain = leapfrog_explain };

static uint32_t level_of_var(const kg_leapfrog_spec *spec, kg_var v) {
  for (uint32_t i = 0; i < spec->var_count; i++) {
    if (spec->vars[i] == v) {
      return i;
    }
  }
  return UINT32_MAX;
}

kg_leapfrog_part kg_leapfrog_part_of(const kg_frame *frame, const kg_leaf *leaf, const kg_var *vars,
                                     uint32_t count, kg_quads_spec *spec, uint32_t level_of[4]) {
  const kg_leapfrog_spec above = { .vars = vars, .var_count = count };
  const int slot = kg_leaf_slot(leaf, vars[count - 1]);
  bool closes = true;
  if (slot < 0) {
    return KG_LEAPFROG_ABSENT;
  }
  kg_leaf_spec(leaf, frame, spec);
  spec->sorted_by = slot;
  for (int i = 0; i < 4; i++) {
    const kg_var v = leaf->slot[i].var;
    level_of[i] = UINT32_MAX;
    if (v == KG_NO_VAR || kg_frame_gives(frame, v) || i == slot) {
      continue;
    }
    level_of[i] = level_of_var(&above, v);
    closes = closes && level_of[i] != UINT32_MAX;
    if (level_of[i] != UINT32_MAX) {
      spec->id[i] = kg_id_make(KG_TAG_IRI, 0); /* some value, to be replaced */
    }
  }
  if (!kg_quads_can_sort(spec, slot)) {
    return closes ? KG_LEAPFROG_IMPOSSIBLE : KG_LEAPFROG_ABSENT;
  }
  return closes ? KG_LEAPFROG_CLOSES : KG_LEAPFROG_OPENS;
}

/* The slot by whose values a list is chosen, if these come again: a level above changes in between. */
static int repeated_key(const uint32_t level_of[4], uint32_t depth) {
  int slot = -1;
  for (int i = 0; i < 4; i++) {
    if (level_of[i] != UINT32_MAX && slot >= 0) {
      return -1;
    }
    slot = level_of[i] != UINT32_MAX ? i : slot;
  }
  return slot >= 0 && depth > 1 && level_of[slot] > 0 ? slot : -1;
}

bool kg_leapfrog_keeps(const uint32_t level_of[4], uint32_t depth) {
  return repeated_key(level_of, depth) >= 0;
}

static kgq_status add_list(leapfrog_op *f, const kg_leapfrog_spec *spec, uint32_t depth, const kg_leaf *leaf,
                           kgq_error **err) {
  kg_quads_spec quads;
  uint32_t level_of[4];
  const kg_leapfrog_part part =
      kg_leapfrog_part_of(f->op.frame, leaf, spec->vars, depth + 1, &quads, level_of);
  assert(part != KG_LEAPFROG_IMPOSSIBLE);
  if (part == KG_LEAPFROG_ABSENT) {
    return KGQ_OK;
  }
  list *l = (list *)kg_arena_zero(f->op.run->arena, sizeof(list));
  if (!l) {
    return kg_fail_memory(err);
  }
  l->leaf = leaf;
  l->slot = quads.sorted_by;
  l->spec = quads;
  l->ids = l->own;
  l->key_slot = repeated_key(level_of, depth);
  kg_idmap_init(&l->kept.map, &f->op.memory);
  memcpy(l->level_of, level_of, sizeof l->level_of);
  level *v = &f->levels[depth];
  v->lists[v->list_count++] = l;
  return KGQ_OK;
}

static kgq_status make_level(leapfrog_op *f, const kg_leapfrog_spec *spec, uint32_t depth, kgq_error **err) {
  level *v = &f->levels[depth];
  v->var = spec->vars[depth];
  v->column = kg_op_column(&f->op, v->var);
  v->lists = (list **)kg_arena_zero(f->op.run->arena, ((size_t)spec->leaf_count + 1) * sizeof(list *));
  if (!v->lists) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < spec->leaf_count; i++) {
    KGQ_TRY(add_list(f, spec, depth, spec->leaves[i], err));
  }
  assert(v->list_count > 0);
  return KGQ_OK;
}

kgq_status kg_make_leapfrog(kg_run *run, const kg_frame *frame, const kg_leapfrog_spec *spec,
                            const uint64_t *needed, kg_op **out, kgq_error **err) {
  leapfrog_op *f = (leapfrog_op *)kg_op_new(run, frame, &leapfrog_class, sizeof(leapfrog_op), 0, err);
  kg_var *vars = (kg_var *)kg_arena_zero(run->arena, ((size_t)spec->var_count + 1) * sizeof(kg_var));
  uint64_t *certain = kg_run_set(run, err);
  uint32_t count = 0;
  if (!f || !vars || !certain) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < spec->var_count; i++) {
    if (kg_set_has(needed, spec->vars[i])) {
      vars[count++] = spec->vars[i];
      kg_set_add(certain, spec->vars[i]);
    }
  }
  f->op.certain = certain;
  f->op.sorted_by = kg_set_has(needed, spec->vars[0]) ? spec->vars[0] : KG_NO_VAR;
  KGQ_TRY(kg_op_columns(&f->op, vars, count, err));
  f->levels = (level *)kg_arena_zero(run->arena, spec->var_count * sizeof(level));
  if (!f->levels) {
    return kg_fail_memory(err);
  }
  for (; f->level_count < spec->var_count; f->level_count++) {
    KGQ_TRY(make_level(f, spec, f->level_count, err));
  }
  *out = &f->op;
  return kg_op_own_batch(&f->op, err);
}
