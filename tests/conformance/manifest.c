/* tests/conformance/manifest.c: manifests and the files of the W3C checkout. See manifest.h. */
#include "tests/conformance/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "graph/vocab.h"
#include "loaders/read.h"

#define PATH_BYTES MANIFEST_PATH_BYTES

static kgq_status read_into(const test_root *root, const char *path, const kg_sink *sink, kgq_error **err) {
  char file[PATH_BYTES], base[PATH_BYTES];
  (void)snprintf(file, sizeof file, "%s/%s", root->folder, path);
  (void)snprintf(base, sizeof base, "%s%s", W3C_BASE, path);
  const kg_reader_options options = { .base = kg_str(base) };
  kg_input in;
  KGQ_TRY(kg_input_file(&in, NULL, file, err));
  const kgq_status st = kg_read_rdf(&in, kg_format_of_path(path), &options, sink, err);
  kg_input_close(&in);
  return st;
}

kgq_status read_dataset(const test_root *root, const char *path, dataset *out, kgq_error **err) {
  const kg_sink sink = dataset_sink(out);
  const kgq_status st = read_into(root, path, &sink, err);
  dataset_finish(out);
  return st;
}

typedef struct graph_sink {
  kg_sink inner;
  kg_term graph;
} graph_sink;

static kgq_status put_in_graph(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                               const kg_term *g, kgq_error **err) {
  const graph_sink *to = arg;
  return to->inner.quad(to->inner.arg, s, p, o, g->kind == KG_TERM_NONE ? &to->graph : g, err);
}

kgq_status read_graph(const test_root *root, const char *path, const char *iri, dataset *out,
                      kgq_error **err) {
  graph_sink to = { dataset_sink(out), kg_term_iri(kg_str(iri)) };
  const kg_sink sink = { .arg = &to, .quad = put_in_graph };
  return read_into(root, path, &sink, err);
}

kgq_status read_text(const test_root *root, const char *path, kg_buf *out, kgq_error **err) {
  char file[PATH_BYTES];
  (void)snprintf(file, sizeof file, "%s/%s", root->folder, path);
  kg_input in;
  KGQ_TRY(kg_input_file(&in, NULL, file, err));
  const kgq_status st = kg_input_all(&in, (size_t)1 << 24, out, err);
  kg_input_close(&in);
  return st;
}

void manifest_path(const dataset *d, uint32_t number, char out[PATH_BYTES]) {
  out[0] = '\0';
  if (number == UINT32_MAX || d->terms[number].term.kind != KG_TERM_IRI) {
    return;
  }
  const kgq_str iri = d->terms[number].term.text;
  if (kg_str_starts(iri, KG_STR(W3C_BASE))) {
    const size_t skip = strlen(W3C_BASE);
    (void)snprintf(out, PATH_BYTES, "%.*s", (int)(iri.len - skip), iri.ptr + skip);
  }
}

static void copy_iri(const dataset *d, uint32_t number, char out[PATH_BYTES]) {
  out[0] = '\0';
  if (number != UINT32_MAX) {
    (void)snprintf(out, PATH_BYTES, "%.*s", (int)d->terms[number].term.text.len,
                   d->terms[number].term.text.ptr);
  }
}

static uint32_t value(const dataset *d, uint32_t node, const char *property) {
  return dataset_object(d, node, dataset_iri(d, property));
}

static void give_entry(const dataset *d, const char *suite, uint32_t node, entry_fn fn, void *arg) {
  char id[PATH_BYTES], type[PATH_BYTES], action[PATH_BYTES], result[PATH_BYTES];
  copy_iri(d, node, id);
  copy_iri(d, value(d, node, KG_RDF_TYPE), type);
  manifest_path(d, value(d, node, NS_MF "action"), action);
  manifest_path(d, value(d, node, NS_MF "result"), result);
  const char *hash = strrchr(id, '#');
  const manifest_entry entry = { .suite = suite,
                                 .id = hash ? hash + 1 : id,
                                 .type = type,
                                 .action = action,
                                 .result = result,
                                 .data = d,
                                 .node = node };
  fn(arg, &entry);
}

static kgq_status include(const test_root *root, const dataset *d, uint32_t node, entry_fn fn, void *arg,
                          kgq_error **err) {
  char path[PATH_BYTES], file[2 * PATH_BYTES];
  manifest_path(d, node, path);
  (void)snprintf(file, sizeof file, "%s/%s", root->folder, path);
  if (access(file, R_OK) != 0) {
    (void)fprintf(stderr, "skipped: %s is not in this copy\n", path);
    return KGQ_OK;
  }
  return manifest_each(root, path, fn, arg, err);
}

/* Walks the RDF list that is the value of `property` of the manifest. */
static kgq_status each_member(const test_root *root, const dataset *d, const char *property,
                              const char *suite, entry_fn fn, void *arg, kgq_error **err) {
  const uint32_t p = dataset_iri(d, property), nil = dataset_iri(d, KG_RDF_NIL);
  for (size_t i = 0; i < d->quad_count; i++) {
    if (d->quads[i][1] != p) {
      continue;
    }
    for (uint32_t cell = d->quads[i][2]; cell != nil && cell != UINT32_MAX;
         cell = value(d, cell, KG_RDF_REST)) {
      const uint32_t member = value(d, cell, KG_RDF_FIRST);
      if (suite) {
        give_entry(d, suite, member, fn, arg);
      } else {
        KGQ_TRY(include(root, d, member, fn, arg, err));
      }
    }
  }
  return KGQ_OK;
}

kgq_status manifest_each(const test_root *root, const char *path, entry_fn fn, void *arg, kgq_error **err) {
  bool added = false;
  uint64_t *slot = NULL;
  KGQ_TRY(kg_map_put(root->visited, kg_str(path), &slot, &added, NULL, err));
  if (!added) {
    return KGQ_OK;
  }
  dataset d;
  dataset_init(&d);
  char suite[PATH_BYTES];
  (void)snprintf(suite, sizeof suite, "%s", path);
  char *slash = strrchr(suite, '/');
  if (slash) {
    *slash = '\0';
  }
  kgq_status st = read_dataset(root, path, &d, err);
  st = st == KGQ_OK ? each_member(root, &d, NS_MF "include", NULL, fn, arg, err) : st;
  st = st == KGQ_OK ? each_member(root, &d, NS_MF "entries", suite, fn, arg, err) : st;
  dataset_free(&d);
  return st;
}
