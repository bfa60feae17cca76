/* loaders/facts_world.h: what a facts document may take for granted: keys, prefixes, units, classes and
 * labels of the documents before it in the command, and of the database.
 *
 * Names resolve in the document, then in earlier documents, then in the database (docs/FACTS.md 6.3):
 * declarations of a document are put here as they are read, so one look-up serves all three. Also keeps what
 * must agree over the whole database, and checks at the end what depends on which graphs the command
 * replaces. Knows no YAML.
 *
 * Ownership: everything handed out lives as long as the world.
 */
#ifndef KG_LOADERS_FACTS_WORLD_H
#define KG_LOADERS_FACTS_WORLD_H

#include "graph/txn.h"
#include "loaders/yaml_errors.h"

/* How an object is read (docs/FACTS.md 2.7). */
typedef enum {
  KG_RANGE_ANY,
  KG_RANGE_ENTITY,
  KG_RANGE_QUANTITY,
  KG_RANGE_DATE,
  KG_RANGE_TEXT,
  KG_RANGE_NUMBER,
  KG_RANGE_COUNT
} kg_range;
extern const char *const kg_range_names[KG_RANGE_COUNT];

typedef struct kg_use { /* how a predicate is used, as far as somebody said */
  bool has_range;
  kg_range range;
  kgq_str unit;  /* empty: none */
  kgq_str graph; /* the source that said so */
} kg_use;

typedef struct kg_decl {
  kgq_str key, iri;  /* key empty: known by its IRI only */
  uint32_t document; /* newest document of this command that declares it; 0: only the database does */
  bool is_predicate;
  kg_use said, stored;           /* in this command; in the database */
  kg_id witness, stored_witness; /* graphs of the database that this rests on */
  bool stored_read;
} kg_decl;

kg_range kg_decl_range(const kg_decl *decl);
kgq_str kg_decl_unit(const kg_decl *decl);

typedef struct kg_world kg_world;
/* txn NULL: without a database. */
kgq_status kg_world_new(const kgq_allocator *a, kg_txn *txn, kg_world **out, kgq_error **err);
void kg_world_free(kg_world *world); /* NULL is fine */

/* A document begins with graph X (and its declarations graph). *taken_by: file that has the id already, or
 * empty. */
kgq_status kg_world_claim(kg_world *world, kgq_str graph, kgq_str about, const char *file, bool replaces,
                          kgq_str *taken_by, kgq_error **err);

/* NULL: unknown. */
kgq_status kg_world_find(kg_world *world, kgq_str base, kgq_str key, kg_decl **out, kgq_error **err);
kgq_status kg_world_find_iri(kg_world *world, kgq_str iri, kg_decl **out, kgq_error **err);
/* Declares a key in a document. *clash: it is known as the other kind (entity or predicate). */
kgq_status kg_world_declare(kg_world *world, kgq_str base, kgq_str key, kgq_str iri, bool is_predicate,
                            uint32_t document, kg_decl **out, bool *clash, kgq_error **err);
/* What a document says of a predicate's use. *other: an earlier document of the command says otherwise (its
 * use), else NULL. What the database says otherwise is kept, with `place`, for kg_world_finish. */
kgq_status kg_world_use(kg_world *world, kg_decl *decl, const kg_use *use, const kg_place *place,
                        const kg_use **other, kgq_error **err);

/* Empty: unknown. */
kgq_status kg_world_prefix(kg_world *world, kgq_str name, kgq_str *iri, kgq_error **err);
kgq_status kg_world_set_prefix(kg_world *world, kgq_str name, kgq_str iri, kgq_error **err);
kgq_status kg_world_unit(kg_world *world, kgq_str spelling, kgq_str *name, kgq_error **err);
kgq_status kg_world_set_unit(kg_world *world, kgq_str spelling, kgq_str name, kgq_error **err);
/* *known: the class has been used before; now it has. */
kgq_status kg_world_class(kg_world *world, kgq_str iri, kgq_str word, bool *known, kg_nearest *nearest,
                          kgq_error **err);
/* Keeps a label; *other: a different one in that language, or empty. */
kgq_status kg_world_label(kg_world *world, kgq_str iri, kgq_str lang, kgq_str text, kgq_str *other,
                          kgq_error **err);

/* For hints: offers the known keys of a kind under `base`; the key of the entity that has `name` (empty:
 * none). */
kgq_status kg_world_offer_keys(kg_world *world, kgq_str base, bool predicates, kg_nearest *nearest,
                               kgq_error **err);
void kg_world_offer_prefixes(kg_world *world, kg_nearest *nearest);
void kg_world_offer_units(kg_world *world, kg_nearest *nearest);
kgq_status kg_world_key_of_name(kg_world *world, kgq_str base, kgq_str name, kgq_str *key, kgq_error **err);

/* Ranges and units that differ from those in graphs that stay: KGQ_DATA with all of them. */
kgq_status kg_world_finish(kg_world *world, kgq_error **err);

#endif
