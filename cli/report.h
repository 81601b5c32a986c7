// One page about runs: settings, results, pictures, machines, in a file that needs no other.

#ifndef PES_CLI_REPORT_H
#define PES_CLI_REPORT_H

#include "cli/compare.h"

// What the page is about.
typedef struct report {
    const runs *all;
    const compare_table *table;
    json_t **result; // all->count: each run's result.json, NULL while it has none
} report;

// Sections of the page, each with its heading.
void report_results(FILE *out, const report *page);  // what pes compare says
void report_methods(FILE *out, const report *page);  // what the methods are, and their sources
void report_settings(FILE *out, const report *page); // differences first, then all
void report_runs(FILE *out, const report *page);     // every run: state, end, theta
void report_machines(FILE *out, const report *page); // versions, kernels, processors, times

#endif // PES_CLI_REPORT_H
