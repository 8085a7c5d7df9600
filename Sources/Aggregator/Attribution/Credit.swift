package import Time
package import Timeline

/// What one touch gets of one conversion, under every model.
package struct Credit: Hashable, Sendable {
    /// A part of a conversion's value and of the conversion itself.
    package struct Share: Hashable, Sendable {
        /// Millionths of the currency's unit.
        package let micros: Int64
        /// Parts of 1,000,000,000.
        package let billionths: Int64

        /// Takes both parts.
        package init(micros: Int64, billionths: Int64) {
            (self.micros, self.billionths) = (micros, billionths)
        }

        /// Nothing.
        package static let none = Share(micros: 0, billionths: 0)
    }

    /// The touch.
    package let touch: DerivedID
    /// When it was.
    package let at: Timestamp
    /// What sent the shopper.
    package let kind: Touch.Kind
    /// By the channel rules at the time of the reckoning.
    package let channel: Channel
    /// As the touch has it.
    package let traffic: TrafficSource
    /// One a model, in the models' order.
    let shares: [Share]

    /// What it gets under a model.
    package subscript(model: CreditModel) -> Share { shares[model.place] }
}
