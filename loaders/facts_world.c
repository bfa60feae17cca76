/* loaders/facts_world.c: the names and agreements of a facts command, over the database's.
 *
 * Hash maps from keys, prefixes, spellings of units, classes and labels to what was first said of them; the
 * database is asked once for each and its answer kept until a graph that it rests on is replaced. Does not
 * read YAML or make quads.
 */
#include "loaders/facts_world.h"

#include <assert.h>

#include "core/map.h"
#include "graph/unit.h"
#include "graph/vocab.h"
#include "loaders/facts_base.h"

const char *const kg_range_names[KG_RANGE_COUNT] = {
  [KG_RANGE_ANY] = "any",   [KG_RANGE_ENTITY] = "entity", [KG_RANGE_QUANTITY] = "quantity",
  [KG_RANGE_DATE] = "date", [KG_RANGE_TEXT] = "text",     [KG_RANGE_NUMBER] = "number",
};

typedef struct label {
  kgq_str iri, text;
} label;

typedef struct claim {
  kgq_str file;
  bool replaces;
} claim;

/* A use that differs from the database's: an error at the end unless the other graphs have been replaced by
 * then. */
typedef struct dispute {
  kg_decl *decl;
  kg_place place;
  struct dispute *next;
} dispute;

struct kg_world {
  const kgq_allocator *allocator;
  kg_base *base; /* NULL: no database, or an empty one */
  kg_arena arena;
  kg_map keys;     /* BASE + key, or IRI -> kg_decl */
  kg_map prefixes; /* name -> kgq_str */
  kg_map units;    /* spelling -> kgq_str, the name */
  kg_map classes;  /* IRI -> kgq_str, the word */
  kg_map labels;   /* IRI, NUL, language -> label */
  kg_map claims;   /* graph -> claim */
  dispute *disputes, *last_dispute;
  kg_buf scratch;
};

kg_range kg_decl_range(const kg_decl *decl) {
  return decl->said.has_range ? decl->said.range : decl->stored.has_range ? decl->stored.range : KG_RANGE_ANY;
}

kgq_str kg_decl_unit(const kg_decl *decl) {
  return decl->said.unit.len > 0 ? decl->said.unit : decl->stored.unit;
}

static kg_map *map_number(kg_world *world, size_t i) {
  kg_map *const maps[] = { &world->keys,    &world->prefixes, &world->units,
                           &world->classes, &world->labels,   &world->claims };
  return i < sizeof maps / sizeof maps[0] ? maps[i] : NULL;
}

kgq_status kg_world_new(const kgq_allocator *a, kg_txn *txn, kg_world **out, kgq_error **err) {
  kg_world *world = kg_alloc_zero(a, 1, sizeof *world);
  if (!world) {
    return kg_fail_memory(err);
  }
  world->allocator = a;
  kg_arena_init(&world->arena, a);
  kg_buf_init(&world->scratch, a);
  for (size_t i = 0; map_number(world, i); i++) {
    kg_map_init(map_number(world, i), a);
  }
  const bool filled = txn && kg_txn_base(txn)->counts.quads > 0;
  const kgq_status st = filled ? kg_base_new(a, txn, &world->base, err) : KGQ_OK;
  if (st != KGQ_OK) {
    kg_world_free(world);
    return st;
  }
  *out = world;
  return KGQ_OK;
}

void kg_world_free(kg_world *world) {
  if (!world) {
    return;
  }
  for (size_t i = 0; map_number(world, i); i++) {
    kg_map_free(map_number(world, i));
  }
  kg_base_free(world->base);
  kg_buf_free(&world->scratch);
  kg_arena_free(&world->arena);
  kg_free(world->allocator, world, sizeof *world);
}

/* ---- maps to things in the arena ---------------------------------------------------------------- */

static void *find_thing(const kg_map *map, kgq_str key) {
  const uint64_t *value = kg_map_find(map, key);
  return value ? (void *)(uintptr_t)*value : NULL;
}

static kgq_status put_thing(kg_map *map, kgq_str key, void *thing, kgq_error **err) {
  uint64_t *value;
  KGQ_TRY(kg_map_put(map, key, &value, NULL, NULL, err));
  *value = (uint64_t)(uintptr_t)thing;
  return KGQ_OK;
}

static kgq_status new_thing(kg_world *world, size_t bytes, void **out, kgq_error **err) {
  *out = kg_arena_zero(&world->arena, bytes);
  return *out ? KGQ_OK : kg_fail_memory(err);
}

static kgq_str text_in(const kg_map *map, kgq_str key) {
  const kgq_str *text = find_thing(map, key);
  return text ? *text : (kgq_str){ "", 0 };
}

