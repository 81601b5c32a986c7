// A reader of tokens rather than of documents: it keeps no tree, so nothing can nest too deep.

#include <string.h>

#include "record/json.h"

// First and last byte that may follow as the second, by the first (Unicode 15, table 3-7):
// what is left out would be an overlong form, a surrogate, or beyond U+10FFFF.
static const struct {
    unsigned char first, last; // range of the first byte
    unsigned char low, high;   // range of the second
    size_t length;
} utf8_form[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool utf8_matches(size_t form, const unsigned char *p, size_t left) {
    const size_t length = utf8_form[form].length;
    if (p[0] < utf8_form[form].first || p[0] > utf8_form[form].last || length > left) {
        return false;
    }
    if (length > 1 && (p[1] < utf8_form[form].low || p[1] > utf8_form[form].high)) {
        return false;
    }
    for (size_t i = 2; i < length; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf) {
            return false;
        }
    }
    return true;
}

size_t pes_json_utf8_length(const char *p, size_t left) {
    for (size_t form = 0; left > 0 && form < sizeof utf8_form / sizeof *utf8_form; form++) {
        if (utf8_matches(form, (const unsigned char *)p, left)) {
            return utf8_form[form].length;
        }
    }
    return 0;
}

static void skip_space(pes_json_reader *in) {
    while (in->at < in->size && in->text[in->at] != '\0' &&
           strchr(" \t\n\r", in->text[in->at]) != NULL) {
        in->at++;
    }
}

bool pes_json_take(pes_json_reader *in, char c) {
    skip_space(in);
    if (in->at < in->size && in->text[in->at] == c) {
        in->at++;
        return true;
    }
    return false;
}

bool pes_json_at_end(pes_json_reader *in) {
    skip_space(in);
    return in->at == in->size;
}

bool pes_json_take_int(pes_json_reader *in, int64_t *value) {
    skip_space(in);
    const size_t begin = in->at;
    int64_t sum = 0;
    for (; in->at < in->size && in->text[in->at] >= '0' && in->text[in->at] <= '9'; in->at++) {
        const int64_t digit = in->text[in->at] - '0';
        if (sum > (INT64_MAX - digit) / 10) {
            return false;
        }
        sum = 10 * sum + digit;
    }
    const size_t digits = in->at - begin;
    *value = sum;
    return digits > 0 && (digits == 1 || in->text[begin] != '0');
}

// Four hexadecimal digits.
static bool take_unit(pes_json_reader *in, uint32_t *unit) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    if (in->size - in->at < 4) {
        return false;
    }
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        const char *digit = memchr(digits, in->text[in->at++], sizeof digits - 1);
        if (digit == NULL) {
            return false;
        }
        *unit = *unit << 4 | ((uint32_t)(digit - digits) & 15u);
    }
    return true;
}

// What follows \u: one unit of UTF-16, or two that are a pair of surrogates. Zero is refused.
static bool take_code(pes_json_reader *in, uint32_t *code) {
    if (!take_unit(in, code) || *code == 0 || (*code >= 0xdc00 && *code <= 0xdfff)) {
        return false;
    }
    if (*code < 0xd800 || *code > 0xdbff) {
        return true;
    }
    uint32_t low;
    if (in->size - in->at < 2 || in->text[in->at] != '\\' || in->text[in->at + 1] != 'u') {
        return false;
    }
    in->at += 2;
    if (!take_unit(in, &low) || low < 0xdc00 || low > 0xdfff) {
        return false;
    }
    *code = 0x10000 + ((*code - 0xd800) << 10 | (low - 0xdc00));
    return true;
}

static size_t put_utf8(uint32_t code, char *out) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const size_t length = code < 0x800 ? 2 : (code < 0x10000 ? 3 : 4);
    static const uint32_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--, code >>= 6) {
        out[i] = (char)(0x80u | (code & 0x3fu));
    }
    out[0] = (char)(lead[length] | code);
    return length;
}

// What follows a backslash, to `out`; 0 if it is no escape. Never longer than its escape.
static size_t take_escape(pes_json_reader *in, char *out) {
    static const char name[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    if (in->at == in->size) {
        return 0;
    }
    const char c = in->text[in->at++];
    if (c == 'u') {
        uint32_t code;
        return take_code(in, &code) ? put_utf8(code, out) : 0;
    }
    const char *found = memchr(name, c, sizeof name - 1);
    if (found == NULL) {
        return 0;
    }
    *out = meaning[found - name];
    return 1;
}

char *pes_json_take_text(pes_json_reader *in) {
    if (!pes_json_take(in, '"')) {
        return NULL;
    }
    char *const text = in->text + in->at;
    size_t used = 0;
    while (in->at < in->size && in->text[in->at] != '"') {
        const char *p = in->text + in->at;
        size_t length;
        if (*p == '\\') {
            in->at++;
            length = take_escape(in, text + used);
        } else {
            length = (unsigned char)*p < 0x20 ? 0 : pes_json_utf8_length(p, in->size - in->at);
            memmove(text + used, p, length);
            in->at += length;
        }
        if (length == 0) {
            return NULL;
        }
        used += length;
    }
    if (in->at == in->size) {
        return NULL;
    }
    in->at++;
    text[used] = '\0'; // over the closing quote, or before it
    return text;
}
