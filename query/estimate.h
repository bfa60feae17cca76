/* query/estimate.h: how many rows a pattern gives, and how many different values a variable has in it.
 *
 * Row counts come from block headers and are nearly exact for the constants at hand. Different values are
 * counted over the front of the pattern's rows. Reads little; decides nothing.
 */
#ifndef KG_QUERY_ESTIMATE_H
#define KG_QUERY_ESTIMATE_H

#include "query/leaf.h"

typedef struct kg_estimate {
  double rows;
  uint32_t var_count; /* free variables: those of the frame are constants */
  kg_var vars[4];
  double distinct[4];
} kg_estimate;

/* sample false: different values are guessed from the number of rows. */
kgq_status kg_estimate_leaf(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, bool sample,
                            kg_estimate *out, kgq_error **err);

#endif
