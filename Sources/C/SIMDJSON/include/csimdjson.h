#pragma once
#ifdef __cplusplus
extern "C" {
#endif
int convey_simdjson_version_major(void);
#ifdef __cplusplus
}
#endif
