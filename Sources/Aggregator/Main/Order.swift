/// What an operator asks for, on its way to whoever holds the data: the running daemon, or the
/// command itself while the daemon is stopped.
struct Order: Codable, Sendable {
    /// The command's name in the grammar: `sites add`.
    var command: String
    var operands: [String] = []
    var values: [String: String] = [:]
    var flags: Set<String> = []

    /// Largest form on the socket; a webhook secret and a few names.
    static let bytesMax = 65_536

    func has(_ flag: String) -> Bool { flags.contains(flag) }
}

/// What became of an order.
struct Reply: Codable, Sendable {
    /// What the command exits with: 0 done, 1 not done or not in order, 69 the daemon cannot now.
    var exitStatus: Int32
    var output = ""
    var errors = ""
}

/// Why an order is not carried out: the operator's to mend.
enum OrderRefusal: Error, Equatable {
    case unknownCommand
    case wrongValue(option: String, takes: String)
    case notFound(String)

    var sentence: String {
        switch self {
        case .unknownCommand: "The running aggregator does not know this command: same version?"
        case .wrongValue(let option, let takes): "\(option) takes \(takes)."
        case .notFound(let what): "There is no such \(what)."
        }
    }
}
