/// Which requests leave a line in the log.
package enum RequestLines: String, CaseIterable, Sendable {
    /// Every one.
    case all
    /// Those answered with 400 or above.
    case refused
    case off

    func wants(_ response: Response) -> Bool {
        switch self {
        case .all: true
        case .refused: response.status >= 400
        case .off: false
        }
    }
}
