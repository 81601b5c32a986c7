// Writing field tables: one line a setting.
//
//     PES_FIELD(pes_estimator_options, sigma, REAL, .above_minimum = true, .maximum = 1e30,
//     .unit = "",
//               .summary = "standard deviation of the perturbations"),

#ifndef PES_BASE_FIELDS_H
#define PES_BASE_FIELDS_H

#include "pes/field.h"

#define PES_FIELD(structure, member, kind, ...)                                                \
    {                                                                                          \
        .name = #member, .type = PES_FIELD_##kind, .offset = offsetof(structure, member),      \
        __VA_ARGS__                                                                            \
    }

#define PES_FIELD_TABLE(name_, structure, rows, default_)                                      \
    {                                                                                          \
        .name = name_, .field = rows, .count = (int64_t)(sizeof(rows) / sizeof *(rows)),       \
        .struct_size = sizeof(structure), .set_default = default_                              \
    }

// As pes_fields_check(); choices then point to the table's own texts, which outlive the
// caller's.
pes_status pes_fields_adopt(const pes_field_table *table, void *options);

// The name among a choice's as its table holds it; the nearest one. NULL if there is none.
const char *pes_field_known_choice(const pes_field *field, const char *name);
const char *pes_field_nearest_choice(const pes_field *field, const char *name);

// Row number `index` of a list of tables in `options`.
void *pes_field_row(const pes_field *field, void *options, int64_t index);

#endif // PES_BASE_FIELDS_H
