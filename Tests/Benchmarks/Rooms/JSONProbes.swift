import JSON

extension RoomProbe {
    private static let events = 100

    /// Bytes of different events.
    private static func sampleTexts() -> [[UInt8]] {
        var samples = Samples(seed: 11)
        return (0..<events).map { _ in Array(samples.event().utf8) }
    }

    static let parse = RoomProbe(
        name: "json.parse", sentence: "JSONParser reads an event and lends its root",
        unit: "event", unitsPerCall: events
    ) {
        let texts = sampleTexts()
        let tools = Tools()
        return {
            for text in texts { try tools.parser.parse(text) { root in _ = root.kind } }
        }
    }

    static let copy = RoomProbe(
        name: "json.copy", sentence: "JSONParser reads an event, JSONWriter writes all of it",
        unit: "event", unitsPerCall: events
    ) {
        let texts = sampleTexts()
        let tools = Tools()
        return {
            for text in texts {
                tools.writer.removeAll()
                try tools.parser.parse(text) { root in tools.writer.element(root) }
            }
        }
    }

    /// What a probe keeps from call to call.
    private final class Tools {
        var parser = JSONParser(bytesMax: 65_536)
        var writer = JSONWriter(capacity: 4096)
    }
}
