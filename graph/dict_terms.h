/* graph/dict_terms.h: from a stored key or an inline id to the term in the caller's arena: what dict.c and
 * dict_many.c share. Only the dict_*.c files include it.
 */
#ifndef KG_GRAPH_DICT_TERMS_H
#define KG_GRAPH_DICT_TERMS_H

#include "graph/dict_base.h"

/* The term of a key that lies in arena memory with a NUL behind it. KGQ_CORRUPT unless it is one and fits the
 * id. */
kgq_status kg_dict_term_of_key(kgq_str key, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err);
kgq_status kg_dict_inline_term(kg_id id, kg_arena *arena, kg_term *out, kgq_error **err);
/* The key of a rank of the block that is held. */
kgq_status kg_dict_held_key(const kg_dict_held *held, uint64_t rank, kg_arena *arena, kgq_str *out,
                            kgq_error **err);
/* As kg_dict_held_key with a cursor of that block. */
kgq_status kg_dict_held_key_after(const kg_dict_held *held, kg_dict_cursor *cursor, uint64_t rank,
                                  kg_arena *arena, kgq_str *out, kgq_error **err);

#endif
