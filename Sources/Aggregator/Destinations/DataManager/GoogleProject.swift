extension GoogleCredential {
    /// Which Cloud project its requests count for, as far as it can be told: what the file names, else
    /// what the client's or the account's name holds. Only compared, never sent.
    package var project: String {
        if let quotaProject { return quotaProject }
        switch grant {
        case .refreshToken(let clientID, _, _):
            let number = clientID.prefix { $0 != "-" }
            return number.isEmpty ? clientID : String(number)
        case .serviceAccount(let email, _, _, _):
            let domain = email.drop { $0 != "@" }.dropFirst()
            let project = domain.prefix { $0 != "." }
            return project.isEmpty ? email : String(project)
        }
    }
}
