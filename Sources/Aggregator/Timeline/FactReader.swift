import ConveyProtocol
import JSON
import Time

/// Reads stored event lines into facts, one parse each. Reusable; not for two threads at once.
package struct FactReader: ~Copyable {
    /// A stored body can be a little longer than the line it was made of.
    private var parser = JSONParser(bytesMax: 2 * EventSchema.bytesMax, depthMax: 16)

    /// Makes a reader with a parser of its own.
    package init() {}

    /// Reads an event line as Ingest keeps it. Every readable event gives a fact, also one whose
    /// `standing` is nothing: `FactTable.record` has to see it where it replaces another copy.
    /// - Parameters:
    ///   - line: an event that the aggregator has checked. Of other bytes, what cannot be read is absent.
    ///   - site: the site's short number, as Ingest found it.
    /// - Returns: nil for what is no event.
    package mutating func read(
        _ line: Span<UInt8>, site: Int64, place: Fact.Place
    ) -> Fact? {
        do throws(JSONError) {
            return try parser.parse(line) { root in
                guard let object = root.object, var fact = Self.head(object, site: site)
                else { return nil }
                fact.place = place
                fact.fill(from: object)
                return fact
            }
        } catch {
            return nil
        }
    }

    /// Fills a fact from what `FactWriter` wrote; false where the body cannot be read.
    mutating func fill(_ fact: inout Fact, body: [UInt8]) -> Bool {
        do throws(JSONError) {
            return try parser.parse(body.span) { root in
                guard let object = root.object else { return false }
                fact.fill(from: object)
                return true
            }
        } catch {
            return false
        }
    }

    private static func head(_ object: JSONObject, site: Int64) -> Fact? {
        var id: EventID?
        var type: String?
        var source: EventSource?
        var credential: CredentialClass?
        var occurredAt: Timestamp?
        var receivedAt: Timestamp?
        for (key, value) in object {
            switch key {
            case "id": id = value.withUTF8 { EventID(utf8: $0) } ?? nil
            case "type": type = value.string
            case "source": source = value.string.flatMap(EventSource.init)
            case "class": credential = value.string.flatMap(CredentialClass.init)
            case "occurred_at": occurredAt = value.time
            case "received_at": receivedAt = value.time
            default: continue
            }
        }
        guard let id, let type, let source, let credential, let occurredAt, let receivedAt else {
            return nil
        }
        let name = Fact.Name(site: site, credential: credential, id: id)
        var fact = Fact(name, type: type, source: source, at: occurredAt)
        fact.receivedAt = receivedAt
        return fact
    }
}
