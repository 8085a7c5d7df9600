/// Why events are turned away at the door. Nothing of them was stored; the sender may try again.
package enum BufferRefusal: String, Error, CaseIterable, Sendable {
    /// The byte budget of the lane is used up.
    case budget
    /// The disk itself is full.
    case diskFull = "disk_full"
    /// The file or its file system takes no writes.
    case diskReadOnly = "disk_read_only"
    /// The disk failed, or the file was damaged and is being replaced.
    case diskFault = "disk_fault"
    /// Too many bytes wait for their commit.
    case busy
    /// The daemon is going down.
    case stopping

    /// The HTTP status that says so.
    package var status: Int {
        switch self {
        case .budget, .diskFull: 507
        case .diskReadOnly, .diskFault, .busy, .stopping: 503
        }
    }

    /// When another try makes sense, for `Retry-After`.
    package var retryAfter: Duration {
        switch self {
        case .busy: .seconds(1)
        case .stopping, .diskFault: .seconds(5)
        case .budget, .diskFull, .diskReadOnly: .seconds(30)
        }
    }
}
