/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

G_BEGIN_DECLS

/* What to tell people. */
typedef struct {
  const char *text; /* NULL: none */
  double done;
  double total; /* 0: unknown */
  AsyncLitUnit unit;
  double rate;      /* 0: none to tell */
  double remaining; /* -1: none to tell */
} AsyncLitAmountsText;

/* In the user's language, like "12 of 40 files · 3.1/s · 2 minutes left"; "" if there is nothing
 * to tell. (transfer full) */
char *asynclit_amounts_text_format (const AsyncLitAmountsText *self);

/* Only how long it still takes; NULL if there is nothing to tell. (transfer full) */
char *asynclit_amounts_text_format_remaining (double seconds);

G_END_DECLS
