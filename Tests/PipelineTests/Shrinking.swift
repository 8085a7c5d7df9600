import TestSupport
import Testing
import Timeline

/// Takes away from a failing course what the failure does not need, and tells what is left.
struct Shrinking {
    private let backend: Backend
    private let world: World
    private var course: Course

    init(_ backend: Backend, _ world: World, _ course: Course) {
        self.backend = backend
        self.world = world
        self.course = course
    }

    mutating func shrink() async throws {
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for place in world.copies.indices.reversed() {
                if try await keep(without(place)) { isSmaller = true }
            }
            for index in course.steps.indices.reversed() {
                var steps = course.steps
                if case .batch = steps[index] { continue }
                steps.remove(at: index)
                if try await keep(steps) { isSmaller = true }
            }
        }
    }

    func tell() async throws {
        var copy = self
        try await copy.shrink()
        var story = ["what it takes, \(world.limits == .standard ? "usual" : "tight") limits:"]
        for step in copy.course.steps {
            guard case .batch(let places, let collector) = step else {
                story.append("\(step)")
                continue
            }
            story.append("from \(collector):")
            story += places.map { "  \(world.copies[$0].line)" }
        }
        story += try await copy.difference().prefix(8).map { String($0.prefix(600)) }
        for (site, policy) in world.policies { story.append("\(site): \(policy)") }
        story.append("\(world.limits)")
        Issue.record("\(story.joined(separator: "\n"))")
    }

    private func without(_ place: Int) -> [Course.Step] {
        course.steps.compactMap { step in
            guard case .batch(let places, let collector) = step else { return step }
            let rest = places.filter { $0 != place }
            return rest.isEmpty ? nil : .batch(rest, from: collector)
        }
    }

    private mutating func keep(_ steps: [Course.Step]) async throws -> Bool {
        guard steps.count < course.steps.count || size(steps) < size(course.steps) else {
            return false
        }
        var other = self
        other.course = Course(steps, like: course)
        guard try await !other.difference().isEmpty else { return false }
        course = other.course
        return true
    }

    private func size(_ steps: [Course.Step]) -> Int {
        steps.reduce(0) { sum, step in
            if case .batch(let places, _) = step { sum + places.count } else { sum + 1 }
        }
    }

    /// What differs from the same copies, each once, as they happened.
    private func difference() async throws -> [String] {
        var held: Set<Int> = []
        for case .batch(let places, _) in course.steps { held.formUnion(places) }
        let reference = Course(
            Course(reference: world).steps.compactMap { step in
                guard case .batch(let places, let collector) = step else { return step }
                let rest = places.filter(held.contains)
                return rest.isEmpty ? nil : .batch(rest, from: collector)
            }, like: course)
        let uploads = !course.sends
        let expected = try await ArrivalTests.outcome(
            backend, of: world, reference, uploads: uploads)
        return try await ArrivalTests.outcome(
            backend, of: world, course, uploads: uploads
        )
        .difference(from: expected)
    }
}
