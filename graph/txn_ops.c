/* graph/txn_ops.c: lists of operations and net effects: adding, freeing, and what counts as a new id.
 *
 * The floor under the other files of a transaction (txn_state.h has their map); calls none of them.
 */
#include "graph/txn_state.h"

void kg_ops_free(kg_ops *ops, const kgq_allocator *a) {
  kg_free(a, ops->words, ops->capacity * KG_OP_WORDS * sizeof *ops->words);
  *ops = (kg_ops){ 0 };
}

kgq_status kg_ops_add(kg_ops *ops, const kgq_allocator *a, const kg_id quad[4], kg_id flag, kgq_error **err) {
  if (ops->count == ops->capacity) {
    void *words = ops->words;
    KGQ_TRY(kg_grow(a, &words, &ops->capacity, ops->count + 1, KG_OP_WORDS * sizeof *ops->words, err));
    ops->words = words;
  }
  uint64_t *word = ops->words + ops->count++ * KG_OP_WORDS;
  word[0] = quad[0];
  word[1] = quad[1];
  word[2] = quad[2];
  word[3] = quad[3] | flag;
  return KGQ_OK;
}

kgq_status kg_txn_keep_whole(kg_txn *txn, kgq_error **err) {
  txn->may_spill = false;
  if (!txn->spilled) {
    return KGQ_OK;
  }
  const kgq_status st = kg_fail(err, KGQ_LIMIT, "what was read before in this load does not fit into memory");
  kg_hint(err, "load facts files in a load of their own, or give this one more memory");
  return st;
}

void kg_net_free(kg_net *net, const kgq_allocator *a) {
  kg_ops_free(&net->rows, a);
  kg_free(a, net->graphs, net->graph_capacity * sizeof *net->graphs);
  *net = (kg_net){ 0 };
}

bool kg_id_is_new(const kg_counts *counts, kg_id id) {
  if (kg_id_is_dict(id)) {
    return kg_id_is_append(id) ? (kg_id_payload(id) & ~KG_ID_APPEND) >= counts->append_terms
                               : kg_id_payload(id) >= counts->base_terms;
  }
  return kg_id_is_local(id) || (kg_id_tag(id) == KG_TAG_TRIPLE && kg_id_payload(id) >= counts->triple_terms);
}
