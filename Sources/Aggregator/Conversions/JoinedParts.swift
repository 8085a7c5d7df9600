import ConveyProtocol
import Timeline

/// Which parts of an order are really its own. Whoever knows an order's number can claim it with the
/// public key; his clicks, visitor and permissions then stay outside. A browser's part joins by a
/// cart or checkout token, or by a visitor that is linked to the order already.
struct JoinedParts {
    /// The names of the parts that joined.
    let names: Set<Fact.Name>

    /// - Parameter linked: visitors that the order's person has.
    init(_ facts: [Fact], voices: OrderVoices, linked: Set<String>) {
        let trusted = facts.filter { !$0.isClaim }
        let seeds = trusted.isEmpty ? voices.browsers.prefix(1).map(\.self) : trusted
        var marks = linked.reduce(into: Set<String>()) { $0.insert("visitor:\($1)") }
        var names = Set(seeds.map(\.name))
        for seed in seeds { marks.formUnion(seed.joiningMarks) }
        var waiting = facts.filter { !names.contains($0.name) }
        var hasGrown = true
        while hasGrown {
            let joining = waiting.filter { !marks.isDisjoint(with: $0.joiningMarks) }
            hasGrown = !joining.isEmpty
            names.formUnion(joining.map(\.name))
            for fact in joining { marks.formUnion(fact.joiningMarks) }
            waiting.removeAll { names.contains($0.name) }
        }
        self.names = names
    }
}

extension Fact {
    /// What a browser's part joins by, each with its kind in front.
    fileprivate var joiningMarks: [String] {
        [
            visitor.map { "visitor:\($0)" }, order?.cartToken.map { "cart:\($0)" },
            order?.checkoutToken.map { "checkout:\($0)" },
        ].compactMap(\.self)
    }
}
