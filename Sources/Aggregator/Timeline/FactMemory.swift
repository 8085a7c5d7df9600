/// Facts that were read, for who asks about many orders at one moment: those of one buyer hang on the same
/// facts, and so do an order's parts, its person and its clicks. For one transaction: what another one
/// sees may differ.
package final class FactMemory {
    private var nodes: [Int64: FactGraph.Node] = [:]
    /// Facts that are kept; what comes then is read again.
    private static let nodesMax = 20_000

    /// Remembers nothing yet.
    package init() {}

    subscript(number: Int64) -> FactGraph.Node? { nodes[number] }

    func keep(_ node: FactGraph.Node, _ number: Int64) {
        if nodes.count < Self.nodesMax { nodes[number] = node }
    }
}
