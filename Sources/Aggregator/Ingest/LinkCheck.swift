import ConveyProtocol
import Store

/// Turns campaign conversions away whose link their site never had. What the links are is Sites'
/// matter; a removed one is still known.
struct LinkCheck {
    private let tx: Transaction
    private let organization: Int64

    init(_ tx: Transaction, _ organization: Int64) {
        (self.tx, self.organization) = (tx, organization)
    }

    /// What is said of an event whose link is not known.
    static let fault = EventFault(.unknownLink, at: "/click/ct_campaign_link_id")

    /// Whether its site had the link that an event names; true, without a look, for nearly all.
    func knowsLink(of head: EventHead, at site: Int64) throws(StoreFault) -> Bool {
        guard let link = head.campaignLink else { return true }
        let found = try tx.first(
            Self.find, .integer(organization), .integer(site), .bytes(link.bytes),
            make: { $0.integer(0) })
        return found != nil
    }

    private static let find = SQL(
        "SELECT 1 FROM sites_link WHERE organization = $1 AND site = $2 AND id = $3")
}
