internal import JSON

/// Writing the visitor's device: a browser's from its request, a shopper's from what the sender states.
extension EventBody {
    mutating func writeClient(
        _ value: JSONElement?, to writer: inout JSONWriter
    ) throws(EventFault) {
        if let value, value.kind != .object { throw .at(.client, .wrongType) }
        let stated = value.map { ObjectParts($0, EventSchema.client) }
        if context.isVisitorsOwn {
            try writeVisitor(stated, to: &writer)
        } else if let stated, stated.hasAny {
            try writeShopper(stated, to: &writer)
        }
    }

    /// The request says who the visitor is; the body only adds language and screen.
    private mutating func writeVisitor(
        _ stated: ObjectParts?, to writer: inout JSONWriter
    ) throws(EventFault) {
        let client = context.client
        let address = context.keptAddress
        let language = stated?[2] == nil ? client.language : nil
        let recordsFacts = context.rules.site.recordsLocation
        let knows = address != nil || client.userAgent != nil || language != nil
        guard knows || stated?.hasAny == true || recordsFacts && client.facts != ClientFacts()
        else { return }
        writer.key("client")
        try writer.object { writer throws(EventFault) in
            if let address { writer.member("ip", address) }
            writeDevice(1, client.userAgent, to: &writer)
            if let language {
                writeDevice(2, language, to: &writer)
            } else {
                try writeDevice(2, stated?[2], to: &writer)
            }
            try writeDevice(3, stated?[3], to: &writer)
            if recordsFacts { writeFacts(client.facts, to: &writer) }
        }
    }

    /// What the sender states of its shopper, and what follows from it.
    private mutating func writeShopper(
        _ stated: ObjectParts, to writer: inout JSONWriter
    ) throws(EventFault) {
        let address = stated[0]?.string
        let facts = facts(address, stated[1]?.string)
        writer.key("client")
        try writer.object { writer throws(EventFault) in
            if let address, let kept = ClientAddress.text(address, by: context.rules.site.address) {
                writer.member("ip", kept)
            }
            for index in 1...3 { try writeDevice(index, stated[index], to: &writer) }
            guard context.rules.site.recordsLocation else { return }
            for member in EventSchema.DerivedMember.allCases {
                try writeFact(member, stated[member.rawValue], facts, to: &writer)
            }
        }
    }

    /// An order is an order, whatever program a platform names beside it: only servers, which state
    /// every visitor, have bots.
    private mutating func facts(_ address: String?, _ userAgent: String?) -> ClientFacts {
        guard address != nil || userAgent != nil, let observer = context.observer else {
            return ClientFacts()
        }
        let place = context.rules.site.recordsLocation ? address : nil
        let facts = observer.facts(address: place, userAgent: userAgent)
        if facts.isBot, context.source == .server { flags.append(.bot) }
        return facts
    }

    /// Writes the request's own word.
    private mutating func writeDevice(
        _ index: Int, _ text: String?, to writer: inout JSONWriter
    ) {
        let field = EventSchema.client.fields[index]
        guard let text, case .text(let bytesMax) = field.form else { return }
        let treatment = TextTreatment(.scrubbed, context)
        let outcome = treatment.apply(to: text.utf8.span, bytesMax)
        if outcome.isCut { noteTruncation("/client/\(field.name)") }
        writer.key(field.name)
        if let changed = outcome.bytes {
            writer.string(utf8: changed.span)
        } else {
            writer.string(text)
        }
    }

    private mutating func writeDevice(
        _ index: Int, _ value: JSONElement?, to writer: inout JSONWriter
    ) throws(EventFault) {
        guard let value else { return }
        let field = EventSchema.client.fields[index]
        writer.key(field.name)
        try write(value, field.form, at: { "/client/\(field.name)" }, to: &writer)
    }

    private func writeFacts(_ facts: ClientFacts, to writer: inout JSONWriter) {
        for member in EventSchema.DerivedMember.allCases {
            guard let text = facts[member] else { continue }
            writer.key(EventSchema.client.fields[member.rawValue].name)
            writer.string(text)
        }
    }

    /// A stated fact of legal form wins: the sender may know better. One of another form is left out.
    private mutating func writeFact(
        _ member: EventSchema.DerivedMember, _ stated: JSONElement?, _ facts: ClientFacts,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        let field = EventSchema.client.fields[member.rawValue]
        if let stated, stated.kind == .string, isLegal(stated, field.form) {
            try writeDevice(member.rawValue, stated, to: &writer)
        } else if let text = facts[member] {
            writer.key(field.name)
            writer.string(text)
        } else if stated != nil {
            noteTruncation("/client/\(field.name)")
        }
    }

    /// Whether the stated text can be written: texts are cut, country and device are codes.
    private func isLegal(_ value: JSONElement, _ form: FieldRule.Form) -> Bool {
        switch form {
        case .country, .device: ValueCheck.fault(value, form) == nil
        default: true
        }
    }
}
