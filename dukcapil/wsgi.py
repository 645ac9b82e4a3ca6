"""Django as a WSGI application. What is served has its front before it: dukcapil/rsgi.py."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from dukcapil import processes

processes.collect_seldom()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dukcapil.settings")
if os.environ.get("DUKCAPIL_SUPERVISED"):
    processes.die_with_parent(signal.SIGKILL)

application = get_wsgi_application()

from dukcapil.core import sentry  # noqa: E402 - after Django is set up
from dukcapil.core.checks import refuse_power  # noqa: E402

refuse_power()
sentry.start()
processes.begin_work()
