import Buffer
import Daemon
import HTTP

/// `buffer requeue|salvage`: has the running collector carry out an order, or does so itself under its
/// lock while it is stopped.
struct BufferOrderCommand {
    private let configuration: Configuration
    private let place: CollectorPlace

    init(_ configuration: Configuration) {
        self.configuration = configuration
        place = CollectorPlace(configuration)
    }

    /// `buffer requeue`: 0 done, 1 not, 65 something stays aside, 66 there is no buffer.
    func requeue(_ name: String?, wantsJSON: Bool) async -> Int32 {
        await carryOut(
            "/buffer/requeue?format=\(wantsJSON ? "json" : "text")", name ?? ""
        ) { await $0.requeue(name, wantsJSON: wantsJSON) }
    }

    /// `buffer salvage`: 0 done or begun, 1 not, 66 there is no buffer, 69 the collector must stop first.
    func salvage(_ file: String?) async -> Int32 {
        await carryOut("/buffer/salvage", file ?? "") { await $0.salvage(file) }
    }

    private func carryOut(
        _ target: String, _ operand: String, _ order: (BufferOrders) async -> BufferOrders.Reply
    ) async -> Int32 {
        do throws(SystemFault) {
            let lock = try FileLock(place.lock)
            let reply = await carryOutHere(order)
            _ = consume lock
            return tell(reply)
        } catch {
            guard error.isHeld else {
                Terminal.complain(error.sentence)
                return 1
            }
            return await carryOutThere(target, operand)
        }
    }

    private func carryOutHere(
        _ order: (BufferOrders) async -> BufferOrders.Reply
    ) async -> BufferOrders.Reply {
        guard BoundedFile.exists(place.buffer) else {
            return .init(66, Array("There is no buffer in \(place.directory).\n".utf8))
        }
        let buffer = CollectorParts.makeBuffer(
            configuration, place, Log(level: .error, format: .text))
        await buffer.open()
        let reply = await order(BufferOrders(buffer))
        await buffer.close()
        return reply
    }

    private func carryOutThere(_ target: String, _ operand: String) async -> Int32 {
        do throws(HTTPFault) {
            return tell(BufferOrders.reply(try await AdminSocket(place).post(target, operand)))
        } catch {
            Terminal.complain("The running collector does not answer on \(place.adminSocket).")
            return 69
        }
    }

    private func tell(_ reply: BufferOrders.Reply) -> Int32 {
        Terminal.tell(part: reply.text)
        return reply.exitStatus
    }
}
