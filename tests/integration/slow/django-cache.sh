#!/bin/bash
# django-cache.sh: examples/hooks/clear_django_cache on a real Django project with two caches. Installs Debian's python3-django.
source "$(dirname "$0")/../lib.sh"
fresh_database

PATH=/usr/bin:$PATH # Debian's Python knows Debian's Django
python3 -c 'import django' 2> /dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends python3-django > "$work/apt.log" 2>&1
python3 -c 'import django' 2> /dev/null || { echo "ok django-cache # SKIP Django is not installed, and cannot be"; exit 0; }

mkdir "$work/backend"
cat > "$work/backend/manage.py" << 'END'
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
END
cat > "$work/backend/settings.py" << 'END'
import os
here = os.path.dirname(os.path.abspath(__file__))
SECRET_KEY = "x"
USE_TZ = True
CACHES = {name: {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": os.path.join(here, name)}
          for name in ("default", "pages")}
END

# django CODE
django()
{
    (cd "$work/backend" && python3 manage.py shell --command "from django.core.cache import caches; $1" < /dev/null)
}
fill="caches['default'].set('k', 1, None); caches['pages'].set('k', 1, None)"
show="print(caches['default'].get('k'), caches['pages'].get('k'))"

echo "SELECT 1 AS one" | query_file one.sql
config "after_swap = $root/examples/hooks/clear_django_cache $work/backend"
django "$fill"
same "before" "1 1" "$(django "$show")"
matswap run
exits "a run" 0
same "all caches are empty" "None None" "$(django "$show")"
says "it is told" "hook +after_swap: cleared the cache pages"
django "$fill"
config "after_swap = $root/examples/hooks/clear_django_cache $work/backend pages"
matswap run
same "only the one that was named" "0 1 None" "$code $(django "$show")"
config "after_swap = $root/examples/hooks/clear_django_cache $work/backend nothing"
matswap run
exits "a cache that there is not changes nothing" 0
says "it is told" "the hook after_swap failed with exit status 1; .*nothing"
finish
