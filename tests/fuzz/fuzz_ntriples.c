/* tests/fuzz/fuzz_ntriples.c: any bytes through the N-Triples reader. See fuzz_reader.h. */
#include "tests/fuzz/fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_format(data, size, KG_FORMAT_NT);
  return 0;
}
