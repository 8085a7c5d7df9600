package import ConveyProtocol

/// What goes with a store's name. Pure.
extension StoreName {
    /// `https://shop.example`, `http://127.0.0.1:8080`: scheme, host, perhaps a port, nothing else.
    package static func isOrigin(_ text: String) -> Bool {
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return isHost(String(text.dropFirst(scheme.count)))
        }
        return false
    }

    /// The form of an IANA name; whether it exists is for the readers to find.
    package static func isTimeZone(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"):
                    true
                default: false
                }
            }
    }
}
