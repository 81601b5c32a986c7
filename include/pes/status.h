/// @file status.h
/// How every fallible call in libpes reports what happened.

#ifndef PES_STATUS_H
#define PES_STATUS_H

#include "pes/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One list; the enum and the texts expand from it. Values are frozen: append, never renumber.
#define PES_STATUS_LIST(X)                                                                     \
    X(PES_OK, 0, "success")                                                                    \
    X(PES_E_ARGUMENT, -1, "an argument is missing or out of range")                            \
    X(PES_E_MEMORY, -2, "memory could not be allocated")                                       \
    X(PES_E_CALL_ORDER, -3, "the object is not ready for this call")                           \
    X(PES_E_SYSTEM, -4, "a callback of the user's system failed")                              \
    X(PES_E_FILE, -5, "a file could not be read or written")                                   \
    X(PES_E_FORMAT, -6, "a file is not what it claims to be")                                  \
    X(PES_E_DIVERGED, -7, "too many particles had losses that are not finite")                 \
    X(PES_E_THREAD, -8, "a thread could not be started")

typedef enum pes_status {
#define X(name, value, text) name = value,
    PES_STATUS_LIST(X)
#undef X
} pes_status;

/// Short fixed description of a status; never NULL.
PES_API const char *pes_status_text(pes_status status);

/// What went wrong in the last failing call on this thread, in one sentence that says what to
/// change. Empty if nothing has failed. Valid until the next failure on this thread.
PES_API const char *pes_last_error(void);

/// Fail from inside a callback or a problem of your own: store the sentence for
/// pes_last_error() and hand back `status`. Longer than 511 bytes is cut.
PES_API pes_status pes_fail(pes_status status, const char *format, ...) PES_PRINTF_LIKE(2, 3);

/// The library's version, "major.minor.patch".
PES_API const char *pes_version(void);

#ifdef __cplusplus
}
#endif

#endif // PES_STATUS_H
