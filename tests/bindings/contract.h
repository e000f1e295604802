/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Shared by the cases of contract.json. */

#pragma once

#include <asynclit-glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  GQuark (*get_domain) (void);
  int code;
} ContractError;

/* The error with a name. The contract contains no other names. */
const ContractError *contract_find_error (const char *name);

/* The name of an error. */
const char *contract_name_error (const GError *error);

/* An item of a list, without its variant. (transfer full) */
GVariant *contract_nth (GVariant *list, gsize index);

/* @value stays empty if the contract says null. */
void contract_to_value (GVariant *variant, GValue *value);

/* Compares an observed value with the expected one, as text. Both may be NULL. */
char *contract_value_to_text (const GValue *value);
char *contract_variant_to_text (GVariant *variant);

/* From the field "retry", or NULL if there is none. (transfer full) */
AsyncLitRetryPolicy *contract_make_policy (GVariant *fields);

/* Runs on: pool */
void contract_wait_for_cancel (GCancellable *cancellable);

/* Runs on: pool. What a task does; attempts is its user data. */
void contract_work (AsyncLitTask *task, GCancellable *cancellable, gpointer attempts);

/* The status of a task, by its name. */
const char *contract_name_status (AsyncLitTask *task);

/* A case of tasks that are joined. */
void contract_run_join (gconstpointer test_case);

/* A case of tasks in a group, and of a function that follows a task. */
void contract_run_group (gconstpointer test_case);
void contract_run_then (gconstpointer test_case);

/* A case with steps: what is done with a job. */
void contract_run_steps (gconstpointer test_case);

G_END_DECLS
