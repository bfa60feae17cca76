/* query/update_quads.c: what all operations of an update share: names of graphs, and making the changes
 * gathered. */
#include "graph/dict.h"
#include "query/update.h"

kgq_status kg_update_graph_id(kg_update *u, const kgq_str *name, kg_id *out, kgq_error **err) {
  *out = KG_ID_DEFAULT_GRAPH;
  if (!name) {
    return KGQ_OK;
  }
  /* Views show stored ids where there are any, while interning alone would give an id of the transaction. */
  const kg_term term = kg_term_iri(*name);
  KGQ_TRY(kg_dict_find(kg_txn_base(u->txn), &term, out, err));
  return *out == KG_ID_NONE ? kg_txn_intern(u->txn, &term, out, err) : KGQ_OK;
}

kgq_status kg_update_apply(kg_update *u, kgq_error **err) {
  for (uint32_t i = 0; i < u->remove.count; i++) {
    KGQ_TRY(kg_txn_delete(u->txn, kg_rows_at(&u->remove, i), err));
  }
  for (uint32_t i = 0; i < u->insert.count; i++) {
    KGQ_TRY(kg_txn_insert(u->txn, kg_rows_at(&u->insert, i), err));
  }
  kg_rows_clear(&u->remove);
  kg_rows_clear(&u->insert);
  return KGQ_OK;
}
