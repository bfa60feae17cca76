/* graph/names_key.h: the records of the names index, shared by who writes and who reads them.
 *
 *   key    KG_KEY_NAME | folded name | 00 | node (8) | graph (8) | kind (1) | cause (8)
 *   value  language | 00 | name as written
 *
 * The cause says which quad the record is there for, so that deleting one of two quads with the same name (a
 * label in two languages, two labels of a node that both make its short id known) leaves the other's record:
 * it is a hash of the quad's predicate and object; subject and graph are in the key already (names_update.c).
 * It is made of terms, not ids, so that only node and graph change when compaction renumbers terms. Cause 0
 * is the short id of a class: one record for all its instances in a graph, which a delete leaves; readers ask
 * whether the class still has any instance.
 */
#ifndef KG_GRAPH_NAMES_KEY_H
#define KG_GRAPH_NAMES_KEY_H

#include "graph/names.h"

#define KG_NAME_TAIL_BYTES  (1 + 8 + 8 + 1 + 8)
#define KG_NAME_CAUSE_CLASS 0

typedef struct kg_name_key {
  kgq_str folded;
  kg_id node, graph;
  kg_name_kind kind;
  uint64_t cause;
} kg_name_key;

/* Appends the record's key. */
kgq_status kg_name_key_write(const kg_name_key *name, kg_buf *out, kgq_error **err);
/* KGQ_CORRUPT if key or value are not those of a name. `folded`, `lang` and `text` point into them. */
kgq_status kg_name_record_read(kgq_str key, kgq_str value, kg_name_key *name, kgq_str *lang, kgq_str *text,
                               kgq_error **err);

#endif
