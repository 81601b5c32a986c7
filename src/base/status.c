#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "pes/version.h"

static _Thread_local char last_error[512];

const char *pes_last_error(void) {
    return last_error;
}

const char *pes_status_text(pes_status status) {
    switch (status) {
#define X(name, value, text)                                                                   \
    case name:                                                                                 \
        return text;
        PES_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

// The old sentence may be among the arguments, so the new one is written beside it first.
pes_status pes_fail(pes_status status, const char *format, ...) {
    char sentence[sizeof last_error];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    snprintf(last_error, sizeof last_error, "%s", sentence);
    return status;
}

const char *pes_version(void) {
    return PES_VERSION_STRING;
}
