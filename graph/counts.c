/* graph/counts.c: the counts of a state as bytes; see counts.h. What contradicts itself is damage. */
#include "graph/counts.h"

void kg_counts_write(const kg_counts *c, char out[KG_COUNTS_BYTES]) {
  const uint64_t numbers[9] = { c->quads,        c->triples,         c->named_quads,
                                c->triple_terms, c->base_terms,      c->append_terms,
                                c->delta_rows,   c->delta_term_rows, c->base_loaded };
  for (size_t i = 0; i < 9; i++) {
    kg_put_le64(out + 8 * i, numbers[i]);
  }
}

kgq_status kg_counts_read(kgq_str bytes, kg_counts *out, kgq_error **err) {
  if (bytes.len != KG_COUNTS_BYTES) {
    return kg_fail(err, KGQ_CORRUPT, "the stored counts have %zu bytes instead of %d", bytes.len,
                   KG_COUNTS_BYTES);
  }
  uint64_t n[9];
  for (size_t i = 0; i < 9; i++) {
    n[i] = kg_get_le64(bytes.ptr + 8 * i);
  }
  *out = (kg_counts){ n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8] };
  if (out->triples > out->quads || out->named_quads > out->quads || out->base_loaded > 1) {
    return kg_fail(err, KGQ_CORRUPT, "the stored counts contradict each other");
  }
  return KGQ_OK;
}
