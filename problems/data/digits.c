#include "problems/data/digits.h"

#include <math.h>
#include <stdbool.h>

#include "pes/noise.h"

// ---- the digits -----------------------------------------------------------------------------

enum { MOST_POINTS = 18, STROKES = 15, CHORDS = 4 };

// A chain of quadratic Bezier curves: end, control, end, control, ..., end. The box of a digit
// is 0..100 from left to right and from top to bottom.
typedef struct stroke {
    int points; // odd
    int8_t xy[MOST_POINTS][2];
} stroke;

static const stroke strokes[STROKES] = {
    // 0
    {9, {{50, 4}, {80, 4}, {80, 50}, {80, 96}, {50, 96}, {20, 96}, {20, 50}, {20, 4}, {50, 4}}},
    // 1: a bar; with a nose
    {3, {{50, 5}, {50, 50}, {50, 95}}},
    {5, {{30, 28}, {46, 20}, {52, 5}, {52, 50}, {52, 95}}},
    // 2
    {9,
     {{22, 28}, {24, 5}, {50, 5}, {78, 5}, {77, 30}, {76, 54}, {20, 95}, {50, 95}, {82, 95}}},
    // 3
    {9,
     {{22, 16}, {32, 5}, {50, 5}, {78, 6}, {44, 47}, {82, 50}, {79, 73}, {74, 106}, {20, 84}}},
    // 4: closed; open, in two strokes
    {7, {{64, 95}, {64, 50}, {64, 5}, {40, 35}, {16, 66}, {50, 66}, {86, 66}}},
    {5, {{26, 6}, {24, 30}, {22, 54}, {50, 56}, {82, 52}}},
    {3, {{72, 20}, {68, 58}, {66, 95}}},
    // 5
    {9,
     {{76, 6}, {52, 6}, {30, 6}, {28, 26}, {26, 46}, {80, 30}, {79, 68}, {74, 104}, {20, 86}}},
    // 6
    {9,
     {{68, 6}, {24, 26}, {23, 68}, {26, 96}, {50, 96}, {78, 96}, {78, 70}, {74, 30}, {23, 68}}},
    // 7, and its bar
    {5, {{20, 8}, {50, 8}, {80, 8}, {54, 44}, {42, 95}}},
    {3, {{34, 52}, {52, 51}, {70, 50}}},
    // 8, its upper and lower half
    {9,
     {{50, 48}, {22, 42}, {25, 24}, {27, 5}, {50, 5}, {74, 5}, {75, 24}, {78, 42}, {50, 48}}},
    {9,
     {{50, 48},
      {20, 56},
      {21, 74},
      {24, 96},
      {50, 96},
      {78, 96},
      {79, 74},
      {80, 56},
      {50, 48}}},
    // 9
    {11,
     {{76, 30},
      {74, 5},
      {50, 5},
      {22, 5},
      {22, 30},
      {24, 54},
      {50, 54},
      {74, 54},
      {76, 30},
      {76, 66},
      {60, 95}}},
};

// How a digit may be written: up to two strokes. Writers choose one form or the other.
typedef struct form {
    int8_t stroke[2]; // -1: none
} form;

static const form forms[PES_DIGITS_CLASSES][2] = {
    {{{0, -1}}, {{0, -1}}},   {{{1, -1}}, {{2, -1}}},   {{{3, -1}}, {{3, -1}}},
    {{{4, -1}}, {{4, -1}}},   {{{5, -1}}, {{6, 7}}},    {{{8, -1}}, {{8, -1}}},
    {{{9, -1}}, {{9, -1}}},   {{{10, -1}}, {{10, 11}}}, {{{12, 13}}, {{12, 13}}},
    {{{14, -1}}, {{14, -1}}},
};

// ---- one writer's hand ----------------------------------------------------------------------

enum { DRAW_HAND = 0, DRAW_JITTER = 1, DRAW_GRAIN = 2 }; // what is drawn, pes/noise.h

typedef struct hand {
    float xx, xy, yx, yy; // box (centred, in halves) to pixels
    float x, y;           // centre, pixels
    float width;          // half the pen's, pixels
    float ink;            // 0..255
    float grain;          // largest noise, 0..255
    bool second_form;
    bool stray;    // a stroke that does not belong
    float line[4]; // its ends, pixels
} hand;

static float between(float low, float high, float uniform) {
    return low + (high - low) * uniform;
}

static hand draw_hand(const pes_stream *stream, int64_t side) {
    float u[16];
    pes_noise_uniform(stream, DRAW_HAND, 0, 16, u);
    const float size = (float)side;
    const float width = size * between(0.26f, 0.40f, u[0]);
    const float height = size * between(0.30f, 0.42f, u[1]);
    const float slant = between(-0.35f, 0.35f, u[2]);
    // A turn by 2 arctan(h), without sine and cosine.
    const float h = between(-0.15f, 0.15f, u[3]);
    const float cosine = (1.0f - h * h) / (1.0f + h * h);
    const float sine = 2.0f * h / (1.0f + h * h);
    hand out = {
        .xx = width * cosine,
        .xy = -height * (slant * cosine + sine),
        .yx = width * sine,
        .yy = height * (cosine - slant * sine),
        .x = size * between(0.40f, 0.60f, u[4]),
        .y = size * between(0.42f, 0.58f, u[5]),
        .width = size * between(0.020f, 0.055f, u[6]),
        .ink = between(110.0f, 255.0f, u[7]),
        .grain = between(10.0f, 70.0f, u[8]),
        .second_form = u[9] < 0.5f,
        .stray = u[10] < 0.2f,
        .line = {size * u[11], size * u[12], size * u[13], size * u[14]},
    };
    // A stray stroke is at most half of the line that was drawn.
    out.line[2] = 0.5f * (out.line[0] + out.line[2]);
    out.line[3] = 0.5f * (out.line[1] + out.line[3]);
    return out;
}

