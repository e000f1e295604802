/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-resident-private.h"

#include <dlfcn.h>
#include <link.h>

/* Programs have few work functions. Those that share a place are looked up each time. */
#define N_KNOWN 64

static gpointer known[N_KNOWN]; /* atomic: by the address of the function */

static gpointer *
find_place (gpointer func)
{
  gsize address = GPOINTER_TO_SIZE (func);

  return &known[((address >> 4) ^ (address >> 12)) % N_KNOWN];
}

gboolean
asynclit_is_kept_loaded (gpointer func)
{
  return __atomic_load_n (find_place (func), __ATOMIC_RELAXED) == func;
}

/* What is generated at run time belongs to no file, and the program itself has no name. */
void
asynclit_keep_loaded_slow (gpointer func)
{
  struct link_map *map = NULL;
  void *handle = NULL;
  Dl_info info;

  if (dladdr1 (func, &info, (void **) &map, RTLD_DL_LINKMAP) != 0 && map != NULL
      && map->l_name != NULL && map->l_name[0] != '\0')
    handle = dlopen (map->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  if (handle != NULL)
    dlclose (handle); /* which does not unload it any more */
  __atomic_store_n (find_place (func), func, __ATOMIC_RELAXED);
}
