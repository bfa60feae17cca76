/* loaders/read.c: picks the reader of a format and the base IRI of a file. See read.h. */
#include "loaders/read.h"

#include <limits.h>
#include <stdlib.h>

#include "graph/iri.h"
#include "loaders/ntriples.h"
#include "loaders/turtle.h"

kgq_status kg_read_format(const char *told, const char *name, kg_format *out, kgq_error **err) {
  *out = told ? kg_format_named(told) : kg_format_of_path(name);
  if (*out != KG_FORMAT_UNKNOWN) {
    return KGQ_OK;
  }
  if (told) {
    (void)kg_fail(err, KGQ_DATA, "unknown format '%s'", told);
    kg_hint(err, "yaml, nt, nq, ttl or trig");
  } else {
    (void)kg_fail(err, KGQ_DATA, "the ending of '%s' does not tell its format", name);
    kg_hint(err, "say it with --format yaml, nt, nq, ttl or trig");
  }
  return KGQ_DATA;
}

/* Characters of a path that an IRI takes as they are (RFC 3986 pchar and '/'); UTF-8 stays. */
static bool stays(unsigned char c) {
  const bool name = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return name || c >= 0x80 || (c && strchr("/-._~!$&'()*+,;=:@", c));
}

kgq_status kg_read_add_path(const char *path, kg_buf *out, kgq_error **err) {
  static const char hex[] = "0123456789ABCDEF";
  for (const char *p = path; *p; p++) {
    const unsigned char c = (unsigned char)*p;
    if (stays(c)) {
      KGQ_TRY(kg_buf_add_byte(out, *p, err));
    } else {
      const char escape[3] = { '%', hex[c >> 4], hex[c & 15] };
      KGQ_TRY(kg_buf_add(out, escape, sizeof escape, err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_read_base(const char *path, bool is_file, kg_buf *out, kgq_error **err) {
  size_t offset = 0;
  if (!is_file) {
    return kg_iri_check_absolute(kg_str(path), &offset) ? KGQ_OK : kg_buf_add_text(out, path, err);
  }
  if (strcmp(path, "-") == 0) {
    return KGQ_OK;
  }
  char absolute[PATH_MAX];
  if (!realpath(path, absolute)) {
    return KGQ_OK; /* opening the file says why */
  }
  KGQ_TRY(kg_buf_add_text(out, "file://", err));
  KGQ_TRY(kg_read_add_path(absolute, out, err));
  if (kg_iri_check_absolute(kg_buf_str(out), &offset)) {
    out->len = 0; /* a name that is not UTF-8 makes no base */
  }
  return KGQ_OK;
}

kgq_status kg_read_rdf(kg_input *in, kg_format format, const kg_reader_options *options, const kg_sink *sink,
                       kgq_error **err) {
  kg_reader_options own = *options;
  own.graphs = format == KG_FORMAT_NQ || format == KG_FORMAT_TRIG;
  const bool lines = format == KG_FORMAT_NT || format == KG_FORMAT_NQ;
  return lines ? kg_ntriples_read(in, &own, sink, err) : kg_turtle_read(in, &own, sink, err);
}
