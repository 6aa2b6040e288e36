import Testing

@testable import LineEditing

struct UTF8DecoderTests {
  static func decode(_ bytes: [UInt8]) -> String {
    var decoder = UTF8Decoder()
    var result = String.UnicodeScalarView()
    for byte in bytes { result.append(contentsOf: decoder.decode(byte)) }
    return String(result)
  }

  @Test(arguments: ["", "kv", "č", "日本", "👩‍🚀", "\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"])
  func `well-formed text comes out as it went in`(text: String) {
    #expect(Self.decode(Array(text.utf8)) == text)
  }

  @Test(
    arguments: [
      ([0xFF], "\u{FFFD}"),
      ([0x80], "\u{FFFD}"),
      ([0xC3, 0x41], "\u{FFFD}A"),
      ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),  // overlong
      ([0xE0, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),  // overlong
      ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),  // surrogate
      ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),  // above U+10FFFF
      ([0xF0, 0x9F, 0x91, 0x41], "\u{FFFD}A"),  // one maximal part
      ([0xE6, 0x97, 0xC3, 0xA9], "\u{FFFD}é"),
    ] as [([UInt8], String)])
  func `ill-formed parts become U+FFFD each`(bytes: [UInt8], text: String) {
    #expect(Self.decode(bytes) == text)
  }

  @Test func `random bytes decode as the standard library decodes them`() {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SplitMix(state: seed)
    for _ in 0..<2000 {
      let bytes = (0..<12).map { _ in
        // Mostly bytes that matter: leads and continuations.
        [0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xFF]
          .randomElement(using: &generator)! as UInt8
      }
      // An unfinished character at the end is waited for, so end with one that needs nothing.
      let all = bytes + [0x41]
      #expect(Self.decode(all) == String(decoding: all, as: UTF8.self), "seed \(seed)")
    }
  }
}

/// A small generator whose sequence is fixed by its seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
