/* kgq.h: the whole public interface of KGQ, the embedded knowledge graph, and its manual.
 *
 * KGQ keeps RDF 1.2 facts together with the article that states each one, in a folder of its own,
 * inside your process. What is not in this header is not interface.
 *
 *   kgq_db *db; kgq_conn *conn; kgq_stmt *stmt;
 *   kgq_open("facts.kgq", NULL, &db, NULL);
 *   kgq_connect(db, &conn, NULL);
 *   kgq_prepare(conn, "?who deploys ?n @ ?article", KGQ_NUL_TERMINATED, &stmt, NULL);
 *   while (kgq_step(stmt, NULL) == KGQ_ROW)
 *     printf("%s %s\n", kgq_column_text(stmt, 0).ptr, kgq_column_text(stmt, 1).ptr);
 *   kgq_finalize(stmt); kgq_disconnect(conn); kgq_close(db);
 *
 * Handles.   kgq_db: a database, shared by any number of threads. kgq_conn: one user of it, one thread
 *            at a time. kgq_stmt and kgq_load: belong to a connection and follow its thread rule. A child
 *            keeps its parent alive: handles may be closed in any order, and memory goes with the last.
 *            Every destructor takes NULL and does nothing.
 * Text.      UTF-8. Lengths are in bytes. A kgq_str that the library hands out is also NUL-terminated,
 *            though a literal may hold a NUL of its own; go by its length.
 * Errors.    A call that can fail returns a kgq_status. Where it takes `kgq_error **err`, err may be NULL;
 *            otherwise, on failure, *err receives an error object that the caller frees with
 *            kgq_error_free; on success *err is left alone. Start with `kgq_error *err = NULL`.
 * Threads.   One writer at a time (a second one gets KGQ_LOCKED), any number of readers, each on a
 *            snapshot of its own. Only kgq_interrupt may be called from another thread or a signal handler.
 * Processes. Open after fork(), not before it: a handle used in a child process gives KGQ_MISUSE.
 * Limits.    Time and memory limits belong to a connection: kgq_set_limit.
 * Standards. RDF 1.2 Concepts, SPARQL 1.2 Query and Update, and KGQ's short language (docs/QUERY.md).
 */
#ifndef KGQ_H
#define KGQ_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define KGQ_API __attribute__((visibility("default")))
#else
#define KGQ_API
#endif

#define KGQ_VERSION        "0.1.0"
#define KGQ_VERSION_NUMBER 100 /* major * 10000 + minor * 100 + patch */

/* Length argument that says: the text ends at its first NUL byte. */
#define KGQ_NUL_TERMINATED ((size_t)-1)

/* ---- status ---------------------------------------------------------------------------------- */

/* Result of a call. The numbers never change; new ones may be added. 0, 1 and 2 are no errors. */
typedef int32_t kgq_status;
enum {
  KGQ_OK = 0,           /* it worked */
  KGQ_ROW = 1,          /* kgq_step: a row is ready */
  KGQ_DONE = 2,         /* kgq_step: no more rows */
  KGQ_SYNTAX = 10,      /* a text does not follow its grammar; line and column say where */
  KGQ_DATA = 20,        /* a text follows its grammar but says something impossible */
  KGQ_NAME = 30,        /* a name is unknown or stands for several nodes */
  KGQ_UNSUPPORTED = 40, /* understood, but not provided by this build */
  KGQ_REFUSED = 50,     /* access outside the database that the host has not switched on */
  KGQ_LIMIT = 60,       /* a time, memory or size limit stopped the work */
  KGQ_INTERRUPTED = 70, /* kgq_interrupt or a progress function stopped the work */
  KGQ_NOMEM = 80,       /* memory could not be had */
  KGQ_IO = 90,          /* reading or writing failed */
  KGQ_FULL = 100,       /* the disk is full */
  KGQ_CORRUPT = 110,    /* stored data are damaged; the message names file and place */
  KGQ_FORMAT = 120,     /* not a KGQ database, or one written by a newer version */
  KGQ_LOCKED = 130,     /* another writer holds the database; the message has its process id */
  KGQ_NOTFOUND = 140,   /* no such file, database or thing */
  KGQ_READONLY = 150,   /* the handle only reads */
  KGQ_MISUSE = 160      /* the call breaks a rule of this header */
};

/* The name of a status, such as "KGQ_SYNTAX". A constant; "KGQ_?" for unknown numbers. Any thread. */
KGQ_API const char *kgq_status_name(kgq_status status);

