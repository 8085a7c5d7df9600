import ConveyProtocol

/// What became of a batch.
enum Outcome: Sendable, Equatable {
    /// A receipt; `pace` is how many events a second are welcome, 0 for any.
    case receipt(pace: Int64)
    /// A signed answer that is no receipt.
    case problem(Remedy)
    /// No answer that counts. Perhaps the batch was too large for the way.
    case noAnswer(wasPerhapsTooLarge: Bool)
    /// The buffer failed, or took a receipt for one of other numbers.
    case fault
    /// The daemon stops.
    case stopped
}

/// What a signed problem asks of a collector, with what it needs to do so.
/// - Source: protocol/SPEC.md, section 7, last column.
enum Remedy: Sendable, Equatable {
    case quarantine
    case rewind(ProtocolProblem.LedgerPlace)
    case newEpoch(afterForkIn: EpochID)
    case split(BatchLimits)
    case wait(Duration)
    /// Send it again: the clock has been corrected, or the coding is another.
    case again
    case backOff
    /// Only a person can mend it.
    case alert

    init(_ body: ProblemBody) {
        switch body.problem {
        case .ledgerBehind(let place): self = .rewind(place)
        case .ledgerFork(let place, _): self = .newEpoch(afterForkIn: place.epoch)
        case .tooLarge(let limits): self = .split(limits)
        case .slowDown(let duration), .unavailable(let duration): self = .wait(duration)
        default:
            switch body.remedy {
            case .quarantine: self = .quarantine
            case .correctClock: self = .again
            case .backOff: self = .backOff
            case .keepAndAlert, .giveUp, .fallBack: self = .alert
            case .resend, .newEpoch, .split, .wait:
                preconditionFailure("A problem that needs more than its name was not told apart.")
            }
        }
    }
}

/// What the buffer must do after an answer.
enum Deed: Sendable, Equatable {
    case nothing
    case quarantine
    case rewind(ProtocolProblem.LedgerPlace)
    case startEpoch(afterForkIn: EpochID)

    /// Decides what a problem with a batch does to the buffer.
    init(_ remedy: Remedy, _ flight: Flight) {
        switch remedy {
        case .rewind(let place): self = .rewind(place)
        case .newEpoch(let epoch): self = .startEpoch(afterForkIn: epoch)
        case .quarantine: self = flight.count > 0 ? .quarantine : .nothing
        case .split: self = flight.count == 1 ? .quarantine : .nothing
        case .again, .backOff, .wait, .alert: self = .nothing
        }
    }
}