static kgq_status put_text(kg_world *world, kg_map *map, kgq_str key, kgq_str text, kgq_error **err) {
  void *copy;
  KGQ_TRY(new_thing(world, sizeof(kgq_str), &copy, err));
  KGQ_TRY(kg_arena_copy(&world->arena, text, copy, err));
  return put_thing(map, key, copy, err);
}

static kgq_status join(kg_world *world, kgq_str left, kgq_str right, kgq_str *out, kgq_error **err) {
  world->scratch.len = 0;
  KGQ_TRY(kg_buf_add_str(&world->scratch, left, err));
  KGQ_TRY(kg_buf_add_str(&world->scratch, right, err));
  *out = kg_buf_str(&world->scratch);
  return KGQ_OK;
}

/* ---- graphs ------------------------------------------------------------------------------------- */

kgq_status kg_world_claim(kg_world *world, kgq_str graph, kgq_str about, const char *file, bool replaces,
                          kgq_str *taken_by, kgq_error **err) {
  claim *before = find_thing(&world->claims, graph);
  *taken_by = (kgq_str){ "", 0 };
  if (before) {
    if (replaces || before->replaces) {
      *taken_by = before->file;
    }
    return KGQ_OK;
  }
  void *made;
  KGQ_TRY(new_thing(world, sizeof *before, &made, err));
  before = made;
  before->replaces = replaces;
  KGQ_TRY(kg_arena_copy(&world->arena, kg_str(file), &before->file, err));
  KGQ_TRY(put_thing(&world->claims, graph, before, err));
  if (replaces && world->base) {
    KGQ_TRY(kg_base_replace(world->base, graph, err));
    return kg_base_replace(world->base, about, err);
  }
  return KGQ_OK;
}

/* ---- keys --------------------------------------------------------------------------------------- */

static kg_range range_named(kgq_str name, bool *known) {
  for (int i = 0; i < KG_RANGE_COUNT; i++) {
    if (kg_str_equal(name, kg_str(kg_range_names[i]))) {
      *known = true;
      return (kg_range)i;
    }
  }
  *known = false;
  return KG_RANGE_ANY;
}

/* Asks the database about decl->iri anew. */
static kgq_status read_stored(kg_world *world, kg_decl *decl, bool *known, kgq_error **err) {
  kg_base_node node = { .known = false };
  if (world->base) {
    KGQ_TRY(kg_base_find(world->base, decl->iri, &world->arena, &node, err));
  }
  decl->stored = (kg_use){ .unit = { "", 0 }, .graph = { "", 0 } };
  decl->stored_read = true;
  decl->witness = node.known ? node.witness : KG_ID_NONE;
  decl->stored_witness = node.known ? node.range_witness : KG_ID_NONE;
  if (node.is_predicate) {
    decl->stored.range = range_named(node.range, &decl->stored.has_range);
    decl->stored.unit = node.unit;
    decl->stored.graph = node.graph;
  }
  if (decl->document == 0) {
    decl->is_predicate = node.is_predicate;
  }
  *known = node.known;
  return KGQ_OK;
}

static bool is_stale(const kg_world *world, const kg_decl *decl) {
  return world->base && (!decl->stored_read || kg_base_is_replaced(world->base, decl->witness) ||
                         kg_base_is_replaced(world->base, decl->stored_witness));
}

static kgq_status new_decl(kg_world *world, kgq_str key, kgq_str iri, kg_decl **out, kgq_error **err) {
  void *made;
  KGQ_TRY(new_thing(world, sizeof(kg_decl), &made, err));
  kg_decl *decl = made;
  decl->said = decl->stored = (kg_use){ .unit = { "", 0 }, .graph = { "", 0 } };
  KGQ_TRY(kg_arena_copy(&world->arena, key, &decl->key, err));
  *out = decl;
  return kg_arena_copy(&world->arena, iri, &decl->iri, err);
}

/* A key that no document of the command declares: IRI BASE + key, or a node with that kgq:key. */
static kgq_status find_in_base(kg_world *world, kgq_str full, kgq_str key, kg_decl **out, kgq_error **err) {
  kg_decl *decl;
  bool known = false;
  *out = NULL;
  if (!world->base) {
    return KGQ_OK;
  }
  kgq_str full_copy;
  KGQ_TRY(kg_arena_copy(&world->arena, full, &full_copy, err));
  KGQ_TRY(new_decl(world, key, full_copy, &decl, err));
  KGQ_TRY(read_stored(world, decl, &known, err));
  if (!known && key.len > 0) {
    KGQ_TRY(kg_base_key(world->base, key, &world->arena, &decl->iri, err));
    if (decl->iri.len > 0) {
      KGQ_TRY(read_stored(world, decl, &known, err));
    }
  }
  if (known) {
    *out = decl;
    return put_thing(&world->keys, full_copy, decl, err);
  }
  return KGQ_OK;
}

