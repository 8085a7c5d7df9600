import Daemon
import HTTP

/// What commands say to the collector that runs on the same data.
extension CollectorPlace {
    /// A running collector takes what a command has changed up at once; one that does not run, when it
    /// starts.
    func tellDaemon() async {
        guard let origin = Origin("http://collector") else { return }
        do throws(HTTPFault) {
            _ = try await client(totalTimeout: .seconds(5)).send(
                ClientRequest(.post, origin, "/reload"))
            Terminal.tell("The running collector uses it from now on.")
        } catch {
            Terminal.tell("The collector uses it when it starts.")
        }
    }

    /// Reaches the running collector by its local socket.
    func client(totalTimeout: Duration) -> Client {
        var settings = Client.Settings(totalTimeout: totalTimeout)
        settings.socketPath = adminSocket
        return Client(settings)
    }
}
