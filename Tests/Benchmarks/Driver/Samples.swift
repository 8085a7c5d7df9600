import Stage
import Time

/// A request body, and where its events' ids stand.
struct SampleBody: Sendable {
    let bytes: [UInt8]
    /// Offsets of 36 characters each.
    let idOffsets: [Int]
    let events: Int

    init(bytes: [UInt8], idOffsets: [Int]) {
        (self.bytes, self.idOffsets) = (bytes, idOffsets)
        events = idOffsets.count
    }

    /// One event that is sent as it stands each time, as it is signed.
    init(signed bytes: [UInt8]) { (self.bytes, idOffsets, events) = (bytes, [], 1) }
}

/// Events as a shop's browsers send them: about 420 bytes, most of them page views, no two alike.
struct Samples {
    private var random: SeededGenerator
    private let start: Timestamp

    /// - Parameter start: when the first event happened; later ones follow within the minute.
    init(seed: UInt64, start: Timestamp = SystemClock().now() - .seconds(90)) {
        random = SeededGenerator(seed: seed)
        self.start = start
    }

    static let id = "019a0000-0000-7000-8000-000000000000"

    /// Bodies of so many events each; a single event stands alone, several as an array.
    mutating func bodies(_ count: Int, eventsEach: Int) -> [SampleBody] {
        (0..<count).map { _ in body(eventsEach) }
    }

    private mutating func body(_ events: Int) -> SampleBody {
        var bytes: [UInt8] = []
        var offsets: [Int] = []
        if events > 1 { bytes.append(UInt8(ascii: "[")) }
        for index in 0..<events {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            offsets.append(bytes.count + #"{"id":""#.utf8.count)
            bytes += event().utf8
        }
        if events > 1 { bytes.append(UInt8(ascii: "]")) }
        return SampleBody(bytes: bytes, idOffsets: offsets)
    }

    /// One event, its id to be replaced.
    mutating func event() -> String {
        let kind = random.below(100)
        let product = random.below(400)
        let page =
            #""page":{"url":"https://shop.example.com/products/lamp-\#(product)","title":"Lamp \#(product)","#
            + #""referrer":"https://shop.example.com/collections/lamps-\#(random.below(40))"}"#
        let rest =
            switch kind {
            case ..<70: ""
            case ..<88: #","items":[\#(item(product))]"#
            case ..<97:
                #","value":{"amount":"\#(amount())","currency":"EUR"},"items":[\#(item(product))]"#
            default:
                #","order":{"id":"\#(random.hex(12))"},"value":{"amount":"\#(amount())","currency":"EUR"}"#
            }
        return head(kind) + page + consent + rest + "}"
    }

    private mutating func head(_ kind: Int) -> String {
        let type =
            switch kind {
            case ..<70: "page_view"
            case ..<88: "view_item"
            case ..<97: "add_to_cart"
            default: "purchase"
            }
        let time = start + .milliseconds(random.below(60_000))
        return #"{"id":"\#(Self.id)","type":"\#(type)","occurred_at":"\#(time)","#
            + #""visitor":"\#(random.hex(16))","session":"\#(random.hex(12))","#
    }

    private mutating func item(_ product: Int) -> String {
        #"{"id":"\#(product)","sku":"LAMP-\#(product)","title":"Lamp \#(product)","quantity":1,"#
            + #""price":"\#(amount())"}"#
    }

    private mutating func amount() -> String {
        "\(10 + random.below(90)).\(10 + random.below(90))"
    }

    private let consent =
        #","consent":{"analytics":"granted","ad_user_data":"granted","ad_personalization":"denied"}"#
}
