/// What a server puts up with.
struct Limits: Sendable {
  var connections = 200
  /// Of the request's first line and headers.
  var headerBytes = 16 << 10
  var bodyBytes = 16 << 10
  /// How long somebody may take to send a request, or to read the next part of an answer.
  var patience = Duration.seconds(10)
  /// How much may wait for a reader who is slow.
  var unreadBytes = 256 << 10
  /// Told how many connections there are, whenever one has come or gone: so that nobody has to ask again and again.
  var onConnections: (@Sendable (Int) -> Void)?
}
