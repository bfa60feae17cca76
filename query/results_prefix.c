/* query/results_prefix.c: the stored prefixes for graphs that go out as Turtle. The only part of the result
 * writers that looks into a statement: no public function leads from it to its connection.
 */
#include "query/results.h"
#include "query/statement.h"

typedef struct adding {
  kg_turtle_writer *writer;
  kgq_error **err;
  kgq_status status;
} adding;

static int add_prefix(void *arg, kgq_str name, kgq_str iri) {
  adding *a = (adding *)arg;
  a->status = kg_turtle_writer_prefix(a->writer, name, iri, a->err);
  return a->status != KGQ_OK;
}

kgq_status kg_results_prefixes(const kgq_stmt *stmt, kg_turtle_writer *writer, kgq_error **err) {
  adding a = { writer, err, KGQ_OK };
  KGQ_TRY(kgq_prefixes(stmt->conn, add_prefix, &a, err));
  return a.status;
}