// ---- ink on paper ---------------------------------------------------------------------------

typedef struct paper {
    int side;
    float cover[PES_DIGITS_MOST_SIDE * PES_DIGITS_MOST_SIDE]; // 0..1
} paper;

static int clamp_index(float x, int side) {
    return x < 0.0f ? 0 : x > (float)(side - 1) ? side - 1 : (int)x;
}

// Darken the pixels near the segment from a to b: full ink within `width` of it, none a pixel
// further out.
static void draw_segment(paper *sheet, const float a[2], const float b[2], float width) {
    const float dx = b[0] - a[0], dy = b[1] - a[1];
    const float length2 = dx * dx + dy * dy + 1e-12f;
    const float reach = width + 1.0f;
    const int left = clamp_index(fminf(a[0], b[0]) - reach, sheet->side);
    const int right = clamp_index(fmaxf(a[0], b[0]) + reach, sheet->side);
    const int top = clamp_index(fminf(a[1], b[1]) - reach, sheet->side);
    const int bottom = clamp_index(fmaxf(a[1], b[1]) + reach, sheet->side);
    for (int row = top; row <= bottom; row++) {
        for (int column = left; column <= right; column++) {
            const float px = (float)column + 0.5f - a[0], py = (float)row + 0.5f - a[1];
            float along = (px * dx + py * dy) / length2;
            along = along < 0.0f ? 0.0f : along > 1.0f ? 1.0f : along;
            const float ex = px - along * dx, ey = py - along * dy;
            float ink = reach - sqrtf(ex * ex + ey * ey);
            ink = ink > 1.0f ? 1.0f : ink;
            float *cover = &sheet->cover[row * sheet->side + column];
            *cover = ink > *cover ? ink : *cover;
        }
    }
}

// One quadratic Bezier curve, as CHORDS straight lines.
static void draw_curve(paper *sheet, float point[3][2], float width) {
    float from[2] = {point[0][0], point[0][1]};
    for (int i = 1; i <= CHORDS; i++) {
        const float t = (float)i / (float)CHORDS, s = 1.0f - t;
        float to[2];
        for (int d = 0; d < 2; d++) {
            to[d] = s * s * point[0][d] + 2.0f * s * t * point[1][d] + t * t * point[2][d];
        }
        draw_segment(sheet, from, to, width);
        from[0] = to[0];
        from[1] = to[1];
    }
}

// `jitter` is uniform, two per point. A closed stroke need not close any more.
static void draw_stroke(paper *sheet, const stroke *shape, const hand *pen,
                        const float *jitter) {
    float at[MOST_POINTS][2];
    for (int i = 0; i < shape->points; i++) {
        const float wide = 0.14f, x = (float)shape->xy[i][0] * 0.02f - 1.0f,
                    y = (float)shape->xy[i][1] * 0.02f - 1.0f;
        const float u = x + wide * (jitter[2 * i] - 0.5f) * 2.0f;
        const float v = y + wide * (jitter[2 * i + 1] - 0.5f) * 2.0f;
        at[i][0] = pen->x + pen->xx * u + pen->xy * v;
        at[i][1] = pen->y + pen->yx * u + pen->yy * v;
    }
    for (int i = 0; i + 2 < shape->points; i += 2) {
        draw_curve(sheet, &at[i], pen->width);
    }
}

static void draw_digit(const pes_stream *stream, int digit, paper *sheet, uint8_t *pixel) {
    const int pixels = sheet->side * sheet->side;
    for (int i = 0; i < pixels; i++) {
        sheet->cover[i] = 0.0f;
    }
    const hand pen = draw_hand(stream, sheet->side);
    float jitter[2][2 * MOST_POINTS];
    pes_noise_uniform(stream, DRAW_JITTER, 0, 4 * MOST_POINTS, jitter[0]);
    const form *written = &forms[digit][pen.second_form];
    for (int i = 0; i < 2 && written->stroke[i] >= 0; i++) {
        draw_stroke(sheet, &strokes[written->stroke[i]], &pen, jitter[i]);
    }
    if (pen.stray) {
        draw_segment(sheet, pen.line, pen.line + 2, pen.width);
    }
    uint32_t grain[PES_DIGITS_MOST_SIDE * PES_DIGITS_MOST_SIDE / 4];
    pes_noise_bits(stream, DRAW_GRAIN, 0, (pixels + 3) / 4, grain);
    for (int i = 0; i < pixels; i++) {
        const float noise = (float)(grain[i / 4] >> (8 * (i % 4)) & 255) / 255.0f - 0.5f;
        const float value = pen.ink * sheet->cover[i] + 2.0f * pen.grain * noise;
        pixel[i] = (uint8_t)(value < 0.0f ? 0.0f : value > 255.0f ? 255.0f : value);
    }
}

void pes_digits_draw(uint64_t seed, pes_digits_part part, int64_t count, int64_t side,
                     uint8_t *pixel, uint8_t *label) {
    paper sheet = {.side = (int)side};
    for (int64_t i = 0; i < count; i++) {
        const pes_stream stream = {
            .seed = seed, .particle = (uint32_t)i, .episode = (uint32_t)part};
        label[i] = (uint8_t)(i % PES_DIGITS_CLASSES);
        draw_digit(&stream, label[i], &sheet, pixel + i * side * side);
    }
}
