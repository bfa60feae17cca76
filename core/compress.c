/* core/compress.c: Zstandard for whole values and for streams.
 *
 * Contexts take their memory from the allocator given, so that a statement's budget sees it. Zstandard tells
 * a freed block's place but not its size, so that each block carries its size in front. Output of an
 * untrusted frame grows as it comes, never by what the frame declares. Names Zstandard; nothing else does.
 */
#define ZSTD_STATIC_LINKING_ONLY /* contexts with an allocator of ours */
#include <zstd.h>
#include <zstd_errors.h>

#include "core/compress.h"

#define SIZE_FRONT  16 /* keeps blocks aligned for any type */
#define EXPAND_STEP (64u << 10)
#define WINDOW_LOG_MAX                                                                                       \
  27 /* 128 MiB, as the zstd program: bounds what a frame's header can make us allocate */

/* ---- memory ------------------------------------------------------------------------------------- */

static void *zstd_take(void *opaque, size_t bytes) {
  const kgq_allocator *a = opaque;
  char *block = bytes > SIZE_MAX - SIZE_FRONT ? NULL : kg_alloc(a, bytes + SIZE_FRONT);
  if (block == NULL) {
    return NULL;
  }
  memcpy(block, &bytes, sizeof bytes);
  return block + SIZE_FRONT;
}

static void zstd_give(void *opaque, void *place) {
  if (place == NULL) {
    return;
  }
  char *block = (char *)place - SIZE_FRONT;
  size_t bytes = 0;
  memcpy(&bytes, block, sizeof bytes);
  kg_free(opaque, block, bytes + SIZE_FRONT);
}

/* The allocator is only handed back to zstd_take and zstd_give, which take it as const again. */
static ZSTD_customMem memory_of(const kgq_allocator **a) {
  if (*a == NULL) {
    *a = &kg_libc_allocator;
  }
  union {
    const kgq_allocator *in;
    void *out;
  } plain = { .in = *a };
  return (ZSTD_customMem){ zstd_take, zstd_give, plain.out };
}

/* ---- whole values --------------------------------------------------------------------------------- */

static kgq_status fail_code(kgq_error **err, size_t code, kgq_status otherwise) {
  if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) {
    return kg_fail_memory(err);
  }
  return kg_fail(err, otherwise, "bytes are no Zstandard frame: %s", ZSTD_getErrorName(code));
}

