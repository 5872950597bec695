PRAGMA quick_check(run)
