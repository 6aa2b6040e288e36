/// The secret in the page's address.
enum Token {
  /// 192 bits from the system's generator, in letters that need no escape in a URL.
  static func make() -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var generator = SystemRandomNumberGenerator()
    return String((0..<32).map { _ in letters[Int.random(in: 0..<64, using: &generator)] })
  }
}
