// SwiftPM renames every program's `main`; a fuzzer's is given back to libFuzzer here.
#pragma once
int convey_fuzz_main(int count, char **arguments);