/* ---- text and errors ------------------------------------------------------------------------- */

/* Bytes with a length. ptr is never NULL in what the library hands out. */
typedef struct kgq_str {
  const char *ptr;
  size_t len;
} kgq_str;

typedef struct kgq_error kgq_error;

/* All accessors take any error, NULL included (then 0 or ""). The strings live as long as the error. */
KGQ_API kgq_status kgq_error_status(const kgq_error *err);
KGQ_API const char *kgq_error_message(const kgq_error *err); /* one sentence, no place in it */
KGQ_API const char *kgq_error_hint(const kgq_error *err);    /* what to do about it, or "" */
KGQ_API const char *kgq_error_file(const kgq_error *err);    /* file name, "query", or "" */
KGQ_API uint64_t kgq_error_line(const kgq_error *err);       /* from 1; 0: no place */
KGQ_API uint64_t kgq_error_column(const kgq_error *err);     /* in characters, from 1; 0: no place */
KGQ_API uint64_t kgq_error_offset(const kgq_error *err);     /* in bytes from the start of the text */
KGQ_API const char *kgq_error_source(const kgq_error *err);  /* the line of text it is about, or "" */
/* The next error of the same call (a facts file reports up to 20), or NULL. Owned by `err`. */
KGQ_API const kgq_error *kgq_error_next(const kgq_error *err);
/* The error as a person should read it: `file:line:column: message`, the source line, a caret under the
 * place by display width, the hint; each line ended by LF. Writes at most `capacity` bytes, NUL included,
 * and returns the length the whole text has. `buffer` may be NULL if capacity is 0. */
KGQ_API size_t kgq_error_format(const kgq_error *err, char *buffer, size_t capacity);
KGQ_API void kgq_error_free(kgq_error *err); /* with all that follow it */

/* ---- opening --------------------------------------------------------------------------------- */

/* The host's allocator: resize(arg, NULL, 0, n) allocates, resize(arg, p, old, 0) frees and returns NULL,
 * anything else reallocates; NULL says no memory. It must outlive the database and be usable from every
 * thread that uses it, and from one more while a load or a large update commits. It serves KGQ's own memory,
 * not RocksDB's. */
typedef struct kgq_allocator {
  void *(*resize)(void *arg, void *ptr, size_t old_bytes, size_t new_bytes);
  void *arg;
} kgq_allocator;

typedef struct kgq_db kgq_db;
typedef struct kgq_conn kgq_conn;
typedef struct kgq_stmt kgq_stmt;
typedef struct kgq_load kgq_load;

enum {                         /* kgq_options.flags */
       KGQ_OPEN_CREATE = 1u,   /* make the database if the folder does not exist */
       KGQ_OPEN_READONLY = 2u, /* never write; works beside a writer and on read-only media */
       KGQ_OPEN_NOSYNC = 4u,   /* commits are not synced one by one: a power cut may lose the last ones */
       KGQ_OPEN_RECOVER = 8u   /* after KGQ_CORRUPT: go on with the commits that the damaged log gives back */
};

/* Begin with KGQ_OPTIONS_INIT. New fields are added at the end only. */
typedef struct kgq_options {
  uint32_t struct_bytes;          /* sizeof(kgq_options) */
  uint32_t flags;                 /* KGQ_OPEN_... */
  uint64_t cache_bytes;           /* cache of stored blocks; 0: 64 MiB */
  uint64_t memory_bytes;          /* most memory a load may take; 0: a quarter of RAM */
  const kgq_allocator *allocator; /* NULL: the C library's; read during the whole life of the database */
} kgq_options;
#define KGQ_OPTIONS_INIT                                                                                     \
  { sizeof(kgq_options), 0, 0, 0, NULL }

/* Opens the database in folder `path`; ":memory:" is one that ends with its last handle. options may be
 * NULL: read and write, creating it. Fails with KGQ_NOTFOUND, KGQ_LOCKED, KGQ_FORMAT, KGQ_CORRUPT, KGQ_IO. */
KGQ_API kgq_status kgq_open(const char *path, const kgq_options *options, kgq_db **out, kgq_error **err);
/* Gives the handle back. The database is closed when its last connection and statement are gone too. */
KGQ_API kgq_status kgq_close(kgq_db *db);
/* A new connection. Any thread. */
KGQ_API kgq_status kgq_connect(kgq_db *db, kgq_conn **out, kgq_error **err);
KGQ_API void kgq_disconnect(kgq_conn *conn);
/* 1 if the database was opened for reading only. */
KGQ_API int kgq_is_readonly(const kgq_db *db);

