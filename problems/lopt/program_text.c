#include "problems/lopt/program_text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void pes_lopt_print_fragments(FILE *out, const pes_lopt_fragment *list,
                              const pes_lopt_rule *rule) {
    for (; list->rule != NULL; list++) {
        if (list->rule == rule) {
            fputs(list->text, out);
        }
    }
}

double pes_lopt_printable(double x) {
    return fmax(-(double)FLT_MAX, fmin(x, (double)FLT_MAX));
}

// With a point or an exponent, so that a suffix makes a float of it in C too.
static void print_number(FILE *out, float x) {
    char text[32];
    snprintf(text, sizeof text, "%.9g", pes_lopt_printable((double)x));
    fprintf(out, "%s%s", text, strpbrk(text, ".en") == NULL ? ".0" : "");
}

void pes_lopt_print_numbers(FILE *out, int64_t count, const float *x, int indent,
                            const char *suffix) {
    enum { IN_LINE = 6 };
    for (int64_t i = 0; i < count; i++) {
        if (i % IN_LINE == 0) {
            fprintf(out, "%s%*s", i > 0 ? "\n" : "", indent, "");
        }
        print_number(out, x[i]);
        fprintf(out, "%s%s", suffix,
                i + 1 == count               ? ""
                : i % IN_LINE == IN_LINE - 1 ? ","
                                             : ", ");
    }
}

// A phrase from outside, which must end neither a line nor a quotation.
static void print_tame(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        const bool wild = (unsigned char)*text < ' ' || *text == '"' || *text == '\\';
        fputc(wild ? '?' : *text, out);
    }
}

void pes_lopt_print_filled(FILE *out, const char *text, const pes_lopt_shape *shape,
                           const char *where) {
    const struct {
        const char *mark, *filling;
    } marks[] = {
        {"%NAME%", shape->rule->name}, {"%SUMMARY%", shape->rule->summary}, {"%WHERE%", where}};
    while (*text != '\0') {
        size_t skipped = 0;
        for (size_t i = 0; i < sizeof marks / sizeof *marks && skipped == 0; i++) {
            if (strncmp(text, marks[i].mark, strlen(marks[i].mark)) == 0) {
                print_tame(out, marks[i].filling);
                skipped = strlen(marks[i].mark);
            }
        }
        if (skipped == 0) {
            fputc(*text, out);
            skipped = 1;
        }
        text += skipped;
    }
}

char *pes_lopt_print_program(void (*print)(FILE *out, const pes_lopt_shape *shape,
                                           const float *theta, const char *where),
                             const pes_lopt_shape *shape, const float *theta,
                             const char *where) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    print(out, shape, theta, where);
    return fclose(out) == 0 ? text : (free(text), NULL);
}