kgq_status kg_zstd_compress(kgq_str in, int level, kg_buf *out, kgq_error **err) {
  const kgq_allocator *a = out->allocator;
  ZSTD_CCtx *context = ZSTD_createCCtx_advanced(memory_of(&a));
  if (context == NULL) {
    return kg_fail_memory(err);
  }
  (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level); /* out of range: the nearest */
  (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const size_t bound = ZSTD_compressBound(in.len);
  kgq_status st = kg_buf_reserve(out, bound, err);
  if (st == KGQ_OK) {
    const size_t bytes = ZSTD_compress2(context, out->bytes + out->len, bound, in.ptr, in.len);
    if (ZSTD_isError(bytes)) {
      st = fail_code(err, bytes, KGQ_DATA);
    } else {
      out->len += bytes;
    }
  }
  ZSTD_freeCCtx(context);
  return st;
}

static kgq_status fail_larger(size_t bytes_max, kgq_error **err) {
  return kg_fail(err, KGQ_LIMIT, "a Zstandard frame holds more than the %zu bytes allowed", bytes_max);
}

/* Expands a bit more into `out`. *more is false at the end of the last frame. */
static kgq_status expand_step(ZSTD_DCtx *context, ZSTD_inBuffer *in, size_t room, kg_buf *out, bool *more,
                              kgq_error **err) {
  KGQ_TRY(kg_buf_reserve(out, room, err));
  ZSTD_outBuffer to = { out->bytes + out->len, room, 0 };
  const size_t left = ZSTD_decompressStream(context, &to, in);
  if (ZSTD_isError(left)) {
    return fail_code(err, left, KGQ_DATA);
  }
  out->len += to.pos;
  *more = left != 0 || in->pos < in->size;
  if (*more && to.pos == 0 && in->pos == in->size) {
    return kg_fail(err, KGQ_DATA, "a Zstandard frame is cut off");
  }
  return KGQ_OK;
}

static kgq_status expand_all(ZSTD_DCtx *context, kgq_str in, size_t bytes_max, kg_buf *out, kgq_error **err) {
  ZSTD_inBuffer from = { in.ptr, in.len, 0 };
  const size_t start = out->len;
  for (bool more = true; more;) {
    const size_t left = bytes_max - (out->len - start);
    /* One byte beyond the limit tells a frame that is too large from one that just fits. */
    KGQ_TRY(expand_step(context, &from, left < EXPAND_STEP ? left + 1 : EXPAND_STEP, out, &more, err));
    if (out->len - start > bytes_max) {
      return fail_larger(bytes_max, err);
    }
  }
  return KGQ_OK;
}

kgq_status kg_zstd_expand(kgq_str in, size_t bytes_max, kg_buf *out, kgq_error **err) {
  const unsigned long long declared = ZSTD_getFrameContentSize(in.ptr, in.len);
  if (declared == ZSTD_CONTENTSIZE_ERROR) {
    return kg_fail(err, KGQ_DATA, "bytes are no Zstandard frame");
  }
  if (declared != ZSTD_CONTENTSIZE_UNKNOWN && declared > bytes_max) {
    return fail_larger(bytes_max, err);
  }
  const kgq_allocator *a = out->allocator;
  ZSTD_DCtx *context = ZSTD_createDCtx_advanced(memory_of(&a));
  if (context == NULL) {
    return kg_fail_memory(err);
  }
  const size_t start = out->len;
  (void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
  const kgq_status st = expand_all(context, in, bytes_max, out, err);
  ZSTD_freeDCtx(context);
  out->len = st == KGQ_OK ? out->len : start;
  return st;
}

/* ---- streams --------------------------------------------------------------------------------------- */

struct kg_zstd_stream {
  const kgq_allocator *allocator;
  ZSTD_DCtx *context;
  bool frame_done; /* between frames: input may end here */
};

kgq_status kg_zstd_stream_open(const kgq_allocator *a, kg_zstd_stream **out, kgq_error **err) {
  *out = NULL;
  const ZSTD_customMem memory = memory_of(&a);
  kg_zstd_stream *s = kg_alloc_zero(a, 1, sizeof *s);
  if (s == NULL) {
    return kg_fail_memory(err);
  }
  s->allocator = a;
  s->context = ZSTD_createDCtx_advanced(memory);
  if (s->context == NULL) {
    kg_free(a, s, sizeof *s);
    return kg_fail_memory(err);
  }
  (void)ZSTD_DCtx_setParameter(s->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
  *out = s;
  return KGQ_OK;
}

kgq_status kg_zstd_stream_read(kg_zstd_stream *s, kgq_str *in, char *out, size_t capacity, size_t *written,
                               bool *frame_done, kgq_error **err) {
  ZSTD_inBuffer from = { in->ptr, in->len, 0 };
  ZSTD_outBuffer to = { out, capacity, 0 };
  while (to.pos < to.size) {
    const size_t consumed = from.pos, produced = to.pos;
    /* Asking a finished stream without input would begin the next frame's header. */
    if (s->frame_done && from.pos == from.size) {
      break;
    }
    const size_t left = ZSTD_decompressStream(s->context, &to, &from);
    if (ZSTD_isError(left)) {
      return fail_code(err, left, KGQ_DATA);
    }
    s->frame_done = left == 0;
    if (from.pos == consumed && to.pos == produced) {
      break; /* it needs more input */
    }
  }
  in->ptr += from.pos;
  in->len -= from.pos;
  *written = to.pos;
  *frame_done = s->frame_done;
  return KGQ_OK;
}

void kg_zstd_stream_close(kg_zstd_stream *s) {
  if (s != NULL) {
    ZSTD_freeDCtx(s->context);
    kg_free(s->allocator, s, sizeof *s);
  }
}

const char *kg_zstd_version(void) {
  return ZSTD_versionString();
}