/* Stops what the connection is doing at its next batch; that call returns KGQ_INTERRUPTED and the
 * connection can be used on. With nothing under way it does nothing. Any thread, or a signal handler. */
KGQ_API void kgq_interrupt(kgq_conn *conn);

enum { KGQ_LIMIT_TIME_MS = 1, KGQ_LIMIT_MEMORY_BYTES = 2, KGQ_LIMIT_ROWS = 3 };
/* Sets a limit for statements of this connection that start later; 0: none (as it is at first). */
KGQ_API kgq_status kgq_set_limit(kgq_conn *conn, int32_t which, uint64_t value);

enum { KGQ_DEFAULT_GRAPH_UNION = 0, KGQ_DEFAULT_GRAPH_STRICT = 1 };
enum { KGQ_LANG_AUTO = 0, KGQ_LANG_SPARQL = 1, KGQ_LANG_SHORT = 2 };
enum { KGQ_SET_DEFAULT_GRAPH = 1, KGQ_SET_LANGUAGE = 2 };
/* Settings of a connection: what the default graph of a query is, and which language texts are in. */
KGQ_API kgq_status kgq_set(kgq_conn *conn, int32_t which, int32_t value);
/* Base IRI for relative IRIs in queries. Copied. NULL: none. */
KGQ_API kgq_status kgq_set_base(kgq_conn *conn, const char *iri, kgq_error **err);

/* Publishes the files below the folder `dir` under `iri`: LOAD <iri/a/b.ttl> of this connection's updates
 * then reads a/b.ttl below `dir`, and their base IRIs, also in kgq_load_file, follow from it. Without a
 * mapping LOAD is refused. The longest IRI counts; escapes such as %20 are undone; no "..", no symbolic link
 * below `dir`, only regular files: .nt .nq .ttl .trig, also with .gz or .zst. The network is never used.
 * Copied; `dir` stays open until the connection is freed. dir NULL: no longer; the same iri again: another
 * folder. At most 100. KGQ_DATA (no such IRI can be), KGQ_NOTFOUND, KGQ_IO. Thread rule of the connection;
 * not while one of its loads or updates is under way. */
KGQ_API kgq_status kgq_map(kgq_conn *conn, const char *iri, const char *dir, kgq_error **err);

enum { KGQ_NOTE = 1, KGQ_WARNING = 2 };
/* Notes and warnings of later calls go to `fn`, which must not call back into the connection.
 * `message` lives during the call. NULL: none (as it is at first). */
typedef void (*kgq_message_fn)(void *arg, int32_t severity, const kgq_error *message);
KGQ_API void kgq_set_message(kgq_conn *conn, kgq_message_fn fn, void *arg);
/* Called now and then during long work with units done and expected (0: unknown); non-zero stops it. A query
 * calls it at most ten times a second, with "rows" and how many the steps of its plan have made so far. A
 * load calls it with the name of the file it reads, the bytes read of it as it lies there (compressed or not)
 * and its size, and then, at the commit, with names of phases ("merging terms", "sorting facts", "writing").
 */
typedef int (*kgq_progress_fn)(void *arg, const char *what, uint64_t done, uint64_t total);
KGQ_API void kgq_set_progress(kgq_conn *conn, kgq_progress_fn fn, void *arg);

/* Receives output. Returns 0, or non-zero to stop (the call then fails with KGQ_IO). */
typedef int (*kgq_write_fn)(void *arg, const char *bytes, size_t count);

/* ---- loading --------------------------------------------------------------------------------- */

typedef struct kgq_load_options { /* begin with KGQ_LOAD_OPTIONS_INIT */
  uint32_t struct_bytes;
  uint32_t keep_going;   /* 1: skip and report bad lines of line formats */
  const char *format;    /* "yaml" "nt" "nq" "ttl" "trig"; NULL: by file ending */
  const char *graph;     /* IRI of the graph for triples that name none; NULL: default graph */
  const char *base;      /* base IRI; NULL: the file's own */
  uint64_t memory_bytes; /* 0: that of the database */
} kgq_load_options;
#define KGQ_LOAD_OPTIONS_INIT                                                                                \
  { sizeof(kgq_load_options), 0, NULL, NULL, NULL, 0 }

typedef struct kgq_load_stats {
  uint64_t files, statements, quads_added, quads_removed, skipped;
} kgq_load_stats;

