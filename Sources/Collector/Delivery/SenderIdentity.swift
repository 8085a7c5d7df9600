package import ConveyProtocol
package import HTTP

/// Who sends, and to whom.
package struct SenderIdentity: Sendable {
    let collector: CollectorID
    let exchange: SignedExchange
    let shipper: String

    /// - Parameters:
    ///   - collector: the id that the aggregator gave at the enrolment.
    ///   - exchange: signs with the collector's key, believes the aggregator's.
    ///   - shipper: program and version, 1-64 printable ASCII characters.
    package init(collector: CollectorID, exchange: SignedExchange, shipper: String) {
        self.collector = collector
        self.exchange = exchange
        self.shipper = shipper
    }
}
