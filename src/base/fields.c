#include "base/fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static const char *nearest_choice(const pes_field *field, const char *name) {
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

// The name as the table holds it, or NULL.
static const char *known_choice(const pes_field *field, const char *name) {
    for (int64_t i = 0; name != NULL && field->choice(i) != NULL; i++) {
        if (strcmp(field->choice(i), name) == 0) {
            return field->choice(i);
        }
    }
    return NULL;
}

static bool in_range(const pes_field *field, double x) {
    return x <= field->maximum &&
           (field->above_minimum ? x > field->minimum : x >= field->minimum);
}

// Appends to a text that may be full already.
static void append(char *out, size_t capacity, const char *more) {
    const size_t used = strlen(out);
    if (used + 1 < capacity) {
        snprintf(out + used, capacity - used, "%s", more);
    }
}

static void append_interval(const pes_field *field, bool whole, char *out, size_t capacity) {
    char text[96];
    const bool low = field->minimum > (whole ? -9e18 : -1e300);
    const bool high = field->maximum < (whole ? 9e18 : 1e300);
    if (low) {
        snprintf(text, sizeof text, field->above_minimum ? " above %.15g" : " from %.15g",
                 field->minimum);
        append(out, capacity, text);
    }
    if (high) {
        snprintf(text, sizeof text, "%s%.15g",
                 !low ? " up to " : (field->above_minimum ? ", at most " : " to "),
                 field->maximum);
        append(out, capacity, text);
    } else if (low && !field->above_minimum) {
        append(out, capacity, " upwards");
    }
}

static void append_choices(const pes_field *field, char *out, size_t capacity) {
    append(out, capacity, "one of ");
    for (int64_t i = 0; field->choice(i) != NULL; i++) {
        append(out, capacity, i > 0 ? ", " : "");
        append(out, capacity, field->choice(i));
    }
}

char *pes_field_range(const pes_field *field, char *out, size_t capacity) {
    static const struct {
        const char *words;
        bool interval;
        bool whole;
    } form[] = {
        [PES_FIELD_INT] = {"an integer", true, true},
        [PES_FIELD_REAL] = {"a number", true, false},
        [PES_FIELD_BOOL] = {"true or false", false, false},
        [PES_FIELD_SEED] = {"an integer from 0 upwards", false, false},
        [PES_FIELD_CHOICE] = {"", false, false},
        [PES_FIELD_TEXT] = {"a text of at most 255 bytes", false, false},
        [PES_FIELD_INT_LIST] = {"a list of at most 16 integers", true, true},
        [PES_FIELD_REAL_LIST] = {"a list of at most 16 numbers", true, false},
    };
    if (capacity == 0) {
        return out;
    }
    out[0] = '\0';
    append(out, capacity, form[field->type].words);
    if (field->type == PES_FIELD_CHOICE) {
        append_choices(field, out, capacity);
    } else if (form[field->type].interval) {
        append_interval(field, form[field->type].whole, out, capacity);
    }
    return out;
}

static pes_status not_allowed(const pes_field *field, const char *given) {
    char range[320];
    pes_field_range(field, range, sizeof range);
    const char *nearest = field->type == PES_FIELD_CHOICE ? nearest_choice(field, given) : NULL;
    if (nearest != NULL) {
        return pes_fail(PES_E_ARGUMENT, "%s must be %s, not '%s'; did you mean '%s'?",
                        field->name, range, given, nearest);
    }
    return pes_fail(PES_E_ARGUMENT, "%s must be %s, not %s", field->name, range, given);
}

static pes_status check_number(const pes_field *field, double x) {
    if (isfinite(x) && in_range(field, x)) {
        return PES_OK;
    }
    char given[40];
    snprintf(given, sizeof given, "%.15g", x);
    return not_allowed(field, given);
}

static pes_status check_list(const pes_field *field, int64_t count) {
    PES_REQUIRE(count >= 0 && count <= PES_LIST_SIZE, PES_E_ARGUMENT,
                "%s must have at most %d elements, not %lld", field->name, PES_LIST_SIZE,
                (long long)count);
    return PES_OK;
}

// Is the value allowed? Its type is the field's already.
static pes_status check(const pes_field *field, const pes_value *value) {
    switch (field->type) {
    case PES_FIELD_INT:
        return check_number(field, (double)value->integer);
    case PES_FIELD_REAL:
        return check_number(field, value->real);
    case PES_FIELD_CHOICE:
        return known_choice(field, value->text) != NULL
                   ? PES_OK
                   : not_allowed(field, value->text != NULL ? value->text : "NULL");
    case PES_FIELD_TEXT:
        PES_REQUIRE(value->text != NULL && memchr(value->text, '\0', PES_TEXT_SIZE) != NULL,
                    PES_E_ARGUMENT, "%s must be a text of at most %d bytes", field->name,
                    PES_TEXT_SIZE - 1);
        return PES_OK;
    case PES_FIELD_INT_LIST:
        PES_TRY(check_list(field, value->integers.count));
        for (int64_t i = 0; i < value->integers.count; i++) {
            PES_TRY(check_number(field, (double)value->integers.value[i]));
        }
        return PES_OK;
    case PES_FIELD_REAL_LIST:
        PES_TRY(check_list(field, value->reals.count));
        for (int64_t i = 0; i < value->reals.count; i++) {
            PES_TRY(check_number(field, value->reals.value[i]));
        }
        return PES_OK;
    case PES_FIELD_BOOL:
    case PES_FIELD_SEED:
        return PES_OK;
    }
    return PES_OK;
}

