/* graph/writer.h: terms and quads to bytes: N-Triples, N-Quads, Turtle, TriG; the database's export.
 *
 * Writers take terms one quad at a time and write through a function. Export orders quads so that two exports
 * of one database are byte-equal. Public: kgq_export. Result formats of queries (JSON, XML, CSV, TSV) are in
 * query/.
 */
#ifndef KG_GRAPH_WRITER_H
#define KG_GRAPH_WRITER_H

#include "graph/names.h"

typedef enum {
  KG_FORMAT_NT,
  KG_FORMAT_NQ,
  KG_FORMAT_TTL,
  KG_FORMAT_TRIG,
  KG_FORMAT_YAML,
  KG_FORMAT_UNKNOWN
} kg_format;
/* By name ("nt" ...), and by file ending (".nt", ".nq.gz", ".yaml.zst", ".yml", ".ttl", ".trig"). */
kg_format kg_format_named(const char *name);
kg_format kg_format_of_path(const char *path);

typedef struct kg_out { /* a buffered kgq_write_fn */
  kgq_write_fn write;
  void *arg;
  kg_buf buf;
  uint64_t bytes;
} kg_out;
void kg_out_init(kg_out *out, const kgq_allocator *a, kgq_write_fn write, void *arg);
kgq_status kg_out_flush(kg_out *out, kgq_error **err);
/* Flushes when more than 64 KiB wait. */
kgq_status kg_out_breathe(kg_out *out, kgq_error **err);
void kg_out_free(kg_out *out);

/* One line, canonical. graph NULL or kind NONE: no fourth term. */
kgq_status kg_write_quad(kg_out *out, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                         kgq_error **err);

/* The term with language tags in lower case, which canonical N-Triples asks for (RDF 1.2 N-Triples, section
 * 4): stored terms keep theirs as written. Copies into `arena` only what changes. */
kgq_status kg_term_lower_tags(const kg_term *term, kg_arena *arena, kg_term *out, kgq_error **err);

/* Turtle and TriG with prefixes, grouped by graph and subject. Begin, then quads in any order, then end:
 * equal datasets give equal bytes. */
typedef struct kg_turtle_writer kg_turtle_writer;
kgq_status kg_turtle_writer_new(kg_out *out, const kgq_allocator *a, bool graphs, kg_turtle_writer **w,
                                kgq_error **err);
/* Other limits than KG_FOLD_BYTES and KG_SORT_LINES_BYTES: for tests, before the first quad. */
void kg_turtle_writer_limit(kg_turtle_writer *w, size_t fold_bytes, size_t sort_bytes);
kgq_status kg_turtle_writer_prefix(kg_turtle_writer *w, kgq_str name, kgq_str iri, kgq_error **err);
kgq_status kg_turtle_writer_quad(kg_turtle_writer *w, const kg_term *s, const kg_term *p, const kg_term *o,
                                 const kg_term *g, kgq_error **err);
kgq_status kg_turtle_writer_end(kg_turtle_writer *w, kgq_error **err);
void kg_turtle_writer_free(kg_turtle_writer *w);

#endif
