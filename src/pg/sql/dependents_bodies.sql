-- A body in text may name what it finds by its own search path, and is resolved when it runs; pg_dump does the same.
SET LOCAL check_function_bodies = off
