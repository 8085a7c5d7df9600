import Time

/// A request that was written down and is not over: what goes out, or is asked after.
struct OpenRequest: Equatable, Sendable {
    /// What is known of attempts before the next one.
    enum Doubt: Int, Sendable {
        /// Nothing of it was processed, by the platform's word, or nothing was sent yet.
        case none = 0
        /// An answer was lost, or we died before writing it down.
        case answerLost = 1
        /// Its uploads were part of a request that the platform took, without a verdict for each.
        case acceptedBefore = 2
    }

    /// An upload in it.
    struct Member: Equatable, Sendable {
        let upload: Int64
        let content: UploadContent
        /// Requests that it has been put into from the queue.
        let tries: Int
    }

    let number: Int64
    let isValidation: Bool
    var doubt: Doubt
    /// Times it was sent without an answer to go by, since the platform took it last.
    let attempts: Int
    /// Times the platform was asked and had not decided.
    let polls: Int
    /// Times the platform took it and forgot it before its verdict.
    let losses: Int
    let platformID: String?
    /// In the order of the request: an index of an answer means this order.
    let members: [Member]
}

/// What follows from an answer: for the request, for its uploads, for the destination. Pure data.
struct Aftermath: Equatable, Sendable {
    /// What becomes of a request.
    enum Ending: Equatable, Sendable {
        /// The same uploads again, from a time on.
        case again(at: Timestamp)
        case accepted(platformID: String, askAt: Timestamp)
        case ask(at: Timestamp)
        case over
    }

    /// What becomes of one upload.
    struct Outcome: Equatable, Sendable {
        let fate: UploadFate
        /// The platform's code behind it.
        var detail: String?
    }

    /// Uploads that go on in a request of their own, by their index; they stay on their way.
    struct Part: Equatable, Sendable {
        let members: [Int]
        let doubt: OpenRequest.Doubt
        let sendAt: Timestamp
    }

    /// Stops a destination: why, by which code of the platform, until when.
    struct Hold: Equatable, Sendable {
        let code: UploadCode
        let detail: String
        let until: Timestamp
    }

    /// Whether the platform answered, for the circuit breaker.
    enum Health: Equatable, Sendable {
        case answered
        case failed(retryAfter: Duration?)
        /// It asked for a pause.
        case throttled(retryAfter: Duration?)
    }

    var ending: Ending
    var health = Health.answered
    /// By index; uploads neither here nor in `parts` share `rest`.
    var outcomes: [Int: Outcome] = [:]
    var parts: [Part] = []
    /// Nil where the request goes on with them.
    var rest: Outcome?
    /// Stops the whole destination.
    var hold: Hold?
    /// Whether the platform forgot a request that it took.
    var isLoss = false
    /// Whether the platform took something: a hold is over.
    var endsHold = false
    /// The doubt that remains on a request that goes on; nil: as before.
    var doubt: OpenRequest.Doubt?
    /// Codes that the table of verdicts does not know.
    var unknownCodes: [String] = []

    init(_ ending: Ending) { self.ending = ending }
}

/// How long uploads wait for what.
package struct UploadTiming: Equatable, Sendable {
    /// From an accepted request to the first question for its verdict.
    package var firstAsk: Duration = .seconds(1800)
    /// The longest pause between two questions; it doubles up to here.
    package var askMax: Duration = .seconds(6 * 3600)
    /// From a hold of a destination to the next try by itself.
    package var holdFor: Duration = .seconds(900)
    /// From a failure of one upload that may pass to its next try; doubles up to `retryMax`.
    package var retryFirst: Duration = .seconds(60)
    /// The longest pause between two tries of one upload.
    package var retryMax: Duration = .seconds(6 * 3600)
    /// The longest pause after failures of a platform in a row; one second or more.
    package var backoffMax: Duration = .seconds(300)

    /// The defaults; demonstrations ask sooner.
    package init() {}

    /// The pause before a question, after so many that found nothing decided.
    func ask(after polls: Int) -> Duration { Self.doubled(firstAsk, polls, askMax) }

    /// The pause after a question that got no answer.
    var askAgain: Duration { min(retryFirst, askMax) }

    /// The pause before an upload's next try, after so many.
    func retry(after tries: Int) -> Duration { Self.doubled(retryFirst, tries - 1, retryMax) }

    private static func doubled(_ first: Duration, _ times: Int, _ most: Duration) -> Duration {
        var wait = first
        for _ in 0..<max(times, 0) where wait < most { wait = wait * 2 }
        return min(wait, max(most, first))
    }
}
