// Signals that ask a run to stop: noticed, never obeyed at once.

#ifndef PES_CLI_STOP_H
#define PES_CLI_STOP_H

#include <stdbool.h>

// From now on the first SIGINT, SIGTERM or SIGHUP is only remembered (SIGHUP stays ignored
// where nohup had it ignored); a second of the same kind ends the process.
void stop_watch(void);

// Has one arrived?
bool stop_wanted(void);

#endif // PES_CLI_STOP_H
