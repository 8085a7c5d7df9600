/// A video as its platform names it, read from the address of its page. Pure.
package struct VideoAddress: Equatable, Sendable {
    /// As `youtube`; nil for a bare id.
    package let platform: String?
    /// The platform's id: 1...64 of A-Z, a-z, 0-9, hyphen and underscore.
    package let id: String

    /// Reads what somebody pasted: an address of one of the platforms that are known here, with or
    /// without scheme, or an id. Nil for addresses that do not show an id, as shortened ones.
    package init?(_ pasted: String) {
        let text = pasted.split { $0 == " " || $0 == "\n" || $0 == "\t" }.joined()
        guard text.utf8.count <= 2048 else { return nil }
        if Self.isID(text) {
            (platform, id) = (nil, text)
            return
        }
        guard let page = Page(text),
            let form = Self.forms.first(where: { $0.hosts.contains(page.host) }),
            let id = form.id(page), Self.isID(id)
        else { return nil }
        (platform, self.id) = (form.platform, id)
    }

    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2D || byte == 0x5F
            }
    }

    /// An address taken apart as far as it matters.
    private struct Page {
        let host: String
        let path: [String]
        let query: [String: String]

        init?(_ text: String) {
            let lower = text.lowercased()
            let scheme = ["https://", "http://"].first { lower.hasPrefix($0) } ?? ""
            let rest = text.dropFirst(scheme.count).prefix { $0 != "#" }
            let parts = rest.split(separator: "?", maxSplits: 1)
            guard let front = parts.first else { return nil }
            let path = front.split(separator: "/").map { String($0) }
            guard let host = path.first?.lowercased() else { return nil }
            let mobile = ["www.", "m.", "music."].first { host.hasPrefix($0) } ?? ""
            self.host = String(host.dropFirst(mobile.count))
            self.path = Array(path.dropFirst())
            var query: [String: String] = [:]
            for pair in (parts.count == 2 ? parts[1] : "").split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1)
                if sides.count == 2 { query[String(sides[0])] = String(sides[1]) }
            }
            self.query = query
        }

        /// What stands behind one of these names in the path.
        func after(_ names: Set<String>) -> String? {
            guard let place = path.firstIndex(where: { names.contains($0) }),
                place + 1 < path.count
            else { return nil }
            return path[place + 1]
        }
    }

    private struct Form: Sendable {
        let platform: String
        let hosts: Set<String>
        let id: @Sendable (Page) -> String?
    }

    private static let forms: [Form] = [
        Form(platform: "youtube", hosts: ["youtube.com", "youtube-nocookie.com"]) { page in
            page.path == ["watch"]
                ? page.query["v"] : page.after(["shorts", "embed", "live", "v"])
        },
        Form(platform: "youtube", hosts: ["youtu.be"]) { $0.path.first },
        Form(platform: "vimeo", hosts: ["vimeo.com", "player.vimeo.com"]) { page in
            page.path.first { $0.utf8.allSatisfy { $0 &- 0x30 < 10 } }
        },
        Form(platform: "tiktok", hosts: ["tiktok.com"]) { $0.after(["video", "photo"]) },
        Form(platform: "instagram", hosts: ["instagram.com"]) {
            $0.after(["reel", "reels", "p", "tv"])
        },
        Form(platform: "twitch", hosts: ["twitch.tv"]) { $0.after(["videos", "clip"]) },
        Form(platform: "twitch", hosts: ["clips.twitch.tv"]) { $0.path.first },
        Form(platform: "facebook", hosts: ["facebook.com"]) { page in
            page.query["v"] ?? page.after(["videos", "reel"])
        },
        Form(platform: "dailymotion", hosts: ["dailymotion.com"]) { $0.after(["video"]) },
        Form(platform: "dailymotion", hosts: ["dai.ly"]) { $0.path.first },
    ]
}
