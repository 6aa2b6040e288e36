/// Decides who is let in.
///
/// Whoever has the token, which is part of the page's address. Besides, the request has to name this very machine as its
/// host, so that a page elsewhere whose name was made to lead here (DNS rebinding) stays out; and one that says which
/// page it comes from has to come from ours, so that no other page acts through a browser that knows the token.
struct Gatekeeper: Sendable {
  let token: String
  /// What the `Host` header may be: `127.0.0.1:4000`, `localhost:4000`, `[::1]:4000`.
  let hosts: Set<String>
  /// Those of them by which it may be asked for through something that encrypts: there the port is another, and the page
  /// comes from `https`.
  private let names: Set<String>

  init(token: String, host: String, port: Int, names: [String] = []) {
    func written(_ names: [String]) -> [String] {
      names.filter { !Self.isAny($0) }.map { Self.bracketed($0).lowercased() }
    }
    let ports = port == 80 ? [":80", ""] : [":\(port)"]
    func withPort(_ names: [String]) -> [String] {
      names.flatMap { name in ports.map { name + $0 } }
    }
    let (own, others) = (written(["127.0.0.1", "localhost", "::1", host]), written(names))
    self.token = token
    self.names = Set(others + withPort(others))
    hosts = self.names.union(withPort(own))
  }

  /// Whether it stands for all addresses of the machine.
  static func isAny(_ host: String) -> Bool { host == "0.0.0.0" || host == "::" }

  /// An address as it stands in a URL.
  static func bracketed(_ host: String) -> String {
    host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
  }

  /// What is asked for, behind the token.
  ///
  /// - Returns: The path without the token.
  func admit(_ request: Request) throws(Refusal) -> [String] {
    guard request.headers.host.count == 1, let host = request.headers.host.first else {
      throw .malformed("A request has to have one Host header.")
    }
    let name = host.lowercased()
    guard hosts.contains(name) else {
      throw Refusal(
        403, "wrong_host",
        "This is no server of that name: use the address that `observer url` prints."
      )
    }
    if let origin = request.headers.origin?.lowercased(), origin != "http://" + name,
      !(names.contains(name) && origin == "https://" + name)
    {
      throw Self.wrongOrigin
    }
    if let site = request.headers.fetchSite, site != "same-origin", site != "none",
      request.method == .post || request.path.dropFirst().first == "api"
    {
      throw Self.wrongOrigin
    }
    if let authorization = request.headers.authorization {
      guard authorization.lowercased().hasPrefix("bearer "),
        Self.equal(String(authorization.dropFirst(7)), token)
      else { throw Self.wrongToken }
      let hasToken = request.path.first.map { Self.equal($0, token) } ?? false
      return hasToken ? Array(request.path.dropFirst()) : request.path
    }
    guard let first = request.path.first, first != "api", first != "favicon.ico" else {
      throw Refusal(
        401, "token_needed",
        "The address has to have the token in it: type `observer url` into the shell.")
    }
    guard Self.equal(first, token) else { throw Self.wrongToken }
    return Array(request.path.dropFirst())
  }

  private static let wrongOrigin = Refusal(403, "wrong_origin", "Other pages have no say here.")

  private static let wrongToken = Refusal(
    403, "wrong_token",
    "That is not this server's token, which is another at each start: type `observer url` into the shell."
  )

  /// Takes as long for a good guess as for a bad one.
  static func equal(_ guess: String, _ token: String) -> Bool {
    let (guess, token) = (Array(guess.utf8), Array(token.utf8))
    guard guess.count == token.count else { return false }
    return zip(guess, token).reduce(0 as UInt8) { $0 | $1.0 ^ $1.1 } == 0
  }
}
