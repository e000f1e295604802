/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-class-type-private.h"
#include "asynclit-limiter.h"
#include "asynclit-places-private.h"

G_BEGIN_DECLS

struct _AsyncLitLimiter {
  GObject parent_instance;

  /* Set at construction, then read-only. */
  char *name;

  AsyncLitPlaces places; /* guarded by the lock of all places */
};

/* Entered by the class. */
extern AsyncLitClassType asynclit_limiter_type;
#define ASYNCLIT_IS_LIMITER(limiter)                                                               \
  (asynclit_class_type_check (&asynclit_limiter_type, (limiter)))

static inline void
asynclit_limiter_lock (AsyncLitLimiter *self)
{
  asynclit_places_lock ();
  asynclit_places_check_generation_locked (&self->places);
}

/* For the limiter of a manager. */
void asynclit_limiter_set_queue (AsyncLitLimiter *self, guint max_waiting, gboolean drops_oldest);
void asynclit_limiter_set_paused (AsyncLitLimiter *self, gboolean paused);

G_END_DECLS
