/// What an order is to those who count conversions.
package enum OrderState: Sendable, Equatable {
    /// It counts.
    case counted
    /// It never reached a state that counts; the state it is in, where somebody says.
    case pending(status: String?)
    /// Only a browser says that it was bought, and the site wants the platform's word. Shown, never
    /// uploaded.
    case unconfirmed
    /// A test; it makes no conversion.
    case test
    /// It counted once and does not any more.
    case withdrawn(Withdrawal)
    /// Something went back of an order that nobody told of.
    case refundOnly

    /// Why an order counts no more.
    package enum Withdrawal: Sendable, Equatable {
        /// It is in a state that does not count, as `cancelled`.
        case status(String)
        /// Everything went back.
        case refunded
        /// The platform's total fell to nothing without a refund: everything was taken out.
        case emptied
    }

    /// The state's name, as tables and answers hold it.
    package var name: String {
        switch self {
        case .counted: "counted"
        case .pending: "pending"
        case .unconfirmed: "unconfirmed"
        case .test: "test"
        case .withdrawn: "withdrawn"
        case .refundOnly: "refund_only"
        }
    }

    /// Why, where there is more to say: `status_cancelled`, `refunded`, `emptied`.
    package var reason: String? {
        switch self {
        case .pending(let status): status.map { "status_\($0)" }
        case .withdrawn(.status(let status)): "status_\(status)"
        case .withdrawn(.refunded): "refunded"
        case .withdrawn(.emptied): "emptied"
        case .counted, .unconfirmed, .test, .refundOnly: nil
        }
    }

    /// What the conversion of such an order is; nil where it makes none.
    package var conversion: ConversionStatus? {
        switch self {
        case .counted: .counted
        case .unconfirmed: .unconfirmed
        case .withdrawn: .withdrawn
        case .pending, .test, .refundOnly: nil
        }
    }
}

/// What a conversion is worth counting.
package enum ConversionStatus: String, CaseIterable, Sendable {
    /// It counts with its value.
    case counted
    /// It is shown and never uploaded.
    case unconfirmed
    /// It counts no more; its value is 0.
    case withdrawn
}
