#include <sqlite3.h>

/// Tells SQLite to copy what it is given; the macro itself is a cast that Swift cannot import.
static inline sqlite3_destructor_type convey_sqlite_transient(void) { return SQLITE_TRANSIENT; }
