/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-limiter.h"
#include "asynclit-places-private.h"

G_BEGIN_DECLS

struct _AsyncLitLimiter {
  GObject parent_instance;

  /* Set at construction, then read-only. */
  char *name;

  AsyncLitPlaces places; /* guarded by the lock of all places */
};

/* For the limiter of a manager. */
void asynclit_limiter_set_queue (AsyncLitLimiter *self, guint max_waiting, gboolean drops_oldest);
void asynclit_limiter_set_paused (AsyncLitLimiter *self, gboolean paused);

G_END_DECLS