static kgq_status find_full(kg_world *world, kgq_str full, kgq_str key, kg_decl **out, kgq_error **err) {
  kg_decl *decl = find_thing(&world->keys, full);
  if (!decl) {
    return find_in_base(world, full, key, out, err);
  }
  bool known = true;
  if (is_stale(world, decl)) {
    KGQ_TRY(read_stored(world, decl, &known, err));
  }
  *out = decl->document > 0 || known ? decl : NULL;
  return KGQ_OK;
}

kgq_status kg_world_find(kg_world *world, kgq_str base, kgq_str key, kg_decl **out, kgq_error **err) {
  kgq_str full;
  KGQ_TRY(join(world, base, key, &full, err));
  return find_full(world, full, key, out, err);
}

kgq_status kg_world_find_iri(kg_world *world, kgq_str iri, kg_decl **out, kgq_error **err) {
  return find_full(world, iri, (kgq_str){ "", 0 }, out, err);
}

kgq_status kg_world_declare(kg_world *world, kgq_str base, kgq_str key, kgq_str iri, bool is_predicate,
                            uint32_t document, kg_decl **out, bool *clash, kgq_error **err) {
  kg_decl *decl = NULL;
  kgq_str full;
  assert(document > 0);
  KGQ_TRY(kg_world_find(world, base, key, &decl, err));
  *clash = decl && decl->is_predicate != is_predicate && (decl->document > 0 || decl->stored_read);
  if (!decl || !kg_str_equal(decl->iri, iri)) {
    KGQ_TRY(new_decl(world, key, iri, &decl, err));
    KGQ_TRY(join(world, base, key, &full, err));
    KGQ_TRY(put_thing(&world->keys, full, decl, err));
    if (!find_thing(&world->keys, iri)) {
      KGQ_TRY(put_thing(&world->keys, iri, decl, err));
    }
  }
  decl->document = document;
  decl->is_predicate = is_predicate;
  *out = decl;
  return KGQ_OK;
}

/* ---- uses of predicates ------------------------------------------------------------------------- */

/* Does one say what the other contradicts? */
static bool differs(const kg_use *a, const kg_use *b) {
  return (a->has_range && b->has_range && a->range != b->range) ||
         (a->unit.len > 0 && b->unit.len > 0 && !kg_str_equal(a->unit, b->unit));
}

static kgq_status add_dispute(kg_world *world, kg_decl *decl, const kg_place *place, kgq_error **err) {
  void *made;
  kgq_str file;
  KGQ_TRY(new_thing(world, sizeof(dispute), &made, err));
  dispute *d = made;
  *d = (dispute){ .decl = decl, .place = *place };
  KGQ_TRY(kg_arena_copy(&world->arena, kg_str(place->file), &file, err));
  KGQ_TRY(kg_arena_copy(&world->arena, place->source, &d->place.source, err));
  d->place.file = file.ptr;
  *(world->last_dispute ? &world->last_dispute->next : &world->disputes) = d;
  world->last_dispute = d;
  return KGQ_OK;
}

kgq_status kg_world_use(kg_world *world, kg_decl *decl, const kg_use *use, const kg_place *place,
                        const kg_use **other, kgq_error **err) {
  bool known, first = !decl->said.has_range && decl->said.unit.len == 0;
  *other = differs(use, &decl->said) ? &decl->said : NULL;
  if (*other) {
    return KGQ_OK;
  }
  if (use->has_range) {
    decl->said.has_range = true;
    decl->said.range = use->range;
  }
  if (use->unit.len > 0) {
    KGQ_TRY(kg_arena_copy(&world->arena, use->unit, &decl->said.unit, err));
  }
  if (decl->said.graph.len == 0) {
    KGQ_TRY(kg_arena_copy(&world->arena, use->graph, &decl->said.graph, err));
  }
  if (is_stale(world, decl)) {
    KGQ_TRY(read_stored(world, decl, &known, err));
  }
  return first && differs(&decl->said, &decl->stored) ? add_dispute(world, decl, place, err) : KGQ_OK;
}

