/* loaders/facts.h: the door to the YAML facts loader.
 *
 * load.c opens one kg_facts a load, gives it each facts file whole, and finishes it before the commit: files of one
 * load may name each other's entities. Does not read files or commit.
 */
#ifndef KG_LOADERS_FACTS_H
#define KG_LOADERS_FACTS_H

#include "graph/txn.h"

typedef struct kg_facts kg_facts;

/* graph_option: the --graph of the load, or NULL. */
kgq_status kg_facts_new(kgq_conn *conn, kg_txn *txn, const char *graph_option, kg_facts **out, kgq_error **err);
/* One YAML file, whole in memory; collects its documents. `name` is for messages. */
kgq_status kg_facts_add(kg_facts *f, const char *name, kgq_str text, kgq_error **err);
/* Resolves and stores everything collected: before the commit. */
kgq_status kg_facts_finish(kg_facts *f, kgq_error **err);
void kg_facts_free(kg_facts *f);

#endif
