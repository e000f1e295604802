/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What somebody has given, for a message about it: valid UTF-8, and of a long text only a part,
 * with an ellipsis where it was cut. (transfer full) */

/* The beginning of @text. NULL is quoted as an empty text. */
char *asynclit_quote (const char *text);

/* What is around @at, a place in @text. */
char *asynclit_quote_around (const char *text, const char *at);

/* As asynclit_quote(), of the first @length bytes. */
char *asynclit_quote_length (const char *text, gsize length);

G_END_DECLS
