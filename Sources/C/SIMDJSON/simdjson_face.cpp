#include "csimdjson.h"
#include <simdjson.h>
extern "C" int convey_simdjson_version_major(void) { return simdjson::SIMDJSON_VERSION_MAJOR; }
