private import Glibc
package import Time

extension MetricRegistry {
    /// Declares what Prometheus expects of every process: memory, processor time, open files, start.
    package func observeProcess(startedAt: Timestamp) {
        observe(.gauge, "process_resident_memory_bytes", "Resident memory.") {
            [Sample(number: Double(ProcessStatus.residentBytes))]
        }
        observe(.counter, "process_cpu_seconds_total", "Processor time, user and system.") {
            [Sample(number: ProcessStatus.processorTime.fractionalSeconds)]
        }
        observe(.gauge, "process_open_fds", "Open file descriptors.") {
            [Sample(number: Double(ProcessStatus.openFiles))]
        }
        observe(.gauge, "process_start_time_seconds", "Start of the process, Unix time.") {
            [Sample(number: Double(startedAt.microseconds) / 1e6)]
        }
    }
}

/// What the kernel tells of this process.
package enum ProcessStatus {
    /// Bytes of memory in use, shared pages included; 0 where /proc is not mounted.
    package static var residentBytes: Int {
        let fields: [Substring]
        do throws(SystemFault) {
            let bytes = try BoundedFile.read("/proc/self/statm", bytesMax: 4096)
            fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        } catch {
            return 0
        }
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Processor time of all threads since the start.
    package static var processorTime: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Open file descriptors; 0 where /proc is not mounted.
    package static var openFiles: Int {
        guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return max(count - 3, 0)  // without ".", ".." and the directory itself
    }
}
