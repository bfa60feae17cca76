/* loaders/facts_number.h: decimal numbers of facts files, between facts_number.c and facts_amount.c. */
#ifndef KG_LOADERS_FACTS_NUMBER_H
#define KG_LOADERS_FACTS_NUMBER_H

#include "loaders/facts_doc.h"

/* `trillion`, `億` ... as a power of ten; false: no scale. */
bool kg_scale_power(kgq_str word, uint32_t *power);
void kg_say_unknown_scale(kg_doc *doc, const kg_yaml_node *node);
/* text times 10^power, without needless zeros; out->len 0 after an error at `spot`. */
kgq_status kg_number_canonical(kg_doc *doc, kg_yaml_spot spot, kgq_str text, uint32_t power, kgq_str *out,
                               kgq_error **err);
int kg_number_compare(kgq_str a, kgq_str b); /* of canonical numbers */

#endif
