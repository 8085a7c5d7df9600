import Daemon
import HTTP

/// `status`: asks the running collector and prints what it says.
struct StatusCommand {
    private let place: CollectorPlace
    private let wantsJSON: Bool

    init(_ place: CollectorPlace, wantsJSON: Bool) {
        (self.place, self.wantsJSON) = (place, wantsJSON)
    }

    /// 0 when it runs, 69 when it does not answer.
    func run() async -> Int32 {
        guard let origin = Origin("http://collector") else { return 70 }
        var settings = Client.Settings(totalTimeout: .seconds(5))
        settings.socketPath = place.adminSocket
        let client = Client(settings)
        let target = wantsJSON ? "/status" : "/status?format=text"
        do throws(HTTPFault) {
            let response = try await client.send(ClientRequest(.get, origin, target))
            Terminal.tell(part: response.body + (wantsJSON ? [10] : []))
            return response.status == 200 ? 0 : 69
        } catch {
            Terminal.complain(
                "The collector does not answer on \(place.adminSocket): is it running?")
            return 69
        }
    }
}
