// Names of settings: which one is meant, which one is nearest, and where a dotted one leads.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/status.h"

enum { WORDS = 64 };

// Edit distance of two names (Levenshtein), one row of the table at a time.
static int64_t distance(const char *a, const char *b) {
    const int64_t length = (int64_t)strlen(b);
    if (length >= WORDS) {
        return WORDS;
    }
    int64_t row[WORDS];
    for (int64_t j = 0; j <= length; j++) {
        row[j] = j;
    }
    for (int64_t i = 0; a[i] != '\0'; i++) {
        int64_t diagonal = row[0];
        row[0] = i + 1;
        for (int64_t j = 0; j < length; j++) {
            int64_t best = diagonal + (a[i] != b[j]);
            best = row[j + 1] + 1 < best ? row[j + 1] + 1 : best;
            best = row[j] + 1 < best ? row[j] + 1 : best;
            diagonal = row[j + 1];
            row[j + 1] = best;
        }
    }
    return row[length];
}

// Near: at most two slips, or a third of the letters in a long name.
static bool is_near(int64_t slips, const char *name) {
    const int64_t third = (int64_t)strlen(name) / 3;
    return slips <= (third > 2 ? third : 2);
}

const pes_field *pes_field_find(const pes_field_table *table, const char *name) {
    for (int64_t i = 0; i < table->count; i++) {
        if (strcmp(table->field[i].name, name) == 0) {
            return &table->field[i];
        }
    }
    return NULL;
}

const char *pes_field_nearest(const pes_field_table *table, const char *name) {
    const char *nearest = NULL;
    int64_t least = WORDS;
    for (int64_t i = 0; i < table->count; i++) {
        const int64_t slips = distance(name, table->field[i].name);
        if (slips < least) {
            least = slips;
            nearest = table->field[i].name;
        }
    }
    return nearest != NULL && is_near(least, nearest) ? nearest : NULL;
}

const char *pes_field_nearest_choice(const pes_field *field, const char *name) {
    const char *nearest = NULL;
    int64_t least = WORDS;
    for (int64_t i = 0; field->choice(i) != NULL; i++) {
        const int64_t slips = distance(name, field->choice(i));
        if (slips < least) {
            least = slips;
            nearest = field->choice(i);
        }
    }
    return nearest != NULL && is_near(least, nearest) ? nearest : NULL;
}

const char *pes_field_known_choice(const pes_field *field, const char *name) {
    for (int64_t i = 0; name != NULL && field->choice(i) != NULL; i++) {
        if (strcmp(field->choice(i), name) == 0) {
            return field->choice(i);
        }
    }
    return NULL;
}

// ---- places ---------------------------------------------------------------------------------

void *pes_field_row(const pes_field *field, void *options, int64_t index) {
    unsigned char *member = (unsigned char *)options + field->offset;
    return member + sizeof(int64_t) + (size_t)index * field->rows->struct_size;
}

// `whole` is the path from its beginning, `name` what is left of it.
static pes_status unknown(const pes_field_table *table, const char *whole, const char *name) {
    const char *nearest = pes_field_nearest(table, name);
    char owner[PES_TEXT_SIZE];
    const int length = name > whole ? (int)(name - whole) - 1 : 0;
    if (length > 0) {
        snprintf(owner, sizeof owner, "%.*s", length, whole);
    } else {
        snprintf(owner, sizeof owner, "[%s]", table->name);
    }
    return nearest != NULL
               ? pes_fail(PES_E_ARGUMENT, "%s has no setting '%s'; did you mean '%s'?", owner,
                          name, nearest)
               : pes_fail(PES_E_ARGUMENT, "%s has no setting '%s'", owner, name);
}

// The list of tables whose name goes up to `dot`, or NULL.
static const pes_field *find_rows(const pes_field_table *table, const char *name,
                                  const char *dot) {
    const size_t length = (size_t)(dot - name);
    for (int64_t i = 0; i < table->count; i++) {
        const pes_field *field = &table->field[i];
        if (field->type == PES_FIELD_ROWS && strlen(field->name) == length &&
            strncmp(field->name, name, length) == 0) {
            return field;
        }
    }
    return NULL;
}

// The number of a row at `digits`, which a dot must follow.
static pes_status read_row(const pes_field *field, const void *options, const char *digits,
                           int64_t *row, const char **rest) {
    const int64_t count = pes_field_get(field, options).count;
    char *end = NULL;
    errno = 0;
    *row = strtoll(digits, &end, 10);
    PES_REQUIRE(digits[0] >= '0' && digits[0] <= '9' && *end == '.', PES_E_ARGUMENT,
                "%s is a list of tables: name the setting of one of them, as in %s.0.%s",
                field->name, field->name, field->rows->field[0].name);
    PES_REQUIRE(errno == 0 && *row < count, PES_E_ARGUMENT,
                "there is no %s.%.*s: %s has %lld table%s, counted from 0", field->name,
                (int)(end - digits), digits, field->name, (long long)count,
                count == 1 ? "" : "s");
    *rest = end + 1;
    return PES_OK;
}

pes_status pes_field_locate(const pes_field_table *table, void *options, const char *name,
                            pes_field_place *out) {
    const char *left = name;
    for (const char *dot = NULL; (dot = strchr(left, '.')) != NULL;) {
        const pes_field *list = find_rows(table, left, dot);
        int64_t row = 0;
        if (list == NULL) {
            return unknown(table, name, left);
        }
        PES_TRY(read_row(list, options, dot + 1, &row, &left));
        options = pes_field_row(list, options, row);
        table = list->rows;
    }
    const pes_field *field = pes_field_find(table, left);
    if (field == NULL) {
        return unknown(table, name, left);
    }
    *out = (pes_field_place){.field = *field, .table = table, .options = options};
    out->field.name = name;
    return PES_OK;
}
