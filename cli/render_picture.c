// Scenes as SVG, by hand: a stadium is a line with round ends, a disc a circle, and a moving
// picture is all frames on top of each other, each visible for its moment.

#include <math.h>
#include <stdlib.h>

#include "cli/html.h"
#include "cli/render.h"

static const double frame_width = 220.0, title_height = 26.0, margin = 10.0, label = 18.0;

typedef struct frame {
    double x, y, width, height; // in the picture
} frame;

static double scale_of(const pes_scene *scene) {
    return frame_width / scene->size[0];
}

// All frames are as large as the first.
static double frame_height(const render_film *film) {
    return film->scene[0].size[1] * scale_of(&film->scene[0]);
}

static void print_shape(FILE *out, const pes_shape *shape, const pes_scene *scene,
                        const frame *at) {
    static const char *const colour[] = {[PES_TONE_GROUND] = "#999",
                                         [PES_TONE_BODY] = "#4477aa",
                                         [PES_TONE_LIMB] = "#cc6677",
                                         [PES_TONE_MARK] = "#222"};
    const double scale = at->width / scene->size[0];
    double x[2], y[2];
    for (int i = 0; i < 2; i++) {
        x[i] = at->x + 0.5 * at->width + scale * (shape->x[i] - scene->centre[0]);
        y[i] = at->y + 0.5 * at->height - scale * (shape->y[i] - scene->centre[1]);
    }
    const double width = shape->radius > 0.0 ? 2.0 * scale * shape->radius : 1.0;
    if (x[0] == x[1] && y[0] == y[1]) {
        fprintf(out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" fill=\"%s\"/>\n", x[0], y[0],
                0.5 * width, colour[shape->tone]);
        return;
    }
    fprintf(out,
            "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\" "
            "stroke-width=\"%.2f\" stroke-linecap=\"round\"/>\n",
            x[0], y[0], x[1], y[1], colour[shape->tone], width);
}

static void print_scene(FILE *out, const render_film *film, int64_t index, const frame *at) {
    const pes_scene *scene = &film->scene[index];
    for (int64_t i = 0; i < scene->count; i++) {
        const pes_shape *shape = &scene->shape[i];
        if (isfinite(shape->x[0] + shape->x[1] + shape->y[0] + shape->y[1] + shape->radius)) {
            print_shape(out, shape, scene, at);
        }
    }
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">%lld %s</text>\n", at->x + 4.0,
            at->y + at->height + 13.0, (long long)film->step[index],
            index == 0 ? film->steps : "");
}

static void print_head(FILE *out, const render_film *film, double width, double height) {
    fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"0 0 %.0f %.0f\">\n<style>text{font:12px sans-serif;fill:#222}</style>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"%.0f\" y=\"17\">",
        width, height, width, height, margin);
    html_text(out, film->title);
    fputs("</text>\n", out);
}

// A window of its own, so that nothing sticks out of it.
static void print_window(FILE *out, int64_t number, const frame *at) {
    fprintf(out,
            "<clipPath id=\"w%lld\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"%.1f\"/></clipPath>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"%.1f\" fill=\"#f7f7f7\"/>\n",
            (long long)number, at->x, at->y, at->width, at->height + label, at->x, at->y,
            at->width, at->height);
}

static char *finish(FILE *out, char **text) {
    fputs("</svg>\n", out);
    if (fclose(out) != 0) {
        free(*text);
        return NULL;
    }
    return *text;
}

char *render_strip(const render_film *film) {
    const int64_t columns = film->count < 4 ? film->count : 4;
    const int64_t rows = (film->count + columns - 1) / columns;
    const double height = frame_height(film), row = height + label + margin;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    print_head(out, film, margin + (double)columns * (frame_width + margin),
               title_height + (double)rows * row);
    for (int64_t i = 0; i < film->count; i++) {
        const frame at = {.x = margin + (double)(i % columns) * (frame_width + margin),
                          .y = title_height + (double)(i / columns) * row,
                          .width = frame_width,
                          .height = height};
        print_window(out, i, &at);
        fprintf(out, "<g clip-path=\"url(#w%lld)\">\n", (long long)i);
        print_scene(out, film, i, &at);
        fputs("</g>\n", out);
    }
    return finish(out, &text);
}

// When frame `index` is visible.
static void print_moment(FILE *out, const render_film *film, int64_t index) {
    const double from = (double)index / (double)film->count;
    const double to = (double)(index + 1) / (double)film->count;
    if (film->count == 1) {
        return;
    }
    fputs("<animate attributeName=\"visibility\" calcMode=\"discrete\" ", out);
    if (index == 0) {
        fprintf(out, "values=\"visible;hidden\" keyTimes=\"0;%.6f\"", to);
    } else if (index + 1 == film->count) {
        fprintf(out, "values=\"hidden;visible\" keyTimes=\"0;%.6f\"", from);
    } else {
        fprintf(out, "values=\"hidden;visible;hidden\" keyTimes=\"0;%.6f;%.6f\"", from, to);
    }
    fprintf(out, " dur=\"%.2fs\" repeatCount=\"indefinite\"/>\n", film->seconds);
}

char *render_animation(const render_film *film) {
    const double wide = 1.6 * frame_width;
    const frame at = {
        .x = margin, .y = title_height, .width = wide, .height = 1.6 * frame_height(film)};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    print_head(out, film, wide + 2.0 * margin, title_height + at.height + label + margin);
    print_window(out, 0, &at);
    for (int64_t i = 0; i < film->count; i++) {
        fprintf(out, "<g clip-path=\"url(#w0)\" visibility=\"%s\">\n",
                i == 0 ? "visible" : "hidden");
        print_moment(out, film, i);
        print_scene(out, film, i, &at);
        fputs("</g>\n", out);
    }
    return finish(out, &text);
}
