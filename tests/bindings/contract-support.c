/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "contract.h"

static const ContractError errors[] = {
  { "busy", g_io_error_quark, G_IO_ERROR_BUSY },
  { "timed-out", g_io_error_quark, G_IO_ERROR_TIMED_OUT },
  { "cancelled", g_io_error_quark, G_IO_ERROR_CANCELLED },
  { "not-found", g_io_error_quark, G_IO_ERROR_NOT_FOUND },
  { "closed", asynclit_error_quark, ASYNCLIT_ERROR_CLOSED },
  { "circuit-open", asynclit_error_quark, ASYNCLIT_ERROR_CIRCUIT_OPEN },
  { "invalid-argument", asynclit_error_quark, ASYNCLIT_ERROR_INVALID_ARGUMENT },
  { "invalid-cron", asynclit_error_quark, ASYNCLIT_ERROR_INVALID_CRON },
  { "invalid-timezone", asynclit_error_quark, ASYNCLIT_ERROR_INVALID_TIMEZONE },
  { "all-failed", asynclit_error_quark, ASYNCLIT_ERROR_ALL_FAILED },
  { "dependency", asynclit_error_quark, ASYNCLIT_ERROR_DEPENDENCY },
  { "exit-3", g_spawn_exit_error_quark, 3 },
  { "no-program", g_spawn_error_quark, G_SPAWN_ERROR_NOENT },
};

const ContractError *
contract_find_error (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    if (g_str_equal (errors[i].name, name))
      return &errors[i];
  g_error ("contract.json names an unknown error: %s", name);
}

const char *
contract_name_error (const GError *error)
{
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    if (g_error_matches (error, errors[i].get_domain (), errors[i].code))
      return errors[i].name;
  g_error ("contract.json has no name for this error: %s", error->message);
}

GVariant *
contract_nth (GVariant *list, gsize index)
{
  g_autoptr (GVariant) boxed = g_variant_get_child_value (list, index);

  return g_variant_get_variant (boxed);
}

void
contract_to_value (GVariant *variant, GValue *value)
{
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_INT64))
    {
      g_value_init (value, G_TYPE_INT64);
      g_value_set_int64 (value, g_variant_get_int64 (variant));
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BOOLEAN))
    {
      g_value_init (value, G_TYPE_BOOLEAN);
      g_value_set_boolean (value, g_variant_get_boolean (variant));
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_DOUBLE))
    {
      g_value_init (value, G_TYPE_DOUBLE);
      g_value_set_double (value, g_variant_get_double (variant));
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    {
      g_value_init (value, G_TYPE_STRING);
      g_value_set_string (value, g_variant_get_string (variant, NULL));
    }
}

char *
contract_value_to_text (const GValue *value)
{
  if (value == NULL || G_VALUE_HOLDS_POINTER (value))
    return g_strdup ("nothing");
  if (G_VALUE_HOLDS_INT64 (value))
    return g_strdup_printf ("%" G_GINT64_FORMAT, g_value_get_int64 (value));
  if (G_VALUE_HOLDS (value, ASYNCLIT_TYPE_PROGRAM_OUTPUT))
    {
      g_autofree char *text = asynclit_program_output_dup_text (g_value_get_object (value));

      return g_strdup_printf ("'%s'", text);
    }
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_strdup (g_value_get_boolean (value) ? "true" : "false");
  if (G_VALUE_HOLDS_DOUBLE (value))
    return g_strdup_printf ("%g", g_value_get_double (value));
  return g_strdup_printf ("'%s'", g_value_get_string (value));
}

char *
contract_variant_to_text (GVariant *variant)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (variant != NULL)
    contract_to_value (variant, &value);
  return contract_value_to_text (G_IS_VALUE (&value) ? &value : NULL);
}

void
contract_wait_for_cancel (GCancellable *cancellable)
{
  GPollFD fd;

  g_assert_true (g_cancellable_make_pollfd (cancellable, &fd));
  g_poll (&fd, 1, -1);
  g_cancellable_release_fd (cancellable);
}

static gboolean
is_unwanted (const GValue *result, gpointer unwanted)
{
  g_autofree char *seen = contract_value_to_text (result);
  g_autofree char *text = contract_variant_to_text (unwanted);

  return g_strcmp0 (seen, text) == 0;
}

static gboolean
fall_back (const GError *error, GValue *result, gpointer instead)
{
  contract_to_value (instead, result);
  return TRUE;
}

/* Takes the policy. */
static AsyncLitRetryPolicy *
with_results (AsyncLitRetryPolicy *plain, GVariant *retry)
{
  g_autoptr (GVariant) unwanted = g_variant_lookup_value (retry, "unwanted", NULL);
  g_autoptr (GVariant) fallback = g_variant_lookup_value (retry, "fallback", NULL);
  g_autoptr (AsyncLitRetryPolicy) policy = plain;

  if (unwanted != NULL)
    return asynclit_retry_policy_with_retry_if_result (policy, is_unwanted,
                                                       g_variant_ref (unwanted),
                                                       (GDestroyNotify) g_variant_unref);
  if (fallback != NULL)
    return asynclit_retry_policy_with_fallback (policy, fall_back, g_variant_ref (fallback),
                                                (GDestroyNotify) g_variant_unref);
  return g_steal_pointer (&policy);
}

AsyncLitRetryPolicy *
contract_make_policy (GVariant *fields)
{
  g_autoptr (GVariant) retry = g_variant_lookup_value (fields, "retry", G_VARIANT_TYPE_VARDICT);
  g_autoptr (AsyncLitRetryPolicy) policy = NULL;
  gint64 max_attempts = 1;
  double base_delay = 0;
  const ContractError *error;
  const char *retry_on = NULL;

  if (retry == NULL)
    return NULL;
  g_variant_lookup (retry, "max-attempts", "x", &max_attempts);
  g_variant_lookup (retry, "base-delay", "d", &base_delay);
  policy = asynclit_retry_policy_new_full (max_attempts, base_delay, 60, 2, 0, 0, NULL);
  if (!g_variant_lookup (retry, "retry-on", "&s", &retry_on))
    return with_results (g_steal_pointer (&policy), retry);
  error = contract_find_error (retry_on);
  return asynclit_retry_policy_with_retry_on (policy, error->get_domain (), error->code);
}

const char *
contract_name_status (AsyncLitTask *task)
{
  g_autoptr (GEnumClass) statuses = g_type_class_ref (ASYNCLIT_TYPE_TASK_STATUS);

  return g_enum_get_value (statuses, asynclit_task_get_status (task))->value_nick;
}
