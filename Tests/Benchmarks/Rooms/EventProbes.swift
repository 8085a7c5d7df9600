import ConveyProtocol
import JSON
import Time

extension RoomProbe {
    private static let events = 100

    static let write = RoomProbe(
        name: "event.write", sentence: "EventWriter makes the canonical event of a browser's",
        unit: "event", unitsPerCall: events
    ) {
        var samples = Samples(seed: 12, start: SampleSite.receivedAt - .seconds(90))
        let texts = (0..<events).map { _ in Array(samples.event().utf8) }
        let context = try SampleSite.context()
        let tools = Tools()
        return {
            for text in texts {
                _ = try tools.parser.parse(
                    text.span, orThrow: { _ in EventFault(.invalidJSON) }
                ) { root throws(EventFault) in try tools.writer.write(root, context) }
            }
        }
    }

    static let check = RoomProbe(
        name: "event.check", sentence: "EventCheck holds a line against the schema",
        unit: "event", unitsPerCall: events
    ) {
        let context = try SampleSite.context()
        let lines = try SampleSite.lines(events, seed: 13, context).map {
            Array(#"{"seq":1000,"#.utf8) + $0.dropFirst()
        }
        let tools = Tools()
        return {
            for line in lines {
                guard case .sound = tools.check.read(line.span) else {
                    throw BenchFault("a sample event is faulty")
                }
            }
        }
    }

    private final class Tools {
        var parser = JSONParser(bytesMax: 65_536)
        var writer = EventWriter(random: SeededBytes(seed: 1))
        var check = EventCheck()
    }
}
