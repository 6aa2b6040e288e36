import Testing

@testable import LineEditing

struct KeyDecoderTests {
  /// All keys of the chunks, each fed when the one before has been read.
  static func keys(_ chunks: [String], vi: Bool = false, flushing: Bool = false) -> [Key] {
    var decoder = KeyDecoder()
    decoder.translatesCursorKeys = vi
    var keys: [Key] = []
    for chunk in chunks {
      decoder.feed(chunk.utf8)
      while let key = decoder.next() { keys.append(key) }
    }
    while flushing, let key = decoder.next(flushing: true) { keys.append(key) }
    return keys
  }

  static func typed(_ text: String) -> [Key] { text.unicodeScalars.map { .scalar($0) } }

  @Test func `characters come one by one`() {
    #expect(Self.keys(["gé\r\u{3}"]) == Self.typed("gé\r\u{3}"))
  }

  @Test func `a paste is one key, however it is cut`() {
    let text = "a\u{1B}[200~b c\u{1B}[201~d"
    for cut in 1..<text.utf8.count {
      let bytes = Array(text.utf8)
      let chunks = [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) }
      #expect(Self.keys(chunks) == [.scalar("a"), .paste("b c"), .scalar("d")], "cut at \(cut)")
    }
  }

  @Test(arguments: [
    ("one\rtwo\r", "one\ntwo"),
    ("one\r\ntwo", "one\ntwo"),
    ("one\n\rtwo", "one\ntwo"),
    ("one\n\ntwo", "one\n\ntwo"),
    ("one\n\n", "one\n"),
    ("a\tb\u{1B}[31m\u{3}\u{85}", "a\tb[31m"),
    ("", ""),
  ])
  func `a paste keeps its lines and loses its other control characters`(raw: String, text: String) {
    #expect(KeyDecoder.cleaned(Array(raw.utf8)) == text)
  }

  @Test func `a lone escape is a key when nothing follows`() {
    #expect(Self.keys(["\u{1B}"]) == [])
    #expect(Self.keys(["\u{1B}"], flushing: true) == Self.typed("\u{1B}"))
    #expect(Self.keys(["\u{1B}", "b"]) == Self.typed("\u{1B}b"))
  }

  @Test func `half a sequence is held back until it is certain`() {
    #expect(Self.keys(["\u{1B}[2"]) == [])
    #expect(Self.keys(["\u{1B}[2"], flushing: true) == Self.typed("\u{1B}[2"))
    #expect(Self.keys(["\u{1B}[2", "~"]) == Self.typed("\u{1B}[2~"))
  }

  @Test func `cursor keys are translated in vi mode only`() {
    #expect(Self.keys(["\u{1B}[A"]) == Self.typed("\u{1B}[A"))
    #expect(
      Self.keys(["\u{1B}[A\u{1B}OB\u{1B}[3~x"], vi: true)
        == [.cursor(.up), .cursor(.down), .cursor(.delete), .scalar("x")])
  }

  @Test func `no terminal can send a private key`() {
    #expect(Self.keys(["\u{90}"]) == Self.typed("\u{FFFD}"))
  }

  @Test func `what was typed ahead can be discarded, an unfinished paste included`() {
    var decoder = KeyDecoder()
    decoder.feed("\u{1B}[200~never ending".utf8)
    #expect(decoder.next() == nil)
    decoder.discard()
    decoder.feed("x".utf8)
    #expect(decoder.next() == .scalar("x"))
  }
}
