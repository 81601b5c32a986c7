// Pieces of a page: texts that cannot break out of it, and pictures that are part of it.

#ifndef PES_CLI_HTML_H
#define PES_CLI_HTML_H

#include <stdio.h>

#include "cli/cli.h"

// The text with & < > " ' written as references, and control letters as blanks.
void html_text(FILE *out, const char *text);

// <td>text</td>, or <th>; `attributes` is NULL or ready HTML, as in "class=\"differs\"".
void html_cell(FILE *out, const char *tag, const char *attributes, const char *text);

// The picture in a file, X.png or X.svg, as an <img> that holds all its bytes. CLI_OK, or
// another code after one sentence.
int html_picture(FILE *out, const char *path, const char *description);

#endif // PES_CLI_HTML_H
