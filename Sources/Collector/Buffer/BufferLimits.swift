package import ConveyProtocol

/// How many bytes the buffer may hold, and who is turned away first. Decides; measures nothing.
package struct BufferLimits: Equatable, Sendable {
    /// Most bytes of database and log together.
    package let bytesMax: Int64
    /// What is kept free for each lane; the lanes below it in priority cannot use it.
    package let reserves: PerLane<Int64>
    /// Most bytes of events that wait for their commit.
    package let waitingBytesMax: Int

    /// The least budget that makes sense: less than that and one full commit does not fit.
    package static let bytesMin: Int64 = 33_554_432

    /// A budget with a tenth of it for conversions alone and a fifth for interactions and them.
    package init(bytesMax: Int64 = 1 << 30, waitingBytesMax: Int = 8_388_608) {
        self.init(
            bytesMax: bytesMax,
            reserves: PerLane { lane in
                switch lane {
                case .conversion: bytesMax / 10
                case .interaction: bytesMax / 5
                case .pageview: 0
                }
            },
            waitingBytesMax: waitingBytesMax)
    }

    /// A budget with reserves of its own.
    package init(bytesMax: Int64, reserves: PerLane<Int64>, waitingBytesMax: Int) {
        precondition(bytesMax > 0 && waitingBytesMax > 0, "A buffer without room is none.")
        self.bytesMax = bytesMax
        self.reserves = reserves
        self.waitingBytesMax = waitingBytesMax
    }

    /// How full the buffer may be for an event of this lane to be taken.
    func bytesMax(for lane: Lane) -> Int64 {
        let above = Lane.allCases.filter { $0 < lane }
        return bytesMax - above.reduce(0) { $0 + reserves[$1] }
    }

    /// Whether a lane is turned away.
    /// - Parameter usedBytes: Bytes in use on the disk and waiting for it.
    func refuses(_ lane: Lane, usedBytes: Int64) -> Bool {
        usedBytes >= bytesMax(for: lane)
    }

    /// Above this, events that have a receipt are deleted before their time, so that they never are
    /// the reason to turn one away.
    var comfortableBytes: Int64 {
        bytesMax(for: .pageview) - min(Int64(waitingBytesMax), bytesMax / 8)
    }

    /// Space kept aside on the disk: twice the largest commit and a checkpoint.
    var ballastBytes: Int64 { 2 * Int64(waitingBytesMax) + Int64(checkpointPages) * 4096 }

    /// The log is copied into the file when it has so many pages of 4 KiB: 8 MB, or the 64th part of
    /// a small budget.
    var checkpointPages: Int { Int(max(64, min(2000, bytesMax / 64 / 4096))) }
}
