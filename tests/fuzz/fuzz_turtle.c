/* tests/fuzz/fuzz_turtle.c: any bytes through the Turtle reader. See fuzz_reader.h. */
#include "tests/fuzz/fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_format(data, size, KG_FORMAT_TTL);
  return 0;
}
