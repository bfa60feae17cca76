/* graph/db.h: an open database, its connections' shared part, and snapshots.
 *
 * Owns the store, the caches that are keyed by commit number, and the writer's place. The public kgq_open,
 * kgq_close, kgq_connect, kgq_disconnect and connection settings live in db.c. Does not know loaders or
 * queries: kgq_load and kgq_stmt keep a counted reference to their connection.
 *
 * Reference counts: db <- conn <- stmt, load; db <- snap. The last one frees.
 */
#ifndef KG_GRAPH_DB_H
#define KG_GRAPH_DB_H

#include <pthread.h>

#include "core/limits.h"
#include "core/spares.h"
#include "core/store.h"
#include "graph/counts.h"
#include "graph/id.h"

#define KG_PREDICATES_KEPT 64

/* One state of the database, for one thread at a time but cheap to take. */
typedef struct kg_snap {
  kgq_db *db;
  kg_store_snapshot *store;
  uint64_t commit;
  uint64_t settled;   /* the last commit that is not a record of the log */
  struct kg_log *log; /* what the commits since have changed (log.h); NULL: there were none */
  kg_counts counts;
  bool stored_only;           /* read the delta from the store, not from memory: for verifying */
  struct kg_overlay *overlay; /* a transaction's own changes, read by its statements; NULL: none (txn.h) */
} kg_snap;

struct kgq_db {
  kgq_allocator allocator; /* by value: the options may be gone */
  atomic_int refs;
  int pid; /* that opened it: a fork's use is misuse */
  kg_store *store;
  uint64_t memory_bytes;
  bool readonly;
  struct kg_blocks *blocks; /* what look-ups come back to (block_cache.h); NULL: there was no memory for it */
  struct kg_dict_cache *terms; /* terms that queries ask for (dict_cache.h) */
  struct kg_shelf *dict_shelf; /* blocks of the dictionary (dict_shelf.h) */
  uint64_t fold_cursor[5];     /* where the last slice of a fold ended: permutation and row (fold.c) */
  pthread_mutex_t state_mutex; /* of `state` */
  struct kg_state {            /* what each snapshot of the newest state begins with */
    uint64_t view, commit;     /* kg_store_snapshot_view and commit that the rest is of; 0: of none */
    uint64_t settled;
    kg_counts counts;
    struct kg_log *log;
  } state;
  unsigned log_orders; /* permutations (1 << perm) in which somebody has read the log; under delta_mutex */
  kg_id counted_graph; /* has so many quads as of that commit; under `writer` */
  uint64_t counted_commit, counted_quads;
  struct kg_kept_predicate { /* predicates that commits have asked the dictionary for; under `writer` */
    kg_id id;
    uint64_t settled; /* as of that commit ids mean what they meant; 0: empty */
    bool wanted;      /* it gives names (names.h) */
  } predicates[KG_PREDICATES_KEPT];
  uint64_t tidied_terms; /* that are still appended since the last time they were put in order */
  bool folds_late; /* commits leave the delta to a later fold: for measuring, and for tests of the delta */
  pthread_mutex_t writer; /* held by the transaction under way (try-locked: KGQ_LOCKED) */
  pthread_mutex_t delta_mutex;
  struct kg_delta *delta; /* changes in memory (delta.h) */
  void (*delta_free)(struct kgq_db *db);
  pthread_mutex_t cache_mutex;
  struct kg_cache
      *cache; /* decoded dictionary blocks and names, by commit number where that matters (cache.h) */
  void (*cache_free)(
      struct kgq_db *db); /* set by whoever sets `cache`: called once, when the database is freed */
};

struct kg_txn;
/* Reads the document of an IRI into a transaction, which its inserts are part of; `graph` NULL: as the
 * document says, else all of it goes there. What it has inserted when it fails is for the caller to take
 * back. */
typedef kgq_status (*kg_document_fn)(struct kgq_conn *conn, struct kg_txn *txn, kg_cancel *cancel,
                                     kgq_str iri, const kgq_str *graph, kgq_error **err);

struct kgq_conn {
  atomic_int refs;
  kgq_db *db;
  atomic_int interrupt;
  kg_spares spares; /* memory of its statements */
  uint64_t limit_time_ms, limit_memory_bytes, limit_rows;
  int32_t default_graph, language;
  char *base; /* allocated, or NULL */
  size_t base_bytes;
  kgq_message_fn message;
  void *message_arg;
  kgq_progress_fn progress;
  void *progress_arg;
  /* What LOAD of an update may read (loaders/published.h): set by kgq_map, so that a program that does not
   * call it has nothing that reads files for a statement. NULL: nothing. */
  struct kg_published *published;
  void (*published_free)(struct kgq_conn *conn);
  kg_document_fn document;
};

kgq_db *kg_db_hold(kgq_db *db);
/* A new database in the new or empty folder `path`, with the memory of another one, that nobody can open
 * until kg_store_mark. */
kgq_status kg_db_new_unmarked(const char *path, const kgq_db *like, kgq_db **out, kgq_error **err);
void kg_db_release(kgq_db *db);
kgq_conn *kg_conn_hold(kgq_conn *conn);
void kg_conn_release(kgq_conn *conn);
/* KGQ_MISUSE when the handle is used in a forked child. */
kgq_status kg_conn_usable(const kgq_conn *conn, kgq_error **err);
/* Passes a note or warning to the host (takes `message` over), or drops it. */
void kg_conn_message(kgq_conn *conn, int32_t severity, kgq_error *message);
/* Asks the progress function; KGQ_INTERRUPTED when it says stop. */
kgq_status kg_conn_progress(kgq_conn *conn, const char *what, uint64_t done, uint64_t total, kgq_error **err);

/* KGQ_REFUSED: no mapping has this IRI. */
kgq_status kg_conn_refuse_document(kgq_str iri, kgq_error **err);

kgq_status kg_snap_take(kgq_db *db, kg_snap **out, kgq_error **err);
/* For rescuing: reads what is stored and not what memory holds of it. Where the log is damaged it is of the
 * last commit before that, and *damage, to be freed, says what was found; else NULL. */
kgq_status kg_snap_take_readable(kgq_db *db, kg_snap **out, kgq_error **damage, kgq_error **err);
void kg_snap_drop(kg_snap *snap); /* NULL is fine */
/* Commit `commit` of this process came after `base` and has these counts; it is settled if there is no log,
 * which is taken over. */
void kg_db_committed(const kg_snap *base, uint64_t commit, const kg_counts *counts, struct kg_log *log);

#endif