// Integers are numbers too: the conversions that lose nothing.
static bool convert(const pes_field *field, const pes_value *given, pes_value *value) {
    *value = *given;
    value->type = field->type;
    if (given->type == field->type) {
        return true;
    }
    if (given->type == PES_FIELD_INT && field->type == PES_FIELD_REAL) {
        value->real = (double)given->integer;
        return true;
    }
    if (given->type == PES_FIELD_INT && field->type == PES_FIELD_SEED) {
        value->seed = (uint64_t)given->integer;
        return given->integer >= 0;
    }
    if (given->type == PES_FIELD_INT_LIST && field->type == PES_FIELD_REAL_LIST) {
        value->reals.count = given->integers.count;
        for (int64_t i = 0; i < given->integers.count && i < PES_LIST_SIZE; i++) {
            value->reals.value[i] = (double)given->integers.value[i];
        }
        return true;
    }
    const bool is_list =
        field->type == PES_FIELD_INT_LIST || field->type == PES_FIELD_REAL_LIST;
    const bool empty_list = (given->type == PES_FIELD_INT_LIST && given->integers.count == 0) ||
                            (given->type == PES_FIELD_REAL_LIST && given->reals.count == 0);
    if (is_list && empty_list) {
        value->integers.count = 0;
        value->reals.count = 0;
        return true;
    }
    return (given->type == PES_FIELD_TEXT && field->type == PES_FIELD_CHOICE) ||
           (given->type == PES_FIELD_CHOICE && field->type == PES_FIELD_TEXT);
}

static void store(const pes_field *field, void *options, const pes_value *value) {
    unsigned char *member = (unsigned char *)options + field->offset;
    const char *text = NULL;
    switch (field->type) {
    case PES_FIELD_INT:
        memcpy(member, &value->integer, sizeof value->integer);
        break;
    case PES_FIELD_REAL:
        memcpy(member, &value->real, sizeof value->real);
        break;
    case PES_FIELD_BOOL:
        memcpy(member, &value->boolean, sizeof value->boolean);
        break;
    case PES_FIELD_SEED:
        memcpy(member, &value->seed, sizeof value->seed);
        break;
    case PES_FIELD_CHOICE:
        text = known_choice(field, value->text);
        memcpy(member, &text, sizeof text);
        break;
    case PES_FIELD_TEXT:
        snprintf((char *)member, PES_TEXT_SIZE, "%s", value->text);
        break;
    case PES_FIELD_INT_LIST:
        memcpy(member, &value->integers, sizeof value->integers);
        break;
    case PES_FIELD_REAL_LIST:
        memcpy(member, &value->reals, sizeof value->reals);
        break;
    }
}

pes_value pes_field_get(const pes_field *field, const void *options) {
    const unsigned char *member = (const unsigned char *)options + field->offset;
    pes_value value = {.type = field->type};
    switch (field->type) {
    case PES_FIELD_INT:
        memcpy(&value.integer, member, sizeof value.integer);
        break;
    case PES_FIELD_REAL:
        memcpy(&value.real, member, sizeof value.real);
        break;
    case PES_FIELD_BOOL:
        memcpy(&value.boolean, member, sizeof value.boolean);
        break;
    case PES_FIELD_SEED:
        memcpy(&value.seed, member, sizeof value.seed);
        break;
    case PES_FIELD_CHOICE:
        memcpy(&value.text, member, sizeof value.text);
        break;
    case PES_FIELD_TEXT:
        value.text = (const char *)member;
        break;
    case PES_FIELD_INT_LIST:
        memcpy(&value.integers, member, sizeof value.integers);
        break;
    case PES_FIELD_REAL_LIST:
        memcpy(&value.reals, member, sizeof value.reals);
        break;
    }
    return value;
}

pes_status pes_field_set(const pes_field_table *table, void *options, const char *name,
                         const pes_value *value) {
    const pes_field *field = pes_field_find(table, name);
    if (field == NULL) {
        const char *nearest = pes_field_nearest(table, name);
        return nearest != NULL
                   ? pes_fail(PES_E_ARGUMENT, "[%s] has no setting '%s'; did you mean '%s'?",
                              table->name, name, nearest)
                   : pes_fail(PES_E_ARGUMENT, "[%s] has no setting '%s'", table->name, name);
    }
    pes_value converted;
    if (!convert(field, value, &converted)) {
        char range[320];
        return pes_fail(PES_E_ARGUMENT, "%s must be %s", name,
                        pes_field_range(field, range, sizeof range));
    }
    PES_TRY(check(field, &converted));
    store(field, options, &converted);
    return PES_OK;
}

pes_status pes_fields_check(const pes_field_table *table, const void *options) {
    for (int64_t i = 0; i < table->count; i++) {
        const pes_value value = pes_field_get(&table->field[i], options);
        PES_TRY(check(&table->field[i], &value));
    }
    return PES_OK;
}

pes_status pes_fields_adopt(const pes_field_table *table, void *options) {
    PES_TRY(pes_fields_check(table, options));
    for (int64_t i = 0; i < table->count; i++) {
        if (table->field[i].type == PES_FIELD_CHOICE) {
            const pes_value value = pes_field_get(&table->field[i], options);
            store(&table->field[i], options, &value);
        }
    }
    return PES_OK;
}
