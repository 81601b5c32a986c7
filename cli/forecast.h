// What an experiment will need, before it runs.

#ifndef PES_CLI_FORECAST_H
#define PES_CLI_FORECAST_H

#include <stdbool.h>

// Prints parameters, memory and inner steps of the experiment in a file or folder. An exit
// code.
int forecast_print(const char *path, const char *data, bool json);

#endif // PES_CLI_FORECAST_H
