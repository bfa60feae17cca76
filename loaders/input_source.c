/* loaders/input_source.c: the bytes of a file, of standard input or of memory, with gzip and Zstandard
 * undone.
 *
 * Holds the raw reads, the two decoders and the rule which of them applies (the first bytes decide; neither
 * magic number can begin a text in UTF-8). Hands out bytes in order; the window over them is input.c. The
 * only place that names zlib.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/compress.h"
#include "loaders/input.h"

#define RAW_BYTES ((size_t)64 << 10)

typedef enum { CODEC_NONE, CODEC_GZIP, CODEC_ZSTD } codec;

struct kg_source {
  const kgq_allocator *allocator;
  const char *name;
  int fd; /* -1: memory */
  bool close_fd;
  codec codec;
  kgq_str raw; /* not yet decoded: into raw_buffer or the caller's memory */
  char *raw_buffer;
  bool raw_end;                     /* no more behind `raw` */
  uint64_t bytes_read, bytes_total; /* from fd or memory, the undecoded ones of `raw` too; total 0: unknown */
  z_stream gzip;
  kg_zstd_stream *zstd;
  bool between; /* a member or frame is complete: the file may end */
};

static codec codec_of(kgq_str first) {
  if (first.len >= 2 && memcmp(first.ptr, "\x1F\x8B", 2) == 0) {
    return CODEC_GZIP;
  }
  return first.len >= 4 && memcmp(first.ptr, "\x28\xB5\x2F\xFD", 4) == 0 ? CODEC_ZSTD : CODEC_NONE;
}

bool kg_source_compressed(kgq_str first_bytes) {
  return codec_of(first_bytes) != CODEC_NONE;
}

/* ---- raw bytes ---------------------------------------------------------------------------------- */

static kgq_status read_some(kg_source *source, char *out, size_t capacity, size_t *count, kgq_error **err) {
  ssize_t got;
  do {
    got = read(source->fd, out, capacity);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return kg_fail(err, KGQ_IO, "cannot read %s: %s", source->name, strerror(errno));
  }
  *count = (size_t)got;
  source->bytes_read += (uint64_t)got;
  return KGQ_OK;
}

/* Appends to what is undecoded until there are `wanted` bytes or no more come. */
static kgq_status fill_raw(kg_source *source, size_t wanted, kgq_error **err) {
  if (source->raw_end || source->raw.len >= wanted) {
    return KGQ_OK;
  }
  if (source->raw.len) {
    memmove(source->raw_buffer, source->raw.ptr, source->raw.len);
  }
  source->raw.ptr = source->raw_buffer;
  while (source->raw.len < wanted && !source->raw_end) {
    size_t count = 0;
    KGQ_TRY(
        read_some(source, source->raw_buffer + source->raw.len, RAW_BYTES - source->raw.len, &count, err));
    source->raw.len += count;
    source->raw_end = count == 0;
  }
  return KGQ_OK;
}

/* ---- gzip (RFC 1952) ---------------------------------------------------------------------------- */

/* zlib gives no size back when it frees: it stands before the piece. */
static void *gzip_alloc(void *opaque, unsigned items, unsigned bytes) {
  kg_source *source = opaque;
  const size_t total = (size_t)items * bytes + 16;
  char *piece = kg_alloc(source->allocator, total);
  if (!piece) {
    return NULL;
  }
  memcpy(piece, &total, sizeof total);
  return piece + 16;
}

static void gzip_free(void *opaque, void *piece) {
  kg_source *source = opaque;
  size_t total = 0;
  if (piece) {
    char *whole = (char *)piece - 16;
    memcpy(&total, whole, sizeof total);
    kg_free(source->allocator, whole, total);
  }
}

static kgq_status gzip_open(kg_source *source, kgq_error **err) {
  source->gzip.zalloc = gzip_alloc;
  source->gzip.zfree = gzip_free;
  source->gzip.opaque = source;
  return inflateInit2(&source->gzip, 16 + 15) == Z_OK ? KGQ_OK : kg_fail_memory(err);
}

/* One step. Members may follow each other. */
static kgq_status gzip_step(kg_source *source, char *out, size_t capacity, size_t *written, kgq_error **err) {
  if (source->between && inflateReset(&source->gzip) != Z_OK) {
    return kg_fail(err, KGQ_DATA, "%s is not a gzip file", source->name);
  }
  source->between = false;
  unsigned char *begin = NULL;
  memcpy(&begin, &source->raw.ptr, sizeof begin); /* zlib takes a non-const pointer and only reads */
  source->gzip.next_in = begin;
  source->gzip.avail_in = (unsigned)(source->raw.len > RAW_BYTES ? RAW_BYTES : source->raw.len);
  const unsigned offered = source->gzip.avail_in;
  source->gzip.next_out = (unsigned char *)out;
  source->gzip.avail_out = (unsigned)(capacity > RAW_BYTES ? RAW_BYTES : capacity);
  const unsigned room = source->gzip.avail_out;
  const int result = inflate(&source->gzip, Z_NO_FLUSH);
  source->raw.ptr += offered - source->gzip.avail_in;
  source->raw.len -= offered - source->gzip.avail_in;
  *written = room - source->gzip.avail_out;
  if (result == Z_MEM_ERROR) {
    return kg_fail_memory(err);
  }
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
    return kg_fail(err, KGQ_DATA, "%s is damaged: its gzip data cannot be undone", source->name);
  }
  source->between = result == Z_STREAM_END;
  return KGQ_OK;
}

/* ---- reading ------------------------------------------------------------------------------------ */

