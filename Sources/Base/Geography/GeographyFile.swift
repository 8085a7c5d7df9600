private import CMaxMind
import Daemon
private import Glibc

/// One opened file, which lives as long as somebody looks something up in it.
///
/// The file is copied and the copy unlinked: a mapped file that an operator shortens in place would
/// kill the process with SIGBUS.
///
/// `@unchecked Sendable`: after `init` nothing writes to the database, and libmaxminddb reads it from
/// any number of threads.
@safe final class GeographyFile: @unchecked Sendable {
    static let bytesMax = 1_073_741_824

    /// What the file calls itself, as `GeoLite2-City`; at most 64 bytes.
    let type: String
    /// When it was built, in seconds since 1970.
    let builtAt: Int64
    private let database: UnsafeMutablePointer<MMDB_s>

    /// - Parameter scratch: A directory on a disk, for the copy.
    init(_ path: String, scratch: String) throws {
        let copy = "\(scratch)/geography.copy"
        try FileCopy.make(of: path, at: copy)
        defer { DiskFile.remove(copy) }
        unsafe database = .allocate(capacity: 1)
        unsafe database.initialize(to: MMDB_s())
        guard unsafe MMDB_open(copy, UInt32(MMDB_MODE_MMAP), database) == MMDB_SUCCESS else {
            unsafe database.deallocate()
            throw GeographyFault(path: path, reason: .notADatabase)
        }
        let metadata = unsafe database.pointee.metadata
        let name = unsafe metadata.database_type.map { unsafe String(cString: $0) } ?? ""
        type = String(
            name.unicodeScalars.filter { $0.value >= 0x20 }.prefix(64).map(Character.init))
        builtAt = Int64(clamping: unsafe metadata.build_epoch)
    }

    deinit {
        unsafe MMDB_close(database)
        unsafe database.deallocate()
    }

    /// About 1 µs.
    func place(of address: String) -> Place? {
        guard var entry = unsafe entry(of: address) else { return nil }
        let country = unsafe text(convey_maxmind_find(&entry, "country", "iso_code", nil))
        let city = unsafe text(convey_maxmind_find(&entry, "city", "names", "en"))
        return Place(country: country, city: city)
    }

    private func entry(of address: String) -> MMDB_entry_s? {
        var code: Int32 = 0
        var version4 = sockaddr_in()
        var version6 = sockaddr_in6()
        var result = unsafe MMDB_lookup_result_s()
        if unsafe inet_pton(AF_INET, address, &version4.sin_addr) == 1 {
            version4.sin_family = sa_family_t(AF_INET)
            unsafe result = Self.look(up: &version4, in: database, &code)
        } else if unsafe inet_pton(AF_INET6, address, &version6.sin6_addr) == 1 {
            version6.sin6_family = sa_family_t(AF_INET6)
            unsafe result = Self.look(up: &version6, in: database, &code)
        }
        return unsafe code == MMDB_SUCCESS && result.found_entry ? result.entry : nil
    }

    private static func look<Address>(
        up address: inout Address, in database: UnsafePointer<MMDB_s>, _ code: inout Int32
    ) -> MMDB_lookup_result_s {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe MMDB_lookup_sockaddr(database, $0, &code)
            }
        }
    }

    private func text(_ text: convey_maxmind_text) -> String? {
        guard let bytes = unsafe text.bytes else { return nil }
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(text.count))
        return unsafe String(decoding: buffer, as: UTF8.self)
    }
}
