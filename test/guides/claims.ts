/** A promise of a page, in its words, and the test that shows it. */
export type Claim = readonly [words: string, test: string];

/** The promises of the guide on cookies, in its order. */
const cookies: readonly Claim[] = [
  [
    "A visitor who only reads costs no look-up and gets no cookie.",
    "a visitor without a cookie causes no driver call and gets none by %s",
  ],
  // What you get without asking
  [
    "It has 258 bits from the runtime's cryptographic generator.",
    "of 128 bits and more, and not from Math.random",
  ],
  [
    "The store holds the SHA-256 of the token, never the token. No error, event or `console.log` shows a token.",
    "holds no token by which to come in, nor a secret",
  ],
  [
    "A log of a session, a store or a definition shows no secret, key or value either.",
    "a definition and its store show name and kind in a log, and no secret, key or value (S11)",
  ],
  [
    "`__Host-cart=…; Path=/; HttpOnly; Secure; SameSite=Lax`",
    "is safe by default: for this host, over HTTPS",
  ],
  [
    "A token that your server did not issue, or whose session has ended, is never adopted",
    "a token that was never issued is not adopted",
  ],
  [
    "Of two cookies of the same name, the valid one wins.",
    "of two of its name takes the one that opens a session",
  ],
  ["Two valid ones are both rejected.", "of two that open sessions takes neither"],
  [
    "If you give no `lifetime`, a session ends after 14 days without use.",
    "and the session ends after 14 idle days",
  ],
  // When a cookie is sent
  [
    "and not because the session was used",
    "when a session starts and when it rotates, not because it is used",
  ],
  [
    "an older secret had signed the cookie",
    "reads with every secret, signs with the first and sends old cookies anew",
  ],
  [
    "eight idle times, renewed every four",
    "with an idle limit alone for eight idle times, and again at most once in four",
  ],
  ["Max-Age is at most 400 days", "for 400 days at most"],
  [
    "none: the cookie goes when the browser closes",
    "until the browser closes where no lifetime is given",
  ],
  ["| `false` | none | never |", "until the browser closes where the lifetime is false"],
  [
    "a read restarts the idle time only after a tenth of it has passed",
    "once a tenth of the idle time has passed",
  ],
  // Signing in and out
  [
    "The old token opens nothing once the promise resolves",
    "stores the value under a new token, and the old one opens nothing",
  ],
  [
    "With `restart: true` the absolute limit counts from the sign-in",
    "counts the absolute limit anew only with restart: %s",
  ],
  [
    "It deletes the session of every token that the browser presented, and clears the cookie.",
    "ends every session that the browser presented, and clears the cookie",
  ],
  [
    "If the store is down it rejects, and the cookie is cleared all the same.",
    "with the store down rejects, and clears the cookie all the same",
  ],
  [
    "`rotate(initial, update)` begins a new session, for a last message or for another user.",
    "leaves nothing to read and nothing to write, but a new session may begin",
  ],
  [
    "A slower request that had read the session before cannot bring it back",
    "nothing revives a session that ended while a request was using it",
  ],
  // Privileged fields
  [
    "**Only `rotate(initial, update)` writes them.**",
    "are written by rotate, under a new key, and are kept by every other write",
  ],
  [
    "rejects with `UsageError` and stores nothing",
    "are refused to %s, with a sentence that names the field and the way (fixation)",
  ],
  [
    "The check compares what is stored with what would be, under the names that the fields have in the value",
    "are found under their name in the value, whatever the stored form calls them",
  ],
  [
    "**A schema may fill them, by a default.**",
    "are filled by a default of the schema, also by one that differs each time",
  ],
  [
    "start a session without them, or with the schema's defaults",
    "are refused to the first value of a session, and stored as the schema fills them",
  ],
  // After a rotation
  [
    "No anonymous session is started in its place.",
    "the old token finds the session ended for a minute: nothing is read, started or sent",
  ],
  [
    "`remove` follows the mark and ends the session under its new token.",
    "removing the old session ends the new one, by a request or from outside",
  ],
  [
    "If a sign-in form is sent twice, one request signs in",
    "twice at the same time succeeds once; the other sends no cookie",
  ],
  [
    "Whichever answer comes last, the browser is signed in.",
    "a sign-in that is double-clicked leaves the browser signed in",
  ],
  // Errors and responses
  [
    "If no response was finalized within ten seconds, the console tells you once",
    "is told each time, and warned of once, with the mend",
  ],
  [
    "A write is stored when its promise resolves.",
    "leaves when the write is durable: who follows a redirect at once reads it",
  ],
  [
    "itty-router's `catch` makes the error page, and `finally` puts the cookie on it.",
    "loses no session: the error page carries the new cookie",
  ],
  [
    "if you make the error page outside of it, call `finalize(page, request)`",
    "behind wrap can be answered by a page that is finalized outside",
  ],
  [
    "A later first write, such as from a stream, rejects with `UsageError` and stores nothing.",
    "that has left cannot tell a client of a session that starts later",
  ],
  [
    "No visitor is mistaken for an anonymous one, and no cookie is overwritten.",
    "is neither anonymous nor a new cookie while the store is down",
  ],
  // Caches
  [
    "| used it, but there is no session | `Cookie` | as you set it, so it may be `public` |",
    "and leaves an anonymous visitor's public",
  ],
  [
    "| sends or clears the cookie | `Cookie` | `no-store` is added",
    "keeps a page out of every cache that sets a cookie, also of a CDN's",
  ],
  [
    "In the last two cases headers for CDNs go too",
    "leaves no %s behind, which some caches prefer",
  ],
  [
    "send `Cache-Control: no-store` with pages that nobody should see with the Back button",
    "the Back button shows nothing of a user who has signed out",
  ],
  // Requests from other origins
  [
    "reads return `undefined`, a write rejects with `CrossOriginError` (403)",
    "cannot write, sign out, or sign anybody in",
  ],
  ["No driver is called.", "reads find nothing, no driver is called, and it is told once"],
  ["every WebSocket upgrade", "cannot open a WebSocket with a session, though its method is GET"],
  [
    "Your forms need no tokens, also behind a proxy that ends TLS.",
    "takes forms of its own origin only, also behind a proxy that ends TLS",
  ],
  ["**A page on a sibling host**", "has a session where its origin is trusted, or all are"],
  [
    "**A sign-on that posts back to you** (SAML, Apple's `form_post`).",
    "posted by a trusted sign-on starts a session; by another site it does not",
  ],
  [
    '`crossOrigin: "allow"` turns the guard off.',
    "is a request like any other with crossOrigin: allow, and refused by default",
  ],
  // A message for the next page
  [
    "So a message is shown once, also when two requests ask for it at the same time",
    "take hands each value out once, whoever asks",
  ],
  // Options
  [
    "Two definitions that use one cookie name in the same request are an error as well.",
    "and an error from two of one name",
  ],
  [
    "let the same switch keep the server on this machine",
    "sends a cookie without Secure only where it is told to",
  ],
  [
    "With one, made-up tokens are refused without asking the store.",
    "refuses a wrong signature without a driver call",
  ],
  // Events
  [
    "a hash that tells sessions apart in a log",
    "tell of a session's life, by a fingerprint that stays with its key",
  ],
  [
    "Listeners are not waited for, and what they throw is ignored.",
    "a listener that throws or rejects breaks nothing",
  ],
  // Outside a request
  [
    "It is `undefined` until a verb has found or started the session.",
    "is unknown until a verb has found the session, and is a hash then",
  ],
  ["The store cannot start a session", "the store starts no session by itself: only a request can"],
  // Keys from headers
  [
    "is refused with `InvalidKeyError` (400)",
    "refuses a header that arrived twice: one was the client's",
  ],
  ["Responses carry `Vary: x-client-id`.", "names the header that the key came from"],
  [
    "A request starts no bearer session",
    "issues nothing, and a request starts none of its sessions",
  ],
  // What cannot be promised
  [
    "For a minute it cannot start a session; then the user signs in again.",
    "the old token finds the session ended for a minute: nothing is read, started or sent",
  ],
  [
    "there is no `rotate`, no `upsert`, no `update`, no `swap` and no `take`: they do not compile",
    "A driver without compare-and-set takes rotate and take away too.",
  ],
];

/** The promises of the README that are not the guide's. */
const readme: readonly Claim[] = [
  [
    "a hundred items that arrive at the same time are all there",
    "the cart of the README loses no item of a hundred at the same time",
  ],
  [
    "All visitors share one session.",
    "the count example takes everybody behind one proxy for one visitor",
  ],
  [
    "it believes what the client wrote there",
    "a server that trusts X-Forwarded-For lets a client choose its session by address",
  ],
  [
    "The same guarantees hold across processes and machines.",
    "that count to 200 leave 1,600, and no count is given twice",
  ],
  [
    "A failing server is a 503, never a visitor without a session.",
    "is neither anonymous nor a new cookie while the store is down",
  ],
  [
    "goes on counting after a restart",
    "the count example goes on counting after a restart, with --driver %s",
  ],
];

/** What each page promises. */
export const claims: Readonly<Record<string, readonly Claim[]>> = {
  "docs/cookies.md": cookies,
  "README.md": readme,
};
