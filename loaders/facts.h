/* loaders/facts.h: the door to the YAML facts loader.
 *
 * load.c opens one kg_facts a load, gives it each facts file whole, and finishes it before the commit: files
 * of one load may name each other's entities. Does not read files or commit.
 */
#ifndef KG_LOADERS_FACTS_H
#define KG_LOADERS_FACTS_H

#include "graph/txn.h"
#include "loaders/sink.h"

typedef struct kg_facts kg_facts;

/* graph_option: the --graph of the load, or NULL. */
kgq_status kg_facts_new(kgq_conn *conn, kg_txn *txn, const char *graph_option, kg_facts **out,
                        kgq_error **err);
/* One YAML file, whole in memory: its documents one by one. `name` is for messages. KGQ_DATA or KGQ_SYNTAX
 * with a chain of up to KG_LIMIT_FILE_ERRORS errors when the file is wrong: nothing of the load may be
 * committed then. */
kgq_status kg_facts_add(kg_facts *f, const char *name, kgq_str text, kgq_error **err);
/* Before the commit: what can be checked only when all files are known (agreement with graphs that stay). */
kgq_status kg_facts_finish(kg_facts *f, kgq_error **err);
/* Quads that the files stand for so far, repetitions included: for the statistics of a load. */
uint64_t kg_facts_quads(const kg_facts *f);
void kg_facts_free(kg_facts *f);

/* Where quads, warnings and emptied graphs go when it is not a transaction: for checks and tests. */
typedef struct kg_facts_target {
  kg_sink sink;
  kgq_status (*clear)(void *arg, kgq_str graph, kgq_error **err); /* NULL: nothing to empty */
  void (*warn)(void *arg, kgq_error *warning);                    /* takes it over */
  void *arg;                                                      /* of clear and warn */
} kg_facts_target;
/* txn may be NULL: then names resolve in the documents alone. */
kgq_status kg_facts_new_for(const kgq_allocator *a, kg_txn *txn, const kg_facts_target *target,
                            const char *graph_option, kg_facts **out, kgq_error **err);

#endif
