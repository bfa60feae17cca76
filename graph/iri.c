/* graph/iri.c: absolute IRIs and resolution of relative ones.
 *
 * Holds the check that a text is an absolute IRI of characters that RDF allows (RFC 3987 2.2, RDF 1.2
 * Concepts 3.2), and reference resolution by RFC 3986 section 5.2: no scheme-based and no syntax-based
 * normalisation, so that IRIs stay as written. Does not decode escapes (rdflex.c) and does not know prefixes.
 */
#include "graph/iri.h"

#include "core/limits.h"
#include "graph/rdflex.h"

/* The five components of RFC 3986 appendix B; ptr NULL: undefined (an empty one is defined). */
typedef struct iri_parts {
  kgq_str scheme, authority, path, query, fragment;
} iri_parts;

/* scheme ":" -> length of the scheme; 0: none (section 3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )). */
static size_t scheme_length(kgq_str iri) {
  if (iri.len == 0 || !kg_byte_is(iri.ptr[0], KG_BYTE_LETTER)) {
    return 0;
  }
  size_t n = 1;
  while (n < iri.len && kg_byte_is(iri.ptr[n], KG_BYTE_SCHEME)) {
    n++;
  }
  return n < iri.len && iri.ptr[n] == ':' ? n : 0;
}

const char *kg_iri_check_absolute(kgq_str iri, size_t *offset) {
  *offset = 0;
  if (iri.len > KG_LIMIT_IRI_BYTES) {
    return "an IRI may have at most 65536 bytes";
  }
  if (scheme_length(iri) == 0) {
    return "this IRI is not absolute: it has no scheme such as https:";
  }
  const char *const end = iri.ptr + iri.len, *const stop = kg_lex_skip_iri(iri.ptr, end);
  if (stop < end) {
    *offset = (size_t)(stop - iri.ptr);
    return (unsigned char)*stop >= 0x80 ? "this is not UTF-8" : "this character is not allowed in an IRI";
  }
  return NULL;
}

/* Bytes before the first of `marks`. */
static size_t span_until(kgq_str text, const char *marks) {
  size_t n = 0;
  while (n < text.len && !(text.ptr[n] && strchr(marks, text.ptr[n]))) {
    n++;
  }
  return n;
}

static kgq_str take(kgq_str *rest, size_t bytes) {
  const kgq_str piece = kg_str_n(rest->ptr, bytes);
  rest->ptr += bytes;
  rest->len -= bytes;
  return piece;
}

static iri_parts split(kgq_str iri) {
  iri_parts parts = { .scheme = { NULL, 0 } };
  const size_t scheme_bytes = scheme_length(iri);
  if (scheme_bytes) {
    parts.scheme = take(&iri, scheme_bytes);
    (void)take(&iri, 1);
  }
  if (iri.len >= 2 && iri.ptr[0] == '/' && iri.ptr[1] == '/') {
    (void)take(&iri, 2);
    parts.authority = take(&iri, span_until(iri, "/?#"));
  }
  parts.path = take(&iri, span_until(iri, "?#"));
  if (iri.len && iri.ptr[0] == '?') {
    (void)take(&iri, 1);
    parts.query = take(&iri, span_until(iri, "#"));
  }
  if (iri.len) {
    (void)take(&iri, 1);
    parts.fragment = iri;
  }
  return parts;
}

/* The last segment and its "/" go (5.2.4, 2C), but nothing before `root`. */
static void drop_segment(kg_buf *out, size_t root) {
  while (out->len > root && out->bytes[out->len - 1] != '/') {
    out->len--;
  }
  out->len -= out->len > root;
}

/* 5.2.4 on `path`, appended to out, which has room. One pass over the segments. */
static void remove_dot_segments(kgq_str path, kg_buf *out) {
  const size_t root = out->len;
  kgq_str in = path;
  while (in.len) {
    if (kg_str_starts(in, KG_STR("../"))) { /* A */
      (void)take(&in, 3);
    } else if (kg_str_starts(in, KG_STR("./"))) {
      (void)take(&in, 2);
    } else if (kg_str_starts(in, KG_STR("/./"))) { /* B */
      (void)take(&in, 2);
    } else if (kg_str_equal(in, KG_STR("/."))) {
      in = KG_STR("/");
    } else if (kg_str_starts(in, KG_STR("/../"))) { /* C */
      (void)take(&in, 3);
      drop_segment(out, root);
    } else if (kg_str_equal(in, KG_STR("/.."))) {
      in = KG_STR("/");
      drop_segment(out, root);
    } else if (kg_str_equal(in, KG_STR(".")) || kg_str_equal(in, KG_STR(".."))) { /* D */
      in.len = 0;
    } else { /* E */
      const size_t slash = in.ptr[0] == '/';
      const kgq_str segment = take(&in, slash + span_until(kg_str_n(in.ptr + slash, in.len - slash), "/"));
      memcpy(out->bytes + out->len, segment.ptr, segment.len);
      out->len += segment.len;
    }
  }
}

