import ConveyProtocol
import Daemon
import FoundationEssentials
import HTTP
import Sites
import Store

/// Brings an order to the running daemon; where none runs, carries it out here under the daemon's
/// lock.
struct OrderCommand {
    private let place: AggregatorPlace

    init(_ place: AggregatorPlace) { self.place = place }

    /// Prints the reply; its status is the command's.
    func run(_ invocation: CommandInvocation) async -> Int32 {
        do {
            let reply = try await carryOut(try order(of: invocation))
            if !reply.output.isEmpty { Terminal.tell(reply.output) }
            if !reply.errors.isEmpty { Terminal.complain(reply.errors) }
            return reply.exitStatus
        } catch let refusal as StartRefusal {
            Terminal.complain(refusal.sentence)
        } catch let refusal as MigrationRefusal {
            Terminal.complain(refusal.sentence)
        } catch let fault as any Fault {
            Terminal.complain(fault.sentence)
        } catch {
            Terminal.complain("The command could not be carried out.")
        }
        return 69
    }

    /// Files are read here, with the rights of whoever typed the command.
    private func order(of invocation: CommandInvocation) throws -> Order {
        var order = Order(
            command: invocation.command, operands: invocation.operands,
            values: invocation.values, flags: invocation.flags)
        order.values["config"] = nil
        for use in SiteSettings.SecretUse.allCases {
            let option = "\(use.rawValue)-secret"
            guard let path = order.values.removeValue(forKey: "\(option)-file") else { continue }
            let bytes = try BoundedFile.read(path, bytesMax: 4096)
            let text = String(decoding: bytes, as: UTF8.self)
            order.values[option] = text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
        if let path = order.values.removeValue(forKey: "file") {
            let bytes = try BoundedFile.read(path, bytesMax: 16_384)
            order.values["secret"] = String(decoding: bytes, as: UTF8.self)
        }
        if order.command == "dead-letters correct" {
            let bytes = try BoundedFile.read(order.operands[1], bytesMax: 131_072)
            order.operands[1] = String(decoding: bytes, as: UTF8.self)
        }
        return order
    }

    func carryOut(_ order: Order) async throws -> Reply {
        do throws(HTTPFault) {
            return try await AdminDoor.send(order, to: place.adminSocket)
        } catch {
            guard error.reason == .socketMissing || error.reason == .refused else { throw error }
        }
        try BoundedFile.makeDirectory(place.directory)
        let lock = try FileLock(place.lock)
        let data = try AggregatorData(place)
        let reply = try await carryOut(order, on: data)
        await data.store.close()
        _ = consume lock
        return reply
    }

    /// What this changes in a database that other aggregators serve, they hear of as from one another.
    private func carryOut(_ order: Order, on data: AggregatorData) async throws -> Reply {
        _ = try await data.migrate()
        let installation = try await Installation.open(data)
        let office = Office(
            place: place, installation: installation, directory: StoredDirectory(installation.store)
        )
        return await office.carryOut(order)
    }
}
