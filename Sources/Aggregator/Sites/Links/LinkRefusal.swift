/// Why an operator's change to campaign links is not made.
package enum LinkRefusal: Error, Equatable {
    case unknownLink, codeTaken, tooMany
    case wrongCode, wrongTarget, wrongText, wrongTemplate, wrongWindow, wrongExpiry
    /// The target's host is neither the site's own nor on the organization's list.
    case foreignTarget(host: String)
    case wrongHost, unknownHost
    case wrongVideo

    /// What is wrong, for the operator.
    package var sentence: String {
        switch self {
        case .unknownLink: "There is no such link in the organization."
        case .codeTaken: "Another link of the organization has this code."
        case .tooMany: "An organization has at most 10,000 links: remove some first."
        case .wrongCode:
            "A code has 1 to 64 characters of A-Z, a-z, 0-9, hyphen and underscore, and no hyphen first."
        case .wrongTarget:
            "A target is an https:// address of visible ASCII characters, without user name, at most 2,048 with its tags."
        case .wrongText: "Places and tags have 1 to 200 characters, none of them a control."
        case .wrongTemplate:
            "A tag may name {code}, {platform}, {channel}, {placement} and {video_id}, no other braces."
        case .wrongWindow: "A link's window has 1 to 90 days."
        case .wrongExpiry: "A link expires in the future, or never."
        case .foreignTarget(let host):
            "Links may not lead to \(host): allow it first, by links allow."
        case .wrongHost: "A host is named as shop.example, or *.shop.example for all below it."
        case .unknownHost: "This host is not on the organization's list."
        case .wrongVideo:
            "A video is named by its page's long address, or by an id of A-Z, a-z, 0-9, hyphen and underscore."
        }
    }
}
