/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The 122 free bits of a UUID version 4 (RFC 9562) contain the serial, scrambled by the finalizer
 * of splitmix64 (Steele, Lea, Flood 2014), which is reversible, under a random key of the process.
 * The other 58 bits are derived from it and a second key, so that only IDs of this process are
 * accepted. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-task-id-private.h"

#include <string.h>
#include <unistd.h>

#define MULTIPLIER_1 G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9)
#define MULTIPLIER_2 G_GUINT64_CONSTANT (0x94d049bb133111eb)
/* The inverses of the above, modulo 2^64. */
#define INVERSE_1 G_GUINT64_CONSTANT (0x96de1b173f119089)
#define INVERSE_2 G_GUINT64_CONSTANT (0x319642b2d24d8ec3)

/* A serial consists of the generation of the process and a counter. */
#define GENERATION_SHIFT 56
#define COUNTER_MASK ((G_GUINT64_CONSTANT (1) << GENERATION_SHIFT) - 1)

#define ID_LENGTH 36

typedef struct {
  guint64 high; /* 58 bits derived from `low`, the version, and 2 bits of `low` */
  guint64 low;
} Id;

typedef struct {
  guint64 serial_key;
  guint64 check_key;
} Keys;

static guint64 last_counter; /* atomic: all submitting threads increment it */

static guint64
random_64 (void)
{
  return ((guint64) g_random_int () << 32) | g_random_int ();
}

static guint64
scramble (guint64 x)
{
  x = (x ^ (x >> 30)) * MULTIPLIER_1;
  x = (x ^ (x >> 27)) * MULTIPLIER_2;
  return x ^ (x >> 31);
}

/* Children of one parent must differ, although they have the parent's keys. The child of a fork
 * must not use functions that take a lock, such as GLib's random numbers, because another thread of
 * the parent may have held it. */
static void
move_counter (void)
{
  guint64 difference = ((guint64) getpid () << 32) ^ (guint64) g_get_real_time ();

  last_counter = scramble (last_counter ^ scramble (difference)) & (COUNTER_MASK >> 1);
}

static const Keys *
get_keys (void)
{
  static Keys keys;
  static gsize initialized = 0;

  if (asynclit_once_enter (&initialized))
    {
      keys.serial_key = random_64 ();
      keys.check_key = random_64 ();
      asynclit_on_fork (move_counter);
      asynclit_once_leave (&initialized, 1);
    }
  return &keys;
}

static guint64
undo_shift (guint64 x, guint shift)
{
  guint64 result = x;

  for (guint done = shift; done < 64; done += shift)
    result = x ^ (result >> shift);
  return result;
}

static guint64
unscramble (guint64 x)
{
  x = undo_shift (x, 31) * INVERSE_2;
  x = undo_shift (x, 27) * INVERSE_1;
  return undo_shift (x, 30);
}

/* Layout: `high` is 48 check bits, the version nibble 4, 10 check bits, and 2 bits of the scrambled
 * serial; `low` is the variant 10, and the other 62 bits of the serial. */
static Id
id_from_scrambled (guint64 scrambled)
{
  guint64 check = scramble (scrambled ^ get_keys ()->check_key);
  Id id;

  id.high = (check & ~G_GUINT64_CONSTANT (0xffff)) | 0x4000 | ((check & 0x3ff) << 2)
            | (scrambled >> 62);
  id.low = (G_GUINT64_CONSTANT (2) << 62) | (scrambled & (G_MAXUINT64 >> 2));
  return id;
}

guint64
asynclit_task_serial_new (void)
{
  guint64 counter;

  get_keys ();
  counter = __atomic_add_fetch (&last_counter, 1, __ATOMIC_RELAXED) & COUNTER_MASK;
  return ((guint64) asynclit_get_generation () << GENERATION_SHIFT) | counter;
}

gboolean
asynclit_task_serial_is_own (guint64 serial)
{
  return serial >> GENERATION_SHIFT
         == (asynclit_get_generation () & (G_MAXUINT64 >> GENERATION_SHIFT));
}

char *
asynclit_task_serial_to_id (guint64 serial)
{
  Id id = id_from_scrambled (scramble (serial ^ get_keys ()->serial_key));

  return g_strdup_printf ("%08x-%04x-%04x-%04x-%012" G_GINT64_MODIFIER "x", (guint) (id.high >> 32),
                          (guint) (id.high >> 16) & 0xffff, (guint) id.high & 0xffff,
                          (guint) (id.low >> 48), id.low & ((G_GUINT64_CONSTANT (1) << 48) - 1));
}

static gboolean
parse_id (const char *text, Id *id)
{
  guint64 parts[2] = { 0, 0 };
  guint n_digits = 0;

  if (strlen (text) != ID_LENGTH)
    return FALSE;
  for (guint i = 0; i < ID_LENGTH; i++)
    {
      gboolean is_dash = i == 8 || i == 13 || i == 18 || i == 23;

      if (is_dash != (text[i] == '-') || (!is_dash && !g_ascii_isxdigit (text[i])))
        return FALSE;
      if (is_dash)
        continue;
      parts[n_digits / 16] = (parts[n_digits / 16] << 4) | (guint) g_ascii_xdigit_value (text[i]);
      n_digits++;
    }
  id->high = parts[0];
  id->low = parts[1];
  return TRUE;
}

gboolean
asynclit_task_serial_from_id (const char *text, guint64 *serial)
{
  guint64 scrambled;
  Id expected;
  Id id;

  g_assert (text != NULL && serial != NULL);
  if (!parse_id (text, &id))
    return FALSE;
  scrambled = (id.high << 62) | (id.low & (G_MAXUINT64 >> 2));
  expected = id_from_scrambled (scrambled);
  if (id.high != expected.high || id.low != expected.low)
    return FALSE;
  *serial = unscramble (scrambled) ^ get_keys ()->serial_key;
  return TRUE;
}
