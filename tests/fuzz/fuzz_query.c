/* tests/fuzz/fuzz_query.c: any bytes as a query in SPARQL. See fuzz_sparql.h. */
#include "tests/fuzz/fuzz_sparql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_sparql(data, size, false);
  return 0;
}
