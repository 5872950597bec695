SET LOCAL lock_timeout = :'milliseconds';
