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
  GArray *retry_on;                       /* of AsyncLitRetryRule; empty: every error */
  AsyncLitRetryCallback *retry_if;        /* g_atomic_rc_box, NULL: always */
  AsyncLitRetryCallback *get_delay;       /* g_atomic_rc_box, NULL: as computed */
  AsyncLitRetryCallback *retry_if_result; /* g_atomic_rc_box, NULL: never */
  AsyncLitRetryCallback *fallback;        /* g_atomic_rc_box, NULL: none */
};

AsyncLitRetryPolicy *asynclit_retry_policy_copy (AsyncLitRetryPolicy *self);
/* Replaces *@self, which may be NULL. */
void asynclit_retry_callback_replace (AsyncLitRetryCallback **self, GCallback func,
                                      gpointer user_data, GDestroyNotify destroy);
void asynclit_retry_callback_unref (AsyncLitRetryCallback *self);
/* Whether the closure, called with one parameter, decides to retry. */
gboolean asynclit_retry_ask_closure (GClosure *closure, const GValue *param);

/* What takes the place of the error of an attempt whose result is retried. */
GError *asynclit_retry_policy_new_unwanted (void);

/* Whether results are asked about. */
gboolean asynclit_retry_policy_judges_results (AsyncLitRetryPolicy *self);
/* FALSE: there is no fallback, or it has none for this error. @result is empty. */
gboolean asynclit_retry_policy_fall_back (AsyncLitRetryPolicy *self, const GError *error,
                                          GValue *result);

/* Whether one of the policy's own functions can't be called in any thread. */
gboolean asynclit_retry_policy_is_thread_bound (AsyncLitRetryPolicy *self);

G_END_DECLS
