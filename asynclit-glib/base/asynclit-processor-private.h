/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For threads that spin for a moment instead of going to sleep. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* With a single processor, the event that a thread waits for can't happen while it spins. */
static inline gboolean
asynclit_processor_may_spin (void)
{
  static int n_processors; /* atomic; 0: not asked yet */
  int n = __atomic_load_n (&n_processors, __ATOMIC_RELAXED);

  if (G_UNLIKELY (n == 0))
    {
      n = (int) g_get_num_processors ();
      __atomic_store_n (&n_processors, n, __ATOMIC_RELAXED);
    }
  return n > 1;
}

/* Tells the processor that the thread spins. */
static inline void
asynclit_processor_relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile ("yield");
#endif
}

G_END_DECLS