/* A load is one transaction. Begin takes the writer's place (KGQ_LOCKED if taken in this process).
 * options may be NULL; what it points to is copied. */
KGQ_API kgq_status kgq_load_begin(kgq_conn *conn, const kgq_load_options *options, kgq_load **out,
                                  kgq_error **err);
/* Reads a file ("-": standard input; .gz and .zst are read as they are) or a text. After a failure
 * nothing of the load can be committed; call kgq_load_free. `name` is used in messages and for the format. */
KGQ_API kgq_status kgq_load_file(kgq_load *load, const char *path, kgq_error **err);
KGQ_API kgq_status kgq_load_bytes(kgq_load *load, const char *name, const char *bytes, size_t count,
                                  kgq_error **err);
/* Says what the commit would refuse and stores nothing: what files must agree on is judged once all are read.
 * For a check of facts files without loading: free the load instead of committing. `stats` may be NULL; its
 * counts of quads are 0. */
KGQ_API kgq_status kgq_load_check(kgq_load *load, kgq_load_stats *stats, kgq_error **err);
/* Makes it all durable and visible at once. `stats` may be NULL. */
KGQ_API kgq_status kgq_load_commit(kgq_load *load, kgq_load_stats *stats, kgq_error **err);
/* Frees the load; without a commit nothing of it remains. */
KGQ_API void kgq_load_free(kgq_load *load);

/* ---- asking ---------------------------------------------------------------------------------- */

/* Prepares one query or update: SPARQL if its first word is a SPARQL keyword, else the short language.
 * `text` is copied. Names resolve now, on the newest snapshot; rows come from the snapshot of the first step.
 */
KGQ_API kgq_status kgq_prepare(kgq_conn *conn, const char *text, size_t bytes, kgq_stmt **out,
                               kgq_error **err);
KGQ_API void kgq_finalize(kgq_stmt *stmt);

enum {
  KGQ_FORM_SELECT = 1,
  KGQ_FORM_ASK = 2,
  KGQ_FORM_CONSTRUCT = 3,
  KGQ_FORM_DESCRIBE = 4,
  KGQ_FORM_UPDATE = 5
};
KGQ_API int32_t kgq_stmt_form(const kgq_stmt *stmt);
/* Which language kgq_prepare would take a text for: KGQ_LANG_SPARQL or KGQ_LANG_SHORT. Any thread. */
KGQ_API int32_t kgq_text_language(const char *text, size_t bytes);

/* Gives variable `name` (without `?`) a value before the first step or after a reset. The text is copied.
 * KGQ_MISUSE if the query has no such variable. kgq_bind_term takes one term in Turtle or
 * short-language notation, such as `"x"@ko`, `ex:samsung` or `50000 GPU`. */
KGQ_API kgq_status kgq_bind_iri(kgq_stmt *stmt, const char *name, const char *iri, size_t bytes,
                                kgq_error **err);
KGQ_API kgq_status kgq_bind_text(kgq_stmt *stmt, const char *name, const char *text, size_t bytes,
                                 const char *lang, kgq_error **err);
KGQ_API kgq_status kgq_bind_typed(kgq_stmt *stmt, const char *name, const char *text, size_t bytes,
                                  const char *datatype, kgq_error **err);
KGQ_API kgq_status kgq_bind_int(kgq_stmt *stmt, const char *name, int64_t value, kgq_error **err);
KGQ_API kgq_status kgq_bind_double(kgq_stmt *stmt, const char *name, double value, kgq_error **err);
KGQ_API kgq_status kgq_bind_term(kgq_stmt *stmt, const char *name, const char *term, size_t bytes,
                                 kgq_error **err);
KGQ_API kgq_status kgq_clear_bindings(kgq_stmt *stmt);

/* The next row: KGQ_ROW, KGQ_DONE or an error. ASK gives one row with one boolean; CONSTRUCT and DESCRIBE
 * give rows of three columns (a triple each); an update does its work on the first step and is KGQ_DONE. */
KGQ_API kgq_status kgq_step(kgq_stmt *stmt, kgq_error **err);
/* Back to before the first row, on the newest snapshot; bindings stay. */
KGQ_API kgq_status kgq_reset(kgq_stmt *stmt);

KGQ_API int kgq_column_count(const kgq_stmt *stmt);
/* Name without `?`; lives as long as the statement. "" for an index out of range. */
KGQ_API const char *kgq_column_name(const kgq_stmt *stmt, int column);

