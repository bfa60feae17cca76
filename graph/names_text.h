/* graph/names_text.h: names of nodes in running text, across scripts (docs/FACTS.md, Names).
 *
 * In a script with spaces a name stands between changes of script or characters that are no letters: KT is
 * not in IKT, but in KT는. Of the names that begin at a place the longest wins, and the search goes on behind
 * it. Names of predicates and units are words of ours, not of texts, and are passed over; short ids too.
 */
#ifndef KG_GRAPH_NAMES_TEXT_H
#define KG_GRAPH_NAMES_TEXT_H

#include "graph/names.h"

typedef struct kg_name_place {
  size_t start, end;    /* bytes of the text, as it was given */
  const kg_name *names; /* each node once: those of the first step of look-up that has any */
  size_t count;         /* more than 1: the name is ambiguous */
} kg_name_place;
typedef kgq_status (*kg_name_place_fn)(void *arg, const kg_name_place *place, kgq_error **err);

/* Calls `fn` for each place, from left to right. `article`: a graph whose own `written` forms come first, or
 * KG_ID_NONE. What `fn` gets lives during the call. */
kgq_status kg_names_in_text(kg_snap *snap, kgq_str text, kg_id article, kg_cancel *cancel,
                            kg_name_place_fn fn, void *arg, kgq_error **err);

#endif