static void say_dispute(const dispute *d, kgq_error **chain) {
  const kg_use *said = &d->decl->said, *stored = &d->decl->stored;
  const bool range = said->has_range && stored->has_range && said->range != stored->range;
  const kgq_str there = range ? kg_str(kg_range_names[stored->range]) : stored->unit;
  const kgq_str here = range ? kg_str(kg_range_names[said->range]) : said->unit;
  kgq_error *one = NULL;
  (void)kg_fail_at(&one, KGQ_DATA, &d->place, "%.*s has %s %.*s in <%.*s>, %.*s here", KG_CLIP(d->decl->key),
                   range ? "range" : "unit", KG_CLIP(there), KG_ARG(stored->graph), KG_CLIP(here));
  kg_error_append(chain, one);
}

kgq_status kg_world_finish(kg_world *world, kgq_error **err) {
  kgq_error *chain = NULL;
  uint32_t count = 0;
  for (const dispute *d = world->disputes; d; d = d->next) {
    bool known;
    const kgq_status st = read_stored(world, d->decl, &known, err);
    if (st != KGQ_OK) {
      kgq_error_free(chain);
      return st;
    }
    if (differs(&d->decl->said, &d->decl->stored) && count++ < KG_LIMIT_FILE_ERRORS) {
      say_dispute(d, &chain);
    }
  }
  if (count == 0) {
    return KGQ_OK;
  }
  if (err && !*err) {
    *err = chain;
  } else {
    kgq_error_free(chain);
  }
  return KGQ_DATA;
}

/* ---- prefixes, units, classes, labels ------------------------------------------------------------ */

static kgq_str builtin_prefix(kgq_str name) {
#define PREFIX_CASE(word, iri)                                                                               \
  if (kg_str_equal(name, KG_STR(word))) {                                                                    \
    return KG_STR(iri);                                                                                      \
  }
  KG_BUILTIN_PREFIXES(PREFIX_CASE)
#undef PREFIX_CASE
  return (kgq_str){ "", 0 };
}

kgq_status kg_world_prefix(kg_world *world, kgq_str name, kgq_str *iri, kgq_error **err) {
  *iri = builtin_prefix(name);
  if (iri->len == 0) {
    *iri = text_in(&world->prefixes, name);
  }
  if (iri->len > 0 || !world->base) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_base_prefix(world->base, name, &world->arena, iri, err));
  return iri->len > 0 ? kg_world_set_prefix(world, name, *iri, err) : KGQ_OK;
}

kgq_status kg_world_set_prefix(kg_world *world, kgq_str name, kgq_str iri, kgq_error **err) {
  return put_text(world, &world->prefixes, name, iri, err);
}

kgq_status kg_world_unit(kg_world *world, kgq_str spelling, kgq_str *name, kgq_error **err) {
  *name = text_in(&world->units, spelling);
  if (name->len == 0) {
    *name = kg_unit_builtin(spelling);
  }
  if (name->len > 0 || !world->base) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_base_unit(world->base, spelling, &world->arena, name, err));
  return name->len > 0 ? kg_world_set_unit(world, spelling, *name, err) : KGQ_OK;
}

kgq_status kg_world_set_unit(kg_world *world, kgq_str spelling, kgq_str name, kgq_error **err) {
  return kg_str_equal(text_in(&world->units, spelling), name)
             ? KGQ_OK
             : put_text(world, &world->units, spelling, name, err);
}

static kgq_status offer_stored_classes(kg_world *world, kgq_str base, kg_nearest *nearest, kgq_error **err);

kgq_status kg_world_class(kg_world *world, kgq_str iri, kgq_str word, bool *known, kg_nearest *nearest,
                          kgq_error **err) {
  enum {
    compared_max = 1000, /* more classes than that are no vocabulary, and comparing all would be quadratic */
    sought_max = 50      /* new classes that are compared with stored names, each with all of them */
  };
  *known = find_thing(&world->classes, iri) != NULL;
  if (*known) {
    return KGQ_OK;
  }
  if (world->base) {
    KGQ_TRY(kg_base_is_class(world->base, iri, known, err));
  }
  for (size_t i = 0; !*known && i < world->classes.capacity && world->classes.count <= compared_max; i++) {
    if (world->classes.slots[i].key) {
      kg_nearest_try(nearest, *(const kgq_str *)(uintptr_t)world->classes.slots[i].value);
    }
  }
  if (!*known && nearest->best.len == 0 && world->base && world->classes.count <= sought_max) {
    KGQ_TRY(offer_stored_classes(world, kg_str_n(iri.ptr, iri.len - word.len), nearest, err));
  }
  return put_text(world, &world->classes, iri, word, err);
}

