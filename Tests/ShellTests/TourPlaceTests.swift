import Testing

@testable import Shell

@Suite struct TourPlaceTests {
  private let tour = Tour([
    Tour.Step("one", "text", ["a b", "c 'd e'"]), Tour.Step("two", "text", ["f"]),
  ])

  @Test func `the words count, not how they are quoted or spaced`() {
    var place = TourPlace(tour)
    #expect(place.expected == "a b")
    do {
      let got = place.note(["a", "b"])
      #expect(got == .command)
    }
    do {
      let got = place.note(["c", "d e"])
      #expect(got == .step)
    }
    #expect(place.expected == nil)
  }

  @Test func `looking around changes nothing`() {
    var place = TourPlace(tour)
    do {
      let got = place.note(["f"])
      #expect(got == .none)
    }
    do {
      let got = place.note(["a", "b", "c"])
      #expect(got == .none)
    }
    #expect(place.expected == "a b")
  }

  @Test func `a step that one goes to begins at its beginning`() {
    var place = TourPlace(tour)
    _ = place.note(["a", "b"])
    do {
      let got = place.go(to: 1)
      #expect(got)
    }
    #expect(place.expected == "f")
    #expect(place.isAtLastStep)
    do {
      let got = place.go(to: 2)
      #expect(!got)
    }
    do {
      let got = place.go(to: 0)
      #expect(got)
    }
    #expect(place.expected == "a b")
  }
}
