// What every test program begins with: cmocka, and assertions that show the library's sentence.

#ifndef PES_TESTS_SUPPORT_CHECK_H
#define PES_TESTS_SUPPORT_CHECK_H

// cmocka wants these four before it
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "pes/status.h"

// The call succeeds.
#define CHECK_OK(call)                                                                         \
    do {                                                                                       \
        const pes_status check_status_ = (call);                                               \
        if (check_status_ != PES_OK) {                                                         \
            fail_msg("%s: %s (%s)", #call, pes_status_text(check_status_), pes_last_error());  \
        }                                                                                      \
    } while (0)

// The call fails with that status, and its sentence contains `words`.
#define CHECK_FAILS(expected, words, call)                                                     \
    do {                                                                                       \
        const pes_status check_status_ = (call);                                               \
        if (check_status_ != (expected) || strstr(pes_last_error(), (words)) == NULL) {        \
            fail_msg("%s: %s (%s), not %s (.. %s ..)", #call, pes_status_text(check_status_),  \
                     pes_last_error(), pes_status_text(expected), (words));                    \
        }                                                                                      \
    } while (0)

// |value - expected| <= tolerance, which NaN never is.
#define CHECK_NEAR(expected, value, tolerance)                                                 \
    do {                                                                                       \
        const double check_expected_ = (expected), check_value_ = (value);                     \
        const double check_off_ = check_value_ - check_expected_;                              \
        if (!(check_off_ <= (tolerance) && -check_off_ <= (tolerance))) {                      \
            fail_msg("%s is %.17g, not %.17g within %.3g", #value, check_value_,               \
                     check_expected_, (double)(tolerance));                                    \
        }                                                                                      \
    } while (0)

// The same bits.
#define CHECK_SAME(a, b, count) assert_memory_equal((a), (b), (size_t)(count) * sizeof *(a))

#endif // PES_TESTS_SUPPORT_CHECK_H
