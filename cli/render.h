// pes render: what a policy has learned, as a picture of an episode.

#ifndef PES_CLI_RENDER_H
#define PES_CLI_RENDER_H

#include "cli/cli.h"
#include "problems/problems.h"

// An episode, frame by frame.
typedef struct render_film {
    int64_t count;     // frames
    pes_scene *scene;  // count, owned
    int64_t *step;     // count, inner steps taken before each
    double seconds;    // that the whole film lasts
    const char *title; // one line
    const char *steps; // what inner steps are called
} render_film;

// The film as SVG, side by side or moving: zero-terminated and to be freed; NULL without
// memory.
char *render_strip(const render_film *film);
char *render_animation(const render_film *film);

#endif // PES_CLI_RENDER_H
