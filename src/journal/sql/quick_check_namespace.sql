PRAGMA quick_check(namespace)
