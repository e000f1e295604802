# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The task whose function runs. Apart from the other modules, for processes without the library."""

import contextvars

current = contextvars.ContextVar('asynclit_current_task', default=None)
