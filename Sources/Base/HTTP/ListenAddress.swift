package import Daemon

/// Address and port on which a program listens: `127.0.0.1:8480`, `[::1]:8480`, `0.0.0.0:443`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The machine's address; `0.0.0.0` and `::` stand for all of them.
    package let address: IPAddress
    /// 0 takes a free one, for tests.
    package let port: UInt16

    /// Nil unless the text is an address, a colon and a port; an IPv6 address stands in brackets.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        var host = text[..<colon]
        let isBracketed = host.first == "[" && host.last == "]"
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(host), address.isV4 != isBracketed, !digits.isEmpty,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
        else { return nil }
        (self.address, self.port) = (address, port)
    }

    /// The form in which it is read.
    package var description: String {
        address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool { address.isLoopback }
}

extension ConfigurationKind where Value == ListenAddress {
    /// An address of this machine and a port.
    package static var listenAddress: Self {
        Self("an address and a port, as 127.0.0.1:8480 or [::1]:8480") {
            text throws(ConfigurationProblem.Reason) in
            guard let address = ListenAddress(text) else {
                throw .malformed("an address and a port, as 127.0.0.1:8480 or [::1]:8480")
            }
            return address
        } write: {
            $0.description
        }
    }
}
