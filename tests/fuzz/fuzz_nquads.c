/* tests/fuzz/fuzz_nquads.c: any bytes through the N-Quads reader. See fuzz_reader.h. */
#include "tests/fuzz/fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_format(data, size, KG_FORMAT_NQ);
  return 0;
}
