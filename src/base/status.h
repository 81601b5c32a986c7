// Reporting a failure, from inside the library.
//
// Fail once, where the cause is known, with PES_REQUIRE and a full sentence. Everyone above
// passes the status on with PES_TRY and adds nothing.

#ifndef PES_BASE_STATUS_H
#define PES_BASE_STATUS_H

#include "pes/status.h"

#define PES_REQUIRE(condition, status, ...)                                                    \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            return pes_fail((status), __VA_ARGS__);                                            \
        }                                                                                      \
    } while (0)

#define PES_TRY(call)                                                                          \
    do {                                                                                       \
        pes_status try_status_ = (call);                                                       \
        if (try_status_ != PES_OK) {                                                           \
            return try_status_;                                                                \
        }                                                                                      \
    } while (0)

#endif // PES_BASE_STATUS_H
