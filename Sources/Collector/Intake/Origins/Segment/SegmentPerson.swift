import JSON

/// What a call says of its person.
enum SegmentPerson {
    /// The reserved traits of a person that are personal, in both spellings: none of them is kept
    /// among custom data, whatever the site's rule for the fields of `user`.
    static let names: [StaticString] =
        contactNames + [
            "name", "firstName", "first_name", "lastName", "last_name", "username", "birthday",
            "age", "gender", "avatar", "description", "title", "website", "id",
        ]
    /// The ones that a group can have as well.
    static let contactNames: [StaticString] = ["email", "phone", "address"]
    /// The ones that libraries put among the properties of an event.
    static let propertyNames: [StaticString] = [
        "email", "phone", "firstName", "first_name", "lastName", "last_name",
    ]
}

extension SegmentMessage {
    mutating func writePerson(to writer: inout JSONWriter) {
        var traits = [context.object("traits")]
        if call == .identify { traits.insert(message.object("traits"), at: 0) }
        var sources = traits
        if call == .track {
            sources.append(properties.fields)
            properties.take(SegmentPerson.propertyNames)
        }
        let first = { (names: StaticString...) -> String? in
            for source in sources {
                for name in names {
                    if let value = source.id(name) { return value }
                }
            }
            return nil
        }
        let id = message.id("userId")
        // An event's own name is a thing's.
        let names = Self.names(traits)
        let address = traits.lazy.compactMap { $0["address"] }.first
        writer.key("user")
        writer.object { writer in
            writer.member("external_id", id)
            // Some shops know their users by address only.
            writer.member("email", first("email") ?? id.flatMap { $0.contains("@") ? $0 : nil })
            writer.member("phone", first("phone"))
            writer.member("first_name", first("firstName", "first_name") ?? names?.first)
            writer.member("last_name", first("lastName", "last_name") ?? names?.last)
            Self.writeAddress(ForeignFields(address), to: &writer)
        }
    }

    /// First and last name of a full name of two words; of more nobody knows which is which.
    private static func names(_ traits: [ForeignFields]) -> (first: String, last: String)? {
        guard let name = traits.lazy.compactMap({ $0.text("name") }).first else { return nil }
        let words = name.split(separator: " ")
        guard words.count == 2 else { return nil }
        return (String(words[0]), String(words[1]))
    }

    private static func writeAddress(
        _ address: ForeignFields, to writer: inout JSONWriter
    ) {
        writer.member("street", address.text("street"))
        writer.member("city", address.text("city"))
        writer.member("state", address.text("state"))
        writer.member(
            "postal_code",
            address.id("postalCode") ?? address.id("postal_code") ?? address.id("zip"))
        writer.member("country", address.country("country"))
    }
}
