// A client that is signed in, for tests of an app.

import { expectError, expectType } from "tsd";
import { cookieKey, type Driver, defineSession } from "zession";
import { type SignedIn, signedIn } from "zession/testing";
import { z } from "zod";

const value = z.object({ user: z.string().optional(), visits: z.number().default(0) });
const users = defineSession({ name: "users", value, keyFn: cookieKey() });
const admins = defineSession({ name: "admins", value, keyFn: cookieKey(), privileged: ["user"] });
const simple = defineSession({ value, keyFn: cookieKey(), driver: {} as Driver<false> });
const byHeader = defineSession({
  key: z.string(),
  value,
  keyFn: (request) => request.headers.get("a"),
});

// What the schema accepts, and what verbs return; with privileged fields.
expectType<Promise<SignedIn>>(signedIn(users, { user: "Ada" }));
expectType<Promise<SignedIn>>(signedIn(users, { user: "Ada", visits: 1 }));
expectType<Promise<SignedIn>>(signedIn(admins, { user: "Ada" }));
expectType<Promise<SignedIn>>(signedIn(simple, { user: "Ada" }));
expectError(signedIn(users, { user: 1 }));
expectError(signedIn(users, { usr: "Ada" }));
expectError(signedIn(admins, { user: 1 }));
expectError(signedIn(simple, { user: 1 }));
expectError(signedIn(users, () => ({ user: "Ada" })));
expectError(signedIn(users));
// Only a session by cookie.
expectError(signedIn(byHeader, { user: "Ada" }));
declare const ada: SignedIn;
expectType<Request>(ada.request("/cart", { method: "POST" }));
users.open(ada.jar);