enum { KGQ_UNBOUND = 0, KGQ_IRI = 1, KGQ_BNODE = 2, KGQ_LITERAL = 3, KGQ_TRIPLE = 4 };
typedef struct kgq_term {
  int32_t kind;      /* KGQ_UNBOUND ... */
  int32_t direction; /* 0 none, 1 ltr, 2 rtl (RDF 1.2 base direction) */
  kgq_str text;      /* IRI, label without `_:`, lexical form; a triple term in N-Triples notation */
  kgq_str datatype;  /* of a literal: the full IRI */
  kgq_str lang;      /* of a literal: language tag or "" */
} kgq_term;

/* Values of the current row. Pointers live until the next kgq_step, kgq_reset or kgq_finalize.
 * Out of range or without a row: unbound and "". A value that cannot be had, for want of memory or because
 * stored data are damaged, is empty too, and the next kgq_step fails with the reason. */
KGQ_API int32_t kgq_column_kind(kgq_stmt *stmt, int column);
KGQ_API kgq_str kgq_column_text(kgq_stmt *stmt, int column);
KGQ_API kgq_status kgq_column_term(kgq_stmt *stmt, int column, kgq_term *out);
/* As a number: 0 if it is none (kgq_column_term tells). */
KGQ_API int64_t kgq_column_int(kgq_stmt *stmt, int column);
KGQ_API double kgq_column_double(kgq_stmt *stmt, int column);
/* As a person should read it: a node by its name (in the first of the languages `lang`, such as "ja,en", that
 * it has one in, else English, else any; NULL: the locale), else shortened with the stored prefixes;
 * quantities as `≤50,000 GPU`. */
KGQ_API kgq_str kgq_column_label(kgq_stmt *stmt, int column, const char *lang);

/* Rows given since the first step or a reset; of ASK 1 if it is true, else 0. 0 for an update and NULL. */
KGQ_API uint64_t kgq_row_count(const kgq_stmt *stmt);
/* Writes all rows from here on: "json" "jsonl" (a solution a line) "xml" "csv" "tsv" for SELECT and ASK, "nt"
 * "ttl" for graphs. */
KGQ_API kgq_status kgq_write_results(kgq_stmt *stmt, const char *format, kgq_write_fn write, void *arg,
                                     kgq_error **err);
/* The SPARQL text of the statement ("sparql"), its plan ("plan"), the plan with measured rows and times after
 * running it ("analyze"), a short query with ids in place of its names ("ids"), or why it has no rows: the
 * clauses that alone find nothing, and what is near ("why"), or one sentence, found in at most half a second,
 * else nothing ("reason"). */
KGQ_API kgq_status kgq_explain(kgq_stmt *stmt, const char *what, kgq_write_fn write, void *arg,
                               kgq_error **err);
/* A statement behind a row, as people read it; "" where nothing is said. Several of a kind are joined by ",
 * ". */
typedef struct kgq_source {
  uint32_t struct_bytes;
  kgq_str subject, predicate, object;
  kgq_str article;        /* the graph: an article, or a background */
  kgq_str place;          /* where in the article; "": its body */
  kgq_str quote, written; /* words of the article; how it writes the object */
  kgq_str speaker, role;  /* who says it, and as what; "": the article itself */
  kgq_str status, date, inferred;
} kgq_source;
/* `source` lives during the call. Returns 0, or non-zero to stop. `fn` must not call back into the
 * connection. */
typedef int (*kgq_source_fn)(void *arg, const kgq_source *source);
/* The statements that the current row rests on, one call for each article that states one (twice if it states
 * it twice). Asks the pattern once more with the values of the row; of an aggregate, the first 200 matches
 * count. Of a path it is
 * a shortest way from one end to the other. KGQ_MISUSE without a row. */
KGQ_API kgq_status kgq_row_sources(kgq_stmt *stmt, kgq_source_fn fn, void *arg, kgq_error **err);
/* Quads inserted and deleted by an update, after its step. */
KGQ_API kgq_status kgq_update_counts(const kgq_stmt *stmt, uint64_t *inserted, uint64_t *deleted);

/* ---- the database as a whole ----------------------------------------------------------------- */

typedef struct kgq_export_options { /* begin with KGQ_EXPORT_OPTIONS_INIT */
  uint32_t struct_bytes;
  int32_t rdf_version; /* 12, or 11: the projection for tools without RDF 1.2 (docs/EXPORT.md) */
  const char *format;  /* "nq" (default) "trig"; "nt" "ttl" for one graph */
  const char *graph;   /* only this graph; NULL: all */
} kgq_export_options;
#define KGQ_EXPORT_OPTIONS_INIT                                                                              \
  { sizeof(kgq_export_options), 12, NULL, NULL }
