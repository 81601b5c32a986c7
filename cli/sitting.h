// One sitting of a run, and what may run in it: a trainer or a search.

#ifndef PES_CLI_SITTING_H
#define PES_CLI_SITTING_H

#include "cli/drive.h"
#include "cli/progress.h"

// Everything that one sitting of a run holds.
typedef struct sitting {
    experiment *setup;
    const drive_options *how;
    const char *folder; // NULL: writes nowhere
    pes_problem *problem;
    pes_trainer *trainer; // one of the two, once it is created
    pes_search *search;
    char *fingerprint;
    progress line;
} sitting;

// What runs. Calls return the library's status unless they say otherwise.
typedef struct sitting_engine {
    pes_status (*create)(sitting *s);
    pes_status (*resume)(sitting *s);
    pes_status (*run)(sitting *s); // stops early, with PES_OK, when stop_wanted()
    bool (*interrupted)(const sitting *s, char where[64]); // has it? "update 12"
    json_t *(*result)(const sitting *s);
} sitting_engine;

extern const sitting_engine sitting_trainer;
extern const sitting_engine sitting_search;

#endif // PES_CLI_SITTING_H
