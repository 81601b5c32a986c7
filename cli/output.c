// Sentences, numbers and JSON on their way out.

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static char last_sentence[2048];

// Names out of files may hold commands for a terminal.
static void tame(char *text) {
    for (; *text != '\0'; text++) {
        const unsigned char letter = (unsigned char)*text;
        *text = letter < ' ' || letter == 127 ? '?' : *text;
    }
}

int cli_fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_sentence, sizeof last_sentence, format, arguments);
    va_end(arguments);
    tame(last_sentence);
    fflush(stdout);
    fprintf(stderr, "pes: %s\n", last_sentence);
    return code;
}

const char *cli_last_sentence(void) {
    return last_sentence;
}

int cli_fail_status(pes_status status, const char *prefix) {
    const bool is_users = status == PES_E_ARGUMENT || status == PES_E_FORMAT ||
                          status == PES_E_FILE || status == PES_E_CALL_ORDER;
    const char *sentence = pes_last_error();
    if (sentence[0] == '\0') {
        sentence = pes_status_text(status);
    }
    return cli_fail(is_users ? CLI_USAGE : CLI_FAILED, "%s%s%s", prefix != NULL ? prefix : "",
                    prefix != NULL ? ": " : "", sentence);
}

int cli_flush(void) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return cli_fail(CLI_FAILED, "the results could not be written to standard output: %s",
                        strerror(errno));
    }
    return CLI_OK;
}

// ---- numbers ------------------------------------------------------------------------

char *cli_real(double x, char out[CLI_NUMBER_SIZE]) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, CLI_NUMBER_SIZE, "%.*g", digits, x);
        if (!isfinite(x) || strtod(out, NULL) == x) {
            break;
        }
    }
    return out;
}

char *cli_short(double x, char out[CLI_NUMBER_SIZE]) {
    snprintf(out, CLI_NUMBER_SIZE, "%.4g", x);
    return out;
}

// Divides by `base` until the number is small, then writes it with that step's unit.
static char *scaled(double x, double base, const char *const unit[], int units,
                    char out[CLI_NUMBER_SIZE]) {
    int step = 0;
    while (fabs(x) >= base && step + 1 < units) {
        x /= base;
        step++;
    }
    const int decimals = step == 0 || fabs(x) >= 100.0 ? 0 : fabs(x) >= 10.0 ? 1 : 2;
    snprintf(out, CLI_NUMBER_SIZE, "%.*f%s", decimals, x, unit[step]);
    return out;
}

char *cli_count(double x, char out[CLI_NUMBER_SIZE]) {
    static const char *const unit[] = {"", " k", " M", " G", " T", " P"};
    return fabs(x) < 10.0 && x != floor(x) ? cli_short(x, out) : scaled(x, 1e3, unit, 6, out);
}

char *cli_bytes(double bytes, char out[CLI_NUMBER_SIZE]) {
    static const char *const unit[] = {" bytes", " KiB", " MiB", " GiB", " TiB", " PiB"};
    return scaled(bytes, 1024.0, unit, 6, out);
}

char *cli_seconds(double seconds, char out[CLI_NUMBER_SIZE]) {
    const double most = 1e9;
    const long whole = lround(fmin(fmax(seconds, 0.0), most));
    if (seconds < 60.0) {
        snprintf(out, CLI_NUMBER_SIZE, seconds < 10.0 ? "%.1f s" : "%.0f s", seconds);
    } else if (whole < 3600) {
        snprintf(out, CLI_NUMBER_SIZE, "%ld min %02ld s", whole / 60, whole % 60);
    } else if (whole < 86400) {
        snprintf(out, CLI_NUMBER_SIZE, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    } else {
        snprintf(out, CLI_NUMBER_SIZE, "%ld d %02ld h", whole / 86400, whole / 3600 % 24);
    }
    return out;
}

// ---- JSON ---------------------------------------------------------------------------

json_t *cli_json_real(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

// A number's text in JSON: a double keeps a point or an exponent.
static char *json_number(double x, char out[CLI_NUMBER_SIZE]) {
    cli_real(x, out);
    if (strpbrk(out, ".e") == NULL) {
        strcat(out, ".0");
    }
    return out;
}

// jansson writes seventeen digits; this rewrites every real of `text`, in place, in the
// shortest form, which is never longer.
static void shorten_reals(char *text) {
    char *out = text;
    bool quoted = false;
    for (const char *in = text; *in != '\0';) {
        if (*in == '"') {
            quoted = !quoted;
        }
        const size_t digits = quoted ? 0 : strspn(in, "-+.0123456789eE");
        const bool is_number = digits > 0 && strchr("-0123456789", *in) != NULL;
        const size_t marks = is_number ? strcspn(in, ".eE") : 0;
        if (is_number && marks < digits) {
            char number[CLI_NUMBER_SIZE];
            json_number(strtod(in, NULL), number);
            const size_t length = strlen(number) <= digits ? strlen(number) : digits;
            memmove(out, length == digits ? in : number, length);
            out += length;
            in += digits;
            continue;
        }
        const size_t plain = is_number                                  ? digits
                             : (quoted && *in == '\\' && in[1] != '\0') ? 2
                                                                        : 1;
        memmove(out, in, plain);
        out += plain;
        in += plain;
    }
    *out = '\0';
}

char *cli_json_text(json_t *value, bool indent) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | (indent ? JSON_INDENT(2) : 0));
    json_decref(value);
    if (text != NULL) {
        shorten_reals(text);
    }
    return text;
}

int cli_json_print(json_t *value, bool indent) {
    char *text = cli_json_text(value, indent);
    if (text == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left for the JSON text");
    }
    puts(text);
    free(text);
    return cli_flush();
}
