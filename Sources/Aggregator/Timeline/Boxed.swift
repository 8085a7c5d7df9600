/// Keeps an optional member elsewhere, so that what holds it is small to copy: a fact has fifty strings,
/// most of them absent, and is sorted and handed on among thousands.
@propertyWrapper
package struct Boxed<Value: Sendable & Equatable>: Sendable, Equatable {
    private final class Box: Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private var box: Box?

    /// Starts with a value, or with nil.
    package init(wrappedValue: Value?) { box = wrappedValue.map(Box.init) }

    /// The value; setting it makes a new box.
    package var wrappedValue: Value? {
        get { box?.value }
        set { box = newValue.map(Box.init) }
    }

    /// Compares what is in the boxes.
    package static func == (left: Self, right: Self) -> Bool {
        left.box === right.box || left.box?.value == right.box?.value
    }
}
