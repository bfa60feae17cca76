/* graph/dict_cache.h: keys and ids of terms that statements ask for again and again.
 *
 * One for a database, in front of the dictionary: finding a constant of a query there is an iterator, two
 * seeks and a block; here it is a hash. Short keys only, at fixed places, the newest stays. Ids of one state
 * of the dictionary, the newest that was asked for.
 *
 * Ownership: the database's. Threads: any.
 */
#ifndef KG_GRAPH_DICT_CACHE_H
#define KG_GRAPH_DICT_CACHE_H

#include "graph/db.h"

typedef struct kg_dict_cache kg_dict_cache;

/* NULL: no memory, which is no error: everything works without. */
kg_dict_cache *kg_dict_cache_new(const kgq_allocator *a);
void kg_dict_cache_free(kg_dict_cache *cache); /* NULL is fine */

/* The id of the term with that key, KG_ID_NONE if the dictionary does not have it; false: not known here. */
bool kg_dict_cache_id(const kg_snap *snap, kgq_str key, kg_id *out);
/* The key of the term with that id, in the arena; false: not known here, or no memory. */
bool kg_dict_cache_key(const kg_snap *snap, kg_id id, kg_arena *arena, kgq_str *out);
/* Two ways: each is kept for its own kind of question. */
void kg_dict_cache_keep_id(const kg_snap *snap, kgq_str key, kg_id id);
void kg_dict_cache_keep_key(const kg_snap *snap, kgq_str key, kg_id id);

#endif
