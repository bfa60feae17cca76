/* tests/fuzz/fuzz_update.c: any bytes as an update in SPARQL. See fuzz_sparql.h. */
#include "tests/fuzz/fuzz_sparql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_sparql(data, size, true);
  return 0;
}
