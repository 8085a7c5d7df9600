import ConveyProtocol
import HTTP
import JSON

/// One click on a campaign link: where the visitor is sent on, and what is recorded of it. Pure.
struct LinkClick {
    private let link: SiteSettings.CampaignLink
    private let trackingID: String
    private let referrer: String?
    /// What the platform that showed the link has put behind it.
    private let arrival: LandingPage

    /// - Parameter trackingID: A fresh UUID: it names the click, and travels on with the visitor.
    init(on link: SiteSettings.CampaignLink, by request: Request, trackingID: String) {
        self.link = link
        self.trackingID = trackingID
        referrer = request.headers["Referer"]
        arrival = LandingPage("?\(request.rawQuery ?? "")")
    }

    /// The target with both ids, its query and fragment kept. Click ids of advertising platforms that
    /// came with the request go along, since the landing page is where they are looked for.
    var location: String {
        let known = LandingPage(link.target).clicks.map(\.name.description)
        let clicks = arrival.adClicks.filter { !known.contains($0.parameter) }
        let ids = [("ct_tracking_id", trackingID), ("ct_campaign_link_id", link.id)]
        let added = (clicks + ids).map { "\($0)=\($1)" }.joined(separator: "&")
        let base = link.target.prefix { $0 != "#" }
        let isOpen = base.hasSuffix("?") || base.hasSuffix("&")
        let separator = !base.contains("?") ? "?" : isOpen ? "" : "&"
        return Self.fieldValue("\(base)\(separator)\(added)\(link.target.dropFirst(base.count))")
    }

    /// The target alone: for a visitor whose click is not recorded.
    static func plainLocation(of link: SiteSettings.CampaignLink) -> String {
        fieldValue(link.target)
    }

    /// An address in the letters that a `Location` may have (RFC 3986, section 2).
    private static func fieldValue(_ address: String) -> String {
        address.unicodeScalars.map { scalar in
            (0x21...0x7E).contains(scalar.value)
                ? String(scalar) : PercentEncoding.encode(String(scalar))
        }.joined()
    }

    /// Writes the click as an event in a sender's form.
    func write(to writer: inout JSONWriter) {
        let landing = LandingPage(link.target)
        writer.object { writer in
            writer.member("id", trackingID)
            writer.member("type", "link_click")
            writer.key("page")
            writer.object { writer in
                writer.member("url", link.target)
                writer.member("referrer", referrer)
            }
            writer.key("click")
            writer.object { writer in
                for (parameter, value) in arrival.adClicks {
                    writer.key(parameter)
                    writer.string(value)
                }
                writer.member("ct_tracking_id", trackingID)
                writer.member("ct_campaign_link_id", link.id)
            }
            writer.key("utm")
            writer.object { writer in
                for (name, value) in landing.campaign { writer.member(name, value) }
            }
            writer.key("data")
            writer.object { $0.member("code", link.code) }
        }
    }
}
