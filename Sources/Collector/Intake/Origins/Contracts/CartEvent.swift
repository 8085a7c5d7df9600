import ConveyProtocol
import Crypto
import JSON

/// One valid cart event, with raw personal values: it lives in memory only, until the event writer has
/// hashed them by the site's rule.
struct CartEvent {
    private let product: Product
    private let person: Person
    private let images: Images
    private let userAgent: String?
    private let session: String?
    /// Whether the title was longer than the contract keeps.
    let isTitleCut: Bool

    private static let titleCharactersMax = 500
    private static let type: StaticString = "add_to_cart"
    /// Where a cut title stands.
    static let titlePointer = "/items/0/title"

    private struct Product {
        let id: String?
        let title: String?
        let url: String?
        let variant: String?
    }

    private struct Person {
        let email: String?
        let firstName: String?
        let lastName: String?
    }

    private struct Images {
        let generated: String?
        let person: String?
        let clothing: String?
    }

    /// Validates the fields in the contract's order.
    init(_ object: JSONElement, for site: SiteSettings.Site) throws(CartFault) {
        let fields = try CartFields(object)
        guard let store = try fields.text(.storeName)?.trimmed, !store.isEmpty else {
            throw CartFault(.storeName, .required)
        }
        guard StoreName.matches(store, site) else { throw CartFault(.storeName, .unknownStore) }
        let id = try fields.identifier(.productId)
        let title = try fields.text(.productTitle)
        let scalars =
            title.map { Array($0.unicodeScalars.prefix(Self.titleCharactersMax + 1)) } ?? []
        isTitleCut = scalars.count > Self.titleCharactersMax
        product = Product(
            id: id, title: isTitleCut ? Self.text(scalars.dropLast()) : title,
            url: try fields.url(.productUrl), variant: try fields.identifier(.variantId))
        person = Person(
            email: try fields.email(.customerEmail),
            firstName: try fields.text(.customerFirstName),
            lastName: try fields.text(.customerLastName))
        images = Images(
            generated: try fields.url(.generatedImageUrl),
            person: try fields.url(.personImageUrl),
            clothing: try fields.url(.clothingImageUrl))
        userAgent = try fields.text(.userAgent)
        session = try fields.identifier(.sessionId)
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    /// Writes the event in a sender's form.
    func write(id: EventID, _ rules: SiteRules, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.description)
            writer.key("type")
            writer.string(Self.type)
            writer.member("session", session)
            writer.key("user")
            writer.object { writer in
                writer.member("email", person.email)
                writer.member("first_name", person.firstName)
                writer.member("last_name", person.lastName)
            }
            writer.key("client")
            writer.object { $0.member("user_agent", userAgent) }
            writeItem(rules, to: &writer)
            writeData(rules, to: &writer)
        }
    }

    private func writeItem(_ rules: SiteRules, to writer: inout JSONWriter) {
        guard
            product.id != nil || product.variant != nil || product.title != nil
                || product.url != nil
        else { return }
        writer.key("items")
        writer.array { writer in
            writer.object { writer in
                writer.member("id", product.id)
                writer.member("variant", product.variant)
                writer.member("title", product.title)
                writer.member("url", product.url.map { rules.scrubbed(url: $0) })
            }
        }
    }

    private func writeData(_ rules: SiteRules, to writer: inout JSONWriter) {
        writer.key("data")
        writer.object { writer in
            writer.member("contract", "cart_tracking")
            let clothing = images.clothing.map { rules.scrubbed(url: $0) }
            writer.member("clothing_image_url", clothing)
            writeImage("generated_image", images.generated, rules, to: &writer)
            writeImage("person_image", images.person, rules, to: &writer)
        }
    }

    /// The address of an image of a person is personal: by the site's rule its hash stands in its
    /// place, or nothing but that there was one.
    private func writeImage(
        _ name: String, _ url: String?, _ rules: SiteRules, to writer: inout JSONWriter
    ) {
        guard let url else { return }
        writer.key(name)
        writer.bool(true)
        switch rules.site.privacy {
        case .drop: break
        case .hash:
            writer.key("\(name)_sha256")
            writer.string(SHA256Digest(of: Array(url.utf8)).hex)
        case .keep:
            writer.key("\(name)_url")
            writer.string(rules.scrubbed(url: url))
        }
    }
}
