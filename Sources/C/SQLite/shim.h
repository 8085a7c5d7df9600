#include <sqlite3.h>

/// Tells SQLite to copy what it is given; the macro itself is a cast that Swift cannot import.
static inline sqlite3_destructor_type convey_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// Counting memory takes a lock of the whole process at every allocation; nobody reads the count.
/// To be called before anything else of SQLite.
static inline int convey_sqlite_stop_counting_memory(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// `sqlite3_db_config` is variadic, which Swift cannot call.
static inline int convey_sqlite_configure(sqlite3 *db, int option, int value) {
    return sqlite3_db_config(db, option, value, (int *)0);
}