kgq_status kg_world_label(kg_world *world, kgq_str iri, kgq_str lang, kgq_str text, kgq_str *other,
                          kgq_error **err) {
  kgq_str key;
  *other = (kgq_str){ "", 0 };
  KGQ_TRY(join(world, iri, (kgq_str){ "\0", 1 }, &key, err));
  KGQ_TRY(kg_buf_add_str(&world->scratch, lang, err));
  key = kg_buf_str(&world->scratch);
  const label *before = find_thing(&world->labels, key);
  if (before) {
    *other = kg_str_equal(before->text, text) ? *other : before->text;
    return KGQ_OK;
  }
  void *made;
  KGQ_TRY(new_thing(world, sizeof(label), &made, err));
  label *kept = made;
  KGQ_TRY(kg_arena_copy(&world->arena, iri, &kept->iri, err));
  KGQ_TRY(kg_arena_copy(&world->arena, text, &kept->text, err));
  KGQ_TRY(put_thing(&world->labels, key, kept, err));
  return world->base ? kg_base_other_label(world->base, iri, lang, text, &world->arena, other, err) : KGQ_OK;
}

/* ---- hints -------------------------------------------------------------------------------------- */

typedef struct offer {
  kgq_str base;
  kg_nearest *nearest;
  kgq_str key; /* the first by bytes */
} offer;

/* A node of the database: the rest of its IRI behind the base is its key. */
static void offer_node(void *arg, kgq_str iri) {
  offer *o = arg;
  if (!kg_str_starts(iri, o->base) || iri.len == o->base.len) {
    return;
  }
  const kgq_str key = kg_str_n(iri.ptr + o->base.len, iri.len - o->base.len);
  if (memchr(key.ptr, '/', key.len) || memchr(key.ptr, '#', key.len)) {
    return;
  }
  o->key = o->key.len > 0 && kg_str_compare(o->key, key) < 0 ? o->key : key;
  if (o->nearest) {
    kg_nearest_try(o->nearest, key);
  }
}

static kgq_status offer_stored_classes(kg_world *world, kgq_str base, kg_nearest *nearest, kgq_error **err) {
  offer o = { base, nearest, { "", 0 } };
  return kg_base_near_classes(world->base, nearest->wanted, &world->arena, offer_node, &o, err);
}

kgq_status kg_world_offer_keys(kg_world *world, kgq_str base, bool predicates, kg_nearest *nearest,
                               kgq_error **err) {
  for (size_t i = 0; i < world->keys.capacity; i++) {
    const kg_map_slot *slot = &world->keys.slots[i];
    const kg_decl *decl = slot->key ? (const kg_decl *)(uintptr_t)slot->value : NULL;
    if (decl && decl->is_predicate == predicates && decl->key.len > 0 &&
        kg_str_starts(kg_str_n(slot->key, slot->key_len), base)) {
      kg_nearest_try(nearest, decl->key);
    }
  }
  if (nearest->best.len > 0 || !world->base) {
    return KGQ_OK;
  }
  offer o = { base, nearest, { "", 0 } };
  return kg_base_near(world->base, nearest->wanted, &world->arena, offer_node, &o, err);
}

void kg_world_offer_prefixes(kg_world *world, kg_nearest *nearest) {
#define PREFIX_TRY(word, iri) kg_nearest_try(nearest, KG_STR(word));
  KG_BUILTIN_PREFIXES(PREFIX_TRY)
#undef PREFIX_TRY
  for (size_t i = 0; i < world->prefixes.capacity; i++) {
    const kg_map_slot *slot = &world->prefixes.slots[i];
    if (slot->key) {
      kg_nearest_try(nearest, kg_str_n(slot->key, slot->key_len));
    }
  }
}

static void try_unit(void *arg, kgq_str spelling) {
  kg_nearest_try(arg, spelling);
}

void kg_world_offer_units(kg_world *world, kg_nearest *nearest) {
  for (size_t i = 0; i < world->units.capacity; i++) {
    const kg_map_slot *slot = &world->units.slots[i];
    if (slot->key) {
      kg_nearest_try(nearest, kg_str_n(slot->key, slot->key_len));
    }
  }
  kg_unit_each_builtin(try_unit, nearest);
}

kgq_status kg_world_key_of_name(kg_world *world, kgq_str base, kgq_str name, kgq_str *key, kgq_error **err) {
  offer o = { base, NULL, { "", 0 } };
  for (size_t i = 0; i < world->labels.capacity; i++) {
    const kg_map_slot *slot = &world->labels.slots[i];
    const label *l = slot->key ? (const label *)(uintptr_t)slot->value : NULL;
    if (l && kg_str_equal(l->text, name)) {
      offer_node(&o, l->iri);
    }
  }
  if (o.key.len == 0 && world->base) {
    KGQ_TRY(kg_base_named(world->base, name, &world->arena, offer_node, &o, err));
  }
  *key = o.key;
  return KGQ_OK;
}