KGQ_API kgq_status kgq_export(kgq_conn *conn, const kgq_export_options *options, kgq_write_fn write,
                              void *arg, kgq_error **err);

/* Verifies every invariant and checksum; KGQ_CORRUPT with the first finding, all findings as messages. */
KGQ_API kgq_status kgq_check(kgq_conn *conn, kgq_error **err);
/* Facts about the database, one call a line: "triples" "1084078", ... */
typedef int (*kgq_info_fn)(void *arg, const char *key, const char *value);
KGQ_API kgq_status kgq_info(kgq_conn *conn, kgq_info_fn fn, void *arg, kgq_error **err);
/* Folds the delta, renumbers terms into order and gives unused space back. */
KGQ_API kgq_status kgq_compact(kgq_conn *conn, kgq_error **err);
/* A verified copy of the newest state in the new folder `dir`. Works beside a writer. */
KGQ_API kgq_status kgq_backup(kgq_conn *conn, const char *dir, kgq_error **err);
/* What can be read of a damaged database, as a new one in the new folder `dir`: each fact lies in several orders
 * and is taken from one that can be read there. Open the damaged one with KGQ_OPEN_READONLY. `fn` (or NULL)
 * hears "facts", "facts lost", "commits lost", and more; what cannot be read is told as messages. KGQ_OK also
 * if some are lost. */
KGQ_API kgq_status kgq_rescue(kgq_conn *conn, const char *dir, kgq_info_fn fn, void *arg, kgq_error **err);

/* Reads `path` ("-": standard input) and writes N-Quads, without a database. options as for loading: with
 * keep_going, bad lines of N-Triples and N-Quads are left out, and the call ends in KGQ_DATA with an error
 * without a place that counts them, followed by the first 20. */
KGQ_API kgq_status kgq_parse(const char *path, const kgq_load_options *options, int canonical,
                             kgq_write_fn write, void *arg, kgq_error **err);

/* Names that begin with `prefix`, folded (docs/FACTS.md): for completion. At most `limit` calls. */
typedef int (*kgq_name_fn)(void *arg, kgq_str name, kgq_str iri);
KGQ_API kgq_status kgq_complete(kgq_conn *conn, const char *prefix, size_t bytes, uint32_t limit,
                                kgq_name_fn fn, void *arg, kgq_error **err);
/* Where a running text names nodes, from left to right; one call for each node that the name can mean. In
 * scripts with spaces a name is a word of its own (KT is not in IKT, but in KT는); of the names that begin at
 * a place the longest is meant. Look-up as in queries: what `article` (an IRI, or NULL) itself writes, then
 * names and other names, then what any article writes. `text` is UTF-8 of at most 16 MiB. A call that returns
 * non-zero ends it: KGQ_OK. */
enum { KGQ_NAME_LABEL = 2, KGQ_NAME_ALSO = 3, KGQ_NAME_WRITTEN = 4 };
typedef struct kgq_name_place {
  uint64_t offset, bytes; /* in the text */
  kgq_str name;           /* as the database writes it */
  kgq_str node, graph;    /* IRIs; graph: where the name is said, "" for the default graph */
  int32_t kind;           /* KGQ_NAME_... */
  uint32_t number, count; /* this is node `number` of `count`; more than one: the name is ambiguous */
} kgq_name_place;
typedef int (*kgq_name_place_fn)(void *arg, const kgq_name_place *place);
KGQ_API kgq_status kgq_names_in_text(kgq_conn *conn, const char *text, size_t bytes, const char *article,
                                     kgq_name_place_fn fn, void *arg, kgq_error **err);
/* The stored prefixes, in order of name. */
KGQ_API kgq_status kgq_prefixes(kgq_conn *conn, kgq_name_fn fn, void *arg, kgq_error **err);

/* Columns that `text` takes on a terminal: 2 for wide characters, 0 for combining marks. Any thread. */
KGQ_API size_t kgq_display_width(const char *text, size_t bytes);

KGQ_API const char *kgq_version(void);
KGQ_API int32_t kgq_version_number(void);
/* Compiler, RocksDB, Zstandard and format numbers, in one line. A constant. */
KGQ_API const char *kgq_build_info(void);
/* The format number of the database in `path` without opening it; 0 if there is none. */
KGQ_API int32_t kgq_format_version(const char *path);

#ifdef __cplusplus
}
#endif
#endif
