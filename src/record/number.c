#include "record/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// printf and strtod follow the host's locale, whose separator may even be several bytes long;
// whatever stands between the digits becomes one point.
static size_t put_point(char *text) {
    size_t used = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr("0123456789+-e", *p) != NULL) {
            text[used++] = *p;
        } else if (used > 0 && text[used - 1] != '.') {
            text[used++] = '.';
        }
    }
    text[used] = '\0';
    return used;
}

static size_t put_null(char *out) {
    memcpy(out, "null", 5);
    return 4;
}

size_t pes_number_real(double value, char out[PES_NUMBER_SIZE]) {
    if (!isfinite(value)) {
        return put_null(out);
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, PES_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value) {
            break;
        }
    }
    return put_point(out);
}

size_t pes_number_float(float value, char out[PES_NUMBER_SIZE]) {
    if (!isfinite(value)) {
        return put_null(out);
    }
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(out, PES_NUMBER_SIZE, "%.*g", digits, (double)value);
        if (strtof(out, NULL) == value) {
            break;
        }
    }
    return put_point(out);
}
