#include "cli/html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void html_text(FILE *out, const char *text) {
    static const struct {
        char letter;
        const char *reference;
    } special[] = {
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    enum { SPECIAL = sizeof special / sizeof *special };
    for (; *text != '\0'; text++) {
        int i = 0;
        while (i < SPECIAL && special[i].letter != *text) {
            i++;
        }
        const unsigned char letter = (unsigned char)*text;
        if (i < SPECIAL) {
            fputs(special[i].reference, out);
        } else {
            fputc(letter < 0x20 || letter == 0x7f ? ' ' : letter, out);
        }
    }
}

void html_cell(FILE *out, const char *tag, const char *attributes, const char *text) {
    fprintf(out, "<%s%s%s>", tag, attributes != NULL ? " " : "",
            attributes != NULL ? attributes : "");
    html_text(out, text);
    fprintf(out, "</%s>", tag);
}

// RFC 4648: three bytes in four letters, '=' where the last three are not whole.
static void base64(FILE *out, const unsigned char *byte, size_t length) {
    static const char letter[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        const unsigned second = i + 1 < length ? byte[i + 1] : 0;
        const unsigned third = i + 2 < length ? byte[i + 2] : 0;
        const unsigned three = (unsigned)byte[i] << 16 | second << 8 | third;
        fputc(letter[three >> 18], out);
        fputc(letter[three >> 12 & 63], out);
        fputc(i + 1 < length ? letter[three >> 6 & 63] : '=', out);
        fputc(i + 2 < length ? letter[three & 63] : '=', out);
    }
}

// By the first bytes, not by the name; NULL for other files.
static const char *media_type(const char *bytes, size_t length) {
    if (length > 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) {
        return "image/png";
    }
    const bool is_markup =
        length > 4 && (memcmp(bytes, "<?xm", 4) == 0 || memcmp(bytes, "<svg", 4) == 0);
    return is_markup && strstr(bytes, "<svg") != NULL ? "image/svg+xml" : NULL;
}

int html_picture(FILE *out, const char *path, const char *description) {
    size_t length = 0;
    char *bytes = cli_read_file(path, &length);
    if (bytes == NULL) {
        return cli_fail(CLI_USAGE, "%s could not be read: %s", path, strerror(errno));
    }
    const char *type = media_type(bytes, length);
    if (type != NULL) {
        fputs("<img alt=\"", out);
        html_text(out, description);
        fprintf(out, "\" src=\"data:%s;base64,", type);
        base64(out, (const unsigned char *)bytes, length);
        fputs("\">\n", out);
    }
    free(bytes);
    return type != NULL ? CLI_OK
                        : cli_fail(CLI_USAGE, "%s is neither a PNG nor an SVG picture", path);
}
