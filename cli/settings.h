// The settings of a field table, for people and as JSON.

#ifndef PES_CLI_SETTINGS_H
#define PES_CLI_SETTINGS_H

#include "cli/cli.h"
#include "pes/field.h"

// Every setting with its default, range, unit and sentence, to stdout, below "[table]".
// Settings that belong into another TOML table are left out.
void settings_print(const pes_field_table *table);
json_t *settings_json(const pes_field_table *table);

#endif // PES_CLI_SETTINGS_H
