/* graph/unit.h: the units that need no declaration (docs/FACTS.md 2.5): currencies, `%`, some UCUM codes.
 *
 * Pure look-ups in tables. Count units (`GPU`) are data: the loader and the query parser look them up in the
 * database.
 */
#ifndef KG_GRAPH_UNIT_H
#define KG_GRAPH_UNIT_H

#include "core/memory.h"

/* The name under which quantities carry the unit (`weeks` gives `wk`); empty: not a built-in one. A constant.
 */
kgq_str kg_unit_builtin(kgq_str spelling);
typedef void (*kg_unit_fn)(void *arg, kgq_str spelling);
void kg_unit_each_builtin(kg_unit_fn fn, void *arg); /* for suggestions */

#endif