/* 5.2.3: the base's path up to its last "/", then the reference's. */
static kgq_status merge(const iri_parts *base, kgq_str path, kg_buf *out, kgq_error **err) {
  if (base->authority.ptr && base->path.len == 0) {
    KGQ_TRY(kg_buf_add_byte(out, '/', err));
    return kg_buf_add_str(out, path, err);
  }
  size_t keep = base->path.len;
  while (keep && base->path.ptr[keep - 1] != '/') {
    keep--;
  }
  KGQ_TRY(kg_buf_add(out, base->path.ptr, keep, err));
  return kg_buf_add_str(out, path, err);
}

static kgq_status add_part(kg_buf *out, const char *before, kgq_str part, const char *behind,
                           kgq_error **err) {
  if (!part.ptr) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_buf_add_text(out, before, err));
  KGQ_TRY(kg_buf_add_str(out, part, err));
  return kg_buf_add_text(out, behind, err);
}

/* The target's path by 5.2.2. */
static kgq_status add_path(const iri_parts *base, const iri_parts *reference, kg_buf *out, kgq_error **err) {
  if (!reference->authority.ptr && reference->path.len == 0) {
    return kg_buf_add_str(out, base->path, err);
  }
  kg_buf merged;
  kg_buf_init(&merged, out->allocator);
  kgq_status st = KGQ_OK;
  kgq_str path = reference->path;
  if (!reference->authority.ptr && path.ptr[0] != '/') {
    KGQ_TRY_DONE(merge(base, path, &merged, err));
    path = kg_buf_str(&merged);
  }
  KGQ_TRY_DONE(kg_buf_reserve(out, path.len + 1, err));
  remove_dot_segments(path, out);
done:
  kg_buf_free(&merged);
  return st;
}

static kgq_status resolve_parts(const iri_parts *base, const iri_parts *reference, kg_buf *out,
                                kgq_error **err) {
  const bool own_authority = reference->authority.ptr != NULL;
  const bool own_query = own_authority || reference->path.len || reference->query.ptr;
  KGQ_TRY(add_part(out, "", base->scheme, ":", err));
  KGQ_TRY(add_part(out, "//", own_authority ? reference->authority : base->authority, "", err));
  KGQ_TRY(add_path(base, reference, out, err));
  KGQ_TRY(add_part(out, "?", own_query ? reference->query : base->query, "", err));
  return add_part(out, "#", reference->fragment, "", err);
}

/* A reference with a scheme is an IRI already: it stays as written, dot segments too (Turtle 1.2,
 * section 6.3: only relative IRIs are resolved). */
kgq_status kg_iri_resolve(kgq_str base, kgq_str reference, kg_buf *out, kgq_error **err) {
  if (scheme_length(reference)) {
    return kg_buf_add_str(out, reference, err);
  }
  const iri_parts base_parts = split(base);
  if (!base_parts.scheme.ptr) {
    return kg_fail(err, KGQ_DATA, "the base <%.*s> is not an absolute IRI", KG_ARG(base));
  }
  const iri_parts reference_parts = split(reference);
  const size_t before = out->len;
  KGQ_TRY(resolve_parts(&base_parts, &reference_parts, out, err));
  if (out->len - before > KG_LIMIT_IRI_BYTES) {
    return kg_fail(err, KGQ_LIMIT, "an IRI may have at most 65536 bytes");
  }
  return KGQ_OK;
}

kgq_str kg_iri_local(kgq_str iri) {
  const char *const marks[] = { "#/", ":" };
  for (size_t m = 0; m < 2; m++) {
    for (size_t i = iri.len; i > 0; i--) {
      if (iri.ptr[i - 1] && strchr(marks[m], iri.ptr[i - 1])) {
        return kg_str_n(iri.ptr + i, iri.len - i);
      }
    }
  }
  return iri;
}
