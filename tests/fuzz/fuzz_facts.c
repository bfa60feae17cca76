/* tests/fuzz/fuzz_facts.c: any bytes through the facts loader, without a database.
 *
 * Looks for crashes, leaks and slow inputs, and checks what must hold of every file: reading it twice gives
 * the same quads and errors, each error has a message and a place inside the text, and a file with an error
 * is refused. Seeds may be text cases: then the first file in them is read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "loaders/facts.h"

typedef struct trace {
  uint64_t quads, warnings, errors;
  uint64_t digest; /* of all terms in order: not a hash for tables, only for comparing two runs */
} trace;

static void demand(bool holds) {
  if (!holds) {
    abort();
  }
}

static void mix(trace *t, kgq_str text) {
  for (size_t i = 0; i < text.len; i++) {
    t->digest = (t->digest ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
  }
}

static kgq_status take_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  const kg_term *const terms[] = { s, p, o, g };
  trace *t = arg;
  kg_buf buf;
  kg_buf_init(&buf, NULL);
  for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
    demand(terms[i]->kind != KG_TERM_NONE && terms[i]->kind != KG_TERM_BNODE);
    demand(kg_term_print(terms[i], &buf, err) == KGQ_OK);
  }
  mix(t, kg_buf_str(&buf));
  t->quads++;
  kg_buf_free(&buf);
  return KGQ_OK;
}

static void take_warning(void *arg, kgq_error *warning) {
  trace *t = arg;
  t->warnings++;
  mix(t, kg_str(kgq_error_message(warning)));
  kgq_error_free(warning);
}

static void check_errors(trace *t, const kgq_error *err, size_t bytes) {
  for (; err; err = kgq_error_next(err)) {
    demand(kgq_error_message(err)[0] != '\0');
    demand(kgq_error_line(err) <= bytes + 1 && kgq_error_offset(err) <= bytes);
    mix(t, kg_str(kgq_error_message(err)));
    t->errors++;
  }
}

static trace read_once(kgq_str text) {
  trace t = { 0, 0, 0, 0xcbf29ce484222325u };
  const kg_facts_target target = { .sink = { &t, take_quad, NULL }, .warn = take_warning, .arg = &t };
  kg_facts *facts = NULL;
  kgq_error *err = NULL;
  demand(kg_facts_new_for(&kg_libc_allocator, NULL, &target, NULL, &facts, NULL) == KGQ_OK);
  kgq_status st = kg_facts_add(facts, "fuzz.yaml", text, &err);
  st = st == KGQ_OK ? kg_facts_finish(facts, &err) : st;
  demand((st == KGQ_OK) == (err == NULL));
  check_errors(&t, err, text.len);
  kgq_error_free(err);
  kg_facts_free(facts);
  return t;
}

/* The content of the first `-- file` block of a text case; anything else as it is. */
static kgq_str content_of(kgq_str text) {
  static const char begin[] = "\n-- file ", end[] = "\n-- ";
  if (!kg_str_starts(text, KG_STR("== "))) {
    return text;
  }
  const char *block = memmem(text.ptr, text.len, begin, sizeof begin - 1);
  const char *line = block ? memchr(block + 1, '\n', text.len - (size_t)(block + 1 - text.ptr)) : NULL;
  if (!line) {
    return text;
  }
  const size_t rest = text.len - (size_t)(line + 1 - text.ptr);
  const char *stop = memmem(line, rest + 1, end, sizeof end - 1);
  return kg_str_n(line + 1, stop ? (size_t)(stop - line) : rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const kgq_str text = content_of(kg_str_n((const char *)data, size));
  const trace first = read_once(text), second = read_once(text);
  demand(first.quads == second.quads && first.errors == second.errors && first.digest == second.digest);
  return 0;
}
