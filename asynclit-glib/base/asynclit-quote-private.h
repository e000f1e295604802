/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Quotes user input in a message: as valid UTF-8, and shortened with an ellipsis if it is long.
 * (transfer full) */

/* The beginning of @text. NULL is treated as an empty text. */
char *asynclit_quote (const char *text);

/* The part of @text around @at, a position in it. */
char *asynclit_quote_around (const char *text, const char *at);

/* As asynclit_quote(), but of the first @length bytes. */
char *asynclit_quote_length (const char *text, gsize length);

G_END_DECLS