static kgq_status decode_step(kg_source *source, char *out, size_t capacity, size_t *written,
                              kgq_error **err) {
  if (source->codec == CODEC_GZIP) {
    return gzip_step(source, out, capacity, written, err);
  }
  return kg_zstd_stream_read(source->zstd, &source->raw, out, capacity, written, &source->between, err);
}

static kgq_status read_decoded(kg_source *source, char *out, size_t capacity, size_t *count,
                               kgq_error **err) {
  size_t idle = 0; /* a decoder that neither reads nor writes twice in a row has nothing left in it */
  *count = 0;
  while (*count == 0) {
    KGQ_TRY(fill_raw(source, 1, err));
    if (source->raw.len == 0 && (source->between || idle)) {
      return source->between
                 ? KGQ_OK
                 : kg_fail(err, KGQ_DATA, "%s ends in the middle of its compressed data", source->name);
    }
    const size_t before = source->raw.len;
    KGQ_TRY(decode_step(source, out, capacity, count, err));
    idle = source->raw.len == before ? idle + 1 : 0;
    if (idle > 2) {
      return kg_fail(err, KGQ_DATA, "%s is damaged: its compressed data cannot be undone", source->name);
    }
  }
  return KGQ_OK;
}

kgq_status kg_source_read(kg_source *source, char *out, size_t capacity, size_t *count, kgq_error **err) {
  if (source->codec != CODEC_NONE) {
    return read_decoded(source, out, capacity, count, err);
  }
  if (source->raw.len) { /* what was read to look at the first bytes */
    *count = source->raw.len < capacity ? source->raw.len : capacity;
    memcpy(out, source->raw.ptr, *count);
    source->raw.ptr += *count;
    source->raw.len -= *count;
    return KGQ_OK;
  }
  *count = 0;
  return source->raw_end ? KGQ_OK : read_some(source, out, capacity, count, err);
}

/* ---- opening ------------------------------------------------------------------------------------ */

static kgq_status open_codec(kg_source *source, kgq_error **err) {
  source->codec = codec_of(source->raw);
  if (source->codec == CODEC_GZIP) {
    return gzip_open(source, err);
  }
  return source->codec == CODEC_ZSTD ? kg_zstd_stream_open(source->allocator, &source->zstd, err) : KGQ_OK;
}

static kgq_status open_fd(kg_source *source, const char *path, kgq_error **err) {
  if (strcmp(path, "-") == 0) {
    source->fd = STDIN_FILENO;
  } else {
    source->fd = open(path, O_RDONLY | O_CLOEXEC);
    source->close_fd = true;
  }
  if (source->fd < 0) {
    const kgq_status status = errno == ENOENT ? KGQ_NOTFOUND : KGQ_IO;
    return kg_fail(err, status, "cannot open %s: %s", path, strerror(errno));
  }
  return KGQ_OK;
}

static kgq_status read_beginning(kg_source *source, kgq_error **err) {
  struct stat about;
  if (fstat(source->fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
    source->bytes_total = (uint64_t)about.st_size;
  }
  source->raw_buffer = kg_alloc(source->allocator, RAW_BYTES);
  if (!source->raw_buffer) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(fill_raw(source, 4, err));
  return open_codec(source, err);
}

static kg_source *new_source(const kgq_allocator *a, const char *name) {
  kg_source *source = kg_alloc_zero(a, 1, sizeof *source);
  if (source) {
    source->allocator = a;
    source->name = name;
    source->fd = -1;
  }
  return source;
}

kgq_status kg_source_file(const kgq_allocator *a, const char *path, kg_source **out, kgq_error **err) {
  kg_source *source = new_source(a, path);
  if (!source) {
    return kg_fail_memory(err);
  }
  kgq_status st = open_fd(source, path, err);
  st = st == KGQ_OK ? read_beginning(source, err) : st;
  if (st != KGQ_OK) {
    kg_source_close(source);
    return st;
  }
  *out = source;
  return KGQ_OK;
}

kgq_status kg_source_fd(const kgq_allocator *a, int fd, const char *name, kg_source **out, kgq_error **err) {
  kg_source *source = new_source(a, name);
  if (!source) {
    return kg_fail_memory(err);
  }
  source->fd = fd;
  const kgq_status st = read_beginning(source, err);
  if (st != KGQ_OK) {
    kg_source_close(source);
    return st;
  }
  *out = source;
  return KGQ_OK;
}

kgq_status kg_source_memory(const kgq_allocator *a, const char *name, kgq_str bytes, kg_source **out,
                            kgq_error **err) {
  kg_source *source = new_source(a, name);
  if (!source) {
    return kg_fail_memory(err);
  }
  source->raw = bytes;
  source->raw_end = true;
  source->bytes_read = source->bytes_total = bytes.len;
  const kgq_status st = open_codec(source, err);
  if (st != KGQ_OK) {
    kg_source_close(source);
    return st;
  }
  *out = source;
  return KGQ_OK;
}

void kg_source_position(const kg_source *source, uint64_t *bytes_read, uint64_t *bytes_total) {
  *bytes_read = source->bytes_read - source->raw.len;
  *bytes_total = source->bytes_total;
}

void kg_source_close(kg_source *source) {
  if (!source) {
    return;
  }
  if (source->codec == CODEC_GZIP && source->gzip.zfree) {
    (void)inflateEnd(&source->gzip);
  }
  kg_zstd_stream_close(source->zstd);
  kg_free(source->allocator, source->raw_buffer, source->raw_buffer ? RAW_BYTES : 0);
  if (source->close_fd && source->fd >= 0) {
    (void)close(source->fd);
  }
  kg_free(source->allocator, source, sizeof *source);
}
