import AggregatorBench
import ConveyProtocol
import TestSupport

/// How a world's events reach the aggregator: in which order, from whom, cut into which batches, how
/// often, and what else goes on meanwhile.
struct Course: Sendable {
    enum Step: Sendable {
        /// Copies by their place in the world, from a collector of their organization, 0...2.
        case batch([Int], from: Int)
        /// One turn of every step behind ingest.
        case turn
        /// Whoever did the turns dies, and another goes on.
        case restart
        /// So many seconds pass.
        case pause(Int)
        /// Something of a conversion leaves for a destination.
        case sending
    }

    let seed: UInt64
    private(set) var steps: [Step] = []

    /// Everything once, as it happened, in one batch where one collector can hold it.
    init(reference world: World) {
        seed = 0
        for organization in Int64(1)...2 {
            for collector in 0...2 {
                let own = world.copies.indices.filter { place in
                    let copy = world.copies[place]
                    return BenchPlan.organization(ofSite: copy.site) == organization
                        && (copy.pinned ?? 0) == collector
                }
                if !own.isEmpty { steps.append(.batch(own, from: collector)) }
            }
        }
    }

    /// A course that the seed determines.
    init(of world: World, seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed)
        var places = Array(world.copies.indices)
        places += places.filter { _ in random.chance(25) }
        switch random.below(5) {
        case 0: places.sort()
        case 1: places.sort { $0 > $1 }
        default: places.shuffle(using: &random)
        }
        let collectors = random.chance(30) ? 1 : 3
        let most = [1, 3, 8, 40][random.below(4)]
        let busy = [0, 20, 60, 100][random.below(4)]
        let mayPause = random.chance(30)
        let maySend = random.chance(20)
        while let first = places.first {
            let organization = BenchPlan.organization(ofSite: world.copies[first].site)
            let collector = world.copies[first].pinned ?? random.below(collectors)
            let reach = places.prefix(1 + random.below(most))
            let batch = reach.filter { place in
                let copy = world.copies[place]
                return BenchPlan.organization(ofSite: copy.site) == organization
                    && (copy.pinned ?? collector) == collector
            }
            for place in batch {
                if let index = places.firstIndex(of: place) { places.remove(at: index) }
            }
            steps.append(.batch(batch, from: collector))
            if random.chance(busy) { steps.append(.turn) }
            if random.chance(10) { steps.append(.restart) }
            if mayPause, random.chance(10) { steps.append(.pause(1 + random.below(2_000))) }
            if maySend, random.chance(20) { steps.append(.sending) }
        }
    }

    /// The course without some steps and copies: for finding out what a failure needs.
    init(_ steps: [Step], like course: Course) {
        seed = course.seed
        self.steps = steps
    }

    /// Whether anything is sent: then uploads depend on when.
    var sends: Bool {
        steps.contains { step in
            if case .sending = step { true } else { false }
        }
    }
}
