/* tests/fuzz/fuzz_reader.h: one body for the fuzz targets of the RDF readers.
 *
 * Reads the bytes as a text in memory and, when they can be read, writes and reads them again: that must
 * succeed with the same number of statements. Each fuzz_*.c names its format.
 */
#ifndef KG_TESTS_FUZZ_READER_H
#define KG_TESTS_FUZZ_READER_H

#include <stdlib.h>

#include "loaders/read.h"

typedef struct fuzz_run {
  kg_out out;
  kg_buf text;
  size_t quads;
  bool keep;
} fuzz_run;

static int fuzz_collect(void *arg, const char *bytes, size_t count) {
  return kg_buf_add(arg, bytes, count, NULL) == KGQ_OK ? 0 : 1;
}

static kgq_status fuzz_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  fuzz_run *run = arg;
  run->quads++;
  return run->keep ? kg_write_quad(&run->out, s, p, o, g, err) : KGQ_OK;
}

static kgq_status fuzz_bad_line(void *arg, kgq_error *bad, kgq_error **err) {
  (void)arg;
  (void)err;
  kgq_error_free(bad);
  return KGQ_OK;
}

static kgq_status fuzz_read(kgq_str bytes, kg_format format, bool keep_going, fuzz_run *run) {
  const kg_sink sink = { .arg = run, .quad = fuzz_quad };
  const kg_reader_options options = { .base = KG_STR("http://example.org/base/"),
                                      .bad_line = keep_going ? fuzz_bad_line : NULL };
  kg_input in = { .at = NULL };
  kgq_error *err = NULL;
  kgq_status st = kg_input_memory(&in, NULL, "fuzz", bytes, &err);
  st = st == KGQ_OK ? kg_read_rdf(&in, format, &options, &sink, &err) : st;
  if ((st == KGQ_OK) != (err == NULL)) {
    abort(); /* a failure without an error, or the other way round */
  }
  kgq_error_free(err);
  kg_input_close(&in);
  return st;
}

static void fuzz_format(const uint8_t *data, size_t size, kg_format format) {
  const kgq_str bytes = kg_str_n((const char *)data, size);
  fuzz_run first = { .keep = true }, second = { .keep = false }, third = { .keep = false };
  kg_buf_init(&first.text, NULL);
  kg_out_init(&first.out, NULL, fuzz_collect, &first.text);
  const bool read = fuzz_read(bytes, format, false, &first) == KGQ_OK;
  if (read && (kg_out_flush(&first.out, NULL) != KGQ_OK ||
               fuzz_read(kg_buf_str(&first.text), KG_FORMAT_NQ, false, &second) != KGQ_OK ||
               second.quads != first.quads)) {
    abort(); /* what we write we read */
  }
  (void)fuzz_read(bytes, format, true, &third);
  if (third.quads < first.quads) {
    abort(); /* skipping bad lines loses no good ones */
  }
  kg_out_free(&first.out);
  kg_buf_free(&first.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
