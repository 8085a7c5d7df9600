/// What dpkg has installed on this machine.
package enum InstalledPackages {
    private static let path = "/var/lib/dpkg/status"
    private static let bytesMax = 67_108_864

    /// The version of a package; nil where it is not installed, or where there is no dpkg.
    package static func version(of name: String) -> DebianVersion? {
        do throws(SystemFault) {
            return version(of: name, in: try BoundedFile.read(path, bytesMax: bytesMax))
        } catch {
            return nil
        }
    }

    /// Reads dpkg's own list: paragraphs of fields, an empty line between them.
    static func version(of name: String, in status: [UInt8]) -> DebianVersion? {
        var (isNamed, isInstalled) = (false, false)
        var version: DebianVersion?
        for line in status.split(separator: 10, omittingEmptySubsequences: false) {
            if line.isEmpty {
                if isNamed, isInstalled, let version { return version }
                (isNamed, isInstalled, version) = (false, false, nil)
            } else if line.starts(with: "Package: ".utf8) {
                isNamed = line.dropFirst(9).elementsEqual(name.utf8)
            } else if isNamed, line.starts(with: "Status: ".utf8) {
                isInstalled = line.dropFirst(8).elementsEqual("install ok installed".utf8)
            } else if isNamed, line.starts(with: "Version: ".utf8) {
                version = DebianVersion(String(decoding: line.dropFirst(9), as: UTF8.self))
            }
        }
        return isNamed && isInstalled ? version : nil
    }
}
