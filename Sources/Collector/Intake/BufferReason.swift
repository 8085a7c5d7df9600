import Buffer

/// A buffer's refusal in an answer's words.
struct BufferReason: Sendable, Equatable {
    private let refusal: BufferRefusal

    init(_ refusal: BufferRefusal) {
        self.refusal = refusal
    }

    var status: Int { refusal.status }
    var code: String { refusal.rawValue }
    /// Whether the disk itself failed, where the others say that there is no room now.
    var isFault: Bool { refusal == .diskFault }
    var retryAfter: String { String(refusal.retryAfter.components.seconds) }

    var sentence: String {
        switch refusal {
        case .budget: "The buffer has no room for events of this kind now."
        case .diskFull: "The disk is full."
        case .diskReadOnly: "The disk takes no writes."
        case .diskFault: "The disk failed."
        case .busy: "Too much is waiting already."
        case .stopping: "The collector is going down."
        }
    }
}
