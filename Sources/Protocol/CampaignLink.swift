package import Time

extension SiteSettings {
    /// A short link whose clicks are touches, as the edge needs it.
    package struct CampaignLink: Equatable, Sendable {
        /// A UUID in lower case: the `campaign_link_id` of its clicks.
        package var id: String
        /// What follows `/l/`: 1...64 of A-Z, a-z, 0-9, hyphen and underscore; unique in its
        /// organization.
        package var code: String
        /// Where a click is sent: an https URL, the link's UTM parameters already in its query.
        package var target: String
        /// Days in which a click may earn credit, 1...90; nil: what the site or conversion says.
        package var windowDays: Int?
        /// From then on a click is no touch: its visitor is sent on without being recorded; nil: never.
        package var expiresAt: Timestamp?

        /// Takes what every link has.
        package init(id: String, code: String, target: String) {
            (self.id, self.code, self.target) = (id, code, target)
        }

        /// Tells whether a text may be a code.
        package static func isCode(_ text: String) -> Bool {
            (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    TextRule.isDigit(byte) || byte | 0x20 &- 0x61 < 26 || byte == 0x5F
                        || byte == 0x2D
                }
        }
    }
}
