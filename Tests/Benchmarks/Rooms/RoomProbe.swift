/// One piece of a room that events pass through, called again and again.
struct RoomProbe: Sendable {
    let name: String
    let sentence: String
    /// What a call handles, in the singular, and how many of it.
    let unit: String
    let unitsPerCall: Int
    /// Prepares what is not measured; gives the call.
    let make: @Sendable () throws -> () throws -> Void

    /// In the order in which an event meets them.
    static let all: [RoomProbe] = [
        .parse, .copy, .write, .seal, .signRequest, .open, .check, .sign, .verify,
    ]
}
