/* tests/fuzz/fuzz_trig.c: any bytes through the TriG reader. See fuzz_reader.h. */
#include "tests/fuzz/fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_format(data, size, KG_FORMAT_TRIG);
  return 0;
}
