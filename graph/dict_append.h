/* graph/dict_append.h: reading the append range of the dictionary: terms that came after the base range was
 * made.
 *
 * Two records a term: number -> term key, and XXH3-128 of the key -> the numbers of all keys with that hash
 * (of more than one only when somebody sought a collision; each is compared). Only the dict_*.c files include
 * it.
 */
#ifndef KG_GRAPH_DICT_APPEND_H
#define KG_GRAPH_DICT_APPEND_H

#include "graph/db.h"

#define KG_APPEND_TERM_KEY_BYTES  9
#define KG_APPEND_INDEX_KEY_BYTES 17

kgq_str kg_append_term_key(uint64_t number, char key[KG_APPEND_TERM_KEY_BYTES]);
kgq_str kg_append_index_key(kgq_str term_key, char key[KG_APPEND_INDEX_KEY_BYTES]);
/* The id of an appended term; KG_ID_NONE if there is none. `index_key` as above. */
kgq_status kg_append_find(kg_snap *snap, kgq_str term_key, kgq_str index_key, kg_id *out, kgq_error **err);
/* The key of an appended term, pinned. */
kgq_status kg_append_get(kg_snap *snap, uint64_t number, kg_pin *out, kgq_error **err);

static inline kg_id kg_append_id(kgq_str term_key, uint64_t number) {
  return kg_id_make((kg_tag)(unsigned char)term_key.ptr[0], KG_ID_APPEND | number);
}
static inline uint64_t kg_append_number(kg_id id) {
  return kg_id_payload(id) & ~KG_ID_APPEND;
}

#endif
