// The words of assigned names. Friendly in any combination; lower-case ASCII of at most 10 letters, so that a number fits behind
// two of them (NameWordsTests).

enum NameWords {
    static let adjectives = [
        "agile", "amber", "ancient", "autumn", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid",
        "careful",
        "cheerful", "clever", "copper", "cosmic", "cosy", "curious", "daring", "dapper", "early", "eager", "fair",
        "fancy",
        "fearless", "fluent", "gentle", "gifted", "glad", "golden", "graceful", "happy", "hearty", "honest", "humble",
        "jolly", "keen", "kind", "lively", "loyal", "lucky", "lunar", "mellow", "merry", "mighty", "misty", "modest",
        "nimble", "noble", "patient", "polite", "proud", "quick", "quiet", "ready", "silver", "snowy", "solar",
        "steady",
        "sunny", "swift", "tidy", "wise", "witty",
    ]

    static let animals = [
        "badger", "beaver", "bison", "bluebird", "camel", "cheetah", "condor", "cormorant", "crane", "curlew",
        "dolphin",
        "dormouse", "dragonfly", "eagle", "egret", "falcon", "ferret", "finch", "firefly", "flamingo", "gazelle",
        "gecko",
        "giraffe", "goldfinch", "hamster", "hare", "hedgehog", "heron", "ibex", "jackdaw", "kestrel", "kingfisher",
        "koala", "lapwing", "lark", "lemur", "lynx", "magpie", "marmot", "marten", "meerkat", "newt", "nightjar",
        "ocelot",
        "otter", "owl", "panda", "pelican", "penguin", "plover", "puffin", "quail", "rabbit", "raven", "robin",
        "salmon",
        "seal", "sparrow", "squirrel", "starling", "swallow", "tapir", "tortoise", "wren",
    ]
}
