/* loaders/intake.h: the statements of files into a transaction: terms become ids, quads are inserted.
 *
 * Blank node labels mean one node within one file: each gets a new blank node of the database. Shared by
 * loading (load.c) and by LOAD of an update (published.c); knows neither where files come from nor when the
 * transaction ends.
 */
#ifndef KG_LOADERS_INTAKE_H
#define KG_LOADERS_INTAKE_H

#include "core/map.h"
#include "graph/txn.h"

/* A term met just before, by its bytes: subjects, predicates and graphs repeat from line to line. */
typedef struct kg_recent_term {
  kg_buf text;
  kg_term_kind kind;
  kg_id id;
} kg_recent_term;

typedef struct kg_intake {
  kg_txn *txn;
  kg_cancel *cancel;
  const kgq_allocator *allocator;
  kgq_str graph; /* of triples that name none; ptr NULL: the default graph */
  kg_id graph_id;
  uint64_t statements;
  uint64_t epoch; /* of the transaction: when it changes, ids mean nothing any more */
  kg_arena arena;
  /* of the file being read */
  kg_map labels; /* blank node label -> its number in the database */
  bool labels_may_stay, labels_decided, labels_kept;
  kg_recent_term recent[4]; /* subject, predicate, object (unused), graph */
} kg_intake;

/* Only fields: always fine, and so is freeing afterwards. `graph` is not copied. */
void kg_intake_init(kg_intake *in, kg_cancel *cancel, const kgq_allocator *a);
void kg_intake_free(kg_intake *in); /* also fine on a zeroed one */
kgq_status kg_intake_begin(kg_intake *in, kg_txn *txn, kgq_str graph, kgq_error **err);
/* labels_may_stay: the file names all its blank nodes itself, and may keep those names in a database that has
 * none. */
void kg_intake_file_begin(kg_intake *in, bool labels_may_stay);
void kg_intake_file_end(kg_intake *in);
/* Takes one statement; g of kind KG_TERM_NONE: none named. Asks `cancel` now and then. */
kgq_status kg_intake_quad(kg_intake *in, const kg_term *s, const kg_term *p, const kg_term *o,
                          const kg_term *g, kgq_error **err);
/* Stores a prefix of a file. One that the database knows otherwise keeps its old meaning, with a note. */
kgq_status kg_intake_prefix(kgq_conn *conn, kg_txn *txn, kgq_str name, kgq_str iri, kgq_error **err);

#endif
