/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-retry-policy.h"

G_BEGIN_DECLS

/* Something of the user's with a count, as copies of a policy share it. */
typedef struct {
  GCallback func;
  gpointer user_data;
  GDestroyNotify destroy;
} AsyncLitRetryCallback;

typedef struct {
  GQuark domain;
  int code;
} AsyncLitRetryRule;

struct _AsyncLitRetryPolicy {
  GObject parent_instance;

  /* All set at construction, then read-only. */
  guint max_attempts;
  double base_delay;
  double max_delay;
  double multiplier;
  double jitter;
  AsyncLitJitterKind jitter_kind;
  double max_elapsed;
  GArray *retry_on;    /* of AsyncLitRetryRule; empty: every error */
  AsyncLitRetryCallback *retry_if;  /* g_atomic_rc_box, NULL: always */
  AsyncLitRetryCallback *get_delay; /* g_atomic_rc_box, NULL: as computed */
};

AsyncLitRetryPolicy *asynclit_retry_policy_copy (AsyncLitRetryPolicy *self);
void asynclit_retry_callback_unref (AsyncLitRetryCallback *self);

/* Whether one of the policy's own functions can't be called in any thread. */
gboolean asynclit_retry_policy_is_thread_bound (AsyncLitRetryPolicy *self);

G_END_DECLS
