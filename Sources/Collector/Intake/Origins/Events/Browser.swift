import ConveyProtocol
import HTTP
import JSON
import Visitors

/// What a browser's request adds to its events, and what the address of its page says.
enum BrowserEvent {
    /// The facts of the request that stand for the visitor's device.
    static func client(
        of request: Request, _ proxies: TrustedProxies
    ) -> EventContext.Client {
        var client = EventContext.Client()
        client.address = proxies.client(of: request)?.description
        client.userAgent = request.headers["User-Agent"]
        client.language = request.headers["Accept-Language"].map {
            String($0.prefix { $0 != "," && $0 != ";" })
        }
        client.sendsGPC = request.headers.equals("sec-gpc", "1")
        client.sendsDNT = request.headers.equals("dnt", "1")
        client.isPrefetch = isPrefetch(request)
        return client
    }

    /// What the request says of its program, for the rules that tell browsers apart.
    static func agent(of request: Request) -> AgentEvidence {
        AgentEvidence(
            userAgent: request.headers["User-Agent"], brands: request.headers["Sec-CH-UA"],
            system: request.headers["Sec-CH-UA-Platform"],
            isMobile: request.headers.equals("sec-ch-ua-mobile", "?1"))
    }

    /// Whether the browser fetches ahead of its user, in the words of any browser.
    private static func isPrefetch(_ request: Request) -> Bool {
        prefetchFields.contains { name in
            guard let value = request.headers.bytes(of: name) else { return false }
            let purpose = String(decoding: value.prefix(16), as: UTF8.self).lowercased()
            return ["prefetch", "prerender", "preview"].contains { purpose.hasPrefix($0) }
        }
    }

    private static let prefetchFields = ["sec-purpose", "purpose", "x-purpose", "x-moz"]

    /// Writes one event in canonical form. Where the page's address has click ids or a campaign that
    /// the event does not state itself, they are read from there.
    static func write(
        _ event: JSONElement, _ context: EventContext, on bench: Workbench
    ) throws(EventFault) -> WrittenEvent {
        guard let landing = landing(of: event) else {
            return try bench.writer.write(event, context)
        }
        bench.draft.removeAll()
        bench.draft.object { writeMembers(of: event, beside: landing, to: &$0) }
        return try bench.writeDraft(context)
    }

    /// What the page's address says; nil, and in most cases without a copy, where it says nothing.
    static func landing(of event: JSONElement) -> LandingPage? {
        guard let url = event["page"]?["url"], url.withUTF8(mayBeTagged) ?? false,
            let address = url.string
        else { return nil }
        let landing = LandingPage(address)
        return landing.isEmpty ? nil : landing
    }

    private static func mayBeTagged(_ url: Span<UInt8>) -> Bool {
        for index in url.indices where url[index] == UInt8(ascii: "?") { return true }
        return false
    }

    /// Writes an event's members; those of `click` and `utm` with what the page's address says.
    static func writeMembers(
        of event: JSONElement, beside landing: LandingPage?, except names: [StaticString] = [],
        to writer: inout JSONWriter
    ) {
        guard let members = event.object else { return }
        for (key, value) in members {
            if landing != nil, key == "click" || key == "utm" { continue }
            if names.contains(where: { key == $0 }) { continue }
            writer.key(key)
            writer.element(value)
        }
        guard let landing else { return }
        writer.key("click")
        merge(event["click"], landing.clicks, to: &writer)
        writer.key("utm")
        // A campaign is taken whole from one place: parts of two would name one that never was.
        if let stated = event["utm"], stated.count != 0, !stated.isNull {
            writer.element(stated)
        } else {
            merge(nil, landing.campaign, to: &writer)
        }
        landing.writeRepeated(to: &writer)
    }

    private static func merge(
        _ stated: JSONElement?, _ found: [(name: StaticString, value: String)],
        to writer: inout JSONWriter
    ) {
        if let stated, !stated.isNull, stated.kind != .object { return writer.element(stated) }
        // What the address says stands in for what is empty or no click id at all.
        let added = found.filter { name, value in
            guard let said = stated?[name]?.string, !said.isEmpty else { return true }
            guard let form = ClickIDForm(of: name.description) else { return false }
            return form.identifier(in: said) == nil && form.identifier(in: value) != nil
        }
        writer.object { writer in
            if let members = stated?.object {
                for (key, value) in members {
                    if added.contains(where: { key == $0.name }) { continue }
                    writer.key(key)
                    writer.element(value)
                }
            }
            for (name, value) in added { writer.member(name, value) }
        }
    }
}
